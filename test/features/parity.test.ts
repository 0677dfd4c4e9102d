/**
 * One schema, three sites: what each compiled form says is read back by a reader of its own, which knows the site's
 * words but not the library's tables, and must mean the same.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Template } from "../../lib/testing";
import { featureStore as awsFeatureStore } from "./aws/fixture";
import { ACTIVITY_VIEW, codesOf, ONLINE, schema, USER } from "./fixture";
import { featureStore as googleFeatureStore } from "./google/fixture";
import { filesOf, featureStore as kubernetesFeatureStore } from "./kubernetes/fixture";

// biome-ignore lint/suspicious/noExplicitAny: the shape is what the readers state
type Body = Record<string, any>;

/** What a value can be, as coarse as the coarsest site tells them apart. */
type Meaning = "whole" | "real" | "text" | "whole list" | "real list" | "text list" | `vector of ${number}`;

interface NeutralView {
  readonly keys: Readonly<Record<string, Meaning>>;
  readonly features: Readonly<Record<string, Meaning>>;
  /** Column of the source table that orders records. */
  readonly eventTime: string;
  /** Column that each feature is read from. */
  readonly columns: Readonly<Record<string, string>>;
}

type Neutral = Readonly<Record<string, NeutralView>>;

const sorted = <T>(entries: readonly (readonly [string, T])[]): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

function readAws(template: Template): Neutral {
  const scalar: Record<string, Meaning> = { Integral: "whole", Fractional: "real", String: "text" };
  const groups = Object.values(template.resources("aws_sagemaker_feature_group")) as Body[];
  const jobs = (Object.values(template.resources("aws_scheduler_schedule")) as Body[]).map(
    ({ target }) => JSON.parse(JSON.parse(target.input).JobDriver.SparkSubmit.EntryPointArguments[0]) as Body,
  );
  return Object.fromEntries(
    groups.map((group) => {
      const name = group.feature_group_name.replace(/^acme-/, "");
      const job = jobs.find(({ featureGroup }) => featureGroup === group.feature_group_name);
      const meanings = group.feature_definition.map((each: Body) => {
        const meaning = scalar[each.feature_type]!;
        const dimension = each.collection_config?.vector_config.dimension;
        const list = each.collection_type === "Vector" ? `vector of ${dimension}` : `${meaning} list`;
        return [each.feature_name, each.collection_type === undefined ? meaning : list] as const;
      }) as (readonly [string, Meaning])[];
      const key = group.record_identifier_feature_name;
      const time = group.event_time_feature_name;
      const features = meanings.filter(([each]) => each !== key && each !== time);
      return [
        name,
        {
          keys: sorted(meanings.filter(([each]) => each === key)),
          features: sorted(features),
          eventTime: time,
          // A stream's processor writes by the names of features.
          columns: sorted(job ? job.features.map((each: Body) => [each.name, each.column]) : []),
        },
      ];
    }),
  );
}

/** Meanings of BigQuery's types in tables of the lakehouse. */
const BIGQUERY: Record<string, Meaning> = {
  BOOLEAN: "whole",
  INTEGER: "whole",
  FLOAT: "real",
  TIMESTAMP: "real",
  STRING: "text",
};

function readGoogle(template: Template): Neutral {
  const tables = Object.values(template.resources("google_bigquery_table")) as Body[];
  const features = Object.values(template.resources("google_vertex_ai_feature_group_feature")) as Body[];
  const groups = template.resources("google_vertex_ai_feature_group") as Record<string, Body>;
  return Object.fromEntries(
    Object.entries(groups).map(([address, group]) => {
      const name = group.name.replace(/^acme_/, "");
      const sql = tables.find(({ table_id, view }) => view && table_id === name)!.view.query as string;
      const [, select = "", table = ""] = /SELECT\n([\s\S]*)\nFROM `(.*)` AS source\n/.exec(sql)!;
      const aliases = select.split(",\n").map((line) => {
        const [, column, alias] = /^ {2}(?:UNIX_MICROS\()?source\.`(\w+)`\)?(?: AS `(\w+)`)?$/.exec(line)!;
        return [alias ?? column!, column!] as const;
      });
      // What is no instant for Vertex AI must be made a number; what is a number must stay one.
      const instants = [...select.matchAll(/UNIX_MICROS\(source\.`(\w+)`\)/g)].map(([, column]) => column!);
      const source = tables.find(({ table_id, view }) => !view && table_id === table.split(".").at(-1))!;
      const types = Object.fromEntries(
        (JSON.parse(source.schema) as Body[]).map((field) => {
          const meaning = BIGQUERY[field.type]!;
          return [field.name, field.mode === "REPEATED" ? `${meaning} list` : meaning];
        }),
      ) as Record<string, Meaning>;
      const timestamps = (JSON.parse(source.schema) as Body[]).filter(({ type }) => type === "TIMESTAMP");
      expect(timestamps.map(({ name: column }) => column)).toEqual(expect.arrayContaining(instants));
      const columnOf = Object.fromEntries(aliases);
      const keys = group.big_query.entity_id_columns as string[];
      const mine = features.filter(({ feature_group }) => feature_group.includes(address));
      const meaningOf = ({ version_column_name: column, description }: Body): Meaning => {
        const [, elements] = /list<float>, (\d+) elements/.exec(description) ?? [];
        return elements ? (`vector of ${Number(elements)}` as const) : types[columnOf[column]!]!;
      };
      return [
        name,
        {
          keys: sorted(keys.map((key) => [key, types[columnOf[key]!]!])),
          features: sorted(mine.map((feature) => [feature.name, meaningOf(feature)])),
          eventTime: columnOf.feature_timestamp!,
          columns: sorted(mine.map((feature) => [feature.name, columnOf[feature.version_column_name]!])),
        },
      ];
    }),
  );
}

/** A stand-in for Feast's names: what is called is written down as it is. */
const FEAST_STUB = `
import json, sys, types
calls = []
class Word:
    def __init__(self, name): self.name = name
    def __call__(self, *args, **kwargs):
        call = {"call": self.name, "args": list(args), **kwargs}
        calls.append(call)
        return call
    def __getattr__(self, name): return self.name + "." + name
class Module(types.ModuleType):
    def __getattr__(self, name): return Word(name)
for name in sys.argv[2:]:
    sys.modules[name] = Module(name)
exec(compile(open(sys.argv[1]).read(), "features.py", "exec"))
def show(value):
    if isinstance(value, Word): return value.name
    return str(value)
print(json.dumps(calls, default=show))
`;

const FEAST_MODULES = [
  "feast",
  "feast.infra",
  "feast.infra.offline_stores",
  "feast.infra.offline_stores.contrib",
  "feast.infra.offline_stores.contrib.trino_offline_store",
  "feast.infra.offline_stores.contrib.trino_offline_store.trino_source",
  "feast.permissions",
  "feast.permissions.action",
  "feast.permissions.permission",
  "feast.permissions.policy",
  "feast.types",
];

function runDefinitions(python: string): readonly Body[] {
  const folder = mkdtempSync(join(tmpdir(), "feast-"));
  try {
    writeFileSync(join(folder, "features.py"), python);
    writeFileSync(join(folder, "run.py"), FEAST_STUB);
    const args = [join(folder, "run.py"), join(folder, "features.py"), ...FEAST_MODULES];
    return JSON.parse(execFileSync("python3", args, { encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const FEAST: Record<string, Meaning> = {
  Bool: "whole",
  Int32: "whole",
  Int64: "whole",
  Float32: "real",
  Float64: "real",
  UnixTimestamp: "real",
  String: "text",
};

function readKubernetes(template: Template): Neutral {
  const python = filesOf(template, "kubernetes_config_map_v1", "acme-definitions")["features.py"]!;
  const views = runDefinitions(python).filter(({ call }) => call === "FeatureView");
  return Object.fromEntries(
    views.map((view) => {
      const source = view.source.call === "PushSource" ? view.source.batch_source : view.source;
      const columnOf = Object.fromEntries(
        Object.entries((source.field_mapping ?? {}) as Record<string, string>).map(([column, name]) => [
          name,
          column,
        ]),
      );
      const keys = view.entities.flatMap((entity: Body) => entity.join_keys as string[]);
      const meaning = ({ dtype, tags }: Body): Meaning => {
        if (tags?.dimension) {
          return `vector of ${Number(tags.dimension)}`;
        }
        return typeof dtype === "string" ? FEAST[dtype]! : (`${FEAST[dtype.args[0]]} list` as Meaning);
      };
      const fields = view.schema as Body[];
      const features = fields.filter(({ name }) => !keys.includes(name));
      return [
        view.name,
        {
          keys: sorted(
            fields.filter(({ name }) => keys.includes(name)).map((each) => [each.name, meaning(each)]),
          ),
          features: sorted(features.map((each) => [each.name, meaning(each)])),
          eventTime: source.timestamp_field,
          columns: sorted(features.map(({ name }) => [name, columnOf[name] ?? name])),
        },
      ];
    }),
  );
}

describe("one schema on three sites", () => {
  const aws = readAws(awsFeatureStore().template());
  const google = readGoogle(googleFeatureStore().template());
  const kubernetes = readKubernetes(kubernetesFeatureStore().template());
  const withoutColumns = (neutral: Neutral) =>
    Object.fromEntries(Object.entries(neutral).map(([name, { columns, ...rest }]) => [name, rest]));

  test("has the same views, keys, features, types and event times", () => {
    expect(withoutColumns(google)).toEqual(withoutColumns(aws));
    expect(withoutColumns(kubernetes)).toEqual(withoutColumns(aws));
  });

  test("means what the schema says", () => {
    expect(aws.user_activity).toEqual({
      keys: { user_id: "text" },
      features: {
        clicks_7d: "whole",
        country: "whole",
        is_new: "whole",
        last_seen: "real",
        segment: "text",
        spend_30d: "real",
      },
      eventTime: "event_time",
      columns: {
        clicks_7d: "clicks_7d",
        country: "country_code",
        is_new: "is_new",
        last_seen: "last_seen",
        segment: "segment",
        spend_30d: "spend_30d",
      },
    });
    expect(aws.user_profile!.features).toEqual({
      interests: "text list",
      mail: "text",
      taste: "vector of 64",
    });
    expect(aws.user_profile!.eventTime).toBe("as_of");
  });

  test("reads each feature from the same column", () => {
    expect(google.user_activity!.columns).toEqual(aws.user_activity!.columns);
    expect(kubernetes.user_activity!.columns).toEqual(aws.user_activity!.columns);
    expect(kubernetes.user_profile!.columns).toEqual(google.user_profile!.columns);
    expect(google.user_profile!.columns.taste).toBe("vector");
  });

  test("tells clients the same fields", () => {
    const stores = [awsFeatureStore(), googleFeatureStore(), kubernetesFeatureStore()];
    for (const name of ["user_activity", "user_profile"]) {
      const told = stores.map(({ store }) => {
        const { keys, features } = store.view(name).online();
        return [...keys, ...features].map((field) => [field.name, field.type, field.pii]);
      });
      expect(told[1]).toEqual(told[0]);
      expect(told[2]).toEqual(told[0]);
    }
  });
});

describe("what a site cannot express is refused there, not dropped", () => {
  const sites = {
    aws: (props: Body) => codesOf(() => awsFeatureStore(props)),
    google: (props: Body) => codesOf(() => googleFeatureStore(props)),
    kubernetes: (props: Body) => codesOf(() => kubernetesFeatureStore(props)),
  };
  const view = (change: Body): Body => ({
    schema: schema({
      views: [
        {
          name: "user_profile",
          entity: "user",
          source: { kind: "table", zone: "curated", table: "user_profile", eventTime: "as_of" },
          features: [{ name: "interests", type: "list<string>" }],
          freshness: "1h",
          owner: "team",
          ...change,
        } as never,
      ],
    }),
    online: { user_profile: ONLINE.user_profile },
  });
  const two: Body = {
    schema: schema({
      entities: [{ ...USER, keys: [...USER.keys, { name: "segment", type: "string" }] }],
      views: [{ ...ACTIVITY_VIEW, features: [{ name: "is_new", type: "boolean" }] }],
    }),
    online: { user_activity: ONLINE.user_activity },
  };

  test.each<[string, Body, Readonly<Record<keyof typeof sites, readonly string[]>>]>([
    [
      "decimals",
      view({ features: [{ name: "price", type: "decimal(10, 2)" }] }),
      {
        aws: ["TypeUnsupportedAtSite"],
        google: ["TypeUnsupportedAtSite"],
        kubernetes: ["TypeUnsupportedAtSite"],
      },
    ],
    [
      "bytes",
      view({ features: [{ name: "payload", type: "binary" }] }),
      { aws: ["TypeUnsupportedAtSite"], google: [], kubernetes: [] },
    ],
    ["a time to live", view({ ttl: "48h" }), { aws: [], google: ["UnsupportedAtSite"], kubernetes: [] }],
    ["an entity with two keys", two, { aws: ["UnsupportedAtSite"], google: [], kubernetes: [] }],
    ["lists", view({}), { aws: [], google: [], kubernetes: [] }],
    [
      "steady traffic",
      { ...view({}), online: { user_profile: { ...ONLINE.user_profile, traffic: "steady" } } },
      { aws: ["NoEffect"], google: ["NoEffect"], kubernetes: ["NoEffect"] },
    ],
    [
      "a fast stream",
      view({
        source: { kind: "stream", topic: "t", zone: "curated", table: "user_profile", eventTime: "as_of" },
        freshness: "1m",
      }),
      { aws: [], google: ["FreshnessUnreachable"], kubernetes: [] },
    ],
  ])("%s", (_, props, expected) => {
    for (const [name, compile] of Object.entries(sites)) {
      expect([name, compile(props)]).toEqual([name, expected[name as keyof typeof sites]]);
    }
  });
});
