/** Writes `docs/errors.md` from the code. With `--check`, fails if the file is stale and writes nothing. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCatalogue, renderCatalogue } from "./docs/catalogue";
import { REPOSITORY } from "./lib/run-example";
import { runCommand, UserError } from "./lib/user-error";

async function main(): Promise<number> {
  const unknown = process.argv.slice(2).filter((argument) => argument !== "--check");
  if (unknown.length > 0) {
    throw new UserError(`unknown argument: ${unknown.join(" ")}; the only one is --check`);
  }
  const file = join(REPOSITORY, "docs", "errors.md");
  const rooms = await readCatalogue(REPOSITORY);
  const text = renderCatalogue(rooms);
  const fresh = existsSync(file) && readFileSync(file, "utf8") === text;
  if (process.argv.includes("--check")) {
    console.log(fresh ? "docs/errors.md is fresh" : "docs/errors.md is stale: run npm run docs");
    return fresh ? 0 : 1;
  }
  writeFileSync(file, text);
  const errors = rooms.reduce((sum, room) => sum + room.errors.length, 0);
  const warnings = rooms.reduce((sum, room) => sum + room.warnings.length, 0);
  console.log(`docs/errors.md: ${errors} errors, ${warnings} warnings`);
  return 0;
}

void runCommand(main);
