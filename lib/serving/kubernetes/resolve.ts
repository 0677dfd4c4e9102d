import { poolScheduling } from "../../cluster/index";
import { COMMON_NAME, type Problems } from "../../core/problems";
import { checkEndpoint, checkVariant } from "./checks";
import { variantName } from "./labels";
import type { KubernetesModelEndpointProps, KubernetesVariantProps } from "./props";
import type { ResolvedVariant, VariantPart } from "./variant";
import { defaultCache } from "./weights";

function partsOf(
  { cluster }: KubernetesModelEndpointProps,
  { plan, pool, prefillPool }: KubernetesVariantProps,
): readonly VariantPart[] {
  const scheduling = poolScheduling(cluster, pool);
  const { replicas } = plan;
  return replicas.kind === "together"
    ? [{ role: "both", replicas: replicas.count, scheduling }]
    : [
        {
          role: "prefill",
          replicas: replicas.prefill,
          scheduling: prefillPool === undefined ? scheduling : poolScheduling(cluster, prefillPool),
        },
        { role: "decode", replicas: replicas.decode, scheduling },
      ];
}

function resolved(endpoint: KubernetesModelEndpointProps, props: KubernetesVariantProps): ResolvedVariant {
  const { plan } = props;
  return {
    props,
    object: variantName(endpoint.namePrefix, endpoint.name, props.name),
    cache: props.cache ?? defaultCache(props.model.weights),
    weightsGib: plan.memory.weightsGib * plan.acceleratorsPerReplica,
    parts: partsOf(endpoint, props),
  };
}

/** Names by which objects of two variants could meet in the namespace. */
function objectNames({ object, parts }: ResolvedVariant, classes: readonly string[]): readonly string[] {
  return [
    object,
    ...(parts.length > 1 ? parts.map(({ role }) => `${object}-${role}`) : []),
    `${object}-picker`,
    `${object}-preview`,
    `${object}-warm`,
    ...classes.map((name) => variantName(object, name)),
  ];
}

/** Variants with their defaults, checked. */
export function resolveEndpoint(
  problems: Problems,
  props: KubernetesModelEndpointProps,
): readonly ResolvedVariant[] {
  problems.name("namePrefix", props.namePrefix);
  problems.name("name", props.name);
  problems.required("variants", props.variants[0], "one variant or more");
  problems.oneOf("form", props.form ?? "deployment", [
    "deployment",
    "llm-inference-service",
    "inference-service",
  ]);
  props.variants.forEach(({ name }, index) => {
    problems.name(`variants[${index}].name`, name, COMMON_NAME);
  });
  // Nothing else makes sense without names.
  problems.throwIfAny();
  problems.unique(
    "variants",
    props.variants.map(({ name }) => name),
  );
  const variants = props.variants.map((variant) => resolved(props, variant));
  problems.unique(
    "names of objects, from variants and classes",
    variants.flatMap((variant) =>
      objectNames(
        variant,
        props.classes.map(({ name }) => name),
      ),
    ),
  );
  checkEndpoint(problems, props, variants);
  variants.forEach((variant, index) => {
    checkVariant(problems, `variants[${index}]`, variant, props);
  });
  return variants;
}
