import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { Problems } from "../core/problems";
import { mayDestroy, type RemovalPolicy } from "../core/removal-policy";
import { KubernetesErrors } from "./errors";
import { checkAnnotations, checkLabels, DNS_LABEL } from "./metadata";
import { guardPhases } from "./phase-guard";

/** What pods of a namespace may do. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export type PodSecurityLevel = "restricted" | "baseline" | "privileged";

export interface NamespaceProps {
  /** A DNS label, a literal. */
  readonly name: string;
  /**
   * Pods that do more are refused by Kubernetes. Storage, GPU and network operators need `privileged`.
   * @default "restricted"
   */
  readonly podSecurity?: PodSecurityLevel;
  /** More labels. Those of Pod Security are set through `podSecurity` and refused here. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
  /** @default - none */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * Destroying a namespace destroys everything in it, volumes included. `destroy` needs the app's consent too, see
   * `mayDestroy`.
   * @default "retain"
   */
  readonly removalPolicy?: RemovalPolicy;
}

const POD_SECURITY = "pod-security.kubernetes.io/";

/**
 * A namespace in which Pod Security is enforced. Make it in a stack before, or beside, the charts that go into it;
 * pass `reference` to order them after it.
 *
 * Terraform resource types: `kubernetes_namespace_v1`.
 *
 * @throws InvalidName, TokenNotAllowed, NotOneOf, PodSecurityLabel, RemovalNeedsTwoKeys; at synth
 *   KubernetesObjectBesideItsCluster
 */
export class Namespace extends Construct {
  readonly resource: NamespaceV1;
  /** The literal name. */
  readonly name: string;
  /** The name as Terraform knows it: whatever uses it is made after the namespace. */
  readonly reference: string;

  constructor(scope: Construct, id: string, props: NamespaceProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    const level = props.podSecurity ?? "restricted";
    problems.name("name", props.name, DNS_LABEL);
    problems.oneOf("podSecurity", level, ["restricted", "baseline", "privileged"]);
    for (const key of Object.keys(props.labels ?? {}).filter((label) => label.startsWith(POD_SECURITY))) {
      problems.add(KubernetesErrors.PodSecurityLabel, {
        subject: `label "${key}"`,
        given: props.labels?.[key],
        allowed: "podSecurity: restricted, baseline or privileged",
      });
    }
    const labels = checkLabels(problems, props.labels);
    const annotations = checkAnnotations(problems, props.annotations);
    const destroyable = mayDestroy(this, props.removalPolicy, problems);
    problems.throwIfAny();
    this.name = props.name;
    this.resource = new NamespaceV1(this, "namespace", {
      metadata: {
        name: props.name,
        annotations,
        labels: {
          ...labels,
          [`${POD_SECURITY}audit`]: level,
          [`${POD_SECURITY}enforce`]: level,
          [`${POD_SECURITY}warn`]: level,
        },
      },
      lifecycle: destroyable ? undefined : { preventDestroy: true },
    });
    this.reference = this.resource.metadata.name;
    guardPhases(TerraformStack.of(this));
  }
}

/**
 * The namespace of a capability, with the id `namespace`; undefined if it is made elsewhere.
 *
 * @param partOf name of the capability
 */
export function ownNamespace(
  scope: Construct,
  name: string,
  partOf: string,
  props: { readonly createNamespace?: boolean; readonly removalPolicy?: RemovalPolicy },
): Namespace | undefined {
  return (props.createNamespace ?? true)
    ? new Namespace(scope, "namespace", {
        name,
        labels: { "app.kubernetes.io/part-of": partOf },
        removalPolicy: props.removalPolicy,
      })
    : undefined;
}
