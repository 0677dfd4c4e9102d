import type { KubernetesObject } from "./objects";
import { type Promised, tokenOf } from "./properties";
import { Simulation } from "./simulation";

/** Requests of one class and tenant per minute. */
export interface Stream {
  readonly className: string;
  readonly tenant: string;
  readonly perMinute: number;
}

/** How many requests of each class were let in and answered in one minute. */
export interface Served {
  readonly admitted: number;
  readonly served: number;
}

/**
 * One minute of traffic to one backend that works on so many requests per minute, first come, first served: the worst case,
 * in which the backend itself knows no priority. Streams are mixed by the given order.
 */
export function minuteOf(
  objects: readonly KubernetesObject[],
  promised: Promised,
  model: string,
  capacityPerMinute: number,
  streams: readonly Stream[],
  shuffle: <T>(values: readonly T[]) => readonly T[],
): Readonly<Record<string, Served>> {
  const simulation = new Simulation(objects, promised.world);
  const served = new Map(streams.map(({ className }) => [className, { admitted: 0, served: 0 }]));
  const requests = shuffle(
    streams.flatMap((stream) => Array.from({ length: stream.perMinute }, () => stream)),
  );
  let left = capacityPerMinute;
  requests.forEach(({ className, tenant }, index) => {
    const outcome = simulation.send(
      { model, headers: { "x-traffic-class": className }, token: tokenOf(promised, tenant, [className]) },
      { fails: () => false, now: 1, proxy: index },
    );
    if (outcome.status === 200) {
      const count = served.get(className)!;
      count.admitted += 1;
      count.served += left > 0 ? 1 : 0;
      left -= 1;
    }
  });
  return Object.fromEntries(served);
}
