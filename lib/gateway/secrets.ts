import { CoreErrors } from "../core/errors";
import type { Problems } from "../core/problems";
import { isToken } from "../core/tokens";

/** How keys of well-known makers start, as their secret scanners know them. */
const KEY = /^(sk-|sk_|rk_|AKIA|ASIA|AIza|gh[pousr]_|xox[abp]-|hf_|eyJ|-----BEGIN)/;
const OBJECT_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** Refuses what is not the name of a Secret; the text is never shown. Tokens pass. */
export function checkSecretName(problems: Problems, subject: string, name: string | undefined): void {
  if (name === undefined || isToken(name)) {
    return;
  }
  if (typeof name !== "string" || name.length > 253 || KEY.test(name) || !OBJECT_NAME.test(name)) {
    problems.add(CoreErrors.SecretAsText, {
      subject,
      given: "a text that cannot be the name of a Secret (not shown)",
      allowed: "the name of a Secret: lower-case letters, digits, hyphens and dots",
    });
  }
}
