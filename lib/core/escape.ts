/** A string token of cdktf inside a text: it is to be interpolated and stays as it is. */
const STRING_TOKEN = /(\$\{TfToken\[[a-zA-Z0-9:._-]+\]\})/;

/**
 * Makes a user's text safe inside a Terraform string: `${` and `%{` stay what they are instead of becoming
 * interpolations. Newlines and quotes are left alone (`Fn.rawString` would turn a newline into backslash-n).
 *
 * Tokens inside the text are still interpolated; only the text around them is escaped. Escape once, at the place
 * where the text enters a resource: escaping twice doubles the signs.
 *
 * Source: https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences-1 (read 2026-11);
 * the results were compared with what Terraform 1.11.4 makes of them.
 */
export function escapeTemplate(text: string): string {
  return text
    .split(STRING_TOKEN)
    .map((part) => (STRING_TOKEN.test(part) ? part : part.replace(/[$%](?=\{)/g, (sign) => sign + sign)))
    .join("");
}
