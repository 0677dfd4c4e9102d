import type { CacheProgram } from "./cache";

/** What a test knows of the world outside the objects. */
export interface World {
  /** Where a host outside the cluster works on requests. */
  readonly countries: Readonly<Record<string, readonly string[]>>;
  /** The same of a gateway that sends classes to different countries, by the class that it is told. @default - `countries` */
  readonly countriesOfClass?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly clusterCountry: string;
  /** Calls that one request to a host becomes there. @default - 1 */
  readonly callsBehind?: Readonly<Record<string, number>>;
  /** @default 1 */
  readonly proxies?: number;
  /** Programs that keep answers, by host. @default - none runs */
  readonly caches?: Readonly<Record<string, CacheProgram>>;
}

/** One call to something that answers prompts. */
export interface Call {
  /** `pool:ns/name` and `service:ns/name` behind the inner gateway, or a host. */
  readonly target: string;
  readonly countries: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
}

/** A call whose answer is thrown away. */
export interface Copy extends Call {
  /** Target of the call that was copied. */
  readonly of: string;
}

/** How the world behaves during one request. */
export interface Conditions {
  /** Whether a call fails. Asked once per call. */
  readonly fails: (target: string) => boolean;
  /** Targets that health checks have put aside. */
  readonly ejected?: (target: string) => boolean;
  /** From 0 to below 1: chooses among priorities, where more than one bears the load. @default - always 0: the first */
  readonly priority?: () => number;
  /** From 0 to below 1: chooses by weight. */
  readonly pick?: () => number;
  /** From 0 to below 1: a call is copied if it is below the share. @default - always 0: what can be copied is */
  readonly copied?: () => number;
  /** Seconds. */
  readonly now?: number;
  readonly proxy?: number;
}

/** What one attempt became. */
export interface Made {
  readonly ok: boolean;
  readonly calls: readonly Call[];
  readonly copies: readonly Copy[];
  /** Of all calls, those behind other gateways included, copies not. */
  readonly load: number;
}

const CLUSTER_HOST = /^([^.]+)\.([^.]+)\.svc\.cluster\.local$/;

/** Where a call with these headers is worked on. */
export function countriesOf(
  world: World,
  host: string,
  headers: Readonly<Record<string, string>>,
): readonly string[] {
  if (CLUSTER_HOST.test(host)) {
    return [world.clusterCountry];
  }
  const told = headers["x-traffic-class"];
  const known = world.countriesOfClass?.[host]?.[told ?? ""] ?? world.countries[host];
  if (known === undefined) {
    throw new Error(`the test does not know where ${host} is`);
  }
  return known;
}

/** A Service by its namespace and name; another host as it is. */
export function targetOf(host: string): string {
  const [, name, namespace] = CLUSTER_HOST.exec(host) ?? [];
  return name === undefined ? host : `service:${namespace}/${name}`;
}

/** One of several, by weight; 1 is what the Gateway API takes where none is given. */
export function byWeight<T>(
  all: readonly T[],
  weightOf: (each: T) => number | undefined,
  { pick }: Pick<Conditions, "pick">,
): T {
  const weights = all.map((each) => weightOf(each) ?? 1);
  const point = (pick?.() ?? 0) * weights.reduce((sum, weight) => sum + weight, 0);
  let passed = 0;
  const found = weights.findIndex((weight) => {
    passed += weight;
    return point < passed;
  });
  return all[Math.max(0, found)]!;
}
