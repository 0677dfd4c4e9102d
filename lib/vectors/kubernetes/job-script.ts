import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A script of the vector stores, as text. */
export function jobScript(name: string): string {
  return readFileSync(join(__dirname, "jobs", name), "utf8");
}
