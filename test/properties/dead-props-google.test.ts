import { type ForeignCatalog, Partition, Site } from "../../lib";
import {
  type GoogleEtlProps,
  GoogleLakehouse,
  type GoogleLakehouseAttributes,
  type GoogleLakehouseProps,
  type GoogleZoneAttributes,
} from "../../lib/google";
import { EEMSHAVEN, EVENTS, GERMANY, makeGoogle, POD } from "./subjects";
import { flag, type Make, noDeadProps } from "./support";

const RING = "projects/acme-ai/locations/europe-west4/keyRings/ring/cryptoKeys";
const REST: ForeignCatalog = {
  name: "fra",
  endpoint: { kind: "iceberg-rest", uri: "https://lake.example.com", warehouse: "w", namespace: "main" },
};
const partitioned = [
  {
    name: "curated",
    tables: [{ ...EVENTS, partitionBy: [Partition.day("at")], sortBy: [{ column: "id" }] }],
  },
];
const personal = [
  {
    name: "curated",
    tables: [{ ...EVENTS, columns: [...EVENTS.columns, { name: "ip", type: "string", pii: true }] }],
  },
];

noDeadProps<Partial<GoogleLakehouseProps>>(
  "GoogleLakehouseProps",
  makeGoogle,
  {},
  {
    site: { to: [Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" })] },
    namePrefix: { to: ["beta"] },
    zones: { to: [[{ name: "raw" }], personal] },
    residency: { refused: [[GERMANY, "ResidencyViolation"]] },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    accessLogs: flag(true),
    accessLogRetentionDays: { to: [30], default: 365 },
    dataEvents: flag(true),
    noncurrentVersionDays: { to: [8], default: 30 },
    foreignCatalogs: { to: [[REST]], given: { etl: {} }, default: [] },
    kmsKey: { to: [`${RING}/a`, `${RING}/b`] },
    keyRotationDays: { to: [30], default: 90 },
    partitioning: {
      given: { zones: partitioned, partitioning: "cluster", sorting: "cluster" },
      to: ["time-unit"],
      refused: [["refuse", "UnsupportedByCatalog"]],
    },
    sorting: {
      given: { zones: partitioned, partitioning: "cluster", sorting: "cluster" },
      refused: [["refuse", "UnsupportedByCatalog"]],
    },
    dataplex: { to: [true] },
    etl: { to: [{}] },
    enableServices: flag(true),
    dataAccessAudit: { to: ["existing"], default: "project" },
  },
);

noDeadProps<GoogleEtlProps>(
  "GoogleEtlProps",
  (stack, etl) => makeGoogle(stack, { etl }),
  {},
  {
    runtimeVersion: { to: ["3.0"], default: "2.3" },
    subnetwork: { to: ["projects/acme-ai/regions/europe-west4/subnetworks/a"] },
    idleMinutes: { to: [60], default: 30 },
    maxHours: { to: [12], default: 24 },
    stagingDays: { to: [14], default: 7 },
  },
);

const ATTRIBUTES: GoogleLakehouseAttributes = {
  site: EEMSHAVEN,
  namePrefix: "beta",
  zones: [{ name: "curated", bucket: "b", dataset: "d", tables: personal[0]!.tables }],
};

const adopt: Make<GoogleLakehouseAttributes> = (stack, attributes) => {
  const lake = GoogleLakehouse.fromAttributes(stack, "lake", attributes);
  lake.zone(lake.zoneNames[0]!).grantWrite(
    // A right that leaves nothing out needs the tags of all columns.
    POD,
  );
};
const TAGGED = [
  { ...ATTRIBUTES.zones[0]!, policyTags: { "events.ip": "projects/p/taxonomies/1/policyTags/2" } },
];

noDeadProps<GoogleLakehouseAttributes>(
  "GoogleLakehouseAttributes",
  adopt,
  { ...ATTRIBUTES, zones: TAGGED },
  {
    site: { to: [Site.google("eemshaven", { region: "europe-west4", project: "other-ai" })] },
    namePrefix: { to: ["gamma"] },
    zones: { to: [[{ name: "raw", bucket: "b", dataset: "d" }]] },
    residency: { refused: [[GERMANY, "ResidencyViolation"]] },
  },
);

noDeadProps<GoogleZoneAttributes>(
  "GoogleZoneAttributes",
  (stack, zone) => {
    const lake = GoogleLakehouse.fromAttributes(stack, "lake", { ...ATTRIBUTES, zones: [zone] });
    lake.zone(zone.name).table("events").grantRead(POD, { includePii: true });
    lake.zone(zone.name).grantRead(POD, { includePii: true });
  },
  TAGGED[0]!,
  {
    name: { to: ["raw"] },
    bucket: { to: ["b2"] },
    dataset: { to: ["d2"] },
    tables: { refused: [[[], "UnknownTable"]], to: [[EVENTS]] },
    copyOf: { refused: [["paris", "GrantNotApplicable"]] },
    policyTags: {
      to: [{ "events.ip": "projects/p/taxonomies/1/policyTags/3" }],
      refused: [[{}, "GrantNotApplicable"]],
    },
  },
);
