/**
 * What signals may hold without meaning to: `credentials` (keys, tokens, cookies), `payment` (card numbers, IBAN),
 * `personal` (e-mail addresses, IP addresses, telephone numbers), `content` (prompts and answers).
 */
export type TelemetryDataClass = "credentials" | "payment" | "personal" | "content";

export const TELEMETRY_DATA_CLASSES: readonly TelemetryDataClass[] = [
  "credentials",
  "payment",
  "personal",
  "content",
];

interface RedactionRule {
  /** Attributes whose names match are masked. RE2. */
  readonly keys: readonly string[];
  /** Parts of values that match are masked, in attributes and in texts of logs. RE2. */
  readonly values: readonly string[];
}

/**
 * Patterns catch what has a form; a name in a sentence has none. Attributes of prompts and answers: OpenTelemetry's GenAI
 * conventions and OpenInference (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/,
 * https://arize-ai.github.io/openinference/spec/semantic_conventions.html, read 2026-11).
 */
const RULES: Readonly<Record<TelemetryDataClass, RedactionRule>> = {
  credentials: {
    keys: [
      "(?i)(^|[._-])(authorization|api[._-]?key|secret|password|passwd|set-cookie|cookie|x-api-key)($|[._-])",
    ],
    values: [
      "(?i)bearer [a-z0-9._~+/=-]{8,}",
      "eyJ[A-Za-z0-9_-]{10,}[.][A-Za-z0-9_-]{10,}[.][A-Za-z0-9_-]*",
      "(AKIA|ASIA)[A-Z0-9]{16}",
      "sk-[A-Za-z0-9_-]{20,}",
      "hf_[A-Za-z0-9]{20,}",
    ],
  },
  payment: {
    keys: [],
    values: [
      "4[0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}",
      "5[1-5][0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}",
      "3[47][0-9]{13}",
      "[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?",
    ],
  },
  personal: {
    keys: ["(?i)^(enduser[.]id|user[.](email|full_name|name)|client[.]address|net[.]peer[.]ip)$"],
    values: ["[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+[.][A-Za-z]{2,}", "[+][0-9]{1,3}[ 0-9()-]{7,16}[0-9]"],
  },
  content: {
    keys: [
      "^gen_ai[.](prompt|completion|input[.]messages|output[.]messages|system_instructions|tool[.]call[.](arguments|result))",
      "^(input|output)[.]value$",
      "^llm[.](input|output)_messages",
    ],
    values: [],
  },
};

const rulesOf = (classes: readonly TelemetryDataClass[]) =>
  TELEMETRY_DATA_CLASSES.filter((dataClass) => classes.includes(dataClass)).map(
    (dataClass) => RULES[dataClass],
  );

/** The collector's redaction processor: masks attributes of spans, logs and resources. */
export function redactionProcessor(classes: readonly TelemetryDataClass[]): Record<string, unknown> {
  const rules = rulesOf(classes);
  const keys = rules.flatMap((rule) => rule.keys);
  const values = rules.flatMap((rule) => rule.values);
  return {
    allow_all_keys: true,
    ...(keys.length > 0 ? { blocked_key_patterns: keys } : {}),
    ...(values.length > 0 ? { blocked_values: values } : {}),
    redact_all_types: true,
    summary: "silent",
  };
}

/** The collector's transform processor: masks the same in texts of logs, which the redaction processor may not see. */
export function bodyRedaction(classes: readonly TelemetryDataClass[]): Record<string, unknown> | undefined {
  const values = rulesOf(classes).flatMap((rule) => rule.values);
  // A statement of OTTL is text of its own, in which a backslash would have to be doubled: the patterns have none.
  return values.length === 0
    ? undefined
    : {
        error_mode: "propagate",
        log_statements: [
          {
            context: "log",
            statements: values.flatMap((value) => [
              `replace_pattern(body, "${value}", "****") where IsString(body)`,
              `replace_all_patterns(body, "value", "${value}", "****") where IsMap(body)`,
            ]),
          },
        ],
      };
}
