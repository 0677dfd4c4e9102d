import { defineWarnings } from "../core/warnings";

export const ClusterWarnings = defineWarnings({
  UnknownMachineFacts:
    "the catalogue does not know this machine type, so what follows from these facts is not checked",
  UnknownKubernetesVersion:
    "this Kubernetes version is newer than those that the library knows, so what it changes is not taken into account",
});
