import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { claimNames } from "../../core/claimed-names";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import type { Site } from "../../fabric/site";
import { checkCompatibility } from "../../kubernetes/compatibility";
import { checkAnnotations, DNS_LABEL } from "../../kubernetes/metadata";
import type { MetricsSource } from "../../kubernetes/metrics-source";
import { Namespace } from "../../kubernetes/namespace";
import { guardPhases } from "../../kubernetes/phase-guard";
import { objectName, partOf } from "../../kubernetes/room-context";
import { EndpointErrors } from "../endpoint-errors";
import type { EndpointAccess, IModelEndpoint, TrafficClass } from "../serving";
import { DeploymentVariant } from "./deployment-variant";
import { InferenceServiceVariant } from "./inference-service";
import { LlmInferenceServiceVariant } from "./llm-inference-service";
import { ServingNetwork } from "./network";
import type { KubernetesModelEndpointProps, KubernetesServingForm } from "./props";
import { resolveEndpoint } from "./resolve";
import { shadowsOf } from "./shadows";
import type { EndpointContext, ResolvedVariant, VariantObjects } from "./variant";
import { WarmPool } from "./warm-pool";

/** registry.k8s.io/pause:3.10.1 */
const PAUSE_IMAGE =
  "registry.k8s.io/pause@sha256:278fb9dbcca9518083ad1e11276933a2e96f23de604a3a08cc3c80002767d24c";

/** Requests to one variant of which another gets copies. A gateway makes them: it is told by `access().shadows`. */
export interface EndpointMirror {
  readonly from: string;
  readonly to: string;
  /** 1 to 100. */
  readonly percent: number;
}

/**
 * A model that answers requests in a Kubernetes cluster: EKS, GKE, a neocloud's or your own. For the `workloads` stack.
 * Each variant is a workload of its own, on a pool of its own, sized by its plan.
 *
 * Needs the operators of `KubernetesServingOperators` (or the cluster's own). Pods run without root, without the API
 * server's token, on a read-only file system, in a namespace that is closed but for `callers` and `monitoring`. A pod that
 * has to go first answers what it has begun.
 *
 * Terraform resource types: `kubernetes_namespace_v1`, `kubernetes_service_account_v1`, those of {@link ServingNetwork},
 * and by form those of {@link DeploymentVariant}, {@link LlmInferenceServiceVariant} or {@link InferenceServiceVariant}; with
 * `warmReplicas` those of {@link WarmPool}.
 *
 * @throws UnknownPool, all KubernetesServingErrors, EndpointOutsideResidency, ComponentsDoNotFit, NoEffect, InvalidName,
 *   MissingValue, NotOneOf, NumberOutOfRange, NotAQuantity, DuplicateValue, TokenNotAllowed, RemovalNeedsTwoKeys; at synth
 *   EndpointNamesTaken, TwoScalers, KubernetesObjectBesideItsCluster, CustomResourceBesideItsOperator
 */
export class KubernetesModelEndpoint extends Construct implements IModelEndpoint {
  readonly site: Site;
  readonly endpointName: string;
  readonly form: KubernetesServingForm;
  /** In the order of the declaration, without shadows; the first takes what names none. */
  readonly variantNames: readonly string[];
  readonly classes: readonly TrafficClass[];
  readonly namespaceName: string;
  /** Undefined with `createNamespace: false`. */
  readonly namespace?: Namespace;
  readonly serviceAccount: ServiceAccountV1;
  readonly network: ServingNetwork;
  /** Objects of each variant, shadows included. */
  readonly variants: Readonly<
    Record<string, DeploymentVariant | LlmInferenceServiceVariant | InferenceServiceVariant>
  >;
  readonly warmPools: Readonly<Record<string, WarmPool>>;
  readonly metrics: readonly MetricsSource[];
  /** What a gateway copies to shadows. `access()` of a variant says the same as `shadows`, with addresses. */
  readonly mirrors: readonly EndpointMirror[];
  private readonly resolved: ReadonlyMap<string, ResolvedVariant>;

  constructor(scope: Construct, id: string, props: KubernetesModelEndpointProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    this.site = props.cluster.site;
    this.endpointName = props.name;
    this.form = props.form ?? "deployment";
    this.classes = props.classes;
    this.namespaceName = props.namespace ?? `${props.namePrefix}-serving`;
    if (props.namespace !== undefined) {
      problems.name("namespace", props.namespace, DNS_LABEL);
    }
    if (props.versions !== undefined) {
      checkCompatibility(problems, "versions", props.versions);
    }
    const destroyable = mayDestroy(this, props.removalPolicy, problems);
    const annotations = checkAnnotations(problems, props.serviceAccountAnnotations);
    const variants = resolveEndpoint(problems, props);
    problems.throwIfAny();
    this.resolved = new Map(variants.map((variant) => [variant.props.name, variant]));
    this.variantNames = variants
      .filter((variant) => variant.props.shadowOf === undefined)
      .map((variant) => variant.props.name);
    claimNames(this, {
      key: `serving/kubernetes/${props.cluster.node.path}/${this.namespaceName}/${props.namePrefix}/${props.name}`,
      error: EndpointErrors.EndpointNamesTaken,
      given: props.namePrefix,
    });
    this.namespace = this.makeNamespace(props, variants, destroyable);
    const within = this.contextOf(props);
    this.serviceAccount = new ServiceAccountV1(this, "account", {
      metadata: {
        name: within.serviceAccount,
        namespace: this.namespaceName,
        labels: partOf(within, "account"),
        annotations,
      },
      automountServiceAccountToken: false,
      dependsOn: within.after,
    });
    this.network = new ServingNetwork(this, "network", {
      context: within,
      callers: props.callers ?? [],
      monitoring: props.monitoring ?? [],
      outboundPorts: storagePorts(props),
    });
    const context: EndpointContext = {
      ...within,
      after: [...within.after, this.serviceAccount, this.network.inside, this.network.outbound],
    };
    this.variants = Object.fromEntries(
      variants.map((variant) => [variant.props.name, this.makeVariant(context, variant)]),
    );
    this.warmPools = Object.fromEntries(
      variants
        .filter((variant) => variant.props.warmReplicas !== undefined)
        .map((variant) => [
          variant.props.name,
          new WarmPool(this, `warm-${variant.props.name}`, { context, variant }),
        ]),
    );
    this.metrics = Object.values(this.variants).flatMap(({ metrics }) => metrics);
    this.mirrors = variants.flatMap(({ props: { name, shadowOf } }) =>
      shadowOf === undefined ? [] : [{ from: shadowOf.variant, to: name, percent: shadowOf.percent }],
    );
    guardPhases(TerraformStack.of(this));
  }

  /**
   * How a variant is reached, shadows included.
   *
   * @param variant @default - the first
   * @throws UnknownVariant
   */
  access(variant: string = this.variantNames[0]!): EndpointAccess {
    const found = this.resolved.get(variant);
    if (found === undefined) {
      const problems = new Problems(this.node.path);
      problems.add(EndpointErrors.UnknownVariant, {
        subject: "variant",
        given: variant,
        allowed: [...this.resolved.keys()].join(", "),
      });
      problems.throwIfAny();
    }
    const { model, plan } = found!.props;
    const objects: VariantObjects = this.variants[variant]!;
    const shadows = shadowsOf(variant, this.resolved, this.variants);
    return {
      endpoint: this.endpointName,
      variant,
      model: model.name,
      adapters: model.adapters.map(({ name }) => name),
      site: this.site.name,
      country: this.site.country,
      contextTokens: model.contextTokens,
      reach: objects.reach,
      objectives: objects.objectives,
      ...(shadows.length > 0 ? { shadows } : {}),
      planned: plan.planned,
    };
  }

  private makeNamespace(
    props: KubernetesModelEndpointProps,
    variants: readonly ResolvedVariant[],
    destroyable: boolean,
  ): Namespace | undefined {
    const images = variants.some(({ props: { model } }) =>
      [model.weights, ...model.adapters.map(({ weights }) => weights)].some(({ kind }) => kind === "oci"),
    );
    return (props.createNamespace ?? true)
      ? new Namespace(this, "namespace", {
          name: this.namespaceName,
          // Volumes of images are not in the list of `restricted`.
          podSecurity: images ? "baseline" : "restricted",
          labels: { "app.kubernetes.io/part-of": props.namePrefix },
          removalPolicy: destroyable ? "destroy" : "retain",
        })
      : undefined;
  }

  private contextOf(props: KubernetesModelEndpointProps): EndpointContext {
    return {
      prefix: props.namePrefix,
      endpoint: props.name,
      namespace: this.namespaceName,
      classes: props.classes,
      serviceAccount: objectName({ prefix: props.namePrefix }, props.name, "engine"),
      picker: props.picker,
      prometheusUrl: props.prometheusUrl,
      pauseImage: props.pauseImage ?? PAUSE_IMAGE,
      after: this.namespace === undefined ? [] : [this.namespace.resource],
    };
  }

  private makeVariant(context: EndpointContext, variant: ResolvedVariant) {
    const id = `variant-${variant.props.name}`;
    switch (this.form) {
      case "deployment":
        return new DeploymentVariant(this, id, { context, variant });
      case "llm-inference-service":
        return new LlmInferenceServiceVariant(this, id, { context, variant });
      case "inference-service":
        return new InferenceServiceVariant(this, id, { context, variant });
    }
  }
}

/** Ports of object storage that no policy opens by itself. */
function storagePorts({ variants }: KubernetesModelEndpointProps): readonly string[] {
  const ports = variants.flatMap(
    ({ objectStorage }) => /:(\d+)$/.exec(objectStorage?.endpoint ?? "")?.[1] ?? [],
  );
  return [...new Set(ports)].filter((port) => port !== "443").sort();
}
