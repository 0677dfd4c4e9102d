import type { Sharing } from "../fabric/sharing";

/** Label by which NVIDIA's device plugin chooses one of its named configurations on a node. */
const DEVICE_PLUGIN_CONFIG_LABEL = "nvidia.com/device-plugin.config";
/** Label by which NVIDIA's MIG manager chooses how it cuts the GPUs of a node. */
const MIG_CONFIG_LABEL = "nvidia.com/mig.config";

/** Name of a configuration of the device plugin: `time-slicing-4`, `mps-2`. Equal ways of sharing have one name. */
export function deviceConfigName(sharing: Sharing): string | undefined {
  switch (sharing.kind) {
    case "timeSlicing":
      return `time-slicing-${sharing.replicas}`;
    case "mps":
      return `mps-${sharing.replicas}`;
    case "mig":
      return undefined;
  }
}

/**
 * Labels that nodes need so that NVIDIA's device plugin and MIG manager share their GPUs as the pool says. The names of
 * MIG layouts are those of the MIG manager's own table: `all-1g.10gb`, and `all-1g.10gb.me` for `1g.10gb+me`.
 *
 * Source: github.com/NVIDIA/mig-parted, deployments/k8s-mig-manager, default configuration (read 2026-11-24);
 * github.com/NVIDIA/k8s-device-plugin v0.19.3, README (read 2026-11-24)
 */
export function sharingLabels(sharing: Sharing | undefined): Readonly<Record<string, string>> {
  if (sharing === undefined) {
    return {};
  }
  return sharing.kind === "mig"
    ? { [MIG_CONFIG_LABEL]: `all-${sharing.profile.replace("+", ".")}` }
    : { [DEVICE_PLUGIN_CONFIG_LABEL]: deviceConfigName(sharing)! };
}
