import type { StackJson } from "../lib/stacks";

/** Resource types that the local AWS API cannot hold, each with the reason. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  aws_emrserverless_application:
    "moto refuses the engine as the provider writes it and keeps neither architecture nor runtime configuration",
  aws_grafana_workspace: "moto has no Amazon Managed Grafana",
  aws_prometheus_alert_manager_definition: "moto has no Alertmanager of Amazon Managed Prometheus",
  aws_prometheus_scraper: "moto has no scrapers of Amazon Managed Prometheus",
  aws_prometheus_workspace_configuration: "moto cannot configure workspaces of Amazon Managed Prometheus",
  aws_sagemaker_feature_group:
    "moto answers 500 to groups without an offline store, and to the tags of every group",
  aws_msk_configuration: "moto has no configurations of MSK, and clusters of the library have one",
  aws_opensearchserverless_access_policy: "moto has no access policies of OpenSearch Serverless",
  aws_opensearchserverless_collection:
    "moto never calls a collection active, and the provider waits until its time is up",
  aws_opensearchserverless_vpc_endpoint:
    "moto makes endpoints of OpenSearch Serverless, but cannot read them",
  aws_redshiftserverless_namespace: "moto has no Redshift Serverless, and the provider waits without end",
  aws_redshiftserverless_workgroup: "moto has no Redshift Serverless, and the provider waits without end",
};

/** S3, KMS, IAM, VPC, Glue and Lake Formation: what the apply test is about. */
const NEVER_LEFT_OUT: readonly RegExp[] = [
  /^aws_s3_/,
  /^aws_s3control_/,
  /^aws_kms_/,
  /^aws_iam_/,
  /^aws_glue_/,
  /^aws_lakeformation_/,
  /^aws_(default_)?(vpc|subnet|route|route_table|network_acl|security_group|vpc_.+)(_.+)?$/,
  /^aws_(internet_gateway|egress_only_internet_gateway|nat_gateway|eip|flow_log|ec2_managed_prefix_list)(_.+)?$/,
];

/** Whether resources of this type must be part of every apply test. */
export function mustBeApplied(type: string): boolean {
  return NEVER_LEFT_OUT.some((pattern) => pattern.test(type));
}

/** Types that stand on the list although they must be applied. */
export function wronglyLeftOut(list: Readonly<Record<string, string>> = LEFT_OUT): readonly string[] {
  return Object.keys(list).filter(mustBeApplied);
}

/** One resource that is not applied. */
export interface LeftOut {
  readonly address: string;
  readonly reason: string;
}

type Entry = readonly [
  kind: "resource" | "data" | "output" | "locals" | "check",
  group: string,
  name: string,
];

function addressOf([kind, group, name]: Entry): string {
  return {
    resource: `${group}.${name}`,
    data: `data.${group}.${name}`,
    output: `output.${name}`,
    locals: `local.${name}`,
    check: `check.${name}`,
  }[kind];
}

function entriesOf(json: StackJson): { entry: Entry; text: string }[] {
  const grouped = (["resource", "data"] as const).flatMap((kind) =>
    Object.entries(json[kind] ?? {}).flatMap(([group, named]) =>
      Object.entries(named).map(([name, body]) => ({
        entry: [kind, group, name] as Entry,
        text: JSON.stringify(body),
      })),
    ),
  );
  const flat = (["output", "locals", "check"] as const).flatMap((kind) =>
    Object.entries(json[kind] ?? {}).map(([name, body]) => ({
      entry: [kind, "", name] as Entry,
      text: JSON.stringify(body),
    })),
  );
  return [...grouped, ...flat];
}

function mentions(text: string, address: string): boolean {
  const escaped = address.replaceAll(/[.-]/g, "\\$&");
  return new RegExp(`(?<![\\w.-])${escaped}(?![\\w-])`).test(text);
}

/**
 * Takes the listed types out of a stack, and everything that refers to them.
 *
 * @throws Error if the list names a type that must be applied
 */
export function leaveOut(
  json: StackJson,
  list: Readonly<Record<string, string>> = LEFT_OUT,
): { readonly json: StackJson; readonly leftOut: readonly LeftOut[] } {
  const wrong = wronglyLeftOut(list);
  if (wrong.length > 0) {
    throw new Error(`these types must be applied and may not be left out: ${wrong.join(", ")}`);
  }
  const entries = entriesOf(json);
  const removed = new Map<string, string>();
  for (const { entry } of entries) {
    const reason = entry[0] === "resource" ? list[entry[1]] : undefined;
    if (reason !== undefined) {
      removed.set(addressOf(entry), reason);
    }
  }
  for (let before = -1; before !== removed.size; ) {
    before = removed.size;
    for (const { entry, text } of entries) {
      const cause = [...removed.keys()].find((address) => mentions(text, address));
      if (cause !== undefined && !removed.has(addressOf(entry))) {
        removed.set(addressOf(entry), `refers to ${cause}`);
      }
    }
  }
  const kept = structuredClone(json);
  for (const { entry } of entries.filter(({ entry }) => removed.has(addressOf(entry)))) {
    const [kind, group, name] = entry;
    if (kind === "resource" || kind === "data") {
      delete kept[kind]?.[group]?.[name];
    } else {
      delete kept[kind]?.[name];
    }
  }
  const leftOut = [...removed].map(([address, reason]) => ({ address, reason }));
  return { json: withoutEmpty(kept), leftOut };
}

/** Terraform refuses a type or a block without any entry. */
function withoutEmpty(json: StackJson): StackJson {
  const clean = (block: Record<string, Record<string, unknown>> = {}) =>
    Object.fromEntries(Object.entries(block).filter(([, named]) => Object.keys(named).length > 0));
  const data = clean(json.data);
  return {
    ...json,
    resource: clean(json.resource) as StackJson["resource"],
    data: Object.keys(data).length > 0 ? (data as StackJson["data"]) : undefined,
    check: Object.keys(json.check ?? {}).length > 0 ? json.check : undefined,
  };
}
