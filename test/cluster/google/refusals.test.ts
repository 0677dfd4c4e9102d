import { TerraformVariable } from "cdktf";
import { Capacity } from "../../../lib/fabric/capacity";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Sharing } from "../../../lib/fabric/sharing";
import { Slice } from "../../../lib/fabric/slice";
import { captureValidationError } from "../../../lib/testing";
import { cluster, newStack, refused, SYSTEM } from "./fixture";
import { nodePoolsOf } from "./plan-of";

type Pool = Omit<AcceleratorPoolProps, "name">;

const h200 = (nodes: number | { min: number; max: number } = 2) =>
  Slice.accelerators("h200", { perNode: 8, nodes });
const l4 = (nodes: number | { min: number; max: number } = 2) =>
  Slice.accelerators("l4", { perNode: 1, nodes });
const serving = { slice: l4({ min: 0, max: 4 }), tier: "serving" } as const;
const reserved = (google: Parameters<typeof Capacity.reservation>[0]["google"]) =>
  Capacity.reservation({ google });

/** The first finding with which one pool is refused, as `code: allowed`. */
function refusal(pool: Pool): string {
  const [finding] = captureValidationError(() => nodePoolsOf({ name: "gpu", ...pool })).findings;
  return `${finding!.error.code}: ${finding!.allowed}`;
}
const accepted = (pool: Pool) => nodePoolsOf({ name: "gpu", ...pool });

describe("the order of capacities", () => {
  const order = (...capacity: Capacity[]) => ({
    ...serving,
    capacity,
  });
  const [spot, onDemand] = [Capacity.spot(), Capacity.onDemand()];
  const flex = Capacity.flexStart({ maxRunDays: 1 });

  test("can be kept when it is by cost", () => {
    const names = accepted(order(reserved({ name: "r" }), spot, flex, onDemand)).map(({ name }) => name);
    expect(names).toEqual(["gpu-reservation", "gpu-spot", "gpu-flex-start", "gpu-on-demand"]);
  });

  test("is refused otherwise: GKE takes the cheapest that can be had", () => {
    const allowed =
      "CapacityOrderNotByCost: reservation, spot, flexStart, onDemand in this order, each or none; or queued alone";
    expect(refusal(order(flex, spot))).toBe(allowed);
    expect(refusal(order(spot, reserved({ name: "r" })))).toBe(allowed);
    expect(refusal(order(spot, Capacity.queued({ maxRunDays: 1 })))).toBe(allowed);
    expect(accepted(order(Capacity.queued({ maxRunDays: 1 })))).toHaveLength(1);
  });

  test("the first keeps the minimum, the others start from none", () => {
    const pools = accepted({ ...serving, slice: l4({ min: 2, max: 4 }), capacity: [spot, onDemand] });
    expect(pools.map(({ autoscaling }) => autoscaling!.totalMinNodeCount)).toEqual([2, 0]);
  });

  test("a capacity that comes and goes keeps no minimum", () => {
    const message = "CapacityKeepsNoMinimum: { min: 0, max: … }";
    expect(refusal({ ...serving, slice: l4({ min: 1, max: 4 }), capacity: flex })).toBe(message);
    expect(refusal({ ...serving, slice: l4(4), capacity: Capacity.queued({ maxRunDays: 1 }) })).toBe(message);
    expect(refusal({ slice: Slice.tpu("tpu-v6e", { topology: "4x4" }), capacity: flex })).toBe(message);
    expect(accepted({ ...serving, slice: l4({ min: 0, max: 4 }), capacity: flex })).toHaveLength(1);
  });
});

describe("capacities that Google does not sell", () => {
  test("Capacity Blocks are of AWS", () => {
    const block = Capacity.capacityBlock({ aws: { reservationId: "cr-0123456789abcdef0" } });
    expect(refused([{ name: "gpu", slice: h200(), capacity: block }]).codes).toContain("CapacityNotAtSite");
  });

  test.each([1, 2, 4])("%s H100 of a machine come by spot and flex-start only", (perNode) => {
    const pool = {
      slice: Slice.accelerators("h100", { perNode, nodes: { min: 0, max: 1 } }),
      tier: "serving",
    };
    expect(refusal(pool)).toBe("CapacityNotForMachine: spot, flexStart, queued");
    expect(refusal({ ...pool, capacity: reserved({ name: "r" }) })).toContain("CapacityNotForMachine");
    expect(accepted({ ...pool, capacity: Capacity.spot() })).toHaveLength(1);
    expect(accepted({ ...pool, capacity: Capacity.flexStart({ maxRunDays: 7 }) })).toHaveLength(1);
  });

  test("bare metal is not sold as spot", () => {
    const slice = Slice.accelerators("gb300", { perNode: 4, nodes: 18 });
    expect(refusal({ slice, capacity: Capacity.spot() })).toBe(
      "CapacityNotForMachine: reservation, flexStart, queued, onDemand",
    );
  });
});

describe("reservations", () => {
  const pool = { slice: h200(), zones: ["europe-west4-b"] };
  const values = (google: Parameters<typeof reserved>[0]) =>
    accepted({ ...pool, capacity: reserved(google) })[0]!.nodeConfig!.reservationAffinity!.values;

  test("are named in full, to the block and sub-block", () => {
    expect(values({ name: "r" })).toEqual(["projects/acme-ai/reservations/r"]);
    expect(values({ name: "r", project: "other" })).toEqual(["projects/other/reservations/r"]);
    expect(values({ name: "r", block: "b", subBlock: "s" })).toEqual([
      "projects/acme-ai/reservations/r/reservationBlocks/b/reservationSubBlocks/s",
    ]);
  });

  test("a block needs the zone in which it is", () => {
    expect(refusal({ slice: h200(), capacity: reserved({ name: "r", block: "b" }) })).toBe(
      "ReservationNotSupported: together with zone, or zones of the pool: the zone in which the block is",
    );
    const zoned = reserved({ name: "r", block: "b", zone: "europe-west4-b" });
    expect(accepted({ slice: h200(), capacity: zoned })[0]!.nodeLocations).toEqual(["europe-west4-b"]);
  });

  test("blocks of other projects cannot be taken", () => {
    expect(refusal({ ...pool, capacity: reserved({ name: "r", block: "b", project: "other" }) })).toContain(
      "ReservationNotSupported: blocks of reservations of acme-ai",
    );
    expect(
      accepted({ ...pool, capacity: reserved({ name: "r", block: "b", project: "acme-ai" }) }),
    ).toHaveLength(1);
  });

  test("have to name what was reserved at Google", () => {
    const aws = Capacity.reservation({ aws: { id: "cr-0123456789abcdef0" } });
    expect(refusal({ slice: h200(), capacity: aws })).toContain("CapacityFactMissing");
  });

  test("bring their place with them: GPUs get no compact policy, TPU slices keep their topology", () => {
    expect(accepted({ ...pool, capacity: reserved({ name: "r" }) })[0]!.placementPolicy).toBeUndefined();
    const tpu = { slice: Slice.tpu("tpu-v6e", { topology: "4x4" }), capacity: reserved({ name: "r" }) };
    expect(accepted(tpu)[0]!.placementPolicy).toEqual({ type: "COMPACT", tpuTopology: "4x4" });
  });
});

describe("placement", () => {
  test("a gang is in exactly one zone", () => {
    const zones = ["europe-west4-a", "europe-west4-b"];
    expect(refusal({ slice: h200(), zones })).toContain("GangAcrossZones: exactly one zone");
    expect(accepted({ slice: h200(), zones: ["europe-west4-b"] })[0]!.nodeLocations).toEqual([
      "europe-west4-b",
    ]);
    expect(accepted({ slice: h200(), zones, closeTogether: false })[0]!.nodeLocations).toEqual(zones);
    const slice = Slice.tpu("tpu-v6e", { topology: "4x4" });
    expect(refusal({ slice, zones, tier: "serving" })).toContain("GangAcrossZones");
  });

  test("compact placement is not for every machine", () => {
    const rtx = Slice.accelerators("rtx-pro-6000", { perNode: 8, nodes: 2 });
    expect(refusal({ slice: rtx })).toContain("PlacementNotSupported: compact placement on a100-40gb");
    expect(accepted({ slice: rtx, closeTogether: false })).toHaveLength(1);
    expect(
      refusal({ slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 2 }), closeTogether: true }),
    ).toContain("PlacementNotSupported");
    const n2 = { slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 2 }), machineType: "n2-standard-4" };
    expect(accepted({ ...n2, closeTogether: true })[0]!.placementPolicy).toEqual({ type: "COMPACT" });
  });

  test("compact placement is not for queued GPUs, and with flex-start only for A3 Ultra and A4", () => {
    const flex = Capacity.flexStart({ maxRunDays: 7 });
    const queued = Capacity.queued({ maxRunDays: 7 });
    const [some, mega] = [
      h200({ min: 0, max: 2 }),
      Slice.accelerators("h100", { perNode: 8, nodes: { min: 0, max: 2 } }),
    ];
    expect(refusal({ slice: some, capacity: queued })).toContain(
      "PlacementNotSupported: compact placement without queued",
    );
    expect(refusal({ slice: mega, capacity: flex })).toContain(
      "PlacementNotSupported: compact placement with flexStart only on a3-ultragpu-8g",
    );
    expect(accepted({ slice: some, capacity: flex })[0]!.placementPolicy).toEqual({ type: "COMPACT" });
    expect(accepted({ slice: some, capacity: queued, closeTogether: false })).toHaveLength(1);
    const tpu = {
      slice: Slice.tpu("tpu-v5p", { topology: "2x2x2", slices: { min: 0, max: 1 } }),
      capacity: queued,
    };
    expect(accepted(tpu)[0]!.placementPolicy).toEqual({ type: "COMPACT", tpuTopology: "2x2x2" });
  });

  test("compact placement has an end at 1,500 nodes", () => {
    expect(refusal({ slice: h200(1501) })).toContain("PlacementNotSupported: at most 1500 nodes");
    expect(accepted({ slice: h200(1500) })).toHaveLength(1);
  });

  test("TPU7x has workload policies, never compact placement", () => {
    const [pool] = accepted({ slice: Slice.tpu("tpu-v7x", { topology: "2x2x2" }) });
    expect(pool!.placementPolicy).toEqual({ type: "", policyName: "acme-2x2x2" });
  });

  test("hosts of a slice are together by nature, a host alone has no neighbours", () => {
    const several = Slice.tpu("tpu-v6e", { topology: "4x4" });
    const single = Slice.tpu("tpu-v6e", { topology: "1x1" });
    expect(refusal({ slice: several, closeTogether: false })).toContain("OptionWithoutEffect");
    expect(refusal({ slice: single, closeTogether: true })).toContain("OptionWithoutEffect");
    expect(accepted({ slice: several, closeTogether: true })).toHaveLength(1);
  });

  test("NVLink domains across machines are whole", () => {
    const gb200 = (nodes: number | { min: number; max: number }) => ({
      slice: Slice.accelerators("gb200", { perNode: 4, nodes }),
    });
    expect(refusal(gb200(19))).toBe(
      "NvlinkDomainNotWhole: 18 or fewer, or multiples of 18: one NVLink domain has 18 nodes",
    );
    expect(refusal(gb200({ min: 1, max: 36 }))).toContain("NvlinkDomainNotWhole");
    expect(accepted(gb200(17))).toHaveLength(1);
    expect(accepted(gb200(36)).map(({ nodeCount }) => nodeCount)).toEqual([18, 18]);
    expect(accepted(gb200({ min: 18, max: 36 })).map(({ nodeCount }) => nodeCount)).toEqual([18, undefined]);
    expect(refusal({ ...gb200(18), closeTogether: false })).toContain("OptionWithoutEffect");
  });
});

describe("options that GKE does not have", () => {
  const disruption = (rules: AcceleratorPoolProps["disruption"]) => ({ ...serving, disruption: rules });

  test("are refused with what it does instead", () => {
    expect(refusal({ ...serving, interfaceLayout: "ip-optimized" })).toContain("OptionWithoutEffect");
    expect(refusal(disruption({ drainMinutes: 61 }))).toContain(
      "OptionWithoutEffect: 60: GKE waits one hour",
    );
    expect(refusal(disruption({ emptyAfterMinutes: 11 }))).toContain(
      "OptionWithoutEffect: 10; autoscalingProfile",
    );
    expect(accepted(disruption({ drainMinutes: 60, emptyAfterMinutes: 10 }))).toHaveLength(1);
  });

  test("at most 20 nodes are replaced at once", () => {
    expect(refusal(disruption({ maxUnavailable: 21 }))).toContain("OptionWithoutEffect: at most 20 nodes");
    expect(accepted(disruption({ maxUnavailable: 20 }))[0]!.upgradeSettings).toMatchObject({
      maxUnavailable: 20,
    });
    const share = { ...disruption({ maxUnavailable: "25%" }), slice: l4(10), closeTogether: false };
    expect(accepted(share)[0]!.upgradeSettings).toMatchObject({ maxSurge: 0, maxUnavailable: 2 });
    expect(accepted(disruption({ maxUnavailable: "1%" }))[0]!.upgradeSettings).toMatchObject({
      maxUnavailable: 1,
    });
    expect(refusal({ ...share, slice: l4(100) })).toContain("at most 20 nodes");
  });

  test("a slice of several hosts is replaced whole", () => {
    const slice = Slice.tpu("tpu-v6e", { topology: "4x4" });
    expect(refusal({ slice, disruption: { maxUnavailable: 2 } })).toContain(
      "OptionWithoutEffect: 1: a slice",
    );
  });

  test("nodes that come and go are not repaired", () => {
    const pool = { ...serving, capacity: Capacity.flexStart({ maxRunDays: 1 }) };
    expect(refusal({ ...pool, disruption: { repair: true } })).toContain("OptionWithoutEffect: false");
    expect(accepted(pool)[0]!.management).toEqual({ autoRepair: false, autoUpgrade: true });
    expect(accepted({ ...serving, disruption: { repair: false } })[0]!.management).toMatchObject({
      autoRepair: false,
    });
  });

  test("taints that GKE sets itself are not declared", () => {
    const taints = [{ key: "nvidia.com/gpu", effect: "NoSchedule" }] as const;
    expect(refusal({ ...serving, taints })).toContain("TaintOfGke: any key but nvidia.com/gpu");
    const own = [{ key: "team", value: "a", effect: "NoExecute" }] as const;
    expect(accepted({ ...serving, taints: own })[0]!.nodeConfig!.taint).toEqual([
      { key: "team", value: "a", effect: "NO_EXECUTE" },
    ]);
  });
});

describe("sizes", () => {
  test("more shares than the node may have pods are refused", () => {
    const pool = { slice: Slice.accelerators("l4", { perNode: 8, nodes: 1 }), tier: "serving" };
    expect(refusal({ ...pool, sharing: Sharing.timeSlicing(16) })).toBe(
      "PodsExceedNode: at least 148, at most 256",
    );
    expect(accepted({ ...pool, sharing: Sharing.timeSlicing(16), maxPodsPerNode: 148 })).toHaveLength(1);
    expect(refusal({ ...pool, sharing: Sharing.timeSlicing(16), maxPodsPerNode: 147 })).toContain(
      "PodsExceedNode",
    );
  });

  test("node pools have names of at most 40 characters", () => {
    const name = "a".repeat(32);
    const pool = { slice: Slice.tpu("tpu-v6e", { topology: "4x4", slices: 2 }) };
    const twice = [reserved({ name: "r" }), Capacity.spot()];
    expect(nodePoolsOf({ name, ...pool })[1]!.name).toBe(`${name}-1`);
    const error = captureValidationError(() => nodePoolsOf({ name, ...pool, capacity: twice }));
    expect(error.findings[0]).toMatchObject({
      given: `${name}-reservation-0`,
      error: { code: "InvalidName" },
    });
  });

  test("a declaration of thousands of slices is a mistake", () => {
    const slice = Slice.tpu("tpu-v6e", { topology: "4x4", slices: 1001 });
    expect(refusal({ slice })).toContain("NumberOutOfRange");
  });

  test("addresses are counted: nodes, and pods by the power of two that GKE gives each node", () => {
    const pools = [{ name: "l4", slice: l4(100), tier: "serving", closeTogether: false }];
    const within = (nodesCidr: string, podsCidr: string) => () =>
      cluster(pools, {}, newStack(), { nodesCidr, podsCidr });

    // Two system nodes and one more while they are replaced, 256 addresses each; 100 nodes for 64 pods, 128 each.
    expect(captureValidationError(within("10.0.0.0/26", "10.64.0.0/19")).findings).toEqual([
      expect.objectContaining({
        subject: "network nodesCidr",
        given: "10.0.0.0/26 for 107 addresses (system: 3, l4: 100)",
        allowed: "a range of /25 or larger",
      }),
      expect.objectContaining({
        subject: "network podsCidr",
        given: "10.64.0.0/19 for 13568 addresses (system: 768, l4: 12800)",
        allowed: "a range of /18 or larger",
      }),
    ]);
    expect(within("10.0.0.0/25", "10.64.0.0/18")).not.toThrow();
  });
});

describe("clusters", () => {
  test("need a system pool that is always there, without taints and of amd64", () => {
    const only = (pool: AcceleratorPoolProps) => refused([], { pools: [pool] }).codes;
    expect(only({ name: "gpu", slice: l4(), closeTogether: false })).toContain("SystemPoolMissing");
    const none = Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: { min: 0, max: 2 } });
    expect(only({ ...SYSTEM, slice: none })).toContain("SystemPoolMissing");
    const arm = Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 2, arch: "arm64" });
    expect(only({ ...SYSTEM, slice: arm, machineType: "c4a-standard-4" })).toContain("SystemPoolMissing");
    expect(only({ ...SYSTEM, taints: [{ key: "a", effect: "NoSchedule" }] })).toContain("SystemPoolMissing");
  });

  test("labels of the library are the library's", () => {
    const labels = { "hybrid-ai.io/capacity": "spot" };
    expect(refused([{ name: "gpu", ...serving, labels }]).code).toBe("ReservedLabel");
  });

  test("labels that GKE and Kubernetes set are theirs", () => {
    const codes = (key: string) => [...refused([{ name: "gpu", ...serving, labels: { [key]: "a" } }]).codes];
    expect(codes("cloud.google.com/gke-nodepool")).toEqual(["ReservedLabel"]);
    expect(codes("cloud.google.com/gke-tpu-topology")).toEqual(["ReservedLabel"]);
    expect(codes("kubernetes.io/arch")).toEqual(["ReservedLabel"]);
    expect(codes("topology.kubernetes.io/zone")).toEqual(["ReservedLabel"]);
    expect(accepted({ ...serving, labels: { "acme.io/zone": "a" } })).toHaveLength(1);
  });

  test("zones are of the region", () => {
    const code = (zones: string[]) => refused([], { zones }).code;
    expect(code(["europe-west1-b"])).toBe("ZoneNotInCluster");
    expect(code(["europe-west4"])).toBe("ZoneNotInCluster");
    expect(code([])).toBe("MissingValue");
    expect(code(["europe-west4-a", "europe-west4-a"])).toBe("DuplicateValue");
    expect(refused([{ name: "gpu", slice: l4(), zones: ["us-east1-b"] }]).code).toBe("ZoneNotInCluster");
  });

  test("names of node pools do not meet", () => {
    const pools = [
      { name: "a", ...serving, capacity: [Capacity.spot(), Capacity.onDemand()] },
      { name: "a-spot", ...serving },
    ];
    expect(refused(pools).code).toBe("DuplicateValue");
  });

  test("tokens do not decide names, zones or versions", () => {
    const token = (prop: "namePrefix" | "kubernetesVersion" | "zones") => {
      const stack = newStack();
      const value = new TerraformVariable(stack, "user", {}).stringValue;
      return captureValidationError(() => cluster([], { [prop]: prop === "zones" ? [value] : value }, stack))
        .code;
    };
    expect(token("namePrefix")).toBe("TokenNotAllowed");
    expect(token("kubernetesVersion")).toBe("TokenNotAllowed");
    expect(token("zones")).toBe("TokenNotAllowed");
  });

  test("everything that is wrong is told at once", () => {
    const error = refused([
      { name: "one", slice: h200(), interfaceLayout: "ip-optimized", zones: ["us-east1-b"] },
      { name: "two", slice: Slice.accelerators("h200", { perNode: 3, nodes: 1 }) },
    ]);
    expect(error.codes).toEqual(["OptionWithoutEffect", "ZoneNotInCluster", "NoMachineForSlice"]);
  });
});
