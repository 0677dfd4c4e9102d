import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cliConfig, findMirror } from "../../tools/lib/mirror";
import { bestVersion, satisfies } from "../../tools/lib/versions";

const systems: Readonly<Record<string, string>> = { win32: "windows" };
const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };
const platform = `${systems[process.platform] ?? process.platform}_${architectures[process.arch] ?? process.arch}`;

describe("provider versions", () => {
  test.each([
    ["6.25.0", "6.25.0", true],
    ["6.25.1", "6.25.0", false],
    ["6.26.0", "~> 6.25", true],
    ["7.0.0", "~> 6.25", false],
    ["6.24.9", "~> 6.25", false],
    ["6.25.9", "~> 6.25.1", true],
    ["6.26.0", "~> 6.25.1", false],
    ["6.30.0", ">= 6.25, < 7, != 6.30.0", false],
    ["6.30.1", ">= 6.25, < 7, != 6.30.0", true],
    ["5.100.0", ">5.99.0", true],
    ["1.2.3", "any", true],
    ["1.2.3", "not a constraint", false],
  ])("%s against %s: %s", (version, constraint, met) => {
    expect(satisfies(version, constraint)).toBe(met);
  });

  test("the newest that fits wins over a newer one that does not", () => {
    expect(bestVersion(["7.0.0", "6.25.0", "6.9.0", "6.30.0"], "~> 6.25")).toBe("6.30.0");
  });

  test("if none fits, the newest is taken; compared as numbers", () => {
    expect(bestVersion(["5.9.0", "5.100.0"], "~> 6.25")).toBe("5.100.0");
    expect(bestVersion([], "~> 6.25")).toBeUndefined();
  });
});

describe("provider mirror", () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "mirror-test-"));
    const provider = join(directory, "registry.terraform.io", "hashicorp", "aws");
    mkdirSync(join(provider, "5.100.0", platform), { recursive: true });
    mkdirSync(join(provider, "6.0.0", "plan9_arm"), { recursive: true });
    writeFileSync(join(provider, `terraform-provider-aws_5.99.0_${platform}.zip`), "");
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  test("holds what fits this platform, unpacked or packed", () => {
    const mirror = findMirror({}, ["/does/not/exist", directory]);
    expect(mirror?.directory).toBe(directory);
    expect([...mirror!.versions.get("hashicorp/aws")!].sort()).toEqual(["5.100.0", "5.99.0"]);
  });

  test("TF_PLUGIN_MIRROR wins, and may name the folder itself or the one that holds it", () => {
    const inside = join(directory, "registry.terraform.io");
    expect(findMirror({ TF_PLUGIN_MIRROR: directory }, [])?.directory).toBe(directory);
    expect(findMirror({ TF_PLUGIN_MIRROR: inside }, [])?.directory).toBe(directory);
  });

  test("a TF_PLUGIN_MIRROR without a mirror is an error, not a silent fall back to the registry", () => {
    expect(() => findMirror({ TF_PLUGIN_MIRROR: "/does/not/exist" }, [directory])).toThrow(
      "TF_PLUGIN_MIRROR",
    );
  });

  test("without any mirror there is none", () => {
    expect(findMirror({}, ["/does/not/exist"])).toBeUndefined();
  });

  test("Terraform takes what the mirror holds from there only, the rest from the registry", () => {
    expect(cliConfig({ directory: "/m", versions: new Map([["hashicorp/aws", ["5.100.0"]]]) })).toBe(
      [
        "provider_installation {",
        "  filesystem_mirror {",
        '    path    = "/m"',
        '    include = ["registry.terraform.io/hashicorp/aws"]',
        "  }",
        "  direct {",
        '    exclude = ["registry.terraform.io/hashicorp/aws"]',
        "  }",
        "}",
        "",
      ].join("\n"),
    );
  });
});
