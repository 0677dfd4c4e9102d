import type { NameRule } from "./problems";

/**
 * Keys of labels, annotations and taints.
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
export const LABEL_KEY: NameRule = {
  pattern: /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
  maxLength: 317,
  form: "name or prefix/name; the name has 1 to 63 letters, digits, dots, underscores and hyphens",
};

/** Values of labels and taints. Source: as `LABEL_KEY` */
export const LABEL_VALUE: NameRule = {
  pattern: /^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$/,
  maxLength: 63,
  form: "up to 63 letters, digits, dots, underscores and hyphens, starting and ending alphanumeric",
};
