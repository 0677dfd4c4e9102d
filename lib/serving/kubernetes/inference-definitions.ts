import { Construct } from "constructs";
import { CustomResource } from "../../kubernetes/custom-resource";

type Schema = Readonly<Record<string, unknown>>;

const text = (maxLength: number, more: Schema = {}): Schema => ({
  type: "string",
  minLength: 1,
  maxLength,
  ...more,
});
const port: Schema = {
  type: "object",
  required: ["number"],
  properties: { number: { type: "integer", format: "int32", minimum: 1, maximum: 65_535 } },
};
/** Written by controllers, as they like. */
const status: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const POOL: Schema = {
  type: "object",
  required: ["selector", "targetPorts"],
  properties: {
    appProtocol: { type: "string", enum: ["http", "kubernetes.io/h2c"], default: "http" },
    selector: {
      type: "object",
      required: ["matchLabels"],
      properties: {
        matchLabels: {
          type: "object",
          minProperties: 1,
          maxProperties: 64,
          additionalProperties: { type: "string", maxLength: 63 },
        },
      },
    },
    targetPorts: { type: "array", minItems: 1, maxItems: 8, "x-kubernetes-list-type": "atomic", items: port },
    endpointPickerRef: {
      type: "object",
      required: ["name"],
      properties: {
        group: { type: "string", maxLength: 253, default: "" },
        kind: text(63, { default: "Service" }),
        name: text(253),
        port,
        failureMode: { type: "string", enum: ["FailOpen", "FailClose"], default: "FailClose" },
      },
      "x-kubernetes-validations": [
        { rule: "self.kind != 'Service' || has(self.port)", message: "a Service needs a port" },
      ],
    },
  },
};

const OBJECTIVE: Schema = {
  type: "object",
  required: ["poolRef"],
  properties: {
    priority: { type: "integer", format: "int32" },
    poolRef: {
      type: "object",
      required: ["name"],
      properties: {
        group: { type: "string", maxLength: 253, default: "inference.networking.k8s.io" },
        kind: text(63, { default: "InferencePool" }),
        name: text(253),
      },
    },
  },
};

interface Definition {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly singular: string;
  readonly spec: Schema;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * What no chart brings: the kinds InferencePool and InferenceObjective, with the fields that the projects publish.
 *
 * For clusters that have none: GKE has InferencePool from 1.34.0-gke.1626000 on, and guides of llm-d and KServe install
 * both from YAML. Two owners of one definition undo each other's work.
 *
 * Terraform resource types: `kubernetes_manifest` (CustomResourceDefinition).
 *
 * Sources: kubernetes-sigs/gateway-api-inference-extension v1.5 config/crd/bases, llm-d/llm-d-router v0.10 config/crd/bases
 * (Apache-2.0; read 2026-11)
 */
export class InferenceDefinitions extends Construct {
  readonly pool: CustomResource;
  readonly objective: CustomResource;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.pool = this.definition("pool", {
      group: "inference.networking.k8s.io",
      version: "v1",
      kind: "InferencePool",
      singular: "inferencepool",
      spec: POOL,
      // Groups of k8s.io must name the review that approved them.
      annotations: {
        "api-approved.kubernetes.io":
          "https://github.com/kubernetes-sigs/gateway-api-inference-extension/pull/1173",
      },
    });
    this.objective = this.definition("objective", {
      group: "llm-d.ai",
      version: "v1alpha2",
      kind: "InferenceObjective",
      singular: "inferenceobjective",
      spec: OBJECTIVE,
    });
  }

  private definition(id: string, { group, version, kind, singular, spec, annotations }: Definition) {
    const plural = `${singular}s`;
    return new CustomResource(this, id, {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      name: `${plural}.${group}`,
      annotations,
      spec: {
        group,
        scope: "Namespaced",
        names: { kind, listKind: `${kind}List`, plural, singular },
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: { openAPIV3Schema: { type: "object", required: ["spec"], properties: { spec, status } } },
          },
        ],
      },
      waitFor: { condition: { type: "Established", status: "True" } },
    });
  }
}
