/** A host of a cluster, as a load balancer sees it. */
interface Host {
  readonly priority: number;
  readonly ejected: boolean;
}

/** Half more than its hosts is what a priority is trusted to bear: Envoy's overprovisioning factor. */
const OVERPROVISIONED = 140;
/** Below so many percent of healthy hosts all are used, if the priorities together cannot bear the load. */
const PANIC = 50;

/**
 * How Envoy chooses among priorities, and how a retry avoids those that were tried: by its documents of priority levels,
 * panic threshold and `previous_priorities`, and by that extension's source (read 2026-11). Load goes to the next priority
 * also while some hosts of the first are put aside, not only when all are.
 */
export class Priorities {
  private readonly tried: number[] = [];
  private excluded = new Set<number>();

  /** @param everyAttempts after so many attempts, priorities that were tried are excluded; undefined: never */
  constructor(private readonly everyAttempts: number | undefined) {}

  /** Hosts of the priority that the next attempt goes to. */
  next<T extends Host>(hosts: readonly T[], point: number): readonly T[] {
    const health = this.healthOf(hosts);
    const total = sum(health);
    const priority =
      total === 0 ? hosts[Math.floor(point * hosts.length)]!.priority : at(health, point * total);
    this.tried.push(priority);
    return usable(
      hosts.filter((host) => host.priority === priority),
      sum(healthByPriority(hosts)) < 100,
    );
  }

  /** Percent that each priority is trusted with, without those that are excluded; all zero if nothing is healthy. */
  private healthOf(hosts: readonly Host[]): ReadonlyMap<number, number> {
    const every = this.everyAttempts;
    if (every !== undefined && this.tried.length >= every && this.tried.length % every === 0) {
      this.excluded = new Set([...this.excluded, ...this.tried]);
    }
    const health = healthByPriority(hosts);
    const left = new Map([...health].filter(([priority]) => !this.excluded.has(priority)));
    if (sum(left) > 0) {
      return greedy(left);
    }
    this.excluded.clear();
    this.tried.length = 0;
    return greedy(health);
  }
}

function healthByPriority(hosts: readonly Host[]): ReadonlyMap<number, number> {
  const priorities = [...new Set(hosts.map(({ priority }) => priority))].sort((a, b) => a - b);
  return new Map(
    priorities.map((priority) => {
      const own = hosts.filter((host) => host.priority === priority);
      const healthy = own.filter(({ ejected }) => !ejected).length;
      return [priority, Math.min(100, Math.floor((OVERPROVISIONED * healthy) / own.length))];
    }),
  );
}

/** The first takes what it is trusted with, the next the rest. */
function greedy(health: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  let open = Math.min(100, sum(health));
  return new Map(
    [...health].map(([priority, trusted]) => {
      const load = Math.min(open, trusted);
      open -= load;
      return [priority, load];
    }),
  );
}

function usable<T extends Host>(hosts: readonly T[], short: boolean): readonly T[] {
  const healthy = hosts.filter(({ ejected }) => !ejected);
  const panics = short && (100 * healthy.length) / hosts.length < PANIC;
  return panics || healthy.length === 0 ? hosts : healthy;
}

const sum = (of: ReadonlyMap<number, number>) => [...of.values()].reduce((total, each) => total + each, 0);

function at(load: ReadonlyMap<number, number>, point: number): number {
  let passed = 0;
  for (const [priority, share] of load) {
    passed += share;
    if (point < passed) {
      return priority;
    }
  }
  return [...load.keys()].at(-1)!;
}
