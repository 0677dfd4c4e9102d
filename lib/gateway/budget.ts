import type { Problems } from "../core/problems";
import type { TrafficClass } from "../serving/serving";
import { type GatewayBackend, priceOf, type TokenPrice } from "./backends";
import { GatewayErrors } from "./errors";
import type { PlannedBudget } from "./planned";

/** Largest number of a limit of Envoy Gateway. Source: its BackendTrafficPolicy, `limit.requests`. */
const LARGEST_LIMIT = 4_294_967_295;

export function budgetOf(
  problems: Problems,
  subject: string,
  { budgetUsdPerHour }: TrafficClass,
  used: readonly GatewayBackend[],
): PlannedBudget | undefined {
  if (budgetUsdPerHour === undefined) {
    return undefined;
  }
  const unknown = used.filter((backend) => priceOf(backend) === undefined).map(({ name }) => name);
  if (unknown.length > 0) {
    problems.add(GatewayErrors.BudgetWithoutPrice, {
      subject: `${subject} budgetUsdPerHour`,
      given: unknown,
      allowed: "backends with a price",
    });
  }
  const microUsdPerHour = Math.floor(budgetUsdPerHour * 1e6);
  if (!(microUsdPerHour >= 1 && microUsdPerHour <= LARGEST_LIMIT)) {
    problems.add(GatewayErrors.BudgetOutOfRange, {
      subject: `${subject} budgetUsdPerHour`,
      given: budgetUsdPerHour,
      allowed: "from 0.000001 to 4294",
    });
  }
  const prices = used.flatMap((backend) => priceOf(backend) ?? []);
  const highest = (of: keyof TokenPrice) => Math.max(0, ...prices.map((price) => price[of]));
  return { microUsdPerHour, usdPerMillionTokens: { input: highest("input"), output: highest("output") } };
}
