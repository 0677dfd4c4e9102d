import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileProblems } from "../../tools/pack/tarball";

let folder: string;

const MANIFEST = {
  main: "dist/lib/index.js",
  types: "dist/lib/index.d.ts",
  exports: {
    ".": { types: "./dist/lib/index.d.ts", default: "./dist/lib/index.js" },
    "./package.json": "./package.json",
  },
  typesVersions: { "*": { aws: ["dist/lib/aws.d.ts"] } },
};

const GOOD = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "dist/lib/aws.d.ts",
  "dist/lib/index.d.ts",
  "dist/lib/index.js",
  "dist/lib/lake/jobs/copy.py",
  "dist/stacks/platform.js",
  "package.json",
];

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "package-")));
  write("package.json", JSON.stringify(MANIFEST));
  write("lib/index.ts", "");
  write("lib/lake/README.md", "");
  write("lib/lake/jobs/copy.py", "");
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the list of packed files", () => {
  test("passes when it holds what the package promises and reads, and nothing else", () => {
    expect(fileProblems(folder, GOOD)).toEqual([]);
  });

  test.each(["LICENSE", "dist/lib/index.js", "dist/lib/aws.d.ts", "dist/lib/lake/jobs/copy.py"])(
    "is refused without %s",
    (file) => {
      expect(
        fileProblems(
          folder,
          GOOD.filter((each) => each !== file),
        ),
      ).toEqual([`missing: ${file}`]);
    },
  );

  test.each([
    "lib/index.ts",
    "dist/lib/index.js.map",
    "dist/test/lake.test.js",
    "dist/tools/synth.js",
    "docs/errors.md",
    ".npmrc",
  ])("is refused with %s", (file) => {
    expect(fileProblems(folder, [...GOOD, file])).toEqual([`no user needs: ${file}`]);
  });

  test("is refused when a file names a path of the machine that built it", () => {
    write("dist/lib/index.js", `require("${folder}/lib")`);
    expect(fileProblems(folder, GOOD)).toEqual(["names a path of this machine: dist/lib/index.js"]);
  });
});
