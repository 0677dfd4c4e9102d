import type { Construct } from "constructs";
import { addWarning, defineWarnings } from "../../core/warnings";
import { ClusterWarnings } from "../warnings";
import type { PoolPlan } from "./plan";

export const GoogleClusterWarnings = defineWarnings({
  MachineNotListedInRegion:
    "price lists of this region do not have the machine type, so Google may not sell it there",
  GpuDirectAcrossZones:
    "networks of GPUDirect do not reach across zones, so jobs on several nodes of this pool use the ordinary network: name one zone, or a tier other than training",
  SliceBeyondDocumented: "Google's page documents no slice of this size, although tools of Google take it",
});

/** Read when a cluster is made. */
const availability = () =>
  require("../../catalog/availability") as typeof import("../../catalog/availability");

/** What a plan rests on that is not certain. */
export function warnOf(cluster: Construct, plans: readonly PoolPlan[], region: string): void {
  for (const { pool, machine, gpuDirectForgone } of plans) {
    const where = `pool "${pool.name}", ${machine.name}`;
    if (gpuDirectForgone) {
      addWarning(cluster, GoogleClusterWarnings.GpuDirectAcrossZones, `${where}: ${pool.zones!.join(", ")}`);
    }
    if (machine.missing.length > 0) {
      addWarning(cluster, ClusterWarnings.UnknownMachineFacts, `${where}: ${machine.missing.join(", ")}`);
    } else if (availability().offeredIn("google", machine.name, region) === "not-listed") {
      addWarning(cluster, GoogleClusterWarnings.MachineNotListedInRegion, `${where} in ${region}`);
    }
    if (pool.slice.kind === "tpu" && pool.slice.shape.beyondDocumented) {
      const { topology, chips } = pool.slice.shape;
      addWarning(
        cluster,
        GoogleClusterWarnings.SliceBeyondDocumented,
        `${where}: ${topology}, ${chips} chips`,
      );
    }
  }
}
