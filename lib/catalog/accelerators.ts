import { NVIDIA_ACCELERATORS } from "./accelerators/nvidia";
import { OTHER_ACCELERATORS } from "./accelerators/others";
import type { AcceleratorFacts } from "./facts";
import { byName } from "./rows";

/** GPUs, TPU chips, Trainium and Inferentia chips. */
export const ACCELERATORS: readonly AcceleratorFacts[] = Object.freeze([
  ...NVIDIA_ACCELERATORS,
  ...OTHER_ACCELERATORS,
]);

const find = byName(ACCELERATORS);

/** Facts of an accelerator such as `h200` or `tpu-v6e`; undefined if the catalogue does not know it. */
export function acceleratorFacts(name: string): AcceleratorFacts | undefined {
  return find(name);
}
