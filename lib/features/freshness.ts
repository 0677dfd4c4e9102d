import type { Problems } from "../core/problems";
import { checkDuration, durationOf, secondsOf } from "./duration";
import { FeatureErrors } from "./errors";
import type { FeatureSiteKind } from "./feature-type";
import type { FeatureView } from "./schema";

/** When and how values are carried from the source tables to the online store. */
export interface MaterializationProps {
  /**
   * Time between two runs: minutes that divide an hour, hours that divide a day, or `24h`.
   * @default - per view, the longest that keeps its freshness: fewer runs cost less
   */
  readonly every?: string;
  /**
   * How long a run takes, start of the workers included: measure it, and give the longest.
   * @default - a planning value: 10m on AWS, 15m on Google Cloud, 5m on Kubernetes
   */
  readonly jobTime?: string;
  /**
   * Time from a message on the topic until the processor has written its record.
   * @default - a planning value: 10s
   */
  readonly streamLag?: string;
}

/** How the values of one view get into the online store. */
export interface MaterializationPlan {
  readonly kind: "batch" | "stream";
  /** Seconds between runs; for streams undefined. */
  readonly everySeconds?: number;
  /** Longest time from a commit to the source until the value is served. */
  readonly reachSeconds: number;
  /** Five cron fields, UTC; for streams undefined. */
  readonly cron?: string;
  /** How the numbers came about, in one sentence. */
  readonly because: string;
}

/** What a site can do. */
interface SitePath {
  readonly jobTime: string;
  /** Whether a stream can write to the online store. */
  readonly streams: boolean;
  readonly source: string;
}

/**
 * The job times are planning values, not measurements: cold workers of EMR Serverless, a sync of Vertex AI, a pod of
 * Feast. Give `jobTime` once runs were measured.
 *
 * Vertex AI has no API by which a stream could write to an online store of the kind that Terraform makes; it syncs
 * from BigQuery (https://cloud.google.com/vertex-ai/docs/featurestore/latest/sync-data, read 2026-11). Continuous sync
 * is not in the provider (hashicorp/google 6.50).
 */
const PATHS: Readonly<Record<FeatureSiteKind, SitePath>> = {
  aws: { jobTime: "10m", streams: true, source: "PutRecord of SageMaker" },
  google: { jobTime: "15m", streams: false, source: "scheduled sync of Vertex AI" },
  kubernetes: { jobTime: "5m", streams: true, source: "push endpoint of Feast" },
};

const STREAM_LAG = "10s";
const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;

/** Intervals that cron keeps evenly, in seconds. */
const INTERVALS: readonly number[] = [
  ...[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 4, 6, 8, 12, 24].map((hours) => hours * HOUR),
];

function cronOf(seconds: number): string {
  if (seconds < HOUR) {
    return `*/${seconds / MINUTE} * * * *`;
  }
  if (seconds < DAY) {
    return seconds === HOUR ? "0 * * * *" : `0 */${seconds / HOUR} * * *`;
  }
  return "0 0 * * *";
}

/** Checks the times of a store's materialization. Adds TokenNotAllowed, InvalidDuration, FreshnessUnreachable. */
export function checkMaterialization(problems: Problems, props: MaterializationProps): void {
  for (const name of ["every", "jobTime", "streamLag"] as const) {
    const given = props[name];
    if (given !== undefined) {
      checkDuration(problems, `materialization.${name}`, given);
    }
  }
  const every = props.every === undefined ? undefined : secondsOf(props.every);
  if (every !== undefined && every > 0 && !INTERVALS.includes(every)) {
    problems.oneOf("materialization.every", props.every!, INTERVALS.map(durationOf));
  }
}

function refuse(problems: Problems, view: FeatureView, allowed: string): undefined {
  problems.add(FeatureErrors.FreshnessUnreachable, {
    subject: `view "${view.name}" freshness`,
    given: durationOf(view.freshnessSeconds),
    allowed,
  });
  return undefined;
}

function batchPlan(
  problems: Problems,
  view: FeatureView,
  path: SitePath,
  props: MaterializationProps,
): MaterializationPlan | undefined {
  const jobTime = props.jobTime ?? path.jobTime;
  const job = secondsOf(jobTime) ?? 0;
  // A value that is committed just after a run has read waits for the next run to start, and then for it to end.
  const fits = INTERVALS.filter((every) => every >= job);
  const every =
    props.every === undefined
      ? fits.filter((each) => each + job <= view.freshnessSeconds).at(-1)
      : secondsOf(props.every);
  const via = view.source.kind === "stream" ? ` (this site cannot be fed by a stream: ${path.source})` : "";
  if (every === undefined) {
    const least = (fits[0] ?? DAY) + job;
    return refuse(
      problems,
      view,
      `${durationOf(least)} or more: runs of ${jobTime}, one after another${via}`,
    );
  }
  if (every < job) {
    return refuse(
      problems,
      view,
      `runs that end before the next starts: every ${durationOf(every)}, each ${jobTime}`,
    );
  }
  const reach = every + job;
  if (reach > view.freshnessSeconds) {
    return refuse(
      problems,
      view,
      `${durationOf(reach)} or more: every ${durationOf(every)}, each ${jobTime}${via}`,
    );
  }
  return {
    kind: "batch",
    everySeconds: every,
    reachSeconds: reach,
    cron: cronOf(every),
    because: `a run every ${durationOf(every)} that takes up to ${jobTime} serves a value at most ${durationOf(reach)} after its commit; asked for: ${durationOf(view.freshnessSeconds)}`,
  };
}

/**
 * How the values of a view reach the online store of a site in time. What cannot be in time goes to `problems`
 * (FreshnessUnreachable), with what could.
 */
export function materializationPlan(
  problems: Problems,
  kind: FeatureSiteKind,
  view: FeatureView,
  props: MaterializationProps = {},
): MaterializationPlan | undefined {
  const path = PATHS[kind];
  if (view.source.kind === "table" || !path.streams) {
    return batchPlan(problems, view, path, props);
  }
  const lag = props.streamLag ?? STREAM_LAG;
  const reach = secondsOf(lag) ?? 0;
  if (reach > view.freshnessSeconds) {
    return refuse(problems, view, `${lag} or more: the lag of the stream (${path.source})`);
  }
  return {
    kind: "stream",
    reachSeconds: reach,
    because: `a processor writes each record within ${lag} (${path.source}); asked for: ${durationOf(view.freshnessSeconds)}`,
  };
}
