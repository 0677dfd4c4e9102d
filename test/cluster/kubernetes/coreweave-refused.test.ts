import { TerraformVariable } from "cdktf";
import { Capacity } from "../../../lib/fabric/capacity";
import { Machine } from "../../../lib/fabric/machines";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Sharing } from "../../../lib/fabric/sharing";
import { Slice } from "../../../lib/fabric/slice";
import type { KubernetesClusterProps } from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import { FRANKFURT, SYSTEM, TRAIN } from "../in-cluster/clusters";
import { stackOf } from "../in-cluster/synthesized";
import { errorOf, make, NVL72, withPool } from "./coreweave-clusters";

describe("machine types", () => {
  test("of one's own pass, with a warning that names what is not known", () => {
    const machineType = Machine.coreWeave({
      name: "gd-8xh200ib-i256",
      accelerator: "h200",
      acceleratorCount: 8,
    });
    const { cluster } = withPool({ ...TRAIN, machineType });

    expect(cluster.node.metadata.map(({ data }) => data)).toEqual([
      expect.stringMatching(/UnknownMachineFacts.*gd-8xh200ib-i256: vcpu, memoryGib/),
    ]);
  });

  test("that nobody knows pass with a warning", () => {
    const { cluster } = withPool({ ...TRAIN, machineType: "gd-8xh200-new" });

    expect(cluster.pools.get("train")!.vcpuPerNode).toBeUndefined();
    expect(cluster.node.metadata[0]?.data).toContain("gd-8xh200-new: accelerator, acceleratorCount");
  });

  test("that are known and something else are refused", () => {
    const error = errorOf({ ...TRAIN, machineType: "gd-8xh100ib-i128" });

    expect(error.codes).toEqual(["MachineContradictsSlice"]);
    expect(error.message).toContain("8 x h100");
  });

  test("a CPU machine that is too small is refused, one of the exact size is not", () => {
    const cpu = (vcpu: number) => ({
      name: "load",
      machineType: "cd-gp-i64-erapids",
      slice: Slice.cpu({ vcpu, memoryGib: 256, nodes: 1 }),
    });

    expect(() => withPool(cpu(64))).not.toThrow();
    expect(errorOf(cpu(65)).codes).toEqual(["MachineContradictsSlice"]);
  });

  test.each([
    ["four of what comes by eight", Slice.accelerators("h200", { perNode: 4, nodes: 1 }), "gd-8xh200ib-i128"],
    ["Trainium", Slice.accelerators("trainium2", { perNode: 16, nodes: 1 }), "only in its maker's cloud"],
    ["TPUs", Slice.tpu("tpu-v6e", { topology: "2x4" }), "only in its maker's cloud"],
    [
      "a CPU machine larger than any",
      Slice.cpu({ vcpu: 500, memoryGib: 10, nodes: 1 }),
      "cd-hc-a384-genoa: 384 vCPU",
    ],
  ])("%s is refused with what there is", (_, slice, text) => {
    const error = errorOf({ name: "train", slice });

    expect(error.codes).toEqual(["NoMachineForSlice"]);
    expect(error.message).toContain(text);
  });
});

describe("what CoreWeave does not have is refused", () => {
  test.each<[string, Partial<AcceleratorPoolProps>, string]>([
    ["zones", { zones: ["us-east-01a"] }, "OptionWithoutEffect"],
    ["interface layouts", { interfaceLayout: "ip-optimized" }, "OptionWithoutEffect"],
    ["pods per node", { maxPodsPerNode: 32 }, "OptionWithoutEffect"],
    ["boot disks", { bootDiskGib: 300 }, "OptionWithoutEffect"],
    ["sharing of GPUs by its own device plugin", { sharing: Sharing.timeSlicing(2) }, "OptionWithoutEffect"],
    ["drain times", { disruption: { drainMinutes: 30 } }, "OptionWithoutEffect"],
    ["queued capacity", { capacity: Capacity.queued({ maxRunDays: 1 }) }, "CapacityNotAtSite"],
    [
      "reservations of other providers",
      { capacity: Capacity.reservation({ aws: { id: "cr-12345678" }, owned: true }) },
      "CapacityFactMissing",
    ],
    [
      "reserved instances before those on demand",
      { capacity: [Capacity.reservation({ coreWeave: true }), Capacity.onDemand()] },
      "CapacityNotAtSite",
    ],
  ])("%s", (_, pool, code) => {
    expect(errorOf({ ...TRAIN, ...pool }).codes).toEqual([code]);
  });

  test.each<[string, Partial<KubernetesClusterProps>]>([
    ["machines", { nodes: { train: { machines: [{ name: "a" }] } } }],
    ["what is managed", { managed: ["rdma"] }],
    ["levels", { topology: { levels: ["a"] } }],
    ["an RDMA network", { rdma: { mode: "shared", interfaces: ["ib0"] } }],
    ["a runtime class", { runtimeClass: "nvidia" }],
    ["a version", { kubernetesVersion: "1.34" }],
  ])("%s", (_, props) => {
    expect(captureValidationError(() => make(props)).codes).toContain("OptionWithoutEffect");
  });

  test("counting by racks where no pool is a fixed number of racks", () => {
    const coreweave = { countBy: "racks" } as const;
    expect(captureValidationError(() => make({ coreweave })).codes).toEqual(["NoEffect"]);
    const pools = [SYSTEM, { ...TRAIN, ...NVL72 }];
    expect(() => make({ coreweave, pools })).not.toThrow();
  });

  test("a cluster without nodes for its operators", () => {
    expect(captureValidationError(() => make({ pools: [TRAIN] })).codes).toEqual(["SystemPoolMissing"]);
  });

  test("a site in one's own hall", () => {
    expect(captureValidationError(() => make({ site: FRANKFURT })).codes).toEqual(["ProviderNotOfOperator"]);
  });

  test("a wait without end", () => {
    expect(captureValidationError(() => make({ coreweave: { waitMinutes: 60 } })).codes).toEqual([
      "NoEffect",
    ]);
    const wait = (waitMinutes: number) =>
      captureValidationError(() => make({ coreweave: { waitForNodes: true, waitMinutes } })).codes;
    expect(wait(4)).toEqual(["NumberOutOfRange"]);
    expect(wait(1441)).toEqual(["NumberOutOfRange"]);
  });

  test("a name that only Terraform knows", () => {
    const stack = stackOf();
    const namePrefix = new TerraformVariable(stack, "prefix", {}).stringValue;

    expect(captureValidationError(() => make({ namePrefix }, stack)).codes).toEqual(["TokenNotAllowed"]);
  });
});
