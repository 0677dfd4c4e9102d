import { isToken } from "./tokens";

/**
 * Makes a user's text safe inside a Terraform string: `${` and `%{` stay what they are instead of becoming
 * interpolations. Newlines and quotes are left alone (`Fn.rawString` would turn a newline into backslash-n).
 *
 * Text that already holds a token is returned unchanged: it is meant to be interpolated.
 */
export function escapeTemplate(text: string): string {
  return isToken(text) ? text : text.replaceAll("${", "$${").replaceAll("%{", "%%{");
}
