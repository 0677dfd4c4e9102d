import { resourceName } from "../../core/naming";

/** Longest id of an online store and of a feature view; groups could be longer, but share their names. */
const MAX_ID = 60;

/**
 * Id of a resource of Vertex AI: lower-case letters, digits and underscores, starting with a letter. The prefix holds
 * no underscore and the name no hyphen, so the two are kept apart.
 */
export function vertexId(namePrefix: string, name: string): string {
  const id = `${namePrefix.replaceAll("-", "_")}_${name}`;
  return id.length <= MAX_ID ? id : resourceName([namePrefix, name], { maxLength: MAX_ID, separator: "_" });
}
