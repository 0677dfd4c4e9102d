import {
  type ColdArchiveZoneProps,
  coldArchiveZone,
  type LogZoneProps,
  logZone,
  type MultimodalZoneProps,
  multimodalZone,
  Residency,
  Site,
  type SyntheticDataProps,
  type ZoneProps,
} from "../../lib";
import { AwsLakehouse, AwsObjectQueue, type AwsObjectQueueProps } from "../../lib/aws";
import { GoogleLakehouse, GoogleObjectQueue, type GoogleObjectQueueProps } from "../../lib/google";
import { KubernetesLakehouse, ObjectStore } from "../../lib/kubernetes";
import { type Make, noDeadProps } from "./support";

const IRELAND = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });
const FRANCE = Residency.countries("FR");
const TABLE = { name: "bids", columns: [{ name: "a", type: "long" }] };

function awsLake(stack: Parameters<Make<object>>[0], zones: readonly ZoneProps[], namePrefix = "acme") {
  return new AwsLakehouse(stack, `lake-${namePrefix}`, {
    site: IRELAND,
    namePrefix,
    zones,
    athena: false,
    spark: false,
    tableOptimizers: [],
  });
}

const shared = {
  name: { to: ["other"] },
  residency: { refused: [[FRANCE, "ResidencyViolation"]] },
  dataClass: { to: ["confidential"] },
} as const;

noDeadProps<MultimodalZoneProps>(
  "MultimodalZoneProps",
  (stack, props) => void awsLake(stack, [multimodalZone(props)]),
  { name: "images" },
  {
    ...shared,
    columns: { to: [[{ name: "label", type: "string" }]], default: [] },
    tables: { to: [[TABLE]], default: [] },
    tiering: { to: [{ coldAfterDays: 90 }], refused: [[{ archiveAfterDays: 90 }, "ArchiveBreaksTables"]] },
  } as never,
);

noDeadProps<LogZoneProps>(
  "LogZoneProps",
  (stack, props) => void awsLake(stack, [logZone(props)]),
  { name: "logs" },
  {
    ...shared,
    retentionDays: { to: [800], default: 400 },
    warmAfterDays: { to: [31], default: 30 },
    coldAfterDays: { to: [120], default: 90 },
  } as never,
);

noDeadProps<ColdArchiveZoneProps>(
  "ColdArchiveZoneProps",
  (stack, props) => void awsLake(stack, [coldArchiveZone(props)]),
  { name: "ledger" },
  {
    ...shared,
    retentionDays: { to: [3650], default: 2555 },
    archiveAfterDays: { to: [30], default: 1 },
  } as never,
);

noDeadProps<Omit<AwsObjectQueueProps, "lakehouse" | "oidcProviderArns">>(
  "AwsObjectQueueProps",
  (stack, props) => {
    const lakehouse = awsLake(stack, [{ name: "images" }, { name: "sounds" }]);
    new AwsObjectQueue(stack, "queue", { ...props, lakehouse });
  },
  { zone: "images", namePrefix: "jobs" },
  {
    zone: { to: ["sounds"] },
    namePrefix: { to: ["other"] },
    keyPrefix: { to: ["a/"] },
    visibilitySeconds: { to: [600], default: 300 },
    maxReceives: { to: [10], default: 5 },
  },
);

noDeadProps<Omit<GoogleObjectQueueProps, "lakehouse">>(
  "GoogleObjectQueueProps",
  (stack, props) => {
    const site = Site.google("eemshaven", { region: "europe-west4", project: "acme-ai", projectNumber: "1" });
    const zones = [{ name: "images" }, { name: "sounds" }];
    const lakehouse = new GoogleLakehouse(stack, "lake", { site, namePrefix: "acme", zones, etl: false });
    new GoogleObjectQueue(stack, "queue", { ...props, lakehouse });
  },
  { zone: "images", namePrefix: "jobs" },
  {
    zone: { to: ["sounds"] },
    namePrefix: { to: ["other"] },
    keyPrefix: { to: ["a/"] },
    ackSeconds: { to: [600], default: 300 },
    maxDeliveries: { to: [10], default: 5 },
  },
);

const PEOPLE = {
  name: "people",
  columns: [
    { name: "id", type: "long" },
    { name: "name", type: "string", pii: true },
  ],
};
const AT = (table: string) => ({ zone: "curated", table });

noDeadProps<SyntheticDataProps>(
  "SyntheticDataProps",
  (stack, props) => {
    const tables = ["a", "b", "c", "d"].map((name) => ({ ...PEOPLE, name }));
    new KubernetesLakehouse(stack, "lake", {
      site: Site.kubernetes("frankfurt", {
        country: "DE",
        kubeconfig: { context: "fra" },
        oidcIssuer: "https://oidc.example.com/fra",
      }),
      namePrefix: "acme",
      objectStore: ObjectStore.rook({ storageClassName: "bucket", objectStore: { name: "s3" } }),
      zones: [{ name: "curated", tables }],
    }).addSyntheticData("training", props);
  },
  { source: AT("a"), target: AT("b"), rows: 1000, mask: { name: "generate" } },
  {
    source: { to: [AT("c")] },
    target: { to: [AT("d")] },
    rows: { to: [2000] },
    mask: { to: [{ name: "null" }], refused: [[{}, "SyntheticPersonalData"]] },
    allowPii: {
      given: { mask: {}, allowPii: [{ column: "name", reason: "a" }] },
      to: [[{ column: "name", reason: "b" }]],
    },
    minimumCount: { given: { mask: {}, allowPii: [{ column: "name", reason: "a" }] }, to: [50], default: 20 },
  },
);
