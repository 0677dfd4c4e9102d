import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A script of the lakehouse, as text. */
export function jobScript(name: string): string {
  return readFileSync(join(__dirname, "jobs", name), "utf8");
}
