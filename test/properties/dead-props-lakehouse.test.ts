import {
  type ColumnProps,
  Partition,
  Residency,
  type SortField,
  type TableProps,
  type Tiering,
  type ZoneProps,
} from "../../lib";
import { ObjectStore } from "../../lib/kubernetes";
import { makeAws, makeGoogle, makeKubernetes } from "./subjects";
import { type Cases, flag, type Make, noDeadProps } from "./support";

const TIERED = ObjectStore.s3Compatible({
  endpoint: "https://s3.example.com",
  credentialsSecret: { name: "key" },
  tierClasses: { warm: "WARM", cold: "COLD", archive: "ARCHIVE" },
});

const SITES: readonly (readonly [string, Make<{ readonly zones: readonly ZoneProps[] }>])[] = [
  ["AwsLakehouse", (stack, { zones }) => makeAws(stack, { zones, lakeFormation: {} })],
  [
    "GoogleLakehouse",
    (stack, { zones }) => makeGoogle(stack, { zones, partitioning: "cluster", sorting: "cluster" }),
  ],
  ["KubernetesLakehouse", (stack, { zones }) => makeKubernetes(stack, { zones, objectStore: TIERED })],
];

const COLUMNS: readonly ColumnProps[] = [
  { name: "id", type: "long" },
  { name: "at", type: "timestamptz" },
];
const TABLE: TableProps = { name: "events", columns: COLUMNS };

const zoneCases: Cases<ZoneProps> = {
  name: { to: ["raw"] },
  tables: { to: [[TABLE]] },
  residency: { refused: [[Residency.countries("FR"), "ResidencyViolation"]] },
  dataClass: { to: ["confidential"] },
  retentionDays: { to: [90] },
  tiering: { to: [{ warmAfterDays: 30 }], default: {} },
  copyOf: { to: ["paris"], given: { tables: [TABLE] } },
};

const tieringCases: Cases<Tiering> = {
  warmAfterDays: { to: [40] },
  coldAfterDays: { to: [100] },
  archiveAfterDays: { to: [200] },
};

const tableCases: Cases<TableProps> = {
  name: { to: ["visits"] },
  columns: { to: [[COLUMNS[1]!, COLUMNS[0]!]] },
  partitionBy: { to: [[Partition.day("at")], [Partition.day("at"), Partition.bucket("id", 8)]] },
  sortBy: { to: [[{ column: "at" }], [{ column: "at" }, { column: "id" }]] },
  comment: { to: ["What happened"] },
  snapshotRetentionDays: { to: [3], default: 7 },
};

const columnCases: Cases<ColumnProps> = {
  name: { to: ["number"] },
  type: { to: ["string"] },
  required: flag(false),
  comment: { to: ["Unique"] },
  pii: flag(false),
};

const sortCases: Cases<SortField> = {
  column: { to: ["id"] },
  direction: { to: ["desc"], default: "asc" },
  nulls: { to: ["last"], default: "first" },
};

describe.each(SITES)("%s", (_site, make) => {
  noDeadProps<ZoneProps>(
    "ZoneProps",
    (stack, zone) => make(stack, { zones: [zone] }),
    { name: "curated" },
    zoneCases,
  );
  noDeadProps<Tiering>(
    "Tiering",
    (stack, tiering) => make(stack, { zones: [{ name: "raw", tiering }] }),
    {},
    tieringCases,
  );
  const makeTable: Make<TableProps> = (stack, table) =>
    make(stack, { zones: [{ name: "curated", tables: [table] }] });
  noDeadProps<TableProps>("TableProps", makeTable, TABLE, tableCases);
  noDeadProps<ColumnProps>(
    "ColumnProps",
    (stack, column) => makeTable(stack, { ...TABLE, columns: [column, COLUMNS[1]!] }),
    COLUMNS[0]!,
    columnCases,
  );
  noDeadProps<SortField>(
    "SortField",
    (stack, field) => makeTable(stack, { ...TABLE, sortBy: [field] }),
    { column: "at" },
    sortCases,
  );
});
