import type { IAcceleratorCluster } from "../../lib/cluster/cluster";
import type { Problems } from "../../lib/core/problems";
import { COMPONENTS } from "../../lib/kubernetes/components";
import { KubernetesModelEndpoint } from "../../lib/serving/kubernetes/endpoint";
import { InferenceDefinitions } from "../../lib/serving/kubernetes/inference-definitions";
import {
  KubernetesServingOperators,
  type KubernetesServingOperatorsProps,
} from "../../lib/serving/kubernetes/operators";
import type { KubernetesVariantProps } from "../../lib/serving/kubernetes/props";
import type { IModelEndpoint, TrafficClass } from "../../lib/serving/serving";
import { clusterSeenFrom } from "../cluster-stack";
import type { EndpointAtAnySite, EndpointInCluster, PlatformVariant } from "../endpoint-props";
import { StackErrors } from "../errors";
import type { PlatformContext } from "../platform-context";
import type { SiteStack } from "../site-stack";
import { addFindings, classesOf, tryPlan } from "../sized-variant";
import { isInstalled, releasesOf } from "./installed";

/** The accelerators of a pool, as the capacity model asks for them. Adds NoAcceleratorsInPool. */
function acceleratorsOf(problems: Problems, cluster: IAcceleratorCluster, { name, pool }: PlatformVariant) {
  const nodes = cluster.pools.get(pool);
  const withAccelerators = [...cluster.pools.values()].filter(({ resourcePerNode }) => resourcePerNode > 0);
  const slice = nodes?.pool.slice;
  if (slice === undefined || slice.kind === "cpu") {
    problems.add(StackErrors.NoAcceleratorsInPool, {
      subject: `variant "${name}" pool`,
      given: pool,
      allowed:
        withAccelerators.map((each) => each.pool.name).join(", ") || "none: the cluster has no accelerators",
    });
    return undefined;
  }
  return { accelerator: slice.accelerator, acceleratorsPerNode: nodes!.resourcePerNode };
}

function planned(
  problems: Problems,
  site: string,
  cluster: IAcceleratorCluster,
  classes: readonly TrafficClass[],
  variant: PlatformVariant,
): KubernetesVariantProps | undefined {
  const accelerators = acceleratorsOf(problems, cluster, variant);
  const sized = classesOf(problems, classes, variant);
  if (accelerators === undefined || sized.length === 0) {
    return undefined;
  }
  const { sizing = {}, sizedFor: _sizedFor, ...rest } = variant;
  const sizedTo = tryPlan({ ...sizing, model: variant.model, classes: sized, ...accelerators });
  if ("findings" in sizedTo) {
    addFindings(problems, `variant "${variant.name}" at ${site}/${variant.pool}`, sizedTo.findings);
    return undefined;
  }
  return { ...rest, plan: sizedTo.plan };
}

/** What the endpoint needs and nothing of the stack installs. */
function operators(
  stack: SiteStack,
  { form = "deployment" }: Pick<EndpointInCluster, "form">,
  variants: readonly KubernetesVariantProps[],
): KubernetesServingOperatorsProps | undefined {
  const has = (component: Parameters<typeof isInstalled>[1]) => isInstalled(stack, component);
  const scaled = variants.some(({ scaling }) => scaling !== undefined);
  const rolled = variants.some(({ rollout }) => rollout !== undefined);
  const severalNodes = variants.some(({ plan }) => plan.nodesPerReplica > 1);
  const defined = stack.node.findAll().some((construct) => construct instanceof InferenceDefinitions);
  const wanted = {
    keda: scaled && !has(COMPONENTS.keda),
    leaderWorkerSet: severalNodes && !has(COMPONENTS.leaderWorkerSet),
    argoRollouts: rolled && !has(COMPONENTS.argoRollouts),
    ...(form === "inference-service" ? {} : { inferenceDefinitions: !defined }),
  };
  const [chart, other] =
    form === "inference-service"
      ? [COMPONENTS.kserve, COMPONENTS.kserveLlm]
      : [COMPONENTS.kserveLlm, COMPONENTS.kserve];
  if (form !== "deployment" && !has(chart)) {
    return {
      forms: [form],
      ...wanted,
      certManager: !has(COMPONENTS.certManager),
      kserveConfiguration: !has(other),
      dependsOn: releasesOf(stack, [COMPONENTS.certManager, COMPONENTS.leaderWorkerSet, other]),
    };
  }
  // What KServe is there for is there: the rest is what plain workloads may need too.
  return Object.values(wanted).includes(true)
    ? { forms: ["deployment"], inferenceDefinitions: false, ...wanted }
    : undefined;
}

/** Of pools that are named, sized by the accelerators that they have. */
export function compile(
  problems: Problems,
  platform: PlatformContext,
  id: string,
  shared: EndpointAtAnySite,
  { in: _in, variants, ...options }: EndpointInCluster,
  cluster: IAcceleratorCluster | undefined,
): IModelEndpoint {
  const { site, classes } = shared;
  if (cluster === undefined) {
    problems.add(StackErrors.NoClusterAtSite, {
      subject: `at.${site.name}`,
      given: "no cluster",
      allowed: `addCluster(…, { at: "${site.name}", … }) before`,
    });
  }
  problems.required("classes", classes?.[0], "one class or more");
  problems.required("variants", variants?.[0], "one variant or more");
  problems.throwIfAny();
  const sized = variants.flatMap((variant) => planned(problems, site.name, cluster!, classes, variant) ?? []);
  problems.throwIfAny();
  return place(platform, id, shared, options, cluster!, sized);
}

/** Operators that are not there yet in the platform stack, the endpoint in the workloads stack. */
export function place(
  platform: PlatformContext,
  id: string,
  { site, namePrefix, classes }: EndpointAtAnySite,
  { operatorsInstalled = false, ...options }: Omit<EndpointInCluster, "in" | "variants">,
  cluster: IAcceleratorCluster,
  variants: readonly KubernetesVariantProps[],
): IModelEndpoint {
  const first = platform.stack(site.name, "platform");
  const missing = operators(first, options, variants);
  if (!operatorsInstalled && missing !== undefined) {
    new KubernetesServingOperators(first, `${id}-operators`, { ...missing, versions: options.versions });
  }
  const workloads = platform.stack(site.name, "workloads");
  return new KubernetesModelEndpoint(workloads, id, {
    namespace: `${namePrefix}-${id}`,
    callers: [COMPONENTS.envoyGateway.namespace],
    monitoring: [COMPONENTS.kubePrometheusStack.namespace],
    ...options,
    cluster: clusterSeenFrom(workloads, cluster),
    namePrefix,
    name: id,
    classes,
    variants,
  });
}
