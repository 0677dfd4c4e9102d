import { siteType } from "../feature-type";
import type { Entity, Feature, FeatureView } from "../schema";

/** What the definitions say about who may do what. */
export interface ViewRoles {
  readonly reader: string;
  readonly writer: string;
}

export interface DefinitionsProps {
  readonly views: readonly FeatureView[];
  /** Full name of a source table in Trino. */
  readonly table: (view: FeatureView) => string;
  readonly roles: (view: FeatureView) => ViewRoles;
}

/** A Python string. JSON's escapes are Python's. */
const text = (value: string): string => JSON.stringify(value);

/** Feast's types of keys. */
const VALUE_TYPES: Readonly<Record<string, string>> = { string: "STRING", int: "INT32", long: "INT64" };

const INDENT = "    ";

function call(name: string, args: Readonly<Record<string, string | undefined>>, depth = 0): string {
  const pad = INDENT.repeat(depth);
  const given = Object.entries(args).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${name}(\n${given.map(([key, value]) => `${pad}${INDENT}${key}=${value},\n`).join("")}${pad})`;
}

function list(values: readonly string[], depth = 1): string {
  const pad = INDENT.repeat(depth);
  return values.length === 0
    ? "[]"
    : `[\n${values.map((value) => `${pad}${INDENT}${value},\n`).join("")}${pad}]`;
}

function dict(entries: Readonly<Record<string, string | undefined>>): string | undefined {
  const given = Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0
    ? undefined
    : `{${given.map(([key, value]) => `${text(key)}: ${text(value)}`).join(", ")}}`;
}

/** An entity of Feast has one key, so an entity with several becomes several, one per key. */
function feastEntityName(entity: Entity, key: string): string {
  return entity.keys.length === 1 ? entity.name : `${entity.name}__${key}`;
}

function entityLines(entity: Entity): readonly string[] {
  return entity.keys.map(({ name, type, pii }) => {
    const feast = feastEntityName(entity, name);
    return `${feast}_entity = ${call("Entity", {
      name: text(feast),
      join_keys: `[${text(name)}]`,
      value_type: `ValueType.${VALUE_TYPES[type.scalar]}`,
      description: entity.description === undefined ? undefined : text(entity.description),
      tags: dict({ entity: entity.name, pii: pii ? "true" : undefined }),
    })}\n`;
  });
}

function field(
  { name, type, description, pii, deprecated, owner, embedding }: Feature,
  view: FeatureView,
): string {
  const tags = dict({
    pii: pii ? "true" : undefined,
    deprecated: deprecated ? "true" : undefined,
    owner: owner === view.owner ? undefined : owner,
    dimension: embedding && String(embedding.dimension),
    metric: embedding?.metric,
  });
  const args = [
    `name=${text(name)}`,
    `dtype=${siteType("kubernetes", type)}`,
    ...(description === undefined ? [] : [`description=${text(description)}`]),
    ...(tags === undefined ? [] : [`tags=${tags}`]),
  ];
  return `Field(${args.join(", ")})`;
}

function viewLines(props: DefinitionsProps, view: FeatureView): readonly string[] {
  const { source, entity, name } = view;
  const renamed = view.features.filter((feature) => feature.column !== feature.name);
  const batch = `${name}_source`;
  const stream = `${name}_push`;
  const keys = entity.keys.map(
    (key) => `Field(name=${text(key.name)}, dtype=${siteType("kubernetes", key.type)})`,
  );
  return [
    `${batch} = ${call("TrinoSource", {
      name: text(batch),
      table: text(props.table(view)),
      timestamp_field: text(source.eventTime),
      created_timestamp_column: source.createdTime === undefined ? undefined : text(source.createdTime),
      field_mapping: dict(Object.fromEntries(renamed.map((feature) => [feature.column, feature.name]))),
      owner: text(view.owner),
    })}\n`,
    ...(source.kind === "stream"
      ? [`${stream} = ${call("PushSource", { name: text(stream), batch_source: batch })}\n`]
      : []),
    `${name}_view = ${call("FeatureView", {
      name: text(name),
      entities: `[${entity.keys.map((key) => `${feastEntityName(entity, key.name)}_entity`).join(", ")}]`,
      ttl: `timedelta(seconds=${view.ttlSeconds ?? 0})`,
      schema: list([...keys, ...view.features.map((feature) => field(feature, view))]),
      source: source.kind === "stream" ? stream : batch,
      online: "True",
      description: view.description === undefined ? undefined : text(view.description),
      owner: text(view.owner),
      tags: dict({
        deprecated: view.deprecated ? "true" : undefined,
        freshness_seconds: String(view.freshnessSeconds),
        topic: source.topic,
      }),
    })}\n`,
    ...permissionLines(props, view),
  ];
}

/** Whoever has none of the roles is refused: Feast lets everybody in only where no permission matches. */
function permissionLines(props: DefinitionsProps, view: FeatureView): readonly string[] {
  const { reader, writer } = props.roles(view);
  const permission = (
    use: string,
    types: string,
    pattern: string,
    role: string,
    actions: readonly string[],
  ): string =>
    `${view.name}_${use} = ${call("Permission", {
      name: text(`${view.name}_${use}`),
      types: `[${types}]`,
      name_patterns: `[${text(`^${pattern}$`)}]`,
      policy: `RoleBasedPolicy(roles=[${text(role)}])`,
      actions: `[${actions.map((action) => `AuthzedAction.${action}`).join(", ")}]`,
    })}\n`;
  return [
    permission("read_permission", "FeatureView", view.name, reader, ["DESCRIBE", "READ_ONLINE"]),
    permission("write_permission", "FeatureView", view.name, writer, ["DESCRIBE", "WRITE_ONLINE"]),
  ];
}

function imports(views: readonly FeatureView[]): readonly string[] {
  const fields = views.flatMap((view) => [...view.entity.keys, ...view.features]);
  const types = new Set(
    fields.flatMap(({ type }) => siteType("kubernetes", type)!.replace(")", "").split("(")),
  );
  const streams = views.some(({ source }) => source.kind === "stream");
  return [
    "from datetime import timedelta",
    "",
    `from feast import Entity, FeatureView, Field, ${streams ? "PushSource, " : ""}ValueType`,
    "from feast.infra.offline_stores.contrib.trino_offline_store.trino_source import (",
    "    TrinoSource,",
    ")",
    "from feast.permissions.action import AuthzedAction",
    "from feast.permissions.permission import Permission",
    "from feast.permissions.policy import RoleBasedPolicy",
    `from feast.types import ${[...types].sort().join(", ")}`,
    "",
  ];
}

/**
 * The feature repository: Python that `feast apply` reads. The same schema gives the same bytes.
 *
 * Source of names and arguments: https://github.com/feast-dev/feast, v0.66.0, `sdk/python/feast`.
 */
export function feastDefinitions(props: DefinitionsProps): string {
  const { views } = props;
  const entities = [...new Map(views.map(({ entity }) => [entity.name, entity])).values()].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  return [
    '"""Feature views, made from the schema by cdktf-hybrid-ai: change the schema, not this file."""',
    "",
    ...imports(views),
    ...entities.flatMap(entityLines),
    ...views.flatMap((view) => viewLines(props, view)),
  ].join("\n");
}
