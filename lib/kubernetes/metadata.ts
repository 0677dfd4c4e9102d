import { escapeTemplate } from "../core/escape";
import { LABEL_KEY, LABEL_VALUE } from "../core/label-rules";
import type { NameRule, Problems } from "../core/problems";
import { isToken } from "../core/tokens";

/** Names of objects. Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export const OBJECT_NAME: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
  maxLength: 253,
  form: "a DNS subdomain: 1 to 253 lower-case letters, digits, hyphens and dots, each part starting and ending alphanumeric",
};

/** Names of namespaces and services. */
export const DNS_LABEL: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  maxLength: 63,
  form: "a DNS label: 1 to 63 lower-case letters, digits and hyphens, starting and ending alphanumeric",
};

interface MetadataInput {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Metadata {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

function sortedMap(
  map: Readonly<Record<string, string>> | undefined,
): readonly (readonly [string, string])[] {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Labels with sorted keys, or undefined if there are none. Values that are tokens pass unchecked. */
export function checkLabels(
  problems: Problems,
  labels: Readonly<Record<string, string>> | undefined,
): Record<string, string> | undefined {
  const entries = sortedMap(labels);
  for (const [key, value] of entries) {
    problems.name(`label key "${key}"`, key, LABEL_KEY);
    if (!isToken(value)) {
      problems.name(`label "${key}"`, value, LABEL_VALUE);
    }
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Annotations with sorted keys and escaped values, or undefined if there are none. */
export function checkAnnotations(
  problems: Problems,
  annotations: Readonly<Record<string, string>> | undefined,
): Record<string, string> | undefined {
  const entries = sortedMap(annotations);
  for (const [key] of entries) {
    problems.name(`annotation key "${key}"`, key, LABEL_KEY);
  }
  const escaped = entries.map(([key, value]) => [key, escapeTemplate(value)]);
  return entries.length === 0 ? undefined : Object.fromEntries(escaped);
}

/** The `metadata` of an object; the name is checked by the caller. */
export function checkMetadata(problems: Problems, input: MetadataInput): Metadata {
  if (input.namespace !== undefined && !isToken(input.namespace)) {
    problems.name("namespace", input.namespace, DNS_LABEL);
  }
  const labels = checkLabels(problems, input.labels);
  const annotations = checkAnnotations(problems, input.annotations);
  return {
    name: input.name,
    ...(input.namespace === undefined ? {} : { namespace: input.namespace }),
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
  };
}
