import type { Problems } from "../core/problems";
import { SiteErrors } from "./errors";

/** Source: OpenID Connect Discovery 1.0, section 3, `issuer`; clouds compare it letter by letter. */
const ISSUER = /^https:\/\/[^\s?#@/"$%{}\\]+(\/[^\s?#@/"$%{}\\]+)*$/;

/** Checks the issuer of a cluster's tokens. Refuses tokens: trust is built from its text. */
export function checkIssuer(problems: Problems, subject: string, issuer: string): void {
  const allowed = "https://host[:port][/path] without a trailing slash, user, query or fragment";
  if (problems.literal(subject, issuer, allowed) && !ISSUER.test(issuer)) {
    problems.add(SiteErrors.InvalidIssuer, { subject, given: issuer, allowed });
  }
}
