import type { NameRule, Problems } from "../core/problems";
import { FeatureErrors } from "./errors";

/**
 * Names that all sites take, so that one name means the same thing everywhere.
 *
 * - SageMaker: feature groups and features, up to 64 letters, digits, hyphens and underscores, starting and ending
 *   with a letter or digit (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FeatureDefinition.html).
 * - Vertex AI: online stores and feature views, up to 60 lower-case letters, digits and underscores, not starting
 *   with a digit (https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.featureOnlineStores).
 * - Feast: names become Python identifiers, and `view__feature` is the full name of a feature, so no double underscore
 *   (https://docs.feast.dev/getting-started/concepts/feature-retrieval).
 *
 * All read 2026-11.
 */
const FEATURE_NAME: NameRule = {
  pattern: /^[a-z](_?[a-z0-9])*$/,
  maxLength: 60,
  form: "1 to 60 lower-case letters, digits and single underscores, starting with a letter, not ending with an underscore",
};

/** https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html (read 2026-11) */
const SAGEMAKER_RESERVED = ["is_deleted", "write_time", "api_invocation_time"];

/** Column of the time series that Vertex AI reads: the compiler makes it from the event time. */
export const VERTEX_TIME_COLUMN = "feature_timestamp";

/** Columns that Feast adds to entity data frames (`feast/infra/offline_stores/offline_utils.py`, v0.66). */
const FEAST_RESERVED = ["event_timestamp", "created_timestamp", "entity_df"];

/** https://docs.python.org/3/reference/lexical_analysis.html#keywords: names become variables of generated Python. */
const PYTHON_KEYWORDS = [
  ..."and as assert async await break class continue def del elif else except finally for from global if".split(
    " ",
  ),
  ..."import in is lambda nonlocal not or pass raise return try while with yield".split(" "),
];

const RESERVED: readonly (readonly [site: string, names: readonly string[]])[] = [
  ["SageMaker", SAGEMAKER_RESERVED],
  ["Vertex AI", [VERTEX_TIME_COLUMN]],
  ["Feast", FEAST_RESERVED],
  ["Python", PYTHON_KEYWORDS],
  ["JavaScript", ["constructor"]],
];

/** Checks the name of an entity, key, view or feature. Adds TokenNotAllowed, InvalidName, ReservedFeatureName. */
export function checkFeatureName(problems: Problems, subject: string, name: string): boolean {
  if (!problems.name(subject, name, FEATURE_NAME)) {
    return false;
  }
  const keeper = RESERVED.find(([, names]) => names.includes(name));
  if (keeper !== undefined) {
    const [site, names] = keeper;
    const allowed = `any name but those of ${site}: ${names.join(", ")}`;
    problems.add(FeatureErrors.ReservedFeatureName, { subject, given: name, allowed });
    return false;
  }
  return true;
}
