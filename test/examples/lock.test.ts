import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FOLDER = join(__dirname, "../../examples/optical-placement");
const LOCK = join(FOLDER, "placement.lock.json");

test("the committed lock of optical-placement is what its program writes: a run leaves the working tree clean", () => {
  const committed = readFileSync(LOCK, "utf8");
  const out = mkdtempSync(join(tmpdir(), "example-"));
  process.env.CDKTF_OUTDIR = out;
  try {
    jest.isolateModules(() => {
      require(join(FOLDER, "main"));
    });
    const written = readFileSync(LOCK, "utf8");
    if (written !== committed) {
      // Otherwise the next run would find what this one wrote.
      writeFileSync(LOCK, committed);
    }
    expect(written).toBe(committed);
  } finally {
    delete process.env.CDKTF_OUTDIR;
    rmSync(out, { recursive: true, force: true });
  }
});
