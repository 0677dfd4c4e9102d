const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

export type Log = (level: Level, message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** One JSON object a line on standard output, with the field names of OpenTelemetry's log model. */
export function jsonLog(
  least: Level,
  write: (line: string) => void = (line) => process.stdout.write(line),
): Log {
  const from = LEVELS.indexOf(least);
  return (level, message, fields) => {
    if (LEVELS.indexOf(level) >= from) {
      const time = new Date().toISOString();
      write(`${JSON.stringify({ timestamp: time, severity: level, body: message, ...fields })}\n`);
    }
  };
}

/** What an error says, with its causes: clients wrap them. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return `${error.message}: ${[...new Set(error.errors.map(errorText))].join("; ")}`;
  }
  if (error instanceof Error) {
    return error.cause === undefined ? error.message : `${error.message}: ${errorText(error.cause)}`;
  }
  return String(error);
}
