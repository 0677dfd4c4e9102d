import { readFileSync } from "node:fs";
import { join } from "node:path";

const REPOSITORY = join(__dirname, "../..");

type Packages = Readonly<Record<string, string>>;

const manifest = (folder: string): { dependencies?: Packages; devDependencies?: Packages } =>
  JSON.parse(readFileSync(join(REPOSITORY, folder, "package.json"), "utf8"));

test.each(["examples/realtime-bidding/worker", "examples/llm-gateway-hybrid/response-cache"])(
  "%s takes the packages that its tests ran with",
  (program) => {
    const here = manifest("").devDependencies!;
    const { dependencies = {}, devDependencies = {} } = manifest(program);
    const taken = { ...dependencies, ...devDependencies };
    expect(Object.keys(taken).length).toBeGreaterThan(0);
    for (const [name, version] of Object.entries(taken)) {
      expect([name, here[name]]).toEqual([name, version]);
    }
  },
);
