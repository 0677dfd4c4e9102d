import { CoreErrors } from "../core/errors";
import type { Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { OBJECT_NAME } from "../kubernetes/metadata";

/** How keys of well-known makers start, as their secret scanners know them. */
const KEY = /^(sk-|sk_|rk_|AKIA|ASIA|AIza|gh[pousr]_|xox[abp]-|hf_|eyJ|-----BEGIN)/;

/** Refuses what is not the name of a Secret; the text is never shown. Tokens pass. */
export function checkSecretName(problems: Problems, subject: string, name: string | undefined): void {
  if (name === undefined || isToken(name)) {
    return;
  }
  if (
    typeof name !== "string" ||
    name.length > OBJECT_NAME.maxLength ||
    KEY.test(name) ||
    !OBJECT_NAME.pattern.test(name)
  ) {
    problems.add(CoreErrors.SecretAsText, {
      subject,
      given: "a text that cannot be the name of a Secret (not shown)",
      allowed: "the name of a Secret: lower-case letters, digits, hyphens and dots",
    });
  }
}
