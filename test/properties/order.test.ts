import { Identity, type IEventStream, Partition, Residency, StateBackend, type TableProps } from "../../lib";
import { AwsEventStream } from "../../lib/aws";
import { GoogleEventStream } from "../../lib/google";
import { KubernetesEventStream, ObjectStore } from "../../lib/kubernetes";
import { HybridPlatform } from "../../stacks";
import { RECIPES } from "./recipes";
import { BIDS } from "./streams";
import { EEMSHAVEN, EVENTS, FRANKFURT, IRELAND, makeAws } from "./subjects";
import { keysReversed, outcome, programOutcome } from "./support";

const VISITS = { ...EVENTS, name: "visits" };

/** The same platform; whatever stands in no order of its own stands in another one. */
function platform(order: <T>(list: readonly T[]) => readonly T[]): string {
  return programOutcome((app) => {
    const acme = new HybridPlatform(app, "acme", {
      environment: "prod",
      owner: "data",
      costCentre: "cc-1",
      extra: Object.fromEntries(
        order([
          ["team", "bids"],
          ["area", "ads"],
        ]),
      ),
      backend: StateBackend.s3({ bucket: "acme-state", region: "eu-west-1" }),
      sites: order([IRELAND, FRANKFURT, EEMSHAVEN]),
    });
    const lake = acme.addLakehouse("lake", {
      residency: Residency.EU,
      zones: order([
        { name: "raw", at: order(["ireland", "frankfurt"]), tables: order([EVENTS, VISITS]) },
        {
          name: "curated",
          at: order(["eemshaven", "ireland", "frankfurt"]),
          tables: order([VISITS, EVENTS]),
        },
        { name: "private", at: ["frankfurt"], tables: order([EVENTS, VISITS]) },
        { name: "shared", at: ["frankfurt"], tables: order([EVENTS, VISITS]) },
      ]),
      shares: order([
        { zone: "private", from: "frankfurt", to: order(["ireland", "eemshaven"]), mode: "replication" },
        { zone: "shared", from: "frankfurt", to: order(["ireland", "eemshaven"]), mode: "federation" },
      ] as const),
      kubernetes: {
        objectStore: ObjectStore.rook({ storageClassName: "c", objectStore: { name: "s3" } }),
        catalogUri: "https://lake.example.com",
        catalogClientCidrs: order(["10.0.0.0/8", "172.16.0.0/12"]),
      },
    });
    const role = Identity.awsRole("analyst", "arn:aws:iam::111122223333:role/analyst");
    const group = Identity.googleGroup("analysts", "analysts@acme.example");
    const pods = ["one", "two"].map((name) =>
      Identity.kubernetesServiceAccount(name, {
        namespace: "bi",
        serviceAccount: name,
        issuer: "https://oidc.example.com/fra",
      }),
    );
    const grants = [
      () => lake.zone("raw").grantRead(role),
      () => lake.zone("raw").table("events").grantWrite(role),
      () => lake.zone("curated").grantRead(group),
      () => lake.zone("curated").table("visits").grantRead(group),
      ...pods.map((pod) => () => lake.zone("raw").grantRead(pod)),
      ...pods.map((pod) => () => lake.at("ireland").zone("curated").grantRead(pod)),
      ...pods.map((pod) => () => lake.at("eemshaven").zone("curated").grantRead(pod)),
    ];
    for (const grant of order(grants)) {
      grant();
    }
  }, undefined);
}

test("the order in which sites, zones, tables, shares and grants are declared has no meaning", () => {
  const declared = platform((list) => list);

  expect(declared.startsWith("refused")).toBe(false);
  expect(platform((list) => [...list].reverse())).toBe(declared);
  expect(platform((list) => [...list.slice(1), ...list.slice(0, 1)])).toBe(declared);
});

test("the order of columns, partitions and sort fields has one", () => {
  const [first, ...others] = EVENTS.columns;
  const table = (props: Partial<TableProps>) =>
    outcome(makeAws, { zones: [{ name: "curated", tables: [{ ...EVENTS, ...props }] }] });
  const partitions = [Partition.day("at"), Partition.bucket("id", 8)];
  const sort = [{ column: "at" }, { column: "id" }];

  expect(table({ columns: [...others, first!] })).not.toBe(table({}));
  expect(table({ partitionBy: [...partitions].reverse() })).not.toBe(table({ partitionBy: partitions }));
  expect(table({ sortBy: [...sort].reverse() })).not.toBe(table({ sortBy: sort }));
});

test.each(RECIPES)("$name: the order of keys has no meaning", ({ make, props }) => {
  expect(outcome(make, keysReversed(props))).toBe(outcome(make, props));
});

test("the order in which topics of a stream and grants on them are declared has no meaning", () => {
  const clicks = { ...BIDS, name: "clicks" };
  const pods = ["one", "two"].map((name) =>
    Identity.kubernetesServiceAccount(name, {
      namespace: "bi",
      serviceAccount: name,
      issuer: "https://oidc.example.com/fra",
    }),
  );
  const stream = (order: <T>(list: readonly T[]) => readonly T[]) =>
    [
      outcome<object>((stack) => {
        grants(
          order,
          new KubernetesEventStream(stack, "k", {
            site: FRANKFURT,
            name: "k",
            topics: order([BIDS, clicks]),
          }),
        );
      }, {}),
      outcome<object>((stack) => {
        const props = { site: IRELAND, name: "a", topics: order([BIDS, clicks]), engine: "kinesis" } as const;
        grants(order, new AwsEventStream(stack, "a", props));
      }, {}),
      outcome<object>((stack) => {
        const props = {
          site: EEMSHAVEN,
          name: "g",
          topics: order([BIDS, clicks]),
          engine: "pubsub",
        } as const;
        grants(order, new GoogleEventStream(stack, "g", props));
      }, {}),
    ].join("\n");
  const grants = (order: <T>(list: readonly T[]) => readonly T[], events: IEventStream) => {
    for (const pod of order(pods)) {
      for (const topic of order(["bids", "clicks"])) {
        events.topic(topic).grantConsume(pod);
        events.topic(topic).grantProduce(pod);
      }
    }
  };
  const declared = stream((list) => list);

  expect(declared).not.toContain("refused");
  expect(stream((list) => [...list].reverse())).toBe(declared);
});
