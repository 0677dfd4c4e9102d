import { Aspects, Fn, type IAspect, Lazy, TerraformResource, type TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";
import { CoreErrors } from "./errors";
import { type NameRule, Problems } from "./problems";
import { isToken } from "./tokens";

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

/**
 * Form of every tag key and value: the strictest of the three worlds, because Google labels are lower-case and
 * Kubernetes label values end alphanumeric.
 */
export const TAG_TEXT: NameRule = {
  pattern: /^[a-z]([a-z0-9_-]*[a-z0-9])?$/,
  maxLength: 63,
  form: "1 to 63 lower-case letters, digits, underscores and hyphens, starting with a letter and ending alphanumeric (valid on AWS, Google and Kubernetes alike)",
};

type TagMap = Readonly<Record<string, string>>;

const sorted = (tags: TagMap): TagMap =>
  Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * Ownership as tags, for what is not a resource of a stack, such as the machines that a group launches.
 *
 * @throws InvalidName, TokenNotAllowed, ReservedTag
 */
export function ownershipTags(where: string, ownership: Ownership): TagMap {
  const own: TagMap = {
    owner: ownership.owner,
    environment: ownership.environment,
    "cost-centre": ownership.costCentre,
    "data-class": ownership.dataClass ?? "internal",
    "managed-by": MANAGED_BY,
  };
  const problems = new Problems(where);
  for (const [key, value] of Object.entries(own)) {
    problems.name(`tag "${key}"`, value, TAG_TEXT);
  }
  for (const [key, value] of Object.entries(ownership.extra ?? {})) {
    if (Object.hasOwn(own, key)) {
      problems.add(CoreErrors.ReservedTag, {
        subject: `extra tag "${key}"`,
        given: value,
        allowed: `any key but ${Object.keys(own).join(", ")}`,
      });
      continue;
    }
    problems.name("key of an extra tag", key, TAG_TEXT);
    problems.name(`extra tag "${key}"`, value, TAG_TEXT);
  }
  problems.throwIfAny();
  return sorted({ ...ownership.extra, ...own });
}

/** Stack tags under the resource's own. A map that only Terraform knows is merged by Terraform. */
function merge(stack: TagMap, own: unknown): TagMap {
  if (own === undefined || own === null) {
    return stack;
  }
  const wholeMapIsToken =
    typeof own === "string" || isToken(Object.keys(own)) || "resolve" in (own as object);
  return wholeMapIsToken
    ? (Fn.merge([stack, own]) as unknown as TagMap)
    : sorted({ ...stack, ...(own as TagMap) });
}

/** Property that holds the labels of a Google resource, by type; `labels` for the others. */
const GOOGLE_LABELS: Readonly<Record<string, string | undefined>> = {
  google_container_cluster: "resourceLabels",
  google_monitoring_alert_policy: "userLabels",
  google_monitoring_custom_service: "userLabels",
  google_monitoring_notification_channel: "userLabels",
  google_monitoring_service: "userLabels",
  google_monitoring_slo: "userLabels",
  google_monitoring_uptime_check_config: "userLabels",
  // `labels` is the kind of group here, a list of entries there, and describes a metric's dimensions in the last.
  google_cloud_identity_group: undefined,
  google_deployment_manager_deployment: undefined,
  google_monitoring_metric_descriptor: undefined,
};

/** `tags` chooses what is analysed, it does not describe the resource. */
const AWS_TAGS_MEAN_ELSE: ReadonlySet<string> = new Set(["aws_devopsguru_resource_collection"]);

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html (read 2026-11) */
const S3_OBJECT_TYPES: ReadonlySet<string> = new Set([
  "aws_s3_object",
  "aws_s3_object_copy",
  "aws_s3_bucket_object",
]);
const MAX_S3_OBJECT_TAGS = 10;

type Labelled = { labels?: unknown };
type Properties = TerraformResource & Record<string, unknown>;

class OwnershipAspect implements IAspect {
  /** cdktf runs aspects at every synth; a resource is to be tagged once. */
  private readonly visited = new WeakSet<IConstruct>();

  constructor(private readonly tags: TagMap) {}

  visit(node: IConstruct): void {
    if (!TerraformResource.isTerraformResource(node) || this.visited.has(node)) {
      return;
    }
    this.visited.add(node);
    const resource = node as Properties;
    const type = resource.terraformResourceType;
    if (type === "aws_autoscaling_group") {
      this.tagGroup(resource);
    } else if (type.startsWith("aws_") && !AWS_TAGS_MEAN_ELSE.has(type)) {
      this.setMap(resource, "tags");
      this.countObjectTags(resource);
    } else if (type.startsWith("google_")) {
      this.labelGoogle(resource);
    } else if (type === "kubernetes_manifest") {
      resource.manifest = this.labelledManifest(resource, resource.manifestInput);
    } else if (type.startsWith("kubernetes_")) {
      this.labelMetadata(resource);
    }
  }

  private setMap(resource: Properties, property: string): void {
    if (`${property}Input` in resource) {
      resource[property] = merge(this.tags, resource[`${property}Input`]);
    }
  }

  private countObjectTags(resource: Properties): void {
    const tags = resource.tagsInput;
    if (!S3_OBJECT_TYPES.has(resource.terraformResourceType) || typeof tags !== "object" || tags === null) {
      return;
    }
    const keys = Object.keys(tags);
    if (keys.length > MAX_S3_OBJECT_TAGS) {
      const problems = new Problems(resource.node.path);
      problems.add(CoreErrors.TooManyTags, {
        subject: `tags of ${resource.terraformResourceType}`,
        given: keys,
        allowed: `at most ${MAX_S3_OBJECT_TAGS}, the stack's tags included`,
      });
      problems.throwIfAny();
    }
  }

  /** Auto Scaling groups take a list; `propagate_at_launch` puts the tags on the instances, where the cost is. */
  private tagGroup(group: Properties): void {
    const given = group.tagInput;
    if (given !== undefined && !Array.isArray(given)) {
      const problems = new Problems(group.node.path);
      problems.literal("tag", given, "a list of tags");
      problems.throwIfAny();
    }
    const own = (given ?? []) as readonly { readonly key: string }[];
    const missing = Object.entries(this.tags).filter(([key]) => !own.some((tag) => tag.key === key));
    const added = missing.map(([key, value]) => ({ key, value, propagateAtLaunch: true }));
    (group as unknown as { putTag(tags: unknown): void }).putTag([...own, ...added]);
  }

  private labelGoogle(resource: Properties): void {
    const type = resource.terraformResourceType;
    if (!Object.hasOwn(GOOGLE_LABELS, type)) {
      this.setMap(resource, "labels");
      if (type === "google_cloud_run_service") {
        this.labelMetadata(resource);
      }
      return;
    }
    const property = GOOGLE_LABELS[type];
    if (property !== undefined) {
      this.setMap(resource, property);
    }
  }

  /** Types whose `metadata` takes labels; the others (`kubernetes_labels`, `kubernetes_env`, …) only point at an object. */
  private labelMetadata(resource: Properties): void {
    const metadata = resource.metadata as { internalValue: Labelled | undefined } | undefined;
    if (metadata && "labelsInput" in metadata) {
      const given = metadata.internalValue ?? {};
      metadata.internalValue = { ...given, labels: merge(this.tags, given.labels) };
    }
  }

  /** The user's object is never changed; one that cdktf resolves late is labelled when it is resolved. */
  private labelledManifest(resource: Properties, manifest: unknown): unknown {
    const isObject = typeof manifest === "object" && manifest !== null;
    if (isObject && "resolve" in manifest) {
      return Lazy.anyValue({
        produce: (context) => this.labelledManifest(resource, context.resolve(manifest)),
      });
    }
    const metadata = isObject ? (manifest as { metadata?: unknown }).metadata : undefined;
    const known = isObject && !isToken(Object.keys(manifest));
    const metadataKnown =
      metadata === undefined ||
      (typeof metadata === "object" &&
        metadata !== null &&
        !("resolve" in metadata) &&
        !isToken(Object.keys(metadata)));
    if (!known || !metadataKnown) {
      const problems = new Problems(resource.node.path);
      problems.add(CoreErrors.OpaqueManifest, {
        subject: known ? "manifest.metadata" : "manifest",
        given: known ? metadata : manifest,
        allowed: "an object that holds apiVersion, kind and metadata",
      });
      problems.throwIfAny();
    }
    const labels = merge(this.tags, (metadata as Labelled | undefined)?.labels);
    return { ...(manifest as object), metadata: { ...(metadata as object | undefined), labels } };
  }
}

/**
 * Puts ownership tags (AWS) or labels (Google, Kubernetes) on every taggable resource of a stack. A tag that a
 * resource sets itself wins over the stack's. Attached to the stack, because cdktf never runs aspects of an app.
 *
 * Left alone: Helm releases (their chart labels its own objects), resources without tags, and the few whose tags or
 * labels mean something else (`google_cloud_identity_group`, `aws_devopsguru_resource_collection`, …).
 *
 * @throws InvalidName, TokenNotAllowed, ReservedTag; at synth TooManyTags (S3 objects take ten), OpaqueManifest
 */
export function tagStack(stack: TerraformStack, ownership: Ownership): void {
  Aspects.of(stack).add(new OwnershipAspect(ownershipTags(stack.node.path, ownership)));
}
