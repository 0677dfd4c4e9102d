import type { Problems } from "../core/problems";

const SECONDS = { h: 3600, m: 60, s: 1 } as const;
const FORM = /^(?=.)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** Seconds of a duration such as `90s`, `15m` or `1h30m`; undefined if it is none. */
export function secondsOf(duration: string): number | undefined {
  const match = typeof duration === "string" ? FORM.exec(duration) : null;
  if (!match) {
    return undefined;
  }
  const [hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
  ];
  return hours * SECONDS.h + minutes * SECONDS.m + seconds * SECONDS.s;
}

/** A duration as people write it, for example `1h30m`. */
export function durationOf(seconds: number): string {
  const parts = (["h", "m", "s"] as const).reduce<{ rest: number; text: string }>(
    ({ rest, text }, unit) => {
      const count = Math.floor(rest / SECONDS[unit]);
      return { rest: rest - count * SECONDS[unit], text: count === 0 ? text : `${text}${count}${unit}` };
    },
    { rest: Math.round(seconds), text: "" },
  );
  return parts.text || "0s";
}

/**
 * Checks a duration that is computed with at synth: a literal of whole seconds, minutes and hours, above zero.
 * Adds TokenNotAllowed, InvalidDuration.
 */
export function checkDuration(problems: Problems, subject: string, duration: string): boolean {
  if (!problems.literal(subject, duration, "a duration such as 15m")) {
    return false;
  }
  if ((secondsOf(duration) ?? 0) > 0) {
    return true;
  }
  // The common rule also lets through what is finer than a second; of that nothing here is.
  return problems.duration(subject, typeof duration === "string" ? `"${duration}"` : duration);
}
