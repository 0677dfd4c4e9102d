import { CoreErrors } from "../core/errors";
import { Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { frozen } from "../fabric/frozen";
import { checkPositive, checkQuantity } from "../fabric/quantities";
import { Residency } from "../fabric/residency";
import { requireObject } from "../fabric/untyped";
import type { TrafficClass as TrafficClassValue } from "./serving";

export type TrafficClass = TrafficClassValue;

export interface TrafficClassProps {
  /** At the busiest time that is planned for. */
  readonly requestsPerSecond: number;
  /** Mean tokens of a prompt. */
  readonly promptTokens: number;
  /** Mean tokens of an answer. */
  readonly outputTokens: number;
  /** Most tokens of an answer. @default - four times outputTokens */
  readonly maxOutputTokens?: number;
  /** Share of prompt tokens found in the prefix cache, from 0 to below 1. @default 0 */
  readonly cachedShare?: number;
  /** 95th percentile of the time to the first token, in milliseconds. */
  readonly firstTokenP95Ms: number;
  /** Longest mean time between two tokens, in milliseconds. @default 100 */
  readonly nextTokenMs?: number;
  /** Higher goes first, -100 to 100. Negative: may be shed. @default 0 */
  readonly priority?: number;
  /** Share of requests that are answered in time, 0.5 to below 1. @default 0.99 */
  readonly objective?: number;
  /** Needs a known price. @default - no limit */
  readonly budgetUsdPerHour?: number;
  /** Where its requests may be worked on. @default Residency.ANYWHERE */
  readonly residency?: Residency;
}

const MOST_PRIORITY = 100;
/** Answers are taken to vary: a limit of four times the mean cuts off few of them (2 % if they are exponential). */
const LIMIT_TIMES_MEAN = 4;
const DEFAULT_NEXT_TOKEN_MS = 100;

function checkTokens(problems: Problems, of: TrafficClass): void {
  checkPositive(problems, "promptTokens", of.promptTokens);
  const mean = checkPositive(problems, "outputTokens", of.outputTokens);
  if (mean) {
    const min = Math.ceil(of.outputTokens);
    problems.literalInteger("maxOutputTokens", of.maxOutputTokens, { min, max: 100_000_000 });
  }
  const shared = checkQuantity(problems, "cachedShare", of.cachedShare, { max: 1 });
  if (shared && of.cachedShare === 1) {
    problems.add(CoreErrors.NumberOutOfRange, {
      subject: "cachedShare",
      given: 1,
      allowed: "below 1: the last token of a prompt is always computed",
    });
  }
}

export const TrafficClass = {
  /**
   * Requests that are alike, and what they are promised.
   *
   * @param name unique in the endpoint
   * @throws InvalidName, MissingValue, NotAQuantity, NumberOutOfRange, NotOneOf, TokenNotAllowed
   */
  of(name: string, props: TrafficClassProps): TrafficClass {
    const problems = new Problems(`TrafficClass.of("${isToken(name) ? "a token" : name}")`);
    requireObject(
      problems,
      "props",
      props,
      "{ requestsPerSecond, promptTokens, outputTokens, firstTokenP95Ms }",
    );
    const of: TrafficClass = {
      name,
      requestsPerSecond: props.requestsPerSecond,
      promptTokens: props.promptTokens,
      outputTokens: props.outputTokens,
      maxOutputTokens: props.maxOutputTokens ?? limitOf(props.outputTokens),
      cachedShare: props.cachedShare ?? 0,
      firstTokenP95Ms: props.firstTokenP95Ms,
      nextTokenMs: props.nextTokenMs ?? DEFAULT_NEXT_TOKEN_MS,
      priority: props.priority ?? 0,
      objective: props.objective ?? 0.99,
      ...(props.budgetUsdPerHour === undefined ? {} : { budgetUsdPerHour: props.budgetUsdPerHour }),
      residency: props.residency ?? Residency.ANYWHERE,
    };
    problems.name("name", name);
    checkPositive(problems, "requestsPerSecond", of.requestsPerSecond);
    checkTokens(problems, of);
    checkPositive(problems, "firstTokenP95Ms", of.firstTokenP95Ms);
    checkPositive(problems, "nextTokenMs", of.nextTokenMs);
    problems.literalInteger("priority", of.priority, { min: -MOST_PRIORITY, max: MOST_PRIORITY });
    checkQuantity(problems, "objective", of.objective, { min: 0.5, max: 0.99999 });
    if (of.budgetUsdPerHour !== undefined) {
      checkPositive(problems, "budgetUsdPerHour", of.budgetUsdPerHour);
    }
    if (!(of.residency instanceof Residency)) {
      const allowed = "a Residency, such as Residency.EU";
      problems.add(CoreErrors.NotOneOf, { subject: "residency", given: of.residency, allowed });
    }
    problems.throwIfAny();
    const { residency, ...plain } = of;
    return Object.freeze({ ...frozen(plain), residency });
  },
} as const;

function limitOf(outputTokens: number): number {
  return isToken(outputTokens) ? outputTokens : Math.ceil(LIMIT_TIMES_MEAN * outputTokens);
}
