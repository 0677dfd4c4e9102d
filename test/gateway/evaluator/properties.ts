import fc from "fast-check";
import type { KubernetesObject } from "./objects";
import { CLIENTS_CREDENTIALS, type Request, Simulation, type Token } from "./simulation";
import type { World } from "./world";

/** What was promised, as a person would write it down: not read from the objects. */
export interface Promised {
  readonly world: World;
  /** Names of classes, each with the countries where its requests may be worked on; undefined if any. */
  readonly classes: Readonly<Record<string, readonly string[] | undefined>>;
  readonly models: readonly string[];
  /** Most calls of one request. */
  readonly amplification: number;
  /** Whose requests may be copied, and to whom: targets as in `Call`. @default - nobody's */
  readonly shadows?: Readonly<Record<string, readonly string[]>>;
  /** Targets that may see what clients sign in with. @default - none */
  readonly credentialsTo?: readonly string[];
  readonly issuer: string;
  readonly audience: string;
}

const INTERNAL = [
  "x-tenant",
  "x-ai-eg-model",
  "x-inference-pool",
  "x-llm-d-inference-objective",
  "x-gateway-inference-objective",
  "x-gateway-destination-endpoint",
];

/** @param tenant undefined: a token without that claim */
export function tokenOf(promised: Promised, tenant: string | undefined, classes: readonly string[]): Token {
  const claims = { iss: promised.issuer, aud: promised.audience, traffic_classes: classes };
  return { claims: tenant === undefined ? claims : { ...claims, tenant } };
}

export function arbitraryRequest(
  promised: Promised,
): fc.Arbitrary<Request & { readonly held: readonly string[]; readonly tenant: string }> {
  const names = Object.keys(promised.classes);
  const headerName = fc.constantFrom(...INTERNAL, ...INTERNAL.map((name) => name.toUpperCase()), "x-other");
  const value = fc.constantFrom(
    "acme-own-premium",
    "models.assistant-full",
    "victim",
    ...names,
    ...promised.models,
  );
  return fc
    .record({
      model: fc.constantFrom(...promised.models, "unknown"),
      asked: fc.option(fc.constantFrom(...names, "unknown", ""), { nil: undefined }),
      held: fc.subarray(names),
      tenant: fc.constantFrom("search", "reports", "app"),
      forged: fc.dictionary(headerName, value, { maxKeys: 4 }),
    })
    .map(({ model, asked, held, tenant, forged }) => ({
      model,
      held,
      tenant,
      headers: { ...forged, ...(asked === undefined ? {} : { "x-traffic-class": asked }) },
      token: tokenOf(promised, tenant, held),
    }));
}

const chances = () => fc.infiniteStream(fc.boolean());

/** Everything that generated traffic could do wrong; each entry says what happened. Empty if the promises hold. */
export function violations(
  objects: readonly KubernetesObject[],
  promised: Promised,
  runs = 400,
): readonly string[] {
  const found = new Set<string>();
  const property = fc.property(
    arbitraryRequest(promised),
    chances(),
    chances(),
    fc.infiniteStream(fc.integer({ min: 0, max: 999 }).map((share) => share / 1000)),
    (request, failures, ejections, picks) => {
      const next =
        <T>(stream: Iterator<T>) =>
        () =>
          stream.next().value as T;
      const outcome = new Simulation(objects, promised.world).send(request, {
        fails: next(failures),
        ejected: next(ejections),
        pick: next(picks),
        priority: next(picks),
      });
      for (const problem of judge(promised, request, outcome)) {
        found.add(problem);
      }
    },
  );
  fc.assert(property, { numRuns: runs, seed: 20_261_124 });
  return [...found].sort();
}

function judge(
  promised: Promised,
  request: Request & { readonly held: readonly string[]; readonly tenant: string },
  outcome: ReturnType<Simulation["send"]>,
): readonly string[] {
  const asked = request.headers["x-traffic-class"];
  const problems: string[] = [];
  if (outcome.calls.length > 0 && (asked === undefined || !request.held.includes(asked))) {
    problems.push(`class ${asked} was served to a token that does not hold it`);
  }
  const allowed = asked === undefined ? undefined : promised.classes[asked];
  for (const call of [...outcome.calls, ...outcome.copies]) {
    const away = call.countries.filter((country) => allowed !== undefined && !allowed.includes(country));
    if (away.length > 0) {
      problems.push(`${asked} reached ${call.target} in ${away.join(",")}`);
    }
    const tenant = call.headers["x-tenant"];
    if (tenant !== undefined && tenant !== request.tenant) {
      problems.push(`a forged tenant reached ${call.target}`);
    }
    const objective = call.headers["x-llm-d-inference-objective"];
    if (objective !== undefined && !objective.endsWith(`-${asked}`)) {
      problems.push(`a forged objective reached ${call.target}`);
    }
  }
  for (const { target, headers } of [...outcome.calls, ...outcome.copies]) {
    const seen = Object.values(headers).includes(CLIENTS_CREDENTIALS);
    if (seen && !promised.credentialsTo?.includes(target)) {
      problems.push(`what a client signs in with reached ${target}`);
    }
  }
  problems.push(...judgeCopies(promised, outcome));
  if (outcome.load > promised.amplification) {
    problems.push(`one request became ${outcome.load} calls`);
  }
  return problems;
}

/** Copies go to declared shadows, at most one of each call, and answer nobody. */
function judgeCopies(promised: Promised, outcome: ReturnType<Simulation["send"]>): readonly string[] {
  const shadows = promised.shadows ?? {};
  const problems: string[] = [];
  for (const { of, target, model } of outcome.copies) {
    if (!shadows[of]?.includes(target)) {
      problems.push(`a copy of a call to ${of} reached ${target}`);
    }
    if (!promised.models.includes(model)) {
      problems.push(`a copy asks ${target} for ${model}`);
    }
    const calls = outcome.calls.filter((call) => call.target === of).length;
    const copies = outcome.copies.filter((copy) => copy.of === of && copy.target === target).length;
    if (copies > calls) {
      problems.push(`${calls} calls to ${of} were copied ${copies} times to ${target}`);
    }
  }
  if (
    Object.values(shadows)
      .flat()
      .includes(outcome.answeredBy ?? "nobody")
  ) {
    problems.push(`the shadow ${outcome.answeredBy} answered a client`);
  }
  return problems;
}
