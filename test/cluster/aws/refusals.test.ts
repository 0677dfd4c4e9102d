import type { AwsClusterProps } from "../../../lib/cluster/aws/props";
import { Capacity } from "../../../lib/fabric/capacity";
import { Machine } from "../../../lib/fabric/machines";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Sharing } from "../../../lib/fabric/sharing";
import { Slice } from "../../../lib/fabric/slice";
import { BLOCK, cluster, h200, managed, newNetwork, newStack, OHIO, refused, SYSTEM, ZONES } from "./fixture";

const L4 = (nodes: number | { min: number; max: number }, props: Partial<AcceleratorPoolProps> = {}) => ({
  name: "serve",
  slice: Slice.accelerators("l4", { perNode: 1, nodes }),
  tier: "serving",
  ...props,
});
const block = Capacity.capacityBlock({ aws: { reservationId: BLOCK } });
const reservation = Capacity.reservation({ aws: { id: BLOCK } });
const codes = (pool: AcceleratorPoolProps, props: Partial<AwsClusterProps> = {}) => [
  ...refused([pool], props).codes,
];
const accepted = (pool: AcceleratorPoolProps, props: Partial<AwsClusterProps> = {}) =>
  expect(() => cluster([pool], props)).not.toThrow();

describe("machines", () => {
  test("accelerators that EKS has no machine image for", () => {
    const radeon = Slice.accelerators("radeon-pro-v520", { perNode: 1, nodes: 1 });
    expect(codes({ name: "radeon", slice: radeon, tier: "serving" })).toEqual(["AcceleratorWithoutImage"]);
  });

  test("machines of another provider, by name and by description", () => {
    expect(codes(h200({ machineType: "a3-ultragpu-8g" }))).toEqual(["InvalidMachineType"]);
    const google = Machine.google({ name: "a9-ultragpu-8g", accelerator: "h200", acceleratorCount: 8 });
    expect(codes(h200({ machineType: google }))).toEqual(["InvalidMachineType"]);
  });

  test("partitions on machines whose GPUs cannot be cut, although others of the kind can", () => {
    const racks = Slice.accelerators("gb200", { perNode: 4, nodes: 9 });
    const pool = { name: "racks", slice: racks, capacity: block, sharing: Sharing.mig("1g.24gb") };
    expect(codes({ ...pool, zones: [ZONES[0]!] })).toContain("SharingNotSupported");
  });

  test("giving back empty nodes of a pool that never shrinks", () => {
    const disruption = { emptyAfterMinutes: 30 };
    expect(codes(L4(2, { disruption }))).toEqual(["OptionWithoutEffect"]);
    accepted(L4({ min: 0, max: 2 }, { disruption }));
  });

  test("a number of accelerators that AWS does not have per node, with what it has", () => {
    const error = refused([h200({ slice: Slice.accelerators("h200", { perNode: 4, nodes: 2 }) })]);
    expect(error.code).toBe("NoMachineForSlice");
    expect(error.message).toContain("h200 comes by 8 per node at AWS");
  });

  test("TPUs, with the accelerators that AWS has", () => {
    const error = refused([{ name: "tpu", slice: Slice.tpu("tpu-v6e", { topology: "4x4" }) }]);
    expect(error.code).toBe("NoMachineForSlice");
    expect(error.message).toContain("trainium2");
  });

  test("a CPU machine that AWS does not have as large", () => {
    expect(codes({ name: "big", slice: Slice.cpu({ vcpu: 500, memoryGib: 16, nodes: 1 }) })).toEqual([
      "NoMachineForSlice",
    ]);
  });

  test("a machine type that has something else", () => {
    expect(codes(h200({ machineType: "p5.48xlarge" }))).toEqual(["MachineContradictsSlice"]);
    expect(codes(h200({ machineType: "m7i.xlarge" }))).toEqual(["MachineContradictsSlice"]);
    const small = {
      name: "cpu",
      slice: Slice.cpu({ vcpu: 8, memoryGib: 16, nodes: 1 }),
      machineType: "m7i.xlarge",
    };
    expect(codes(small)).toEqual(["MachineContradictsSlice"]);
    expect(codes({ ...small, machineType: "m7g.2xlarge" })).toEqual(["MachineContradictsSlice"]);
    accepted({ ...small, machineType: "m7i.2xlarge" });
  });

  test("a name that is no machine type", () => {
    expect(codes(h200({ machineType: "a3-ultragpu-8g" }))).toEqual(["InvalidMachineType"]);
  });

  test("an unknown machine type passes with a warning that names what is missing", () => {
    const { made } = cluster([h200({ machineType: "p9.48xlarge" })]);
    const [warning] = made.node.metadata.map(({ data }) => String(data));
    expect(warning).toContain("[UnknownMachineFacts]");
    expect(warning).toContain('pool "train", p9.48xlarge');
    expect(warning).toContain("ipv4PerInterface");
    expect(cluster([h200()]).made.node.metadata).toEqual([]);
  });

  test("GB200 on a Kubernetes version without DRA", () => {
    const pool = h200({
      slice: Slice.accelerators("gb200", { perNode: 4, nodes: 9 }),
      capacity: block,
      zones: ["us-east-2a"],
    });
    expect(codes(pool, { kubernetesVersion: "1.32" })).toEqual(["VersionTooOld"]);
    accepted(pool, { kubernetesVersion: "1.33" });
  });

  test("a Kubernetes version that EKS no longer makes, and a warning of one that came later", () => {
    expect(codes(h200(), { kubernetesVersion: "1.30" })).toEqual(["KubernetesVersionEnded"]);
    expect(codes(h200(), { kubernetesVersion: "2.0" })).toEqual(["InvalidName"]);
    const told = (kubernetesVersion: string) =>
      cluster([h200()], { kubernetesVersion }).made.node.metadata.map(({ data }) => String(data));
    expect(told("1.31")).toEqual([]);
    expect(told("1.36")).toEqual([]);
    expect(told("1.37")).toEqual([expect.stringContaining("[UnknownKubernetesVersion]")]);
  });
});

describe("a reservation that says where it is", () => {
  const there = (props: Partial<AcceleratorPoolProps> = {}) =>
    h200({ capacity: Capacity.reservation({ aws: { id: BLOCK, zone: "us-east-2b" } }), ...props });

  test("has its pool there, whether the pool says so or not", () => {
    const subnets = (pool: AcceleratorPoolProps) =>
      (managed(pool).nodeGroup as { readonly subnet_ids: readonly string[] }).subnet_ids;
    expect(subnets(there())).toEqual(subnets(h200({ zones: ["us-east-2b"] })));
    expect(subnets(there({ zones: ["us-east-2b"] }))).toEqual(subnets(there()));
  });

  test("is refused with other zones, and with a zone that the network does not have", () => {
    expect(codes(there({ zones: ["us-east-2a"] }))).toEqual(["ReservationInOtherZone"]);
    const capacity = Capacity.reservation({ aws: { id: BLOCK, zone: "eu-west-1a" } });
    expect(codes(h200({ capacity }))).toEqual(["ZoneNotInCluster"]);
  });
});

test("a system pool that may be empty is told with its minimum", () => {
  const empty = { name: "system", slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: { min: 0, max: 2 } }) };
  const error = refused([], { pools: [empty, h200()] });

  expect([...error.codes]).toEqual(["SystemPoolMissing"]);
  expect(error.findings[0]!.given).toEqual([
    "system (tier system, cpu, at least 0 nodes)",
    "train (tier training, accelerators, at least 2 nodes)",
  ]);
});

describe("capacity", () => {
  const gb200 = (
    nodes: number | { min: number; max: number },
    capacity: AcceleratorPoolProps["capacity"] = block,
  ) => h200({ slice: Slice.accelerators("gb200", { perNode: 4, nodes }), capacity, zones: ["us-east-2a"] });

  test("types that only Capacity Blocks sell, in any other way", () => {
    expect(codes(gb200(9, Capacity.onDemand()))).toEqual(["CapacityNotSold"]);
    expect(codes(gb200(9, Capacity.spot()))).toEqual(["CapacityNotSold"]);
    expect(codes(gb200(9, reservation))).toEqual(["CapacityNotSold"]);
    expect(refused([h200({ machineType: "p5e.48xlarge" })]).message).toContain(
      "allowed: spot, reservation, capacityBlock",
    );
    accepted(h200({ machineType: "p5e.48xlarge", capacity: Capacity.spot() }));
  });

  test("Capacity Blocks of types for which there are none", () => {
    expect(codes(L4(1, { capacity: block, zones: ["us-east-2a"] }))).toEqual(["CapacityNotSold"]);
  });

  test("capacity that AWS does not have", () => {
    expect(codes(L4(1, { capacity: Capacity.flexStart({ maxRunDays: 3 }) }))).toContain("CapacityNotAtSite");
  });

  test("a reservation of another provider alone", () => {
    expect(codes(L4(1, { capacity: Capacity.reservation({ google: { name: "r" } }) }))).toContain(
      "CapacityFactMissing",
    );
  });

  test("parts of UltraServers, and UltraServers that come and go", () => {
    expect(codes(gb200(8))).toEqual(["NotWholeUltraServers"]);
    expect(codes(gb200(10))).toEqual(["NotWholeUltraServers"]);
    expect(codes(gb200({ min: 0, max: 18 }))).toEqual(["NotWholeUltraServers"]);
    accepted(gb200(9));
    accepted(gb200(18));
  });

  test("orders that Karpenter does not keep", () => {
    const order = (...capacity: Capacity[]) => L4({ min: 0, max: 4 }, { capacity, zones: ["us-east-2a"] });
    const error = refused([order(Capacity.spot(), reservation)]);
    expect([...error.codes]).toEqual(["CapacityOrderNotKept"]);
    expect(error.message).toContain("allowed: reservation, spot");
    accepted(order(reservation, Capacity.spot(), Capacity.onDemand()));
    accepted(order(reservation, Capacity.onDemand()));
  });

  test("a Capacity Block beside other capacity", () => {
    const pool = h200({ capacity: [block, Capacity.onDemand()], zones: ["us-east-2a"] });
    expect(codes(pool)).toEqual(["CapacityBlockNotAlone"]);
  });

  test("a number of nodes that several capacities would not keep", () => {
    const capacity = [Capacity.spot(), Capacity.onDemand()];
    expect(codes(L4({ min: 1, max: 4 }, { capacity }))).toEqual(["MinimumNotKept"]);
    accepted(L4({ min: 0, max: 4 }, { capacity }));
    accepted(L4({ min: 1, max: 4 }));
  });

  test("a group of reservations where Karpenter has to choose", () => {
    const resourceGroupArn = "arn:aws:resource-groups:us-east-2:111122223333:group/g";
    const capacity = Capacity.reservation({ aws: { resourceGroupArn } });
    expect(codes(L4({ min: 0, max: 4 }, { capacity }))).toEqual(["ReservationGroupNotSelectable"]);
    accepted(L4(4, { capacity }));
  });
});

describe("zones", () => {
  test("that the network does not have", () => {
    const error = refused([h200({ zones: ["us-east-2d"] })]);
    expect(error.code).toBe("ZoneNotInCluster");
    expect(error.message).toContain(ZONES.join(", "));
  });

  test("more than one for a gang: EFA does not cross zones", () => {
    expect(codes(h200({ zones: ["us-east-2a", "us-east-2b"] }))).toEqual(["GangAcrossZones"]);
    accepted(h200({ zones: ["us-east-2a", "us-east-2b"], closeTogether: false }));
  });

  test("not told for what is reserved in one of them", () => {
    expect(codes(h200({ capacity: block }))).toEqual(["ReservationNeedsZone"]);
    expect(codes(h200({ capacity: reservation, closeTogether: false }))).toEqual(["ReservationNeedsZone"]);
    accepted(h200({ capacity: block, zones: ["us-east-2c"] }));
  });

  test("of a network that does not tell them", () => {
    const stack = newStack();
    const network = Object.assign(newNetwork(stack), { subnetsByZone: undefined });
    expect(codes(h200(), { network })).toEqual(["ZonesUnknown"]);
    accepted(L4(2), { network });
  });

  test("a network with a subnet in one zone only", () => {
    const stack = newStack();
    const network = newNetwork(stack, { availabilityZones: ["us-east-2a"] });
    expect(codes(h200(), { network })).toEqual(["SubnetsInOneZone"]);
  });
});

describe("the rest of a cluster", () => {
  test("no pool that would run the add-ons", () => {
    expect(codes(h200(), { pools: [h200()] })).toEqual(["SystemPoolMissing"]);
    const tainted = { ...SYSTEM, taints: [{ key: "a", effect: "NoSchedule" }] as const };
    expect(codes(h200(), { pools: [tainted] })).toEqual(["SystemPoolMissing"]);
    const spot = { ...SYSTEM, capacity: [Capacity.spot(), Capacity.onDemand()] };
    expect(codes(h200(), { pools: [spot] })).toEqual(["SystemPoolMissing"]);
  });

  test("labels that are not the user's to give", () => {
    for (const key of [
      "kubernetes.io/role",
      "x.k8s.io/a",
      "karpenter.sh/a",
      "eks.amazonaws.com/a",
      "hybrid-ai.io/pool",
    ]) {
      expect(codes(h200({ labels: { [key]: "a" } }))).toEqual(["ReservedLabel"]);
    }
    accepted(h200({ labels: { "node.kubernetes.io/a": "a", "acme.io/kubernetes.io": "b", plain: "c" } }));
  });

  test("a network in which nodes could not join", () => {
    const without = (interfaceEndpoints: readonly string[]) => ({
      network: newNetwork(newStack(), { internetEgress: undefined, interfaceEndpoints }),
    });
    const error = refused([h200()], without(["ec2", "ecr.api", "ecr.dkr", "sts"]));
    expect([...error.codes]).toEqual(["EndpointsMissing"]);
    expect(error.message).toContain("also eks, eks-auth");
    const six = ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "sts"];
    accepted(h200(), without(six));
    expect(refused([L4({ min: 0, max: 2 })], without(six)).message).toContain("also sqs, ssm");
    accepted(L4({ min: 0, max: 2 }), without([...six, "sqs", "ssm"]));
  });

  test("repair of some elastic pools and not of others", () => {
    const elastic = (name: string, repair: boolean) =>
      L4({ min: 0, max: 2 }, { name, disruption: { repair } });
    expect([...refused([elastic("a", true), elastic("b", false)]).codes]).toEqual(["RepairNotPerPool"]);
    expect(() => cluster([elastic("a", false), elastic("b", false)])).not.toThrow();
  });

  test("settings of Karpenter where nothing is elastic", () => {
    expect(codes(h200(), { karpenter: {} })).toEqual(["NoEffect"]);
    accepted(L4({ min: 0, max: 2 }), { karpenter: { imageVersion: "v20261015" } });
    expect(codes(L4({ min: 0, max: 2 }), { karpenter: { imageVersion: "newest" } })).toEqual(["InvalidName"]);
  });

  test("removal with one key", () => {
    expect([...refused([], { removalPolicy: "destroy" }).codes]).toEqual(["RemovalNeedsTwoKeys"]);
  });

  test("everything that is wrong with several pools is told at once", () => {
    const error = refused([h200({ capacity: block }), L4(1, { interfaceLayout: "ip-optimized" })], {
      namePrefix: "Acme",
    });
    expect(error.where).toBe("foundation/train");
    expect([...error.codes]).toEqual(["InvalidName", "ReservationNeedsZone", "EfaNotSupported"]);
  });

  test("a drain time that EKS does not keep is told", () => {
    const { made } = cluster([h200({ disruption: { drainMinutes: 120 } })]);
    expect(made.node.metadata.map(({ data }) => String(data))).toEqual([
      expect.stringContaining("[DrainTimeOfManagedNodes]"),
    ]);
    expect(OHIO.region).toBe("us-east-2");
  });
});
