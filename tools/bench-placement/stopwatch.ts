import { readFileSync } from "node:fs";

/** Milliseconds of one run. */
export interface Times {
  /** From start to end, whatever else the machine did meanwhile. */
  readonly wallMs: number;
  /** That the calling thread ran: the wall time of one thread on a core that is otherwise idle. */
  readonly threadMs: number;
  /** User and system time of the process: helper threads of V8, which compile and collect garbage, included. */
  readonly cpuMs: number;
}

/** Milliseconds that this thread has run; undefined where the system does not tell. */
function threadTime(): number | undefined {
  try {
    const nanoseconds = Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]);
    return nanoseconds > 0 ? nanoseconds / 1e6 : undefined;
  } catch {
    return undefined;
  }
}

function timed<T>(run: () => T): { readonly result: T; readonly times: Times } {
  const [started, thread, cpu] = [performance.now(), threadTime(), process.cpuUsage()];
  const result = run();
  const { user, system } = process.cpuUsage(cpu);
  const after = threadTime();
  const wallMs = performance.now() - started;
  const threadMs = thread === undefined || after === undefined ? wallMs : after - thread;
  return { result, times: { wallMs, threadMs, cpuMs: (user + system) / 1e3 } };
}

/** The last result of some runs that all give the same, and the least of each time: what disturbs a run makes it longer. */
export function bestOf<T>(runs: number, run: () => T): { readonly result: T; readonly times: Times } {
  let best = timed(run);
  for (let count = 1; count < runs; count++) {
    const { result, times } = timed(run);
    best = {
      result,
      times: {
        wallMs: Math.min(best.times.wallMs, times.wallMs),
        threadMs: Math.min(best.times.threadMs, times.threadMs),
        cpuMs: Math.min(best.times.cpuMs, times.cpuMs),
      },
    };
  }
  return best;
}
