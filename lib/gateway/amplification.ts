import type { Problems } from "../core/problems";
import { callsPerAttempt, type GatewayBackend } from "./backends";
import type { ClassRoutes } from "./declaration";
import { GatewayErrors } from "./errors";
import type { PlannedModel, PlannedRetries } from "./planned";

/**
 * Worst case of one request: each attempt fails and goes to the backend that makes most calls of it. Envoy counts attempts
 * of a request, not of a backend, and may try one again when all others are known to be unhealthy; so the product of
 * attempts and the largest factor is the bound, not the sum over the chain.
 */
export function amplification(
  problems: Problems,
  subject: string,
  routes: ClassRoutes,
  models: readonly PlannedModel[],
  used: readonly GatewayBackend[],
): PlannedRetries {
  const attemptsPerBackend = routes.attemptsPerBackend ?? 1;
  const longest = Math.max(1, ...models.map(({ steps }) => steps.length));
  const attempts = longest * attemptsPerBackend;
  const costliest = used.reduce((worst, backend) => Math.max(worst, callsPerAttempt(backend)), 1);
  const total = attempts * costliest;
  const behind = used.filter((backend) => callsPerAttempt(backend) === costliest).map(({ name }) => name);
  const sum =
    `${longest} steps x ${attemptsPerBackend} attempts each = ${attempts} attempts; ` +
    `x ${costliest} calls per attempt (${costliest === 1 ? "no gateway behind makes more" : behind.join(", ")}) = ${total}`;
  const allowed = routes.maxAmplification ?? 3;
  if (total > allowed) {
    problems.add(GatewayErrors.RetryAmplification, {
      subject,
      given: sum,
      allowed: `${allowed} calls or fewer (maxAmplification)`,
    });
  }
  return {
    attemptsPerBackend,
    attempts,
    budgetPercent: routes.retryBudgetPercent ?? 20,
    amplification: total,
    sum,
  };
}
