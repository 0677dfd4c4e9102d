import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import { TerraformResource, TerraformStack } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { renderFinding } from "../core/errors";
import { KubernetesErrors } from "./errors";
import { clusterOf } from "./installed-component";

/** Kinds that scale what their `scaleTargetRef` names, as objects. */
const SCALERS: readonly unknown[] = ["HorizontalPodAutoscaler", "ScaledObject"];
/** Of the provider's own resources for them, of every version. */
const TYPED_SCALER = "kubernetes_horizontal_pod_autoscaler";

type Fields = Readonly<Record<string, unknown>>;

/** What something scales. */
interface Scaling {
  readonly namespace: unknown;
  readonly kind: unknown;
  readonly name: unknown;
}

/** What has a controller already that decides how many pods it has. */
export interface ScaledObjects {
  /** Who scales it, for the message. */
  readonly owner: string;
  /** The object that does, if it is one of this app. @default - it is none */
  readonly own?: IConstruct;
  readonly namespace: string;
  readonly kinds: readonly string[];
  readonly names: readonly string[];
}

const first = (value: unknown): Fields => ((Array.isArray(value) ? value[0] : value) ?? {}) as Fields;

function scalingOf(metadata: unknown, spec: unknown): Scaling {
  const { namespace = "default" } = first(metadata);
  // KEDA takes Deployments where no kind is given.
  const { kind = "Deployment", name } = first(first(spec).scaleTargetRef);
  return { namespace, kind, name };
}

/** What a construct scales; undefined if it is no scaler. */
function scaledBy(construct: IConstruct): Scaling | undefined {
  if (construct instanceof Manifest) {
    const { kind, metadata, spec } = construct.manifestInput as Fields;
    return SCALERS.includes(kind) ? scalingOf(metadata, spec) : undefined;
  }
  if (
    !TerraformResource.isTerraformResource(construct) ||
    !construct.terraformResourceType.startsWith(TYPED_SCALER)
  ) {
    return undefined;
  }
  const { metadataInput, specInput } = construct as unknown as Fields;
  return scalingOf(metadataInput, specInput);
}

/** Stacks of which nobody knows the cluster are each their own. */
function clusterOfConstruct(construct: IConstruct): string {
  const stack = TerraformStack.of(construct);
  return clusterOf(stack) ?? stack.node.path;
}

/**
 * Refuses, when the app is synthesized, whatever else of it scales one of these objects in the same cluster: two
 * controllers would undo each other's work.
 */
export function refuseOtherScalers(
  scope: Construct,
  { owner, own, namespace, kinds, names }: ScaledObjects,
): void {
  const isOneOf = (scaling: Scaling | undefined) =>
    scaling?.namespace === namespace &&
    kinds.some((kind) => kind === scaling.kind) &&
    names.some((name) => name === scaling.name);
  scope.node.addValidation({
    validate: () =>
      scope.node.root.node
        .findAll()
        .filter((other) => other !== own && isOneOf(scaledBy(other)))
        .filter((other) => clusterOfConstruct(other) === clusterOfConstruct(scope))
        .map((other) =>
          renderFinding({
            error: KubernetesErrors.TwoScalers,
            subject: other.node.path,
            given: scaledBy(other)!.name,
            allowed: `nothing that ${owner} scales: ${names.join(", ")}`,
          }),
        ),
  });
}
