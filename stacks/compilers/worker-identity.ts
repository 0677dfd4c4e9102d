import type { AwsCluster } from "../../lib/cluster/aws/cluster";
import type { IAcceleratorCluster } from "../../lib/cluster/cluster";
import type { GoogleCluster } from "../../lib/cluster/google/cluster";
import { Identity } from "../../lib/fabric/identity";
import type { Site } from "../../lib/fabric/site";
import { COMPONENTS } from "../../lib/kubernetes/components";

/** Who pods are at their site, and what binds them to that. */
export interface WorkerIdentity {
  readonly identity: Identity;
  /** Of the service account in the cluster; values may be tokens of the cluster's stack. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** A role has to have a statement; this one allows what every role may do. */
const NO_RIGHTS_YET = [
  { Sid: "KnowItself", Effect: "Allow" as const, Action: ["sts:GetCallerIdentity"], Resource: ["*"] },
];

/**
 * An identity of the site's own kind for pods of one service account. At Google sites it is a service account: the brokers
 * of Managed Service for Apache Kafka know no other.
 *
 * @param cluster of a cloud site
 */
export function workerIdentity(
  site: Site,
  cluster: IAcceleratorCluster | undefined,
  name: string,
  namespace: string,
): WorkerIdentity {
  const pod = { namespace, serviceAccount: name };
  switch (site.kind) {
    case "aws": {
      const { role } = (cluster as AwsCluster).podRole({ ...pod, statements: NO_RIGHTS_YET });
      return { identity: Identity.awsRole(name, role.arn), annotations: {} };
    }
    case "google":
      return (cluster as GoogleCluster).podServiceAccount(name, pod);
    case "kubernetes":
      return {
        identity: Identity.kubernetesServiceAccount(name, { ...pod, issuer: site.oidcIssuer }),
        annotations: {},
      };
  }
}

/** Of KEDA's chart. Source: https://github.com/kedacore/charts/blob/main/keda/values.yaml (read 2026-11) */
const KEDA_OPERATOR = { namespace: COMPONENTS.keda.namespace, serviceAccount: "keda-operator" };

/** The role of KEDA's operator in a cluster of AWS, made when it is asked for the first time. */
export function kedaRole(cluster: AwsCluster): Identity {
  const { role } =
    cluster.findPodRole(KEDA_OPERATOR) ?? cluster.podRole({ ...KEDA_OPERATOR, statements: NO_RIGHTS_YET });
  return Identity.awsRole("keda", role.arn);
}
