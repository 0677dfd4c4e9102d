import { Capacity } from "../../../lib/fabric/capacity";
import { Machine } from "../../../lib/fabric/machines";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Sharing } from "../../../lib/fabric/sharing";
import { Slice } from "../../../lib/fabric/slice";
import { captureValidationError } from "../../../lib/testing";
import { cluster, refused } from "./fixture";
import { nodePoolsOf } from "./plan-of";

type Pool = Omit<AcceleratorPoolProps, "name">;

const h200 = () => Slice.accelerators("h200", { perNode: 8, nodes: 2 });
const l4 = () => Slice.accelerators("l4", { perNode: 1, nodes: 2 });

/** The first finding with which one pool is refused, as `code: allowed`. */
function refusal(pool: Pool): string {
  const [finding] = captureValidationError(() => nodePoolsOf({ name: "gpu", ...pool })).findings;
  return `${finding!.error.code}: ${finding!.allowed}`;
}
const accepted = (pool: Pool) => nodePoolsOf({ name: "gpu", ...pool });

describe("machine types", () => {
  test("a number per node that Google does not have is answered with those it has", () => {
    const slice = Slice.accelerators("h200", { perNode: 4, nodes: 1 });
    expect(refusal({ slice })).toBe("NoMachineForSlice: h200 comes by 8 per node at Google (a3-ultragpu-8g)");
    expect(refusal({ slice: Slice.accelerators("trainium2", { perNode: 16, nodes: 1 }) })).toContain(
      "NoMachineForSlice: accelerators that Google has: ",
    );
    expect(refusal({ slice: Slice.cpu({ vcpu: 1000, memoryGib: 1, nodes: 1 }) })).toContain(
      "NoMachineForSlice",
    );
  });

  test("one that contradicts the slice is refused", () => {
    expect(refusal({ slice: h200(), machineType: "a3-highgpu-8g" })).toBe(
      "MachineContradictsSlice: 8 x h200",
    );
    expect(refusal({ slice: l4(), machineType: "g2-standard-24" })).toContain("MachineContradictsSlice");
    expect(
      refusal({ slice: Slice.tpu("tpu-v6e", { topology: "4x4" }), machineType: "ct6e-standard-1t" }),
    ).toContain("MachineContradictsSlice: ct6e-standard-4t");
    const cpu = { slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 1 }) };
    expect(refusal({ ...cpu, machineType: "e2-standard-4" })).toContain("MachineContradictsSlice");
    expect(accepted({ ...cpu, machineType: "n2-standard-16" })).toHaveLength(1);
  });

  test("one with as many chips is no other TPU machine", () => {
    const machineType = Machine.google({
      name: "ct9-standard-4t",
      accelerator: "tpu-v6e",
      acceleratorCount: 4,
    });
    expect(refusal({ slice: Slice.tpu("tpu-v6e", { topology: "4x4" }), machineType })).toBe(
      "MachineContradictsSlice: ct6e-standard-4t: 4 x tpu-v6e",
    );
  });

  test("one of another provider is refused", () => {
    const cpu = { slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 1 }) };
    const allowed = "InvalidMachineType: a Google Cloud machine type such as a3-ultragpu-8g";
    expect(refusal({ ...cpu, machineType: "m7i.xlarge" })).toBe(allowed);
    expect(refusal({ ...cpu, machineType: Machine.aws({ name: "m7i.xlarge" }) })).toBe(allowed);
  });

  test("one that nobody knows needs GKE's name of the accelerator, and is warned of", () => {
    expect(refusal({ slice: h200(), machineType: "a9-ultragpu-8g" })).toContain("AcceleratorNameUnknown");
    const machineType = Machine.google({
      name: "a9-ultragpu-8g",
      accelerator: "h200",
      acceleratorCount: 8,
      gkeAccelerator: "nvidia-h200-141gb",
    });
    const { made } = cluster([{ name: "gpu", slice: h200(), machineType, closeTogether: false }]);
    expect(made.node.metadata.map(({ data }) => data)).toEqual([
      expect.stringContaining("[UnknownMachineFacts]"),
    ]);
    const plain = cluster([
      { name: "big", slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 1 }), machineType: "c9-standard-4" },
    ]);
    expect(plain.made.node.metadata).toHaveLength(1);
  });

  test("MIG is cut as GKE cuts it", () => {
    const gpu = { slice: Slice.accelerators("h100", { perNode: 8, nodes: 1 }), tier: "serving" };
    expect(refusal({ ...gpu, sharing: Sharing.mig("4g.40gb") })).toBe(
      "SharingNotSupported: partitions that GKE makes of h100: 1g.10gb, 1g.20gb, 2g.20gb, 3g.40gb, 7g.80gb",
    );
    expect(refusal({ ...gpu, sharing: Sharing.mig("1g.10gb+me") })).toContain("SharingNotSupported");
    expect(accepted({ ...gpu, sharing: Sharing.mig("1g.10gb"), maxPodsPerNode: 110 })).toHaveLength(1);
    const whole = Machine.google({
      name: "g9-standard-8",
      accelerator: "h100",
      acceleratorCount: 8,
      mig: false,
      gkeAccelerator: "h",
    });
    expect(refusal({ ...gpu, machineType: whole, sharing: Sharing.mig("1g.10gb") })).toBe(
      "SharingNotSupported: Sharing.timeSlicing or Sharing.mps: g9-standard-8 has no MIG",
    );
  });

  test("a machine that came with a newer GKE is refused on an older one", () => {
    const slice = Slice.accelerators("gb300", { perNode: 4, nodes: 18 });
    const plan = (kubernetesVersion: string) =>
      nodePoolsOf(
        { name: "gpu", slice, capacity: Capacity.reservation({ google: { name: "r" } }) },
        { kubernetesVersion },
      );
    const [finding] = captureValidationError(() => plan("1.33")).findings;
    expect(finding).toMatchObject({
      given: "kubernetesVersion 1.33",
      allowed: expect.stringContaining("1.34 or later"),
    });
    expect(plan("1.34")).toHaveLength(1);
    const tpu = { name: "tpu", slice: Slice.tpu("tpu-v7x", { topology: "2x2x1" }) };
    expect(refused([tpu], { kubernetesVersion: "1.33" }).code).toBe("MachineNeedsNewerGke");
  });
});
