import { type ForeignCatalog, Site } from "../../lib";
import {
  type AthenaOptions,
  AwsLakehouse,
  type AwsLakehouseAttributes,
  type AwsLakehouseProps,
  AwsNetwork,
  type AwsNetworkProps,
  type AwsZoneAttributes,
  type FlowLogOptions,
  type LakeFormationOptions,
  type ReplicationOptions,
  type SparkOptions,
  type WarehouseOptions,
} from "../../lib/aws";
import { EVENTS, GERMANY, IRELAND, makeAws, network, POD, providerOf } from "./subjects";
import { flag, type Make, noDeadProps, outcome } from "./support";

const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1";
const ADMIN = "arn:aws:iam::111122223333:role/admin";
const ISSUER = "https://oidc.example.com/fra";
const OIDC = "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/fra";
const REST: ForeignCatalog = {
  name: "fra",
  endpoint: { kind: "iceberg-rest", uri: "https://lake.example.com", warehouse: "w", namespace: "main" },
};
const NETWORK = network("vpc-1");
const COPIES: ReplicationOptions = { region: "eu-central-1", provider: providerOf("eu-central-1", "copies") };

noDeadProps<Partial<AwsLakehouseProps>>(
  "AwsLakehouseProps",
  makeAws,
  {},
  {
    site: { to: [Site.aws("ireland", { region: "eu-west-1" })] },
    namePrefix: { to: ["beta"] },
    zones: { to: [[{ name: "raw" }]] },
    residency: { refused: [[GERMANY, "ResidencyViolation"]] },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    accessLogs: flag(true),
    accessLogRetentionDays: { to: [30], default: 365 },
    dataEvents: flag(true),
    noncurrentVersionDays: { to: [7], default: 30 },
    foreignCatalogs: { to: [[REST]], given: { spark: {} }, default: [] },
    encryptionKeyArn: { to: [KEY] },
    tableCatalog: { to: ["s3-tables"], default: "glue" },
    tableOptimizers: {
      to: [[], ["compaction"], ["retention"]],
      default: ["compaction", "retention", "orphan_file_deletion"],
    },
    lakeFormation: { to: [{}] },
    athena: { to: [{}] },
    spark: { to: [{}] },
    warehouse: { to: [{ network: NETWORK }] },
    replication: { to: [COPIES] },
    oidcProviderArns: { to: [{ [ISSUER]: OIDC }], default: {} },
  },
);

test("engines and Lake Formation are on unless they are switched off", () => {
  const switches = { athena: undefined, spark: undefined, lakeFormation: undefined } as const;
  expect(outcome(makeAws, switches)).toBe(outcome(makeAws, { athena: {}, spark: {}, lakeFormation: {} }));
});

noDeadProps<LakeFormationOptions>(
  "LakeFormationOptions",
  (stack, lakeFormation) => makeAws(stack, { lakeFormation }),
  {},
  { administrators: { to: [[ADMIN]] } },
);

noDeadProps<AthenaOptions>(
  "AthenaOptions",
  (stack, athena) => makeAws(stack, { athena }),
  {},
  {
    bytesScannedCutoffPerQuery: { to: [20_000_000], default: 107_374_182_400 },
    resultRetentionDays: { to: [3], default: 30 },
  },
);

noDeadProps<SparkOptions>(
  "SparkOptions",
  (stack, spark) => makeAws(stack, { spark }),
  {},
  {
    releaseLabel: { to: ["emr-7.9.0"], default: "emr-7.10.0" },
    architecture: { to: ["X86_64"], default: "ARM64" },
    maximumVcpu: { to: [8], default: 64 },
    maximumMemoryGb: { to: [100], default: 256 },
    maximumDiskGb: { to: [100], default: 1280 },
    idleTimeoutMinutes: { to: [60], default: 15 },
    writeZones: { to: [[]], default: ["curated"] },
    network: { to: [NETWORK, network("vpc-2")] },
  },
);

noDeadProps<WarehouseOptions>(
  "WarehouseOptions",
  (stack, warehouse) => makeAws(stack, { warehouse }),
  { network: NETWORK },
  {
    network: { to: [network("vpc-2")] },
    baseCapacityRpu: { to: [16], default: 8 },
    maxCapacityRpu: { to: [64], default: 32 },
    port: { to: [5440], default: 5439 },
    databaseName: { to: ["dwh"], default: "lakehouse" },
  },
);

noDeadProps<ReplicationOptions>(
  "ReplicationOptions",
  (stack, replication) => makeAws(stack, { replication, zones: [{ name: "raw" }, { name: "curated" }] }),
  COPIES,
  {
    region: { to: ["eu-north-1"], given: { provider: providerOf(undefined as never, "copies") } },
    provider: { to: [providerOf("eu-central-1", "others")] },
    country: { refused: [["SE", "RegionCountryContradiction"]], default: "DE" },
    zones: { to: [["raw"]], default: ["raw", "curated"] },
  },
);

const ATTRIBUTES: AwsLakehouseAttributes = {
  site: IRELAND,
  namePrefix: "beta",
  zones: [{ name: "curated", bucketName: "beta-curated", databaseName: "beta_curated", tables: [EVENTS] }],
  encryptionKeyArn: KEY,
};

const adopt: Make<AwsLakehouseAttributes> = (stack, attributes) => {
  const lake = AwsLakehouse.fromAttributes(stack, "lake", attributes);
  const [name] = lake.zoneNames;
  lake.zone(name!).grantRead(POD, { includePii: true });
};

noDeadProps<AwsLakehouseAttributes>("AwsLakehouseAttributes", adopt, ATTRIBUTES, {
  site: { to: [Site.aws("ireland", { region: "eu-west-1" })] },
  namePrefix: { to: ["gamma"] },
  zones: { to: [[{ ...ATTRIBUTES.zones[0]!, name: "raw" }]] },
  encryptionKeyArn: { to: [`${KEY}2`], refused: [[undefined, "GrantNotApplicable"]] },
  lakeFormation: flag(true),
  residency: { refused: [[GERMANY, "ResidencyViolation"]] },
  oidcProviderArns: { to: [{ [ISSUER]: OIDC }] },
});

noDeadProps<AwsZoneAttributes>(
  "AwsZoneAttributes",
  (stack, zone) => {
    const lake = AwsLakehouse.fromAttributes(stack, "lake", { ...ATTRIBUTES, zones: [zone] });
    lake.zone(zone.name).table("events").grantRead(POD);
  },
  ATTRIBUTES.zones[0]!,
  {
    name: { to: ["raw"] },
    bucketName: { to: ["beta-other"] },
    databaseName: { to: ["beta_other"] },
    tables: {
      to: [
        [
          {
            ...EVENTS,
            columns: [
              { name: "id", type: "long" },
              { name: "ip", type: "string", pii: true },
            ],
          },
        ],
      ],
      refused: [[[], "UnknownTable"]],
    },
    copyOf: { refused: [["paris", "GrantNotApplicable"]] },
  },
);

const makeNetwork: Make<AwsNetworkProps> = (stack, props) => {
  new AwsNetwork(stack, "network", props);
};
const PLAIN: AwsNetworkProps = {
  site: IRELAND,
  namePrefix: "acme",
  cidrBlock: "10.0.0.0/16",
  availabilityZones: ["eu-west-1a", "eu-west-1b"],
};

noDeadProps<AwsNetworkProps>("AwsNetworkProps", makeNetwork, PLAIN, {
  site: { to: [Site.aws("ireland", { region: "eu-west-1" })] },
  namePrefix: { to: ["beta"] },
  cidrBlock: { to: ["10.1.0.0/16"] },
  availabilityZones: { to: [["eu-west-1a"], ["eu-west-1b", "eu-west-1a"]] },
  subnetPrefixLength: { to: [20], default: 19 },
  interfaceEndpoints: { to: [[], ["sts"]], default: ["glue", "kms", "lakeformation", "logs", "sts"] },
  internetEgress: { to: ["single-nat", "nat-per-zone"] },
  s3Accounts: { to: [["444455556666"]], default: [] },
  flowLogs: { to: [false], default: {} },
});

noDeadProps<FlowLogOptions>(
  "FlowLogOptions",
  (stack, flowLogs) => makeNetwork(stack, { ...PLAIN, flowLogs }),
  {},
  { retentionDays: { to: [30], default: 365 }, encryptionKeyArn: { to: [KEY] } },
);
