import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import type { SecretKeyReference } from "../streaming";
import { InlineErrors } from "./errors";
import type { InlineInferenceProps, ServiceAuth } from "./props";

const LOOKUP_NAME = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
  maxLength: 63,
  form: "1 to 63 letters, digits, underscores and hyphens",
};

export function lookupsOf(props: InlineInferenceProps) {
  return [...(props.features ?? []), ...(props.vectors ?? [])];
}

/** `https://name:word@host` holds a secret as well. */
function checkEndpoint(problems: Problems, subject: string, endpoint: string): void {
  problems.required(subject, endpoint, "an http:// or https:// address");
  if (typeof endpoint !== "string" || isToken(endpoint)) {
    return;
  }
  if (/^https?:\/\/[^/]*@/.test(endpoint)) {
    problems.add(InlineErrors.SecretAsText, {
      subject,
      given: "an address with a password",
      allowed: "one without",
    });
  } else if (!/^https?:\/\/[^\s/]+/.test(endpoint)) {
    problems.add(CoreErrors.InvalidName, {
      subject,
      given: endpoint,
      allowed: "an http:// or https:// address",
    });
  }
}

export function checkSecret(problems: Problems, subject: string, secret: unknown, namespace: string): void {
  const { name, key, namespace: of } = (secret ?? {}) as Partial<SecretKeyReference>;
  if (typeof secret !== "object" || typeof name !== "string" || typeof key !== "string") {
    problems.add(InlineErrors.SecretAsText, {
      subject,
      given: "text",
      allowed: "{ namespace, name, key } of a Secret",
    });
  } else if (of !== namespace) {
    problems.add(InlineErrors.SecretInOtherNamespace, {
      subject,
      given: `${of}/${name}`,
      allowed: `a Secret in ${namespace}`,
    });
  }
}

function checkAuth(
  problems: Problems,
  subject: string,
  auth: ServiceAuth | undefined,
  namespace: string,
): void {
  problems.oneOf(`${subject}.kind`, auth?.kind ?? "none", [
    "none",
    "bearer",
    "header",
    "service-account",
    "google",
    "aws",
  ]);
  if (auth?.kind === "bearer" || auth?.kind === "header") {
    checkSecret(problems, `${subject}.secret`, auth.secret, namespace);
  }
}

export function checkServices(problems: Problems, props: InlineInferenceProps): void {
  const services = [
    ...lookupsOf(props).map((each) => [`look-up "${each.name}"`, each] as const),
    ["model", props.model] as const,
  ];
  for (const [subject, { endpoint, auth }] of services) {
    checkEndpoint(problems, `${subject} endpoint`, endpoint);
    checkAuth(problems, `${subject} auth`, auth, props.namespace);
  }
  props.trustedCas?.forEach((secret, index) => {
    checkSecret(problems, `trustedCas[${index}]`, secret, props.namespace);
  });
  problems.unique(
    "look-ups",
    lookupsOf(props).map(({ name }) => name),
  );
  for (const { name, onMissing = "default" } of lookupsOf(props)) {
    problems.name(`look-up "${name}" name`, name, LOOKUP_NAME);
    problems.oneOf(`look-up "${name}" onMissing`, onMissing, ["default", "fallback", "dead-letter"]);
  }
  for (const { name, kind } of props.vectors ?? []) {
    problems.oneOf(`look-up "${name}" kind`, kind, ["qdrant"]);
  }
  for (const { name, kind, keys } of props.features ?? []) {
    problems.oneOf(`look-up "${name}" kind`, kind, ["feast", "sagemaker", "vertex"]);
    problems.required(`look-up "${name}" keys`, keys[0], "one key or more");
    if (kind === "sagemaker" && keys.length > 1) {
      problems.add(CoreErrors.NoEffect, {
        subject: `look-up "${name}" keys`,
        given: keys.map((key) => key.name),
        allowed: "one: records of SageMaker have one identifier",
      });
    }
  }
}
