import { CoreErrors } from "../core/errors";
import type { NameRule, Problems } from "../core/problems";
import { checkObject, checkText } from "../fabric/untyped";
import { ServingErrors } from "./errors";
import type { Weights } from "./serving";

/** A bucket's name is checked where it is a literal; a token stands for the bucket alone, not for the path. */
const STORAGE =
  /^(s3|gs):\/\/(\$\{[^}]+\}|[a-z0-9][a-z0-9._-]{1,220}[a-z0-9])(\/[A-Za-z0-9!_.*'()=+@,:-]+)*\/?$/;
/** `registry/name@sha256:…`, without a tag. */
export const IMAGE_BY_DIGEST =
  /^[a-z0-9]+([.-][a-z0-9]+)*(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+@sha256:[0-9a-f]{64}$/;
const IMAGE_PATH = /^(\/[A-Za-z0-9_.-]+)+\/?$/;
const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/;
const COMMIT = /^[0-9a-f]{40}$/;

/** Name of an object of Kubernetes: a DNS subdomain. */
const SECRET_NAME: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
  maxLength: 253,
  form: "the name of a Secret: lower-case letters, digits, hyphens and dots",
};

/**
 * Forms in which secrets are written: tokens of Hugging Face, keys of AWS, Google, GitHub, OpenAI and private keys.
 * Source: https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns (read 2026-11)
 */
const SECRETS: readonly RegExp[] = [
  /\b(hf|api_org)_[A-Za-z0-9]{16,}/,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\bAIza[A-Za-z0-9_-]{30,}/,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/,
  /\bsk-[A-Za-z0-9_-]{16,}/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /[?&](X-Amz-Signature|X-Goog-Signature|sig|token|access_token)=/i,
  /:\/\/[^/@\s]*:[^/@\s]*@/,
];

/** True if the text holds what looks like a secret. */
function holdsSecret(text: unknown): boolean {
  return typeof text === "string" && SECRETS.some((pattern) => pattern.test(text));
}

/** Refuses secrets, without showing them again. Adds SecretAsText. */
function refuseSecret(problems: Problems, subject: string, text: unknown, allowed: string): boolean {
  if (holdsSecret(text)) {
    problems.add(CoreErrors.SecretAsText, { subject, given: "a secret (not shown)", allowed });
    return true;
  }
  return false;
}

function checkForm(problems: Problems, subject: string, text: string, form: RegExp, allowed: string): void {
  if (!checkText(problems, subject, text, allowed) || refuseSecret(problems, subject, text, allowed)) {
    return;
  }
  if (!form.test(text) || text.includes("..")) {
    problems.add(ServingErrors.WeightsAddressInvalid, { subject, given: text, allowed });
  }
}

function checkStorage(problems: Problems, subject: string, uri: string): void {
  const allowed = "s3://bucket/path or gs://bucket/path, without credentials or a query";
  if (!problems.required(subject, uri, allowed) || refuseSecret(problems, subject, uri, allowed)) {
    return;
  }
  // The scheme decides how weights are fetched; only what follows it may be known to Terraform alone.
  if (typeof uri !== "string" || !STORAGE.test(uri) || uri.includes("..")) {
    problems.add(ServingErrors.WeightsAddressInvalid, { subject, given: uri, allowed });
  }
}

function checkHub(problems: Problems, at: string, weights: Extract<Weights, { kind: "hub" }>): void {
  const { repository, revision, tokenSecret } = weights;
  checkForm(problems, `${at}.repository`, repository, REPOSITORY, "organisation/model");
  checkForm(problems, `${at}.revision`, revision, COMMIT, "a commit of 40 hexadecimal digits");
  if (
    tokenSecret !== undefined &&
    !refuseSecret(problems, `${at}.tokenSecret`, tokenSecret, SECRET_NAME.form)
  ) {
    problems.name(`${at}.tokenSecret`, tokenSecret, SECRET_NAME);
  }
}

/** Checks where weights are, also what was written by hand. */
export function checkWeights(problems: Problems, at: string, weights: Weights): void {
  const allowed = "what Weights.objectStorage, Weights.oci or Weights.hub returned";
  if (!checkObject(problems, at, weights, allowed)) {
    return;
  }
  switch (weights.kind) {
    case "object-storage":
      checkStorage(problems, `${at}.uri`, weights.uri);
      break;
    case "oci":
      checkForm(
        problems,
        `${at}.image`,
        weights.image,
        IMAGE_BY_DIGEST,
        "an image by digest: registry/name@sha256:…",
      );
      checkForm(problems, `${at}.path`, weights.path, IMAGE_PATH, "an absolute path inside the image");
      break;
    case "hub":
      checkHub(problems, at, weights);
      break;
    default:
      problems.add(CoreErrors.NotOneOf, {
        subject: `${at}.kind`,
        given: Reflect.get(weights, "kind"),
        allowed,
      });
  }
}
