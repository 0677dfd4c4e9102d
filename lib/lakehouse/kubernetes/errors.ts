import { defineErrors } from "../../core/errors";

export const KubernetesLakehouseErrors = defineErrors({
  PlainHttpEndpoint: {
    meaning: "data and the signatures that protect it would travel without TLS",
    fix: "give an https:// address",
  },
  InvalidEndpoint: {
    meaning: "not the address of an object store",
    fix: "give scheme, host and, if needed, port, for example https://s3.example.com:9000, without a path",
  },
  ContradictingOptions: {
    meaning: "two options exclude each other",
    fix: "leave one of the two out",
  },
  TooFewReplicas: {
    meaning: "the setting needs more replicas than there are",
    fix: "raise the number of replicas",
  },
});
