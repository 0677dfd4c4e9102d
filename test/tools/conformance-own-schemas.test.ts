import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Slice } from "../../lib/fabric/slice";
import { checkStacks, renderResult } from "../../tools/conformance/report";
import { SchemaStore } from "../../tools/conformance/schema-store";
import { Validator } from "../../tools/conformance/validator";
import { cluster } from "../cluster/google/fixture";

const OWN = join(__dirname, "..", "..", "tools", "conformance", "own-schemas");

let published: string;
let store: SchemaStore;

beforeAll(() => {
  published = mkdtempSync(join(tmpdir(), "published-"));
  writeFileSync(join(published, "INDEX.tsv"), "group\tkind\tfile\n");
  store = new SchemaStore(published, {}, OWN);
});

afterAll(() => rmSync(published, { recursive: true, force: true }));

const object = (kind: string, spec: Record<string, unknown>) => ({
  apiVersion: "networking.gke.io/v1",
  kind,
  metadata: { name: "rdma-0" },
  spec,
});
const problems = (kind: string, spec: Record<string, unknown>) =>
  new Validator(store).check(object(kind, spec)).problems.map(({ pointer }) => pointer);

const PARAMS = { vpc: "net", vpcSubnet: "subnet", deviceMode: "RDMA" };
const NETWORK = {
  type: "Device",
  parametersRef: { group: "networking.gke.io", kind: "GKENetworkParamSet", name: "rdma-0" },
};

test("kinds that no published set has are held against the project's own transcription", () => {
  expect(problems("GKENetworkParamSet", PARAMS)).toEqual([]);
  expect(problems("Network", NETWORK)).toEqual([]);
});

test("which is as strict as a published schema", () => {
  expect(problems("GKENetworkParamSet", { ...PARAMS, deviceMode: "RoCE" })).toEqual(["/spec/deviceMode"]);
  expect(problems("GKENetworkParamSet", { ...PARAMS, subnet: "a" })).toEqual(["/spec/subnet"]);
  expect(problems("Network", { ...NETWORK, type: "L4" })).toEqual(["/spec/type"]);
});

describe("Google's Slice", () => {
  const SLICE = { type: "tpu7x", topology: "4x8x8", partitionIds: ["p0", "p1", "p2", "p3"] };
  const wrong = (spec: Record<string, unknown>) =>
    new Validator(store)
      .check({ apiVersion: "accelerator.gke.io/v1beta1", kind: "Slice", metadata: { name: "slice" }, spec })
      .problems.map(({ pointer }) => pointer);

  test("holds as the page has it", () => {
    expect(wrong(SLICE)).toEqual([]);
    expect(wrong({ ...SLICE, topology: "12x16x48" })).toEqual([]);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ type: "v6e" }, "/spec/type"],
    [{ topology: "2x4x4" }, "/spec/topology"],
    [{ topology: "4x4" }, "/spec/topology"],
    [{ topology: "4x4x10" }, "/spec/topology"],
    [{ topology: "4x4x8_twisted" }, "/spec/topology"],
    [{ partitionIds: [] }, "/spec/partitionIds"],
    [{ partitionIds: ["-a"] }, "/spec/partitionIds/0"],
    [{ partitions: ["p0"] }, "/spec/partitions"],
    [{ twisted: true }, "/spec/twisted"],
  ])("does not take %j", (change, pointer) => {
    expect(wrong({ ...SLICE, ...change })).toEqual([pointer]);
  });
});

test.each(["h100", "h200", "gb300"])(
  "the objects of a cluster with %s gangs hold against it",
  (accelerator) => {
    const perNode = accelerator === "gb300" ? 4 : 8;
    const slice = Slice.accelerators(accelerator, { perNode, nodes: 2 });
    const { objects } = cluster([{ name: "gang", slice }]).made;
    const wrong = objects.flatMap(
      ({ kind, name, apiVersion, spec }) =>
        new Validator(store).check({ apiVersion, kind, metadata: { name }, spec }).problems,
    );

    expect(objects.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  },
);

test("a published schema wins over our own", () => {
  const file = "network.json";
  const schema = { type: "object", properties: { spec: { type: "object", properties: {} } } };
  writeFileSync(
    join(published, file),
    JSON.stringify({ kind: "Network", scope: "Cluster", versions: [{ name: "v1", served: true, schema }] }),
  );
  writeFileSync(join(published, "INDEX.tsv"), `group\tkind\tfile\nnetworking.gke.io\tNetwork\t${file}\n`);
  const both = new SchemaStore(published, {}, OWN);

  expect(both.find("networking.gke.io/v1", "Network")?.origin).toMatchObject({ transcribed: false });
  expect(both.find("networking.gke.io/v1", "GKENetworkParamSet")?.origin).toMatchObject({
    transcribed: true,
  });
});

test("the report says how many objects were held against it", () => {
  const resource = {
    kubernetes_manifest: {
      params: { manifest: object("GKENetworkParamSet", PARAMS) },
      network: { manifest: object("Network", NETWORK) },
    },
  };
  const result = checkStacks(
    [{ example: "ex", stack: "st", json: { resource } }],
    store,
    new Validator(store),
  );

  expect(renderResult(result)).toContain(
    "2 objects held against the project's own transcription of the schema: networking.gke.io/v1 GKENetworkParamSet, networking.gke.io/v1 Network",
  );
  expect(result.proven).toBe(2);
});
