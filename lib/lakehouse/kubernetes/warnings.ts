import { defineWarnings } from "../../core/warnings";

export const KubernetesLakehouseWarnings = defineWarnings({
  CatalogWithoutBackup:
    "the database of the table catalogue has no backup; replicas do not help against a wrong command",
  PlainHttpObjectStore:
    "engines reach the object store inside the cluster without TLS; the network of the cluster must be trusted or encrypted",
});
