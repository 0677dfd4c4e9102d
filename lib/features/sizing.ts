import { CoreErrors } from "../core/errors";
import type { Problems } from "../core/problems";
import { checkCount, checkPositive, checkQuantity } from "../fabric/quantities";
import { FeatureErrors } from "./errors";
import type { FeatureView } from "./schema";

/** What the online store of one view must do. */
export interface OnlineTargets {
  /** Time in which 99 of 100 look-ups of one record are answered, in milliseconds, seen from the same region. */
  readonly p99LatencyMs: number;
  /** Records looked up per second, at the busiest. */
  readonly readsPerSecond: number;
  /** Records written per second, at the busiest; a batch job counts too. */
  readonly writesPerSecond: number;
  /** Entities of which values are kept. @default 1_000_000 */
  readonly items?: number;
  /** Bytes of one record, names included. @default - 8 bytes per number, 32 per text, 4 per element of a vector, and the names */
  readonly meanBytes?: number;
  /**
   * `steady` buys throughput ahead where the site sells it, which is cheaper if it is used; `bursty` pays by request.
   * @default "bursty"
   */
  readonly traffic?: "steady" | "bursty";
}

/** A view with its targets, every default filled in. */
export interface OnlineLoad extends Required<OnlineTargets> {
  readonly view: FeatureView;
}

const DEFAULT_ITEMS = 1_000_000;
/** Elements that are counted for a list that says no length. */
const LIST_LENGTH = 16;
const BYTES: Readonly<Record<string, number>> = { string: 32, binary: 32, uuid: 36 };

/** Bytes of one record, by the types of its features. */
export function estimatedBytes(view: FeatureView): number {
  const values = view.features.map(({ name, type, embedding }) => {
    const each = embedding ? 4 : (BYTES[type.scalar] ?? 8);
    return name.length + each * (type.list ? (embedding?.dimension ?? LIST_LENGTH) : 1);
  });
  const keys = view.entity.keys.map(({ name }) => name.length + 32);
  return [...values, ...keys, 8].reduce((sum, bytes) => sum + bytes, 0);
}

/** Checks the targets of every view and fills in defaults. Views without targets go to `problems` (MissingValue). */
export function resolveLoads(
  problems: Problems,
  views: readonly FeatureView[],
  online: Readonly<Record<string, OnlineTargets>>,
): readonly OnlineLoad[] {
  for (const name of Object.keys(online ?? {})) {
    problems.oneOf(
      "online",
      name,
      views.map((view) => view.name),
    );
  }
  return views.flatMap((view) => {
    const given = online?.[view.name];
    const at = `online "${view.name}"`;
    if (!problems.required(at, given, "{ p99LatencyMs, readsPerSecond, writesPerSecond }")) {
      return [];
    }
    const load: OnlineLoad = {
      view,
      p99LatencyMs: given!.p99LatencyMs,
      readsPerSecond: given!.readsPerSecond,
      writesPerSecond: given!.writesPerSecond,
      items: given!.items ?? DEFAULT_ITEMS,
      meanBytes: given!.meanBytes ?? estimatedBytes(view),
      traffic: given!.traffic ?? "bursty",
    };
    const checked = [
      checkPositive(problems, `${at} p99LatencyMs`, load.p99LatencyMs),
      checkPositive(problems, `${at} readsPerSecond`, load.readsPerSecond),
      checkQuantity(problems, `${at} writesPerSecond`, load.writesPerSecond),
      checkCount(problems, `${at} items`, load.items),
      checkCount(problems, `${at} meanBytes`, load.meanBytes),
      problems.oneOf(`${at} traffic`, load.traffic, ["steady", "bursty"]),
    ];
    return checked.every(Boolean) ? [load] : [];
  });
}

/** Adds OnlineUnreachable. */
export function unreachable(
  problems: Problems,
  load: OnlineLoad,
  what: string,
  given: unknown,
  allowed: string,
): void {
  problems.add(FeatureErrors.OnlineUnreachable, {
    subject: `online "${load.view.name}" ${what}`,
    given,
    allowed,
  });
}

/** Refuses `traffic: "steady"` where nothing can be bought ahead. Adds NoEffect. */
export function refuseSteady(problems: Problems, load: OnlineLoad, because: string): void {
  if (load.traffic === "steady") {
    problems.add(CoreErrors.NoEffect, {
      subject: `online "${load.view.name}" traffic`,
      given: load.traffic,
      allowed: `"bursty": ${because}`,
    });
  }
}
