import type { GoogleMachineFacts } from "./facts";
import { GOOGLE_CPU_MACHINES } from "./google-machines/cpu";
import { GOOGLE_GPU_MACHINES } from "./google-machines/gpu";
import { GOOGLE_TPU_MACHINES } from "./google-machines/tpu";
import { byName } from "./rows";

/** Google Cloud machine types with GPUs or TPUs, and some without for system components and CPU tiers. */
export const GOOGLE_MACHINES: readonly GoogleMachineFacts[] = Object.freeze([
  ...GOOGLE_GPU_MACHINES,
  ...GOOGLE_TPU_MACHINES,
  ...GOOGLE_CPU_MACHINES,
]);

const find = byName(GOOGLE_MACHINES);

/** Facts of a machine type such as `a3-ultragpu-8g`; undefined if the catalogue does not know it. */
export function googleMachineFacts(name: string): GoogleMachineFacts | undefined {
  return find(name);
}
