import { TerraformVariable } from "cdktf";
import { Capacity } from "../../../lib/fabric/capacity";
import { Machine } from "../../../lib/fabric/machines";
import { Sharing } from "../../../lib/fabric/sharing";
import { Slice } from "../../../lib/fabric/slice";
import { BLOCK, cluster, h200, managed, newStack, SYSTEM } from "./fixture";

const decoded = (userData: unknown) => Buffer.from(String(userData), "base64").toString();
const group = (reservation: Parameters<typeof Capacity.reservation>[0]) =>
  managed(h200({ capacity: Capacity.reservation(reservation), zones: ["us-east-2b"] }));

describe("launch templates", () => {
  test("name no security group beside interfaces, and no subnet", () => {
    const { launchTemplate } = managed(h200());
    expect(launchTemplate).not.toHaveProperty("vpc_security_group_ids");
    expect(JSON.stringify(launchTemplate)).not.toContain("subnet");
    expect(launchTemplate).not.toHaveProperty("instance_type");
  });

  test("have names that EC2 takes, however short prefix and pool are", () => {
    const { template } = cluster([], { namePrefix: "a", pools: [{ ...SYSTEM, name: "b" }] });
    expect(template().resource("aws_launch_template").name).toBe("a-b");
  });

  test("the wide layout has more interfaces with addresses", () => {
    const count = (layout: "ip-optimized" | "bandwidth-optimized") =>
      (
        managed(h200({ interfaceLayout: layout })).launchTemplate.network_interfaces as Record<
          string,
          unknown
        >[]
      ).filter((each) => each.interface_type === "interface").length;
    expect(count("ip-optimized")).toBe(1);
    expect(count("bandwidth-optimized")).toBe(8);
  });

  test("interfaces written by hand are taken as they are", () => {
    const machineType = Machine.aws({
      name: "p9.48xlarge",
      accelerator: "h200",
      acceleratorCount: 8,
      efaMax: 1,
      networkCards: 2,
      interfaces: [
        { networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface" },
        { networkCardIndex: 1, deviceIndex: 0, interfaceType: "efa" },
      ],
    });
    const { launchTemplate } = managed(h200({ machineType }));
    expect(launchTemplate.network_interfaces).toMatchObject([
      { network_card_index: 0, interface_type: "interface" },
      { network_card_index: 1, interface_type: "efa" },
    ]);
    expect(
      (launchTemplate.network_interfaces as { security_groups: string[] }[])[1]!.security_groups,
    ).toHaveLength(2);
  });

  test("tell the kubelet how many pods the interfaces carry, or what the pool asks for", () => {
    const pods = (props: Parameters<typeof h200>[0], more = {}) =>
      JSON.parse(
        decoded(managed(h200(props), more).launchTemplate.user_data)
          .split("\n\n")[2]!
          .split("--NODE")[0]!,
      ).spec.kubelet.config.maxPods;
    expect(pods({ machineType: "p5e.48xlarge", capacity: Capacity.spot() })).toBe(51);
    expect(pods({ maxPodsPerNode: 30 })).toBe(30);
    expect(pods({ maxPodsPerNode: 250 }, { prefixDelegation: true })).toBe(250);
  });

  test("say nothing where nothing is known", () => {
    const { launchTemplate } = managed(h200({ machineType: "p9.48xlarge" }));
    expect(launchTemplate).not.toHaveProperty("user_data");
  });
});

describe("capacity", () => {
  test("a Capacity Block is named in the template, with the machine type, and nothing else decides", () => {
    const { launchTemplate, nodeGroup } = managed(
      h200({ capacity: Capacity.capacityBlock({ aws: { reservationId: BLOCK } }), zones: ["us-east-2b"] }),
    );
    expect(launchTemplate).toMatchObject({
      instance_type: "p5en.48xlarge",
      instance_market_options: { market_type: "capacity-block" },
      capacity_reservation_specification: { capacity_reservation_target: { capacity_reservation_id: BLOCK } },
    });
    expect(launchTemplate).not.toHaveProperty("placement");
    expect(nodeGroup.capacity_type).toBe("CAPACITY_BLOCK");
    expect(nodeGroup).not.toHaveProperty("instance_types");
  });

  test("a reservation is a target by id or by group, without placement group", () => {
    const arn = "arn:aws:resource-groups:us-east-2:111122223333:group/h200";
    expect(group({ aws: { id: BLOCK } }).launchTemplate.capacity_reservation_specification).toEqual({
      capacity_reservation_target: { capacity_reservation_id: BLOCK },
    });
    expect(
      group({ aws: { resourceGroupArn: arn } }).launchTemplate.capacity_reservation_specification,
    ).toEqual({
      capacity_reservation_target: { capacity_reservation_resource_group_arn: arn },
    });
    expect(group({ aws: { id: BLOCK } }).launchTemplate).not.toHaveProperty("placement");
    expect(group({ aws: { id: BLOCK } }).nodeGroup.capacity_type).toBe("ON_DEMAND");
  });

  test("gangs on demand or spot are put close together, others are not", () => {
    const placed = (props: Parameters<typeof h200>[0]) => "placement" in managed(h200(props)).launchTemplate;
    expect(placed({})).toBe(true);
    expect(placed({ capacity: Capacity.spot() })).toBe(true);
    expect(placed({ closeTogether: false })).toBe(false);
    expect(placed({ slice: Slice.accelerators("h200", { perNode: 8, nodes: 1 }) })).toBe(false);
  });

  test("the id of a reservation may come from another resource", () => {
    const stack = newStack();
    const id = new TerraformVariable(stack, "block", {}).stringValue;
    const pool = h200({
      capacity: Capacity.capacityBlock({ aws: { reservationId: id } }),
      zones: ["us-east-2b"],
    });
    const { template } = cluster([pool], {}, stack);
    expect(JSON.stringify(template().resource("aws_launch_template", "pool-train"))).toContain(
      "${var.block}",
    );
  });
});

describe("node groups", () => {
  test("gangs are in one zone, the first unless told; other pools in all", () => {
    const subnets = (props: Parameters<typeof h200>[0]) =>
      managed(h200(props)).nodeGroup.subnet_ids as string[];
    expect(subnets({})).toEqual([expect.stringContaining("us-east-2a")]);
    expect(subnets({ zones: ["us-east-2c"] })).toEqual([expect.stringContaining("us-east-2c")]);
    expect(subnets({ closeTogether: false })).toHaveLength(3);
  });

  test("disruption rules become update and repair settings", () => {
    const { nodeGroup } = managed(h200({ disruption: { maxUnavailable: "20%", repair: false } }));
    expect(nodeGroup).toMatchObject({
      update_config: { max_unavailable_percentage: 20 },
      node_repair_config: { enabled: false },
    });
  });

  test("labels and taints of the pool are beside those of the library; sharing adds its label", () => {
    const { nodeGroup } = managed(
      h200({
        labels: { team: "vision" },
        taints: [{ key: "team", value: "vision", effect: "NoExecute" }],
        sharing: Sharing.timeSlicing(4),
      }),
    );
    expect(nodeGroup.labels).toMatchObject({
      team: "vision",
      "hybrid-ai.io/pool": "train",
      "nvidia.com/device-plugin.config": "time-slicing-4",
    });
    expect(nodeGroup.taint).toEqual([
      { key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" },
      { key: "team", value: "vision", effect: "NO_EXECUTE" },
    ]);
  });

  test("an accelerator's taint with another value replaces the library's", () => {
    const taints = [{ key: "nvidia.com/gpu", value: "mine", effect: "NoSchedule" }] as const;
    expect(managed(h200({ taints })).nodeGroup.taint).toEqual([
      { key: "nvidia.com/gpu", value: "mine", effect: "NO_SCHEDULE" },
    ]);
  });

  test("no node group is told to ignore its size: nothing but Terraform scales it", () => {
    expect(managed(h200()).nodeGroup).not.toHaveProperty("lifecycle");
  });

  test("a pool added or removed moves no address of another", () => {
    const other = h200({ name: "other" });
    const addresses = (pools: readonly ReturnType<typeof h200>[]) =>
      Object.keys(cluster(pools).template().resources("aws_eks_node_group"));
    expect(addresses([other, h200()])).toEqual(expect.arrayContaining(addresses([h200()])));
  });
});

test("EFA traffic is let through to and from the group itself, and nothing else", () => {
  const template = cluster([h200()]).template();
  const self = expect.stringContaining("aws_security_group.train_efa_group");
  for (const type of ["aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"]) {
    const rule = template.resource(type, "efa");
    expect(rule).toMatchObject({
      ip_protocol: "-1",
      referenced_security_group_id: self,
      security_group_id: self,
    });
    expect(rule).not.toHaveProperty("cidr_ipv4");
  }
  expect(cluster().template().count("aws_security_group")).toBe(0);
});

test("pods see their nodes", () => {
  const nodes = cluster([h200()]).made.pools.get("train")!;
  expect(nodes).toMatchObject({
    machineType: "p5en.48xlarge",
    arch: "amd64",
    resource: "nvidia.com/gpu",
    resourcePerNode: 8,
    network: { resource: "vpc.amazonaws.com/efa", perNode: 16 },
    topologyLevels: [1, 2, 3].map((layer) => `topology.k8s.aws/network-node-layer-${layer}`),
    groups: [{ name: "train", capacity: ["onDemand"], nodes: { min: 2, max: 2 } }],
  });
  expect(nodes.vcpuPerNode).toBeCloseTo(191.45, 1);
  expect(nodes.memoryGibPerNode).toBeGreaterThan(1850);
  expect(nodes.memoryGibPerNode).toBeLessThan(1900);
  expect(cluster().made.pools.get("system")).toMatchObject({ resourcePerNode: 0, groups: [{ taints: [] }] });
});

test("racks of GB200 tell their NVLink domain", () => {
  const pool = h200({
    slice: Slice.accelerators("gb200", { perNode: 4, nodes: 18 }),
    capacity: Capacity.capacityBlock({ aws: { reservationId: BLOCK } }),
    zones: ["us-east-2a"],
  });
  expect(cluster([pool]).made.pools.get("train")).toMatchObject({
    arch: "arm64",
    nvlinkDomainLabel: "nvidia.com/gpu.clique",
    network: { perNode: 4 },
  });
});
