import type { TrafficClass } from "../serving";

/**
 * How long an invocation may run, in seconds: the container's whole answer, or the last part of one that is streamed, or of
 * one that waits in a queue.
 *
 * Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html (60 seconds),
 * API_runtime_InvokeEndpointWithResponseStream.html (8 minutes), API_runtime_InvokeEndpointAsync.html (1 hour); read 2026-11
 */
export const INVOCATION_SECONDS = { whole: 60, streamed: 480, async: 3600 } as const;

/** Longest answer that a class allows, from the request to the last token. */
export function longestAnswerSeconds({
  firstTokenP95Ms,
  maxOutputTokens,
  nextTokenMs,
}: TrafficClass): number {
  return (firstTokenP95Ms + (maxOutputTokens - 1) * nextTokenMs) / 1000;
}

/** Bounds of both timeouts. Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html (read 2026-11) */
export const TIMEOUT_SECONDS = { min: 60, max: 3600 } as const;

const MINUTE = 60;
const roundUp = (seconds: number): number => Math.ceil(seconds / MINUTE) * MINUTE;

/** S3 to one instance, assumed: half of its network, and not more than this, in Gbit/s. */
const S3_GBPS = 10;
/** Assumed of instances whose network is unknown, in Gbit/s. */
const UNKNOWN_NETWORK_GBPS = 5;
/** The estimate is of a good day. */
const MARGIN = 2;
const FIRST_BYTES_SECONDS = 240;

/** Seconds for the weights to come from S3. */
export function downloadSeconds(weightBytes: number, networkGbps: number | undefined): number {
  const gbps = Math.min((networkGbps ?? UNKNOWN_NETWORK_GBPS) / 2, S3_GBPS);
  const seconds = FIRST_BYTES_SECONDS + MARGIN * ((weightBytes * 8) / (gbps * 1e9));
  return Math.min(TIMEOUT_SECONDS.max, roundUp(seconds));
}

/** From disk into the accelerators, assumed, in bytes per second. */
const LOAD_BYTES_PER_SECOND = 1e9;
/** Starting the engine, compiling and capturing graphs, assumed. */
const ENGINE_START_SECONDS = 600;

/** Seconds for the container to answer its health check. */
export function startupSeconds(weightBytes: number): number {
  return Math.min(TIMEOUT_SECONDS.max, roundUp(ENGINE_START_SECONDS + weightBytes / LOAD_BYTES_PER_SECOND));
}
