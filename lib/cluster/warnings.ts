import { defineWarnings } from "../core/warnings";

export const ClusterWarnings = defineWarnings({
  UnknownMachineFacts:
    "the catalogue does not know this machine type, so what follows from these facts is not checked",
});
