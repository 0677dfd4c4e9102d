import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import type { EndpointShadow } from "../serving";
import { KubernetesServingErrors } from "./errors";
import type { KubernetesModelEndpointProps, KubernetesVariantProps } from "./props";
import type { ResolvedVariant, VariantObjects } from "./variant";

/** Reports shadows of nothing, and shadows that no copy reaches. */
export function checkShadows(
  problems: Problems,
  { variants, form = "deployment" }: KubernetesModelEndpointProps,
): void {
  if (variants[0]?.shadowOf !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: "variants[0].shadowOf",
      given: variants[0].shadowOf.variant,
      allowed: "a first variant that answers requests",
    });
  }
  const answering = variants.filter((other) => other.shadowOf === undefined).map(({ name }) => name);
  variants.forEach((variant, index) => {
    if (variant.shadowOf !== undefined) {
      const at = `variants[${index}]`;
      problems.literalInteger(`${at}.shadowOf.percent`, variant.shadowOf.percent, { min: 1, max: 100 });
      problems.oneOf(`${at}.shadowOf.variant`, variant.shadowOf.variant, answering);
      checkReach(problems, at, form, variant);
    }
  });
}

/** A copy finds a replica by a Service alone. */
function checkReach(
  problems: Problems,
  at: string,
  form: NonNullable<KubernetesModelEndpointProps["form"]>,
  { plan, scaling }: KubernetesVariantProps,
): void {
  const refuse = (subject: string, given: unknown, allowed: string) => {
    problems.add(KubernetesServingErrors.ShadowNotReached, { subject: `${at}.${subject}`, given, allowed });
  };
  if (form === "llm-inference-service") {
    refuse(
      "shadowOf",
      form,
      "form deployment or inference-service: KServe's pool has no Service that is known here",
    );
  }
  if (plan.replicas.kind === "split") {
    refuse(
      "plan.replicas",
      "prefill and decode apart",
      "together: without a picker nobody sends prompts to prefill",
    );
  }
  if (scaling?.min === 0) {
    refuse("scaling.min", 0, "1 or more: without a picker no copy wakes the first replica");
  }
}

/** Who gets copies of requests to a variant. */
export function shadowsOf(
  variant: string,
  resolved: ReadonlyMap<string, Pick<ResolvedVariant, "props">>,
  objects: Readonly<Record<string, VariantObjects>>,
): readonly EndpointShadow[] {
  return [...resolved.values()].flatMap(({ props: { name, shadowOf, model, plan } }) =>
    shadowOf?.variant === variant
      ? [
          {
            variant: name,
            percent: shadowOf.percent,
            models: [model.name, ...model.adapters.map((adapter) => adapter.name)],
            // Without a Service it was refused.
            service: objects[name]!.service!,
            planned: { requestsPerSecond: plan.planned.requestsPerSecond },
          },
        ]
      : [],
  );
}
