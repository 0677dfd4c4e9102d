/**
 * Has Envoy Gateway's own translation judge the gateways of examples, without a cluster.
 *
 * `npm run envoy-gateway [-- <example>...]` (llm-gateway-hybrid). Needs `openssl`, and `EGCTL`, the path of an egctl:
 * `CGO_ENABLED=0 go install -tags "exclude_graphdriver_btrfs containers_image_openpgp" github.com/envoyproxy/gateway/cmd/egctl@v1.8.0`,
 * which takes half an hour; so this is no gate. What it read and what it made of it stays in `cdktf.out/envoy-gateway`.
 * Exit code 1 if it refuses an object, or a condition of an object's status is not True.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conditionsOf } from "./envoy-gateway/conditions";
import { type Certificate, type KubernetesObject, resourcesOf } from "./envoy-gateway/resources";
import { REPOSITORY } from "./lib/run-example";
import type { Stack } from "./lib/stacks";
import { chooseExamples, exampleProgram, synthesize } from "./lib/synthesize";
import { runCommand, UserError } from "./lib/user-error";

const OUTPUT = join(REPOSITORY, "cdktf.out", "envoy-gateway");

/** A certificate that nobody trusts and that is thrown away. */
function selfSigned(directory: string): Certificate {
  const [key, certificate] = [join(directory, "key.pem"), join(directory, "certificate.pem")];
  const subject = ["-subj", "/CN=nobody", "-addext", "subjectAltName=DNS:nobody.example.com"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync(
    "openssl",
    ["req", "-x509", ...curve, "-keyout", key, "-out", certificate, "-days", "365", ...subject],
    { stdio: "ignore" },
  );
  return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
}

function objectsOf({ json }: Stack): readonly KubernetesObject[] {
  const manifests = json.resource?.kubernetes_manifest ?? {};
  return Object.values(manifests).map(({ manifest }: KubernetesObject) => manifest);
}

/** Whether all conditions of a stack hold; those that do not are printed. */
function judge(egctl: string, name: string, resources: readonly KubernetesObject[]): boolean {
  const input = join(OUTPUT, `${name}.yaml`);
  writeFileSync(input, resources.map((object) => `---\n${JSON.stringify(object)}\n`).join(""));
  const to = ["--from", "gateway-api", "--to", "gateway-api,xds", "-o", "json"];
  const printed = execFileSync(egctl, ["x", "translate", ...to, "-f", input], { encoding: "utf8" });
  writeFileSync(join(OUTPUT, `${name}.json`), printed);
  const conditions = conditionsOf(JSON.parse(printed));
  const wrong = conditions.filter(({ status }) => status !== "True");
  console.log(`${name}: ${conditions.length - wrong.length} conditions hold, ${wrong.length} do not`);
  for (const { object, type, status, message } of wrong) {
    console.log(`  ${object} ${type} ${status}: ${message}`);
  }
  return conditions.length > 0 && wrong.length === 0;
}

async function main(): Promise<number> {
  const egctl = process.env.EGCTL;
  if (!egctl) {
    throw new UserError(
      "EGCTL is not set; it names an egctl of Envoy Gateway 1.8, see tools/envoy-gateway.ts",
    );
  }
  const asked = process.argv.slice(2);
  const directory = mkdtempSync(join(tmpdir(), "envoy-gateway-"));
  mkdirSync(OUTPUT, { recursive: true });
  try {
    const certificate = selfSigned(directory);
    const results: boolean[] = [];
    for (const example of chooseExamples(asked.length > 0 ? asked : ["llm-gateway-hybrid"])) {
      const { stacks } = await synthesize(exampleProgram(example), join(directory, example));
      for (const stack of stacks) {
        const resources = resourcesOf(objectsOf(stack), certificate);
        results.push(...(resources.length > 0 ? [judge(egctl, stack.name, resources)] : []));
      }
    }
    return results.length > 0 && results.every(Boolean) ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

void runCommand(main);
