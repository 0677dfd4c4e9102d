import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const EXAMPLES = join(__dirname, "../../examples");

test.each([
  ["llm-serving-placed", "placement.lock.json"],
  ["optical-placement", "placement.lock.json"],
  ["realtime-bidding", "features.lock.json"],
])("the committed lock of %s is what its program writes", (example, file) => {
  const lock = join(EXAMPLES, example, file);
  const committed = readFileSync(lock, "utf8");
  const out = mkdtempSync(join(tmpdir(), "example-"));
  process.env.CDKTF_OUTDIR = out;
  try {
    jest.isolateModules(() => {
      require(join(EXAMPLES, example, "main"));
    });
    const written = readFileSync(lock, "utf8");
    if (written !== committed) {
      // Otherwise the next run would find what this one wrote.
      writeFileSync(lock, committed);
    }
    expect(written).toBe(committed);
  } finally {
    delete process.env.CDKTF_OUTDIR;
    rmSync(out, { recursive: true, force: true });
  }
});
