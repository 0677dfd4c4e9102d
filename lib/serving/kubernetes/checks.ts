import { CoreErrors } from "../../core/errors";
import type { NameRule, Problems } from "../../core/problems";
import { checkQuantity } from "../../fabric/quantities";
import { nodesOf } from "../../fabric/slice";
import { DNS_LABEL } from "../../kubernetes/metadata";
import { EndpointErrors } from "../endpoint-errors";
import { cannot, checkEngine } from "./check-engine";
import { checkWeightsWay } from "./check-weights";
import { KubernetesServingErrors } from "./errors";
import type { KubernetesModelEndpointProps, KubernetesServingForm } from "./props";
import { checkRollout } from "./rollout";
import { checkScaling } from "./scaling";
import { checkShadows } from "./shadows";
import { checkImage } from "./value-rules";
import type { ResolvedVariant } from "./variant";

const HTTP: NameRule = {
  pattern: /^https?:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[A-Za-z0-9._/-]*)?$/,
  maxLength: 500,
  form: "http(s)://host[:port][/path]",
};

function checkPool(problems: Problems, at: string, variant: ResolvedVariant): void {
  const { plan, model, scaling, pool, prefillPool, warmReplicas = 0 } = variant.props;
  if (plan.model !== model.name) {
    problems.add(KubernetesServingErrors.PlanOfOtherModel, {
      subject: `${at}.plan`,
      given: plan.model,
      allowed: model.name,
    });
  }
  for (const { scheduling, role } of variant.parts) {
    const { resourcePerNode, pool: declared } = scheduling.pool;
    const has = declared.slice.kind === "cpu" ? "none" : declared.slice.accelerator.name;
    if (resourcePerNode !== plan.acceleratorsPerNode || has !== plan.accelerator.name) {
      problems.add(KubernetesServingErrors.PlanOfOtherPool, {
        subject: `${at}.plan`,
        given: `${plan.acceleratorsPerNode} ${plan.accelerator.name} per node`,
        allowed: `${resourcePerNode} ${has}: what a node of pool "${declared.name}" has`,
      });
    }
    const most = nodesOf(declared.slice).max;
    const replicas =
      role === "prefill"
        ? replicasOf(variant, role)
        : (scaling?.max ?? replicasOf(variant, role)) + warmReplicas;
    const nodes = Math.ceil((replicas * plan.acceleratorsPerReplica) / plan.acceleratorsPerNode);
    if (Number.isFinite(nodes) && nodes > most) {
      problems.add(KubernetesServingErrors.PoolTooSmall, {
        subject: `${at}${scaling === undefined ? ".plan.replicas" : ".scaling.max"}`,
        given: `${replicas} replicas: ${nodes} nodes`,
        allowed: `${most}, the nodes of pool "${declared.name}"`,
      });
    }
  }
  if (prefillPool !== undefined && variant.parts.length === 1) {
    problems.add(CoreErrors.NoEffect, {
      subject: `${at}.prefillPool`,
      given: prefillPool,
      allowed: `nothing, or "${pool}": the plan keeps prefill and decode together`,
    });
  }
}

function replicasOf({ parts }: ResolvedVariant, role: string): number {
  return parts.find((part) => part.role === role)!.replicas;
}

/** What objects of KServe cannot say, or what only plain ones can. */
function checkForm(
  problems: Problems,
  at: string,
  form: KubernetesServingForm,
  { props, parts, cache }: ResolvedVariant,
): void {
  const refuse = (subject: string, given: unknown, allowed: string) =>
    problems.add(KubernetesServingErrors.FormCannot, { subject: `${at}.${subject}`, given, allowed });
  const several = props.plan.nodesPerReplica > 1;
  if (props.rollout !== undefined && (form !== "deployment" || several || parts.length > 1)) {
    refuse(
      "rollout",
      props.rollout.kind,
      'form "deployment", replicas of one node, prefill and decode together',
    );
  }
  if (parts.length > 1 && props.scaling !== undefined) {
    refuse(
      "scaling",
      "prefill and decode apart",
      "replicas as planned: the two phases scale by different loads",
    );
  }
  if (form === "inference-service") {
    if (several) {
      refuse("plan.nodesPerReplica", props.plan.nodesPerReplica, "replicas of one node");
    }
    if (parts.length > 1) {
      refuse("plan.replicas", "prefill and decode apart", "prefill and decode together");
    }
  }
  if (form === "llm-inference-service") {
    if (props.plan.engine !== "vllm") {
      refuse("plan.engine", props.plan.engine, "vllm: KServe's command line is that of vLLM");
    }
    const { pipeline, data } = props.plan.parallelism;
    if (several && data === 1 && pipeline !== props.plan.nodesPerReplica) {
      refuse(
        "plan.parallelism.pipeline",
        pipeline,
        `${props.plan.nodesPerReplica}, the nodes of a replica: KServe starts one stage on each`,
      );
    }
    if (cache.kind === "pod-disk" && props.model.weights.kind === "object-storage") {
      refuse("cache", cache.kind, "stream or claim: KServe fetches weights of object storage itself");
    }
    if (props.model.weights.kind === "oci" && props.model.weights.path !== "/") {
      refuse("model.weights.path", props.model.weights.path, "/: KServe's engine reads one fixed path");
    }
  }
}

function checkStart(problems: Problems, at: string, { props }: ResolvedVariant): void {
  const { start, cpus, memoryGib, warmReplicas, scaling } = props;
  if (start?.loadGbps !== undefined) {
    checkQuantity(problems, `${at}.start.loadGbps`, start.loadGbps, { aboveMin: true });
  }
  if (start?.otherSeconds !== undefined) {
    problems.literalInteger(`${at}.start.otherSeconds`, start.otherSeconds, { min: 1, max: 86_400 });
  }
  if (cpus !== undefined) {
    problems.literalInteger(`${at}.cpus`, cpus, { min: 1, max: 1_024 });
  }
  if (memoryGib !== undefined) {
    problems.literalInteger(`${at}.memoryGib`, memoryGib, { min: 1, max: 65_536 });
  }
  if (warmReplicas !== undefined) {
    problems.literalInteger(`${at}.warmReplicas`, warmReplicas, { min: 1, max: 1_000 });
  }
  if (scaling !== undefined) {
    checkScalingNumbers(problems, `${at}.scaling`, scaling);
  }
}

function checkScalingNumbers(
  problems: Problems,
  at: string,
  scaling: NonNullable<ResolvedVariant["props"]["scaling"]>,
): void {
  const { waitingRequests, cacheUse, quietSeconds, maxColdStartSeconds, min } = scaling;
  if (waitingRequests !== undefined) {
    checkQuantity(problems, `${at}.waitingRequests`, waitingRequests, { aboveMin: true });
  }
  if (cacheUse !== undefined) {
    checkQuantity(problems, `${at}.cacheUse`, cacheUse, { aboveMin: true, max: 1 });
  }
  if (quietSeconds !== undefined) {
    problems.literalInteger(`${at}.quietSeconds`, quietSeconds, { min: 60, max: 3_600 });
  }
  if (maxColdStartSeconds !== undefined && min !== 0) {
    problems.add(CoreErrors.NoEffect, {
      subject: `${at}.maxColdStartSeconds`,
      given: maxColdStartSeconds,
      allowed: "nothing, with min above 0: a replica is always there",
    });
  }
}

/** Reports what is wrong with one variant. */
export function checkVariant(
  problems: Problems,
  at: string,
  variant: ResolvedVariant,
  { form = "deployment", prometheusUrl }: KubernetesModelEndpointProps,
): void {
  checkStart(problems, at, variant);
  checkEngine(problems, at, variant);
  checkWeightsWay(problems, at, variant);
  checkPool(problems, at, variant);
  checkForm(problems, at, form, variant);
  checkScaling(problems, at, variant);
  checkRollout(problems, at, variant);
  const reads = [
    ...(variant.props.scaling === undefined ? [] : ["scaling"]),
    ...(variant.props.rollout === undefined ? [] : ["rollout"]),
  ];
  if (prometheusUrl === undefined && reads.length > 0) {
    problems.add(KubernetesServingErrors.MetricsAddressMissing, {
      subject: "prometheusUrl",
      given: undefined,
      allowed: `${HTTP.form}, for ${at}.${reads.join(` and ${at}.`)}`,
    });
  }
  if (variant.props.rollout !== undefined && variant.props.plan.engine !== "vllm") {
    cannot(problems, variant.props.plan.engine, `${at}.rollout`, "an analysis by metrics of vLLM");
  }
}

function checkPicker(problems: Problems, props: KubernetesModelEndpointProps, split: boolean): void {
  const { picker, form = "deployment" } = props;
  if (form !== "deployment") {
    if (picker !== undefined) {
      problems.add(CoreErrors.NoEffect, {
        subject: "picker",
        given: picker,
        allowed: `nothing, with form ${form}`,
      });
    }
    return;
  }
  if (!problems.required("picker", picker, "{ image }")) {
    return;
  }
  checkImage(problems, "picker.image", picker!.image);
  if (picker!.replicas !== undefined) {
    problems.literalInteger("picker.replicas", picker!.replicas, { min: 1, max: 5 });
  }
  if (split) {
    checkImage(problems, "picker.sidecarImage", picker!.sidecarImage);
  } else if (picker!.sidecarImage !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: "picker.sidecarImage",
      given: picker!.sidecarImage,
      allowed: "nothing, where no plan splits prefill and decode",
    });
  }
}

/** Reports what is wrong with the endpoint as a whole. */
export function checkEndpoint(
  problems: Problems,
  props: KubernetesModelEndpointProps,
  variants: readonly ResolvedVariant[],
): void {
  const { classes, form = "deployment", cluster } = props;
  problems.required("classes", classes[0], "one class or more");
  problems.unique(
    "classes",
    classes.map(({ name }) => name),
  );
  if (form === "inference-service" && new Set(classes.map(({ priority }) => priority)).size > 1) {
    problems.add(KubernetesServingErrors.FormCannot, {
      subject: "classes",
      given: "classes of different priorities",
      allowed: "one priority: without a picker nothing knows them",
    });
  }
  for (const { name, residency } of classes) {
    if (!residency.allows(cluster.site.country)) {
      problems.add(EndpointErrors.EndpointOutsideResidency, {
        subject: `class "${name}"`,
        given: `site "${cluster.site.name}" in ${cluster.site.country}`,
        allowed: "a site in a country that the residency of the class allows",
      });
    }
  }
  for (const list of ["callers", "monitoring"] as const) {
    props[list]?.forEach((namespace, index) => {
      problems.name(`${list}[${index}]`, namespace, DNS_LABEL);
    });
  }
  if (props.prometheusUrl !== undefined) {
    problems.name("prometheusUrl", props.prometheusUrl, HTTP);
    if (variants.every(({ props: { scaling, rollout } }) => scaling === undefined && rollout === undefined)) {
      problems.add(CoreErrors.NoEffect, {
        subject: "prometheusUrl",
        given: props.prometheusUrl,
        allowed: "nothing, without scaling and rollout",
      });
    }
  }
  if (props.pauseImage !== undefined) {
    checkImage(problems, "pauseImage", props.pauseImage);
    if (variants.every((variant) => variant.props.warmReplicas === undefined)) {
      problems.add(CoreErrors.NoEffect, {
        subject: "pauseImage",
        given: props.pauseImage,
        allowed: "nothing, without warmReplicas",
      });
    }
  }
  checkPicker(
    problems,
    props,
    variants.some(({ parts }) => parts.length > 1),
  );
  checkShadows(problems, props);
}
