import { defineErrors } from "../../core/errors";

export const KubernetesFeatureErrors = defineErrors({
  FeastOperatorMissing: {
    meaning: "nothing in this app installs the operator of Feast, which publishes no chart",
    fix: "apply https://raw.githubusercontent.com/feast-dev/feast/v0.66.0/infra/feast-operator/dist/install.yaml to the cluster and set `operatorInstalled: true`, or add a HelmComponent whose component has the API group feast.dev",
  },
  TrinoCertificateUntrusted: {
    meaning: "Feast would not trust Trino's certificate, because another authority issued it",
    fix: "give the lakehouse (`query: { certificateIssuer }`) and the feature store the same issuer",
  },
});
