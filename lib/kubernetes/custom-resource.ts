import { Manifest, type ManifestConfig } from "@cdktf/provider-kubernetes/lib/manifest";
import { type ITerraformDependable, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { escapeTemplate } from "../core/escape";
import { type NameRule, Problems } from "../core/problems";
import { type CanonicalFields, knownCanonicalFields } from "./canonical-fields";
import { KubernetesErrors } from "./errors";
import { manifestData } from "./manifest-data";
import { checkMetadata, OBJECT_NAME } from "./metadata";
import { guardPhases } from "./phase-guard";

/** What Terraform waits for after create and update. Exactly one of the three. */
export interface CustomResourceWait {
  /** A condition in `status.conditions`. */
  readonly condition?: { readonly type: string; readonly status: string };
  /** Values by field path (`status.phase`, `status.items[0].ready`); a value is a regular expression, `*` any. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The rollout of a workload that `kubectl rollout status` knows. */
  readonly rollout?: boolean;
}

export interface CustomResourceProps {
  /** `group/version`, or `v1`. A literal: the provider looks the kind up at plan. */
  readonly apiVersion: string;
  /** A literal. */
  readonly kind: string;
  /** A literal DNS subdomain. */
  readonly name: string;
  /** May be a token, which then orders this object after the namespace. @default - the kind is cluster-wide */
  readonly namespace?: string;
  /** @default - only the labels of the stack, see `tagStack` */
  readonly labels?: Readonly<Record<string, string>>;
  /** @default - none */
  readonly annotations?: Readonly<Record<string, string>>;
  /** @default - the object has no spec */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Top-level keys other than `spec`, for example `data` or `provisioner`. @default - none */
  readonly fields?: Readonly<Record<string, unknown>>;
  /**
   * Paths that a webhook or controller rewrites, besides `metadata.annotations` and `metadata.labels`, which always
   * are. Without it Terraform would report an inconsistent result after apply.
   * @default - none
   */
  readonly computedFields?: readonly string[];
  /**
   * Paths from the object's root (`spec.size`; `*` is one key or index, `**` any number) of more fields that
   * Kubernetes types as quantities. The library knows `resources.requests`, `resources.limits`, and fields of some
   * kinds by itself.
   * @default - the known ones
   */
  readonly quantityFields?: readonly string[];
  /** As `quantityFields`, for Go durations. @default - the known ones */
  readonly durationFields?: readonly string[];
  /** @default - Terraform goes on once the API server has accepted the object */
  readonly waitFor?: CustomResourceWait;
  /** Go durations. @default - the provider's: 10m each */
  readonly timeouts?: { readonly create?: string; readonly update?: string; readonly delete?: string };
  /** Terraform refuses to destroy or replace the object (`prevent_destroy`). @default false */
  readonly protect?: boolean;
  /** @default - only what the tokens in the object say */
  readonly dependsOn?: ITerraformDependable[];
}

const API_VERSION: NameRule = {
  pattern: /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?v[0-9]+((alpha|beta)[0-9]+)?$/,
  maxLength: 300,
  form: "group/version such as postgresql.cnpg.io/v1, or v1",
};

const KIND: NameRule = {
  pattern: /^[A-Z][A-Za-z0-9]*$/,
  maxLength: 63,
  form: "a kind in upper camel case, such as Cluster",
};

const RESERVED_FIELDS = ["apiVersion", "kind", "metadata", "spec"];
const ALWAYS_COMPUTED = ["metadata.annotations", "metadata.labels"];

/**
 * One Kubernetes object as `kubernetes_manifest`, planned field by field. Use it for custom kinds and for built-in
 * kinds without a resource of their own (`DeviceClass`, `ValidatingAdmissionPolicyBinding`); other built-in kinds
 * have typed `*_v1` resources in `@cdktf/provider-kubernetes`.
 *
 * The definition of the kind must be served when Terraform plans: an object belongs in a later stack than the
 * `HelmComponent` that installs its definition, and in a later stack than its cluster. Both are refused at synth.
 *
 * Quantities and durations in fields known as such are written in the form in which the API server gives them back
 * (`1000m` as `1`, `240h` as `240h0m0s`); the value stays the same. Without that Terraform reports an inconsistent
 * result after apply.
 *
 * Terraform resource types: `kubernetes_manifest`.
 *
 * @throws TokenNotAllowed, InvalidName, InvalidDuration, InvalidQuantity, QuantityNotRepresentable,
 *   StatusInManifest, ReservedManifestField, NullInManifest, NotPlainData, MixedListElements, MoreThanOneWait,
 *   DuplicateValue, MissingValue; at synth KubernetesObjectBesideItsCluster, CustomResourceBesideItsOperator
 */
export class CustomResource extends Construct {
  readonly manifest: Manifest;

  constructor(scope: Construct, id: string, props: CustomResourceProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    problems.name("apiVersion", props.apiVersion, API_VERSION);
    problems.name("kind", props.kind, KIND);
    problems.name("name", props.name, OBJECT_NAME);
    const manifest = objectOf(problems, props);
    const config: ManifestConfig = {
      manifest,
      computedFields: computedFields(problems, props),
      wait: waitBlock(problems, props.waitFor),
      timeouts: timeouts(problems, props),
      lifecycle: props.protect ? { preventDestroy: true } : undefined,
      dependsOn: props.dependsOn,
    };
    problems.throwIfAny();
    this.manifest = new Manifest(this, "manifest", config);
    guardPhases(TerraformStack.of(this));
  }
}

function objectOf(problems: Problems, props: CustomResourceProps): Record<string, unknown> {
  const known = knownCanonicalFields(String(props.apiVersion), String(props.kind));
  const canonical: CanonicalFields = {
    quantities: [...known.quantities, ...(props.quantityFields ?? [])],
    durations: [...known.durations, ...(props.durationFields ?? [])],
  };
  for (const prop of ["quantityFields", "durationFields"] as const) {
    props[prop]?.forEach((path, index) => {
      problems.literal(`${prop}[${index}]`, path, "a field path");
    });
  }
  const body = Object.entries(props.fields ?? {}).filter(([, value]) => value !== undefined);
  for (const [key, given] of body) {
    if (key === "status") {
      problems.add(KubernetesErrors.StatusInManifest, {
        subject: "fields.status",
        given,
        allowed: "no status",
      });
    } else if (RESERVED_FIELDS.includes(key)) {
      const allowed = `keys other than ${RESERVED_FIELDS.join(", ")} and status`;
      problems.add(KubernetesErrors.ReservedManifestField, { subject: `fields.${key}`, given, allowed });
    }
  }
  if (props.spec !== undefined) {
    body.push(["spec", props.spec]);
  }
  const metadata = checkMetadata(problems, props);
  return {
    apiVersion: props.apiVersion,
    kind: props.kind,
    metadata,
    ...Object.fromEntries(
      body
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => [escapeTemplate(key), manifestData(problems, key, value, canonical)]),
    ),
  };
}

function computedFields(problems: Problems, props: CustomResourceProps): string[] | undefined {
  const given = props.computedFields ?? [];
  given.forEach((path, index) => {
    problems.literal(`computedFields[${index}]`, path, "a field path");
    problems.required(`computedFields[${index}]`, path, "a field path such as spec.replicas");
  });
  const all = [...ALWAYS_COMPUTED, ...given];
  problems.unique(`computedFields (with ${ALWAYS_COMPUTED.join(" and ")})`, all);
  return given.length === 0 ? undefined : all.map(escapeTemplate);
}

function waitBlock(problems: Problems, wait: CustomResourceWait | undefined): ManifestConfig["wait"] {
  if (wait === undefined) {
    return undefined;
  }
  const given = Object.entries(wait)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([key]) => key);
  if (given.length > 1) {
    problems.add(KubernetesErrors.MoreThanOneWait, {
      subject: "waitFor",
      given,
      allowed: "one of condition, fields, rollout",
    });
  }
  problems.required("waitFor", given[0], "one of condition, fields, rollout");
  if (wait.condition) {
    problems.required(
      "waitFor.condition.type",
      wait.condition.type,
      "the type of a condition, such as Ready",
    );
    problems.oneOf("waitFor.condition.status", wait.condition.status, ["True", "False", "Unknown"]);
    return { condition: [{ ...wait.condition }] };
  }
  if (wait.fields) {
    problems.required("waitFor.fields", Object.keys(wait.fields)[0], "at least one field path");
    const fields = Object.entries(wait.fields).sort(([a], [b]) => (a < b ? -1 : 1));
    return { fields: Object.fromEntries(fields.map(([path, value]) => [path, escapeTemplate(value)])) };
  }
  return { rollout: true };
}

function timeouts(problems: Problems, props: CustomResourceProps): ManifestConfig["timeouts"] {
  for (const [action, value] of Object.entries(props.timeouts ?? {})) {
    if (value !== undefined) {
      problems.duration(`timeouts.${action}`, value);
    }
  }
  return props.timeouts ? { ...props.timeouts } : undefined;
}
