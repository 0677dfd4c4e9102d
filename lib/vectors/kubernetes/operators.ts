import { Construct } from "constructs";
import { COMPONENTS } from "../../kubernetes/components";
import { HelmComponent } from "../../kubernetes/helm-component";
import type { KubernetesVectorEngine } from "./props";

export interface KubernetesVectorOperatorsProps {
  /** Engines of the stores of this cluster. */
  readonly engines: readonly KubernetesVectorEngine[];
  /** cert-manager, for the certificates of Qdrant and Milvus. @default - true if one of them is among `engines` */
  readonly certManager?: boolean;
  /** CloudNativePG, for pgvector. @default - true if pgvector is among `engines` */
  readonly cloudNativePg?: boolean;
  /** The operator of Milvus. @default - true if Milvus is among `engines` */
  readonly milvusOperator?: boolean;
}

/**
 * Operators that a `KubernetesVectorStore` needs, for the `platform` stack: their definitions must be served when the
 * `workloads` stack is planned. Each can be left out if the cluster has it, for example from
 * `KubernetesLakehouseOperators`.
 *
 * Terraform resource types: `helm_release`.
 */
export class KubernetesVectorOperators extends Construct {
  readonly certManager?: HelmComponent;
  readonly cloudNativePg?: HelmComponent;
  readonly milvusOperator?: HelmComponent;

  constructor(scope: Construct, id: string, props: KubernetesVectorOperatorsProps) {
    super(scope, id);
    const has = (engine: KubernetesVectorEngine) => props.engines.includes(engine);
    if (props.certManager ?? (has("qdrant") || has("milvus"))) {
      this.certManager = new HelmComponent(this, "cert-manager", { component: COMPONENTS.certManager });
    }
    if (props.cloudNativePg ?? has("pgvector")) {
      this.cloudNativePg = new HelmComponent(this, "cloudnative-pg", { component: COMPONENTS.cloudnativePg });
    }
    if (props.milvusOperator ?? has("milvus")) {
      this.milvusOperator = new HelmComponent(this, "milvus-operator", {
        component: COMPONENTS.milvusOperator,
      });
    }
  }
}
