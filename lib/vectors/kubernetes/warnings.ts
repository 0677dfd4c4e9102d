import { defineWarnings } from "../../core/warnings";

export const KubernetesVectorWarnings = defineWarnings({
  VectorsWithoutBackup: "vectors would have to be computed again after a loss of all volumes",
});
