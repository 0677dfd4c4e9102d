export { prefixLength, subnetAt, subnetCount } from "../core/cidr";
