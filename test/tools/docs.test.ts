import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readCatalogue, renderCatalogue, requireUnique } from "../../tools/docs/catalogue";

const REPOSITORY = resolve(__dirname, "..", "..");

function testSources(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory()
        ? testSources(path)
        : entry.name.endsWith(".ts")
          ? readFileSync(path, "utf8")
          : "";
    })
    .join("\n");
}

const room = (name: string, codes: readonly string[], ids: readonly string[] = []) => ({
  name,
  errors: codes.map((code) => ({ code, meaning: "a | b", fix: "give list<string>" })),
  warnings: ids.map((id) => ({ id, meaning: "m" })),
});

describe("the catalogue of errors", () => {
  test("is written down as the code has it", async () => {
    const written = readFileSync(join(REPOSITORY, "docs", "errors.md"), "utf8");
    expect(written).toBe(renderCatalogue(await readCatalogue(REPOSITORY)));
  });

  test("holds no code and no warning that no test knows", async () => {
    const rooms = await readCatalogue(REPOSITORY);
    const codes = rooms.flatMap(({ errors, warnings }) => [
      ...errors.map((e) => e.code),
      ...warnings.map((w) => w.id),
    ]);
    const known = testSources(join(REPOSITORY, "test"));
    expect(codes.length).toBeGreaterThan(30);
    expect(codes.filter((code) => !new RegExp(`\\b${code}\\b`).test(known))).toEqual([]);
  });

  test("refuses a code that two rooms declare", () => {
    expect(() => requireUnique([room("lib/a", ["One"]), room("lib/b", ["Two"], ["One"])])).toThrow(
      "the code One is declared twice: in lib/a and in lib/b",
    );
  });

  test("is a table per room", () => {
    expect(
      renderCatalogue([room("lib/a", ["One"], ["Two"])])
        .split("\n")
        .slice(8),
    ).toEqual([
      "## lib/a",
      "",
      "| Error | What is wrong | What to do |",
      "| --- | --- | --- |",
      "| `One` | a \\| b | give list\\<string> |",
      "",
      "| Warning | What it means |",
      "| --- | --- |",
      "| `Two` | m |",
      "",
    ]);
  });
});
