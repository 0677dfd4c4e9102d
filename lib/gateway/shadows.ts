import type { Problems } from "../core/problems";
import type { EndpointShadow } from "../serving/serving";
import type { EndpointBackend, GatewayBackend } from "./backends";
import { GatewayErrors } from "./errors";
import type { PlannedClass, PlannedShadow } from "./planned";

/** Most filters of one rule. Source: HTTPRoute of the Gateway API, v1.6.1. */
const SHADOWS_PER_BACKEND = { min: 0, max: 16 };

/**
 * What is copied to shadows of the backends. A copy is no attempt: it counts against no limit and no retry, and what
 * comes of it goes nowhere. So it is stated apart, and held against what the shadow was sized for.
 */
export function planShadows(
  problems: Problems,
  backends: readonly GatewayBackend[],
  classes: readonly PlannedClass[],
  ratePerSecond: ReadonlyMap<string, number>,
): readonly PlannedShadow[] {
  return backends.flatMap((backend) =>
    backend.kind === "endpoint"
      ? shadowsOf(backend).map((shadow) => planShadow(problems, backend, shadow, classes, ratePerSecond))
      : [],
  );
}

/** Reports shadows of one backend that cannot be. */
export function checkShadows(problems: Problems, subject: string, backend: EndpointBackend): void {
  const shadows = shadowsOf(backend);
  const { reach } = backend.access;
  if (reach.kind === "https" && shadows.length > 0) {
    problems.add(GatewayErrors.ShadowNotCopied, {
      subject,
      given: `${reach.kind}, with shadows ${shadows.map(({ variant }) => variant).join(", ")}`,
      allowed: "shadows of an inference-pool or a service",
    });
  }
  problems.literalInteger(`${subject} number of shadows`, shadows.length, SHADOWS_PER_BACKEND);
  problems.unique(
    `${subject} shadows`,
    shadows.map(({ variant }) => variant),
  );
  for (const { variant, percent } of shadows) {
    problems.literalInteger(`${subject} shadow "${variant}" percent`, percent, { min: 1, max: 100 });
  }
}

/** Shadows of an endpoint's variant. */
export const shadowsOf = ({ access }: EndpointBackend): readonly EndpointShadow[] => access.shadows ?? [];

function planShadow(
  problems: Problems,
  { name }: EndpointBackend,
  shadow: EndpointShadow,
  classes: readonly PlannedClass[],
  ratePerSecond: ReadonlyMap<string, number>,
): PlannedShadow {
  const { variant, percent, models, planned } = shadow;
  const subject = `backend "${name}", shadow "${variant}"`;
  const targets = classes.flatMap((each) =>
    each.models.flatMap(({ steps }) => steps.flat().filter((target) => target.backend === name)),
  );
  const unknown = [...new Set(targets.map(({ model }) => model))].filter((model) => !models.includes(model));
  if (unknown.length > 0) {
    problems.add(GatewayErrors.ShadowOfOtherModel, { subject, given: unknown, allowed: models.join(", ") });
  }
  const parts = classes.flatMap((each) => {
    const share = firstShare(each, name);
    return share === 0
      ? []
      : [{ name: each.name, rate: (ratePerSecond.get(each.name) ?? 0) * (share / 100) }];
  });
  const arriving = parts.reduce((sum, { rate }) => sum + rate, 0);
  const requestsPerSecond = tidy((arriving * percent) / 100);
  const sum =
    `${parts.map((part) => `${part.name} ${tidy(part.rate)}`).join(" + ") || "no class first"} = ` +
    `${tidy(arriving)} requests per second; x ${percent} percent = ${requestsPerSecond} copies per second`;
  if (requestsPerSecond > planned.requestsPerSecond) {
    problems.add(GatewayErrors.ShadowExceedsCapacity, {
      subject,
      given: sum,
      allowed: `${planned.requestsPerSecond} requests per second`,
    });
  }
  return { backend: name, variant, percent, requestsPerSecond, sum };
}

/** Percent of the requests of a class that reach a backend first, of the model for which it is most. */
const firstShare = ({ models }: PlannedClass, backend: string): number =>
  Math.max(
    0,
    ...models.map(({ steps }) => steps[0]?.find((target) => target.backend === backend)?.weight ?? 0),
  );

/** Without the digits that binary fractions add. */
const tidy = (value: number): number => Math.round(value * 1e6) / 1e6;
