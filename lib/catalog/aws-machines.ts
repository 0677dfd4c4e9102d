import { AWS_CPU_MACHINES } from "./aws-machines/cpu";
import { AWS_G_MACHINES } from "./aws-machines/gpu-g";
import { AWS_P_MACHINES } from "./aws-machines/gpu-p";
import { AWS_NEURON_MACHINES } from "./aws-machines/neuron";
import type { AwsMachineFacts } from "./facts";
import { byName } from "./rows";

/** EC2 instance types with accelerators, and some without for system components and CPU tiers. */
export const AWS_MACHINES: readonly AwsMachineFacts[] = Object.freeze([
  ...AWS_P_MACHINES,
  ...AWS_G_MACHINES,
  ...AWS_NEURON_MACHINES,
  ...AWS_CPU_MACHINES,
]);

const find = byName(AWS_MACHINES);

/** Facts of an EC2 instance type such as `p5en.48xlarge`; undefined if the catalogue does not know it. */
export function awsMachineFacts(name: string): AwsMachineFacts | undefined {
  return find(name);
}
