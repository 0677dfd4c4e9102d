import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** Writes a lock, if that would change the file. It is replaced at once: nobody reads half of it. */
export function replaceLockFile(file: string, text: string): void {
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
    const next = `${file}.${process.pid}.next`;
    writeFileSync(next, text);
    renameSync(next, file);
  }
}
