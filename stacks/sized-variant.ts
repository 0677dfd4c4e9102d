import { type Finding, renderFinding, ValidationError } from "../lib/core/errors";
import type { Problems } from "../lib/core/problems";
import type { TrafficClass } from "../lib/serving/serving";
import { planEndpoint } from "../lib/serving/sizing/plan";
import type { EndpointPlan, EndpointPlanProps } from "../lib/serving/sizing/types";

/** The classes that a variant is sized for. Adds MissingValue, NotOneOf. */
export function classesOf(
  problems: Problems,
  classes: readonly TrafficClass[],
  { name, sizedFor }: { readonly name: string; readonly sizedFor?: readonly string[] },
): readonly TrafficClass[] {
  const known = classes.map((each) => each.name);
  if (sizedFor !== undefined) {
    problems.required(`variant "${name}" sizedFor`, sizedFor[0], known.join(", "));
  }
  sizedFor?.forEach((each) => {
    problems.oneOf(`variant "${name}" sizedFor`, each, known);
  });
  return sizedFor === undefined ? classes : classes.filter((each) => sizedFor.includes(each.name));
}

/** A plan, or what the capacity model finds wrong. */
export function tryPlan(
  props: EndpointPlanProps,
): { readonly plan: EndpointPlan } | { readonly findings: readonly Finding[] } {
  try {
    return { plan: planEndpoint(props) };
  } catch (error) {
    if (ValidationError.is(error)) {
      return { findings: error.findings };
    }
    throw error;
  }
}

/** Adds what was found, said of whom. */
export function addFindings(problems: Problems, of: string, findings: readonly Finding[]): void {
  for (const { error, subject, ...rest } of findings) {
    problems.add(error, { ...rest, subject: `${of}: ${subject}` });
  }
}

/** Each finding once, with the places that it was found at. */
export function addMerged(
  problems: Problems,
  of: string,
  found: readonly { readonly at: string; readonly findings: readonly Finding[] }[],
): void {
  const places = new Map<string, { readonly finding: Finding; readonly at: string[] }>();
  for (const { at, findings } of found) {
    for (const finding of findings) {
      const key = renderFinding(finding);
      const entry = places.get(key) ?? { finding, at: [] };
      places.set(key, { ...entry, at: [...entry.at, at] });
    }
  }
  for (const { finding, at } of places.values()) {
    addFindings(problems, `${of} at ${at.join(", ")}`, [finding]);
  }
}
