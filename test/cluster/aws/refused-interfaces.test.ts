import { TerraformVariable } from "cdktf";
import type { AwsClusterProps } from "../../../lib/cluster/aws/props";
import { Machine } from "../../../lib/fabric/machines";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Slice } from "../../../lib/fabric/slice";
import { AwsNetwork } from "../../../lib/network/aws-network";
import { cluster, h200, newNetwork, newStack, refused, SYSTEM } from "./fixture";

const L4 = (nodes: number | { min: number; max: number }, props: Partial<AcceleratorPoolProps> = {}) => ({
  name: "serve",
  slice: Slice.accelerators("l4", { perNode: 1, nodes }),
  tier: "serving",
  ...props,
});
const codes = (pool: AcceleratorPoolProps, props: Partial<AwsClusterProps> = {}) => [
  ...refused([pool], props).codes,
];
const accepted = (pool: AcceleratorPoolProps, props: Partial<AwsClusterProps> = {}) =>
  expect(() => cluster([pool], props)).not.toThrow();

describe("interfaces", () => {
  test("a layout on a type without EFA", () => {
    expect(codes(L4(1, { interfaceLayout: "ip-optimized" }))).toEqual(["EfaNotSupported"]);
    accepted(L4(1, { interfaceLayout: "ip-optimized", machineType: "g6.8xlarge" }));
  });

  const written = (
    interfaces: readonly (readonly [number, number, "interface" | "efa" | "efa-only"])[],
    more = {},
  ) =>
    h200({
      machineType: Machine.aws({
        name: "p5en.48xlarge",
        accelerator: "h200",
        acceleratorCount: 8,
        interfaces: interfaces.map(([networkCardIndex, deviceIndex, interfaceType]) => ({
          networkCardIndex,
          deviceIndex,
          interfaceType,
        })),
      }),
      ...more,
    });

  test("written by hand: cards and devices that the machine does not have", () => {
    accepted(
      written([
        [0, 0, "interface"],
        [15, 3, "efa-only"],
      ]),
    );
    expect(
      codes(
        written([
          [0, 0, "interface"],
          [16, 1, "efa-only"],
        ]),
      ),
    ).toEqual(["InterfaceLayoutInvalid"]);
    const error = refused([
      written([
        [0, 0, "interface"],
        [1, 4, "efa-only"],
      ]),
    ]);
    expect(error.message).toContain("efa-only at card 1, device 4 (device-out-of-range)");
    expect(codes(written([[0, 1, "efa-only"]]))).toEqual(["InterfaceLayoutInvalid"]);
  });

  test("written by hand and by layout at once", () => {
    const pool = written([[0, 0, "interface"]], { interfaceLayout: "ip-optimized" });
    expect(codes(pool)).toEqual(["InterfaceLayoutInvalid"]);
  });

  test("EFA with addresses where Karpenter launches: it has efa-only", () => {
    const slice = Slice.accelerators("h200", { perNode: 8, nodes: { min: 0, max: 2 } });
    expect(
      codes(
        written(
          [
            [0, 0, "interface"],
            [1, 1, "efa"],
          ],
          { slice },
        ),
      ),
    ).toEqual(["InterfaceLayoutInvalid"]);
    accepted(
      written(
        [
          [0, 0, "interface"],
          [1, 1, "efa-only"],
        ],
        { slice },
      ),
    );
  });
});

describe("addresses", () => {
  test("more pods than the interfaces carry", () => {
    const p5 = (maxPodsPerNode: number) =>
      h200({ slice: Slice.accelerators("h100", { perNode: 8, nodes: 1 }), maxPodsPerNode });
    accepted(p5(51));
    const error = refused([p5(52)]);
    expect([...error.codes]).toEqual(["PodsExceedInterfaces"]);
    expect(error.message).toContain("at most 51: 2 interfaces of 50 addresses on card 0");
    accepted(p5(52), { prefixDelegation: true });
  });

  test("more pods than EKS lets a managed node have", () => {
    const cpu = (vcpu: number, maxPodsPerNode: number, nodes: number | { min: number; max: number } = 1) => ({
      name: "cpu",
      slice: Slice.cpu({ vcpu, memoryGib: 16, nodes }),
      maxPodsPerNode,
    });
    expect(codes(cpu(16, 111))).toEqual(["PodsExceedManagedNodes"]);
    accepted(cpu(16, 110));
    expect(codes(cpu(64, 251))).toEqual(["PodsExceedManagedNodes"]);
    accepted(cpu(64, 250));
    accepted(cpu(64, 251, { min: 0, max: 1 }));
  });

  const small = (nodes: number, maxPodsPerNode: number) =>
    L4(nodes, { maxPodsPerNode, zones: ["us-east-2a"] });
  const tight = () => ({
    network: newNetwork(newStack(), {
      cidrBlock: "10.20.0.0/21",
      internetEgress: undefined,
      interfaceEndpoints: ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "sts"],
    }),
  });

  test("more nodes and pods than a zone has addresses for, with the numbers", () => {
    const one = [{ ...SYSTEM, maxPodsPerNode: 8 }];
    const at = (nodes: number) => refused([], { ...tight(), pools: [...one, small(nodes, 49)] });
    const error = at(6);
    expect([...error.codes]).toEqual(["AddressesExhausted"]);
    expect(error.message).toContain("300 (serve: 6 nodes x 50)");
    expect(error.message).toContain("allowed: 251");
    expect(() => cluster([], { ...tight(), pools: [...one, small(5, 49)] })).not.toThrow();
  });

  test("prefixes of 16 count whole", () => {
    const pools = [{ ...SYSTEM, maxPodsPerNode: 8 }, small(5, 49)];
    const error = refused([], { ...tight(), pools, prefixDelegation: true });
    expect(error.message).toContain("325 (serve: 5 nodes x 65)");
  });

  test("ranges that only Terraform knows are not counted", () => {
    const stack = newStack();
    const cidrBlock = new TerraformVariable(stack, "range", {}).stringValue;
    const network = AwsNetwork.fromAttributes(stack, "network", {
      vpcId: "vpc-1",
      cidrBlock: "10.20.0.0/16",
      subnetsByZone: {
        "us-east-2a": { subnetId: "subnet-a", cidrBlock },
        "us-east-2b": { subnetId: "subnet-b" },
      },
    });
    expect(() => cluster([small(100, 49)], { network }, stack)).not.toThrow();
  });
});
