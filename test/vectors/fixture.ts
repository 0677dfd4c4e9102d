import { Site, ValidationError, type VectorCollectionProps } from "../../lib";

export const AWS = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });

/** A collection that every engine can hold: an embedding of 768 dimensions, a million times. */
const DOCS: VectorCollectionProps = {
  name: "docs",
  dimension: 768,
  metric: "cosine",
  vectors: 1_000_000,
  filterable: [
    { name: "tenant", type: "string" },
    { name: "year", type: "integer" },
  ],
  queriesPerSecond: 50,
  p95LatencyMs: 200,
};

export const docs = (changes: Partial<VectorCollectionProps> = {}): VectorCollectionProps => ({
  ...DOCS,
  ...changes,
});

/** Codes of what is refused; none if nothing is. */
export function codes(make: () => unknown): readonly string[] {
  try {
    make();
    return [];
  } catch (error) {
    if (ValidationError.is(error)) {
      return error.codes;
    }
    throw error;
  }
}
