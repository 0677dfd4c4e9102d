import type { VectorLookupConfig } from "../config/config.js";
import { RefusedByService } from "../http/json-api.js";
import { type Lookup, steps, valueAt } from "./lookup.js";

type Vector = readonly unknown[];

/**
 * One neighbour, nearest first, with the store's own measure: `score`, the higher the nearer, or `distance`. Fields of the
 * payload lie beside it.
 */
export type Neighbour = Readonly<Record<string, unknown>> & { readonly id: string | number };

/** Nearest neighbours of each vector, in the order of the vectors; undefined where the store refused the one vector. */
type Search = (vectors: readonly Vector[]) => Promise<readonly (readonly Neighbour[] | undefined)[]>;

/** Searches with the vectors of a batch; an event that carries none finds nothing. */
export function neighbourLookup(
  config: Pick<VectorLookupConfig, "name" | "onMissing" | "vector">,
  search: Search,
): Lookup {
  const path = steps(config.vector);
  return {
    name: config.name,
    onMissing: config.onMissing,
    defaults: { neighbours: [] },
    async find(events) {
      const carried = events.map((event) => valueAt(event, path));
      const vectors = carried.filter((each): each is Vector => Array.isArray(each));
      const answers = vectors.length === 0 ? [] : await search(vectors);
      let row = 0;
      return carried.map((each) => {
        const neighbours = Array.isArray(each) ? answers[row++] : undefined;
        return neighbours && { neighbours };
      });
    },
  };
}

/**
 * For stores that take one vector a call. What one vector is to blame for (400: another dimension, not numbers) costs the
 * others nothing; anything else fails the look-up.
 */
export const oneByOne =
  (search: (vector: Vector) => Promise<readonly Neighbour[]>): Search =>
  async (vectors) => {
    const answers = await Promise.allSettled(vectors.map(search));
    const refusals = answers.filter((each) => each.status === "rejected");
    const blameless = refusals.find(
      ({ reason }) => !(reason instanceof RefusedByService && reason.status === 400),
    );
    // All refused says nothing about one event: a wrong name or setting does that as well.
    const failed = blameless ?? (refusals.length === vectors.length ? refusals[0] : undefined);
    if (failed !== undefined) {
      throw failed.reason;
    }
    return answers.map((each) => (each.status === "fulfilled" ? each.value : undefined));
  };

/** The wanted fields of what a store knows about a neighbour. */
export function picked(
  payload: Readonly<Record<string, unknown>> | undefined,
  wanted: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    wanted.flatMap((name) => (payload?.[name] === undefined ? [] : [[name, payload[name]]])),
  );
}
