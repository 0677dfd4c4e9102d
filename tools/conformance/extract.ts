import { parseDocument } from "yaml";
import type { SynthesizedStack } from "../../lib/testing";
import { documentOf, parseTemplate } from "./expressions";
import type { SchemaStore } from "./schema-store";
import { declaresNoObject, Translator } from "./translate";
import type { Problem } from "./validator";

type Block = Readonly<Record<string, unknown>>;

/** One Kubernetes object that a stack declares. */
export interface DeclaredObject {
  /** Terraform address of the resource that declares it. */
  readonly address: string;
  readonly object: Block;
}

/** A problem of a resource that yields no object to check. */
export interface ResourceProblem extends Problem {
  readonly address: string;
}

/** All that one stack says to Kubernetes. */
export interface Declarations {
  readonly objects: readonly DeclaredObject[];
  readonly problems: readonly ResourceProblem[];
  /** Resources of the Kubernetes provider that declare no object, with the reason. */
  readonly skipped: readonly { readonly address: string; readonly reason: string }[];
  /** Number of values documents of Helm releases that were parsed. */
  readonly helmValues: number;
}

function isBlock(value: unknown): value is Block {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function looksLikeObject(value: Block): boolean {
  return typeof value.apiVersion === "string" && typeof value.kind === "string" && isBlock(value.metadata);
}

/** Objects that stand complete inside the values of a chart, such as those of a chart that only wraps them. */
function objectsWithin(value: unknown): readonly Block[] {
  if (Array.isArray(value)) {
    return value.flatMap(objectsWithin);
  }
  if (!isBlock(value)) {
    return [];
  }
  return looksLikeObject(value) ? [value] : Object.values(value).flatMap(objectsWithin);
}

function helmRelease(address: string, attributes: Block) {
  const objects: DeclaredObject[] = [];
  const problems: ResourceProblem[] = [];
  const values = ([] as unknown[]).concat(attributes.values ?? []);
  values.forEach((text, index) => {
    const pointer = `/values/${index}`;
    if (typeof text !== "string") {
      problems.push({ address, pointer, message: "must be text in YAML or JSON" });
      return;
    }
    if (parseTemplate(text).pure && /^\$\{(yamlencode|jsonencode)\(/.test(text)) {
      return;
    }
    const document = parseDocument(documentOf(text));
    const [error] = document.errors;
    const parsed: unknown = error ? undefined : document.toJS();
    if (error) {
      problems.push({ address, pointer, message: `is not YAML: ${error.message.split("\n")[0]}` });
    } else if (parsed !== null && !isBlock(parsed)) {
      problems.push({ address, pointer, message: "must hold a map" });
    }
    objects.push(...objectsWithin(parsed).map((object) => ({ address, object })));
  });
  return { objects, problems, count: values.length };
}

function manifest(
  address: string,
  attributes: Block,
  objects: DeclaredObject[],
  problems: ResourceProblem[],
) {
  if (!isBlock(attributes.manifest)) {
    problems.push({ address, pointer: "", message: "the manifest is an expression, so nobody can check it" });
    return;
  }
  if ("status" in attributes.manifest) {
    problems.push({ address, pointer: "/status", message: "kubernetes_manifest refuses the key status" });
  }
  objects.push({ address, object: attributes.manifest });
}

/** Finds every Kubernetes object in a synthesized stack. */
export function declarationsOf(stack: Pick<SynthesizedStack, "resource">, store: SchemaStore): Declarations {
  const translator = new Translator(store);
  const objects: DeclaredObject[] = [];
  const problems: ResourceProblem[] = [];
  const skipped: { address: string; reason: string }[] = [];
  let helmValues = 0;
  for (const [type, resources] of Object.entries(stack.resource ?? {})) {
    for (const [id, attributes] of Object.entries(resources)) {
      const address = `${type}.${id}`;
      const reason = declaresNoObject(type);
      if (type === "helm_release") {
        const release = helmRelease(address, attributes);
        objects.push(...release.objects);
        problems.push(...release.problems);
        helmValues += release.count;
      } else if (type === "kubernetes_manifest") {
        manifest(address, attributes, objects, problems);
      } else if (reason) {
        skipped.push({ address, reason });
      } else if (type.startsWith("kubernetes_")) {
        const translation = translator.translate(type, attributes);
        if (translation) {
          const message = "the provider's arguments are in snake case";
          objects.push({ address, object: translation.object });
          problems.push(...translation.strange.map((name) => ({ address, pointer: name, message })));
        } else {
          problems.push({ address, pointer: "", message: `no built-in kind is known for ${type}` });
        }
      }
    }
  }
  return { objects, problems, skipped, helmValues };
}
