import type { Problems } from "../core/problems";
import { LakehouseErrors } from "./errors";

/**
 * Checks which objects a queue tells of. Tables of a zone are objects of its bucket too: a queue that sees them calls a
 * consumer for the files of each row that it writes.
 *
 * @param folders where tables are in the bucket, each with a slash at the end
 */
export function checkKeyPrefix(
  problems: Problems,
  keyPrefix: string | undefined,
  folders: readonly string[],
): void {
  if (keyPrefix !== undefined) {
    const valid =
      problems.required("keyPrefix", keyPrefix, "a text") && problems.literal("keyPrefix", keyPrefix);
    if (!valid) {
      return;
    }
  }
  const seen = folders.filter(
    (folder) => keyPrefix === undefined || folder.startsWith(keyPrefix) || keyPrefix.startsWith(folder),
  );
  if (seen.length > 0) {
    problems.add(LakehouseErrors.QueueSeesTables, {
      subject: "keyPrefix",
      given: keyPrefix,
      allowed: `a prefix that has no part in ${seen.join(", ")}`,
    });
  }
}
