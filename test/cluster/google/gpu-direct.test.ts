import { Capacity } from "../../../lib/fabric/capacity";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Slice } from "../../../lib/fabric/slice";
import { cluster, refused } from "./fixture";
import { planOf } from "./plan-of";

const H200 = Slice.accelerators("h200", { perNode: 8, nodes: { min: 0, max: 8 } });
const queued = Capacity.queued({ maxRunDays: 3 });

/** Training of the Dynamic Workload Scheduler: nodes that GKE cannot place compactly. */
const dws = (props: Partial<AcceleratorPoolProps> = {}): AcceleratorPoolProps => ({
  name: "train",
  slice: H200,
  capacity: queued,
  closeTogether: false,
  ...props,
});

const warnings = (pool: AcceleratorPoolProps) =>
  cluster([pool])
    .made.node.metadata.map(({ data }) => String(data))
    .filter((text) => text.includes("[GpuDirectAcrossZones]"));

describe("nodes that one job may span have GPUDirect", () => {
  test.each<[string, Partial<AcceleratorPoolProps>]>([
    ["queued", {}],
    ["flex-start", { capacity: Capacity.flexStart({ maxRunDays: 3 }) }],
    ["on demand, not placed", { capacity: Capacity.onDemand() }],
    ["in a zone of choice", { zones: ["europe-west4-b"] }],
    [
      "H100, which flex-start does not place",
      {
        slice: Slice.accelerators("h100", { perNode: 8, nodes: { min: 0, max: 2 } }),
        capacity: Capacity.flexStart({ maxRunDays: 1 }),
      },
    ],
  ])("%s", (_, props) => {
    const { made, template } = cluster([dws(props)]);
    const pool = template().resource("google_container_node_pool", "pool-train") as {
      readonly node_locations: readonly string[];
      readonly network_config: { readonly additional_node_network_configs: readonly unknown[] };
    };

    const networks = made.pools.get("train")!.networkAnnotations!["networking.gke.io/interfaces"]!;
    expect(pool.network_config.additional_node_network_configs).toHaveLength(JSON.parse(networks).length - 1);
    expect(pool.node_locations).toEqual(props.zones ?? ["europe-west4-a"]);
    expect(planOf(dws(props)).placement).toEqual({ kind: "none" });
  });

  test.each<[string, Partial<AcceleratorPoolProps>]>([
    ["one node", { slice: Slice.accelerators("h200", { perNode: 8, nodes: { min: 0, max: 1 } }) }],
    ["another tier", { tier: "serving" }],
    [
      "machines without such networks",
      { slice: Slice.accelerators("l4", { perNode: 8, nodes: { min: 0, max: 2 } }) },
    ],
  ])("but not %s", (_, props) => {
    const { made } = cluster([dws(props)]);

    expect(made.gpuNetworks.size).toBe(0);
    expect(made.pools.get("train")!.networkAnnotations).toBeUndefined();
    expect(planOf(dws(props)).zones).toEqual(["europe-west4-a", "europe-west4-b"]);
    expect(warnings(dws(props))).toEqual([]);
  });
});

test("a pool in several zones is told that the fast network does not reach across them", () => {
  const zones = ["europe-west4-a", "europe-west4-b"];
  const pool = dws({ zones });

  expect(warnings(pool)).toEqual([
    expect.stringContaining('pool "train", a3-ultragpu-8g: europe-west4-a, europe-west4-b'),
  ]);
  expect(planOf(pool)).toMatchObject({ gpuDirect: false, zones });
  expect(warnings(dws())).toEqual([]);
  expect(warnings(dws({ zones, tier: "batch" }))).toEqual([]);
  expect(refused([dws({ zones, capacity: Capacity.onDemand(), closeTogether: true })]).codes).toEqual([
    "GangAcrossZones",
  ]);
});

test("networks of one more pool leave all addresses of the others", () => {
  const gang = { name: "gang", slice: Slice.accelerators("b200", { perNode: 8, nodes: 2 }) };
  const addresses = (pools: readonly AcceleratorPoolProps[]) =>
    Object.entries(cluster(pools).template().json.resource as Record<string, object>).flatMap(
      ([type, resources]) =>
        Object.entries(resources).map(([id, body]) => `${type}.${id} ${JSON.stringify(body)}`),
    );
  const before = addresses([gang]);
  const after = addresses([dws(), gang]);

  expect(after).toEqual(expect.arrayContaining(before));
  expect(after.length).toBeGreaterThan(before.length);
});

describe("the version of GKE", () => {
  const codes = (pools: readonly AcceleratorPoolProps[], kubernetesVersion: string) =>
    refused(pools, { kubernetesVersion }).codes;
  const tpu = {
    name: "tpu",
    slice: Slice.tpu("tpu-v6e", { topology: "4x4", slices: { min: 0, max: 1 } }),
    capacity: Capacity.flexStart({ maxRunDays: 1 }),
  };

  test("is new enough for nodes that come when they are free", () => {
    expect(codes([dws()], "1.31")).toEqual(["CapacityNeedsNewerGke"]);
    expect(() => cluster([dws()], { kubernetesVersion: "1.32" })).not.toThrow();
    expect(codes([tpu], "1.32")).toEqual(["CapacityNeedsNewerGke"]);
    expect(() => cluster([tpu], { kubernetesVersion: "1.33" })).not.toThrow();
  });

  test("is one that GKE has", () => {
    expect(codes([], "1.30")).toEqual(["KubernetesVersionEnded"]);
    expect(() => cluster([], { kubernetesVersion: "1.31" })).not.toThrow();
    expect(codes([], "2.0")).toEqual(["InvalidName"]);
  });

  test("may be newer than the library, which says so", () => {
    const metadata = (kubernetesVersion: string) =>
      cluster([], { kubernetesVersion }).made.node.metadata.map(({ data }) => String(data));
    expect(metadata("1.37")).toEqual([expect.stringContaining("[UnknownKubernetesVersion]")]);
    expect(metadata("1.36")).toEqual([]);
  });
});

describe("a reservation that says where it is", () => {
  const reserved = (props: Partial<AcceleratorPoolProps> = {}): AcceleratorPoolProps => ({
    name: "train",
    slice: Slice.accelerators("h200", { perNode: 8, nodes: 2 }),
    capacity: Capacity.reservation({ google: { name: "r", zone: "europe-west4-b" } }),
    ...props,
  });
  const locations = (pool: AcceleratorPoolProps) =>
    (
      cluster([pool]).template().resource("google_container_node_pool", "pool-train") as {
        readonly node_locations: readonly string[];
      }
    ).node_locations;

  test("has its pool there, whether the pool says so or not", () => {
    expect(locations(reserved())).toEqual(["europe-west4-b"]);
    expect(locations(reserved({ zones: ["europe-west4-b"] }))).toEqual(["europe-west4-b"]);
    expect(locations(reserved({ tier: "serving" }))).toEqual(["europe-west4-b"]);
  });

  test("is refused in another zone, and in another region", () => {
    const other = { zones: ["europe-west4-a"], tier: "serving" };
    expect(refused([reserved(other)]).codes).toEqual(["ReservationInOtherZone"]);
    expect(refused([reserved({ ...other, zones: ["europe-west4-a", "europe-west4-b"] })]).codes).toEqual([
      "ReservationInOtherZone",
    ]);
    const capacity = Capacity.reservation({ google: { name: "r", zone: "europe-west1-b" } });
    expect(refused([reserved({ capacity })]).codes).toEqual(["ZoneNotInCluster"]);
  });
});
