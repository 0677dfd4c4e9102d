import { defineErrors } from "../core/errors";

export const NetworkErrors = defineErrors({
  NetworkTooSmall: {
    meaning: "the address range does not hold a subnet per availability zone",
    fix: "give a larger range, or a larger subnetPrefixLength (smaller subnets)",
  },
  ZoneOutsideRegion: {
    meaning: "the availability zone is not one of the site's region",
    fix: "name zones of the region, for example eu-west-1a",
  },
  RangesOverlap: {
    meaning: "the address ranges of one network have addresses in common",
    fix: "give nodes, pods and services ranges of their own",
  },
});
