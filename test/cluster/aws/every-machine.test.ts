import { checkInterfaces } from "../../../lib/catalog/aws-interfaces";
import { AWS_MACHINES } from "../../../lib/catalog/aws-machines";
import { Site } from "../../../lib/fabric/site";
import { AwsNetwork } from "../../../lib/network/aws-network";
import { captureValidationError, Template } from "../../../lib/testing";
import { everyPool, poolOf, REFUSED } from "../../../tools/machines/every-pool";
import { cluster, newStack } from "./fixture";

const VIRGINIA = Site.aws("virginia", { region: "us-east-1", account: "111122223333" });

function inVirginia(pools: Parameters<typeof cluster>[0]) {
  const stack = newStack({}, VIRGINIA.region);
  const network = new AwsNetwork(stack, "network", {
    site: VIRGINIA,
    namePrefix: "acme",
    cidrBlock: "10.0.0.0/16",
    availabilityZones: ["us-east-1a", "us-east-1b"],
    subnetPrefixLength: 17,
    interfaceEndpoints: ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "sts"],
    flowLogs: false,
  });
  return cluster(pools, { site: VIRGINIA, network }, stack);
}

test("every machine type of the catalogue becomes a node group, in both layouts where it has EFA", () => {
  const pools = everyPool();
  const { made, stack } = inVirginia(pools);
  const templates = Template.of(stack).resources("aws_launch_template");

  expect(pools.length).toBeGreaterThan(AWS_MACHINES.length - Object.keys(REFUSED).length - 1);
  expect(Object.keys(made.nodeGroups)).toHaveLength(pools.length + 1);
  expect(Object.keys(templates)).toHaveLength(pools.length + 1);
});

test.each(Object.entries(REFUSED))("%s is refused: %s", (name, code) => {
  const machine = AWS_MACHINES.find((each) => each.name === name)!;
  expect(captureValidationError(() => inVirginia([poolOf(machine)])).codes).toEqual([code]);
});

test("every layout that is emitted is legal for its machine", () => {
  const { stack } = inVirginia(everyPool());
  const templates = Object.values(Template.of(stack).resources("aws_launch_template"));
  const byName = new Map(AWS_MACHINES.map((machine) => [machine.name.replaceAll(".", "-"), machine]));
  const laidOut = templates.filter((template) => template.network_interfaces !== undefined);
  for (const { name, network_interfaces } of laidOut) {
    const machine = byName.get(
      String(name)
        .replace(/^acme-/, "")
        .replace(/-wide$/, ""),
    )!;
    const interfaces = (network_interfaces as Record<string, unknown>[]).map((each) => ({
      networkCardIndex: each.network_card_index as number,
      deviceIndex: each.device_index as number,
      interfaceType: each.interface_type as "interface" | "efa-only",
    }));
    expect({ name, wrong: checkInterfaces(machine, interfaces) }).toEqual({ name, wrong: [] });
  }
  expect(laidOut.length).toBeGreaterThan(30);
});
