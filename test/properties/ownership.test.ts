import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SynthesizedStack } from "../../lib/testing";

const ROOT = join(__dirname, "../..");
const EXAMPLES = join(ROOT, "examples");

/** Runs all examples in one process and gives their stacks by `example/stack`. */
function stacksOfExamples(): readonly (readonly [string, SynthesizedStack])[] {
  return readdirSync(EXAMPLES)
    .sort()
    .flatMap((example) => {
      const out = mkdtempSync(join(tmpdir(), "ownership-"));
      process.env.CDKTF_OUTDIR = out;
      try {
        require(join(EXAMPLES, example, "main"));
        const stacks = join(out, "stacks");
        return readdirSync(stacks).map(
          (stack) =>
            [
              `${example}/${stack}`,
              JSON.parse(readFileSync(join(stacks, stack, "cdk.tf.json"), "utf8")),
            ] as const,
        );
      } finally {
        delete process.env.CDKTF_OUTDIR;
        rmSync(out, { recursive: true, force: true });
      }
    });
}

/** What the bindings say about a type of resource. */
function declaration(type: string): string {
  const [provider, ...words] = type.split("_") as [string, ...string[]];
  const folder = words.join("-");
  const path = join(ROOT, "node_modules/@cdktf", `provider-${provider}`, "lib", folder, "index.d.ts");
  if (!existsSync(path)) {
    throw new Error(`no bindings for ${type} at ${path}`);
  }
  return readFileSync(path, "utf8");
}

const config = (text: string, name: RegExp) => {
  const start = text.search(/export interface \w*Config extends/);
  return name.test(text.slice(start, text.indexOf("\n}", start)));
};

type Tags = Readonly<Record<string, string>>;

interface Resource {
  readonly tags?: Tags;
  readonly labels?: Tags;
  readonly resource_labels?: Tags;
  readonly metadata?: { readonly labels?: Tags };
  readonly manifest?: { readonly metadata: { readonly labels?: Tags } };
}

/** The tags of a resource; undefined if resources of its type have none. */
function tagsOf(type: string, resource: Resource): Tags | undefined | null {
  if (type.startsWith("helm_") || type === "terraform_data" || NODES_OF_OTHERS.includes(type)) {
    return undefined;
  }
  if (BETA_ONLY.includes(type)) {
    return undefined;
  }
  if (type === "google_container_cluster") {
    // Google carries these on to the cluster's machines and disks.
    return resource.resource_labels ?? null;
  }
  if (type === "kubernetes_manifest") {
    return resource.manifest?.metadata.labels ?? null;
  }
  if (type.startsWith("kubernetes_")) {
    return resource.metadata?.labels ?? null;
  }
  const name = type.startsWith("aws_") ? "tags" : "labels";
  return config(declaration(type), new RegExp(`readonly ${name}\\?: \\{`))
    ? (resource[name] ?? null)
    : undefined;
}

/** Rights by the beta provider, for which there are no bindings here. */
const BETA_ONLY = ["google_vertex_ai_feature_online_store_featureview_iam_member"];

/** Change nodes that are there: Terraform owns the labels and taints, not the machines. */
const NODES_OF_OTHERS = ["kubernetes_labels", "kubernetes_node_taint"];

const STACKS = stacksOfExamples();

test.each(STACKS)("%s: every resource that can say whose it is does", (name, json) => {
  const tagged = Object.entries(json.resource ?? {}).flatMap(([type, resources]) =>
    Object.entries(resources).flatMap(([id, resource]) => {
      const tags = tagsOf(type, resource);
      return tags === undefined ? [] : [{ address: `${type}.${id}`, tags }];
    }),
  );
  const owned = {
    "cost-centre": expect.stringMatching(/^cc-\d+$/),
    "data-class": expect.stringMatching(/^(internal|confidential)$/),
    environment: "prod",
    "managed-by": "cdktf-hybrid-ai",
    owner: expect.stringMatching(/^(data-platform|ml-platform|store-systems|ads-platform|assistants)$/),
  };

  // Charts label what they make by themselves; a platform stack may hold nothing else.
  expect(tagged.length).toBeGreaterThan(name.endsWith("-platform") ? -1 : 1);
  for (const { address, tags } of tagged) {
    expect({ address, tags }).toEqual({ address, tags: expect.objectContaining(owned) });
  }
});
