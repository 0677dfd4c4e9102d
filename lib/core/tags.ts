import { Aspects, type IAspect, TerraformResource, type TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";
import { type NameRule, Problems } from "./problems";

/** Who owns a resource and what it holds. The same keys on every provider. */
export interface Ownership {
  /** Team or person that answers for it, for example `data-platform`. */
  readonly owner: string;
  /** For example `prod` or `dev`. */
  readonly environment: string;
  /** Who pays, for example `cc-1042`. */
  readonly costCentre: string;
  /** Sensitivity of the data, for example `public`, `internal`, `confidential`. @default "internal" */
  readonly dataClass?: string;
  /** More tags of your own. @default - none */
  readonly extra?: Readonly<Record<string, string>>;
}

const MANAGED_BY = "cdktf-hybrid-ai";

/** The strictest form of the three worlds: Google labels are lower-case, Kubernetes values end alphanumeric. */
const TAG_TEXT: NameRule = {
  pattern: /^[a-z]([a-z0-9_-]*[a-z0-9])?$/,
  maxLength: 63,
  form: "1 to 63 lower-case letters, digits, underscores and hyphens, starting with a letter and ending alphanumeric (valid on AWS, Google and Kubernetes alike)",
};

const RESERVED_KEYS = ["owner", "environment", "cost-centre", "data-class", "managed-by"];

/** Kinds whose labels select pods or are read back by controllers: tagging them changes behaviour. */
const UNTAGGED_TYPES: ReadonlySet<string> = new Set(["helm_release"]);

function ownershipTags(where: string, ownership: Ownership): Readonly<Record<string, string>> {
  const tags: Record<string, string> = {
    ...ownership.extra,
    owner: ownership.owner,
    environment: ownership.environment,
    "cost-centre": ownership.costCentre,
    "data-class": ownership.dataClass ?? "internal",
    "managed-by": MANAGED_BY,
  };
  const problems = new Problems(where);
  for (const [key, value] of Object.entries(tags)) {
    problems.name(`tag key "${key}"`, key, TAG_TEXT);
    problems.name(`tag "${key}"`, value, TAG_TEXT);
  }
  const reserved = Object.keys(ownership.extra ?? {}).filter((key) => RESERVED_KEYS.includes(key));
  problems.unique("extra", [...reserved, ...new Set(reserved)]);
  problems.throwIfAny();
  return Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
}

type TagMap = Record<string, string>;
type MetadataInput = { labels?: TagMap } | undefined;

class OwnershipAspect implements IAspect {
  constructor(private readonly tags: TagMap) {}

  visit(node: IConstruct): void {
    if (!TerraformResource.isTerraformResource(node) || UNTAGGED_TYPES.has(node.terraformResourceType)) {
      return;
    }
    const resource = node as TerraformResource & {
      tagsInput?: TagMap;
      tags?: TagMap;
      labelsInput?: TagMap;
      labels?: TagMap;
      manifest?: { metadata?: { labels?: TagMap } };
      metadata?: { internalValue: MetadataInput };
    };
    if (resource.terraformResourceType.startsWith("aws_")) {
      if ("tagsInput" in resource) {
        resource.tags = { ...this.tags, ...resource.tagsInput };
      }
    } else if (resource.terraformResourceType.startsWith("google_")) {
      if ("labelsInput" in resource) {
        resource.labels = { ...this.tags, ...resource.labelsInput };
      }
    } else if (resource.terraformResourceType === "kubernetes_manifest") {
      const metadata = resource.manifest?.metadata;
      if (metadata) {
        metadata.labels = { ...this.tags, ...metadata.labels };
      }
    } else if (resource.terraformResourceType.startsWith("kubernetes_")) {
      const metadata = resource.metadata?.internalValue;
      if (resource.metadata && metadata) {
        resource.metadata.internalValue = { ...metadata, labels: { ...this.tags, ...metadata.labels } };
      }
    }
  }
}

/**
 * Puts ownership tags (AWS) or labels (Google, Kubernetes) on every taggable resource of a stack. A tag that a
 * resource sets itself wins over the stack's. Attached to the stack, because cdktf never runs aspects of an app.
 */
export function tagStack(stack: TerraformStack, ownership: Ownership): void {
  Aspects.of(stack).add(new OwnershipAspect(ownershipTags(stack.node.path, ownership)));
}
