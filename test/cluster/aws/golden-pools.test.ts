import { awsMachineFacts } from "../../../lib/catalog/aws-machines";
import { Capacity } from "../../../lib/fabric/capacity";
import { poolOf } from "../../../tools/machines/every-pool";
import { BLOCK, managed } from "./fixture";

/** Interfaces as AWS writes about them: type at card/device. */
function briefly(interfaces: unknown): unknown {
  const short = { interface: "IF", "efa-only": "EO", efa: "EFA" } as Record<string, string>;
  return (interfaces as Record<string, unknown>[] | undefined)
    ?.map((each) => {
      const groups = (each.security_groups as string[]).map((group) =>
        group.includes("efa") ? "efa" : "cluster",
      );
      return `${short[String(each.interface_type)]} ${each.network_card_index}/${each.device_index} (${groups.join("+")})`;
    })
    .join(", ");
}

const decoded = (userData: unknown) =>
  userData === undefined ? undefined : Buffer.from(String(userData), "base64").toString().split("\n");

const FAMILIES = [
  "p5.48xlarge",
  "p5en.48xlarge",
  "p6-b200.48xlarge",
  "p6-b300.48xlarge",
  "p6e-gb200.36xlarge",
  "g6.2xlarge",
  "g6e.48xlarge",
  "trn1.32xlarge",
  "trn2.48xlarge",
  "inf2.48xlarge",
  "m7i.xlarge",
];

test.each(FAMILIES)("golden pool of %s", (name) => {
  const machine = awsMachineFacts(name)!;
  const block = machine.onDemand === false && Capacity.capacityBlock({ aws: { reservationId: BLOCK } });
  const { launchTemplate, nodeGroup } = managed(
    poolOf(machine, { name: "pool", zones: ["us-east-2a"], ...(block ? { capacity: block } : {}) }),
  );
  const { network_interfaces, user_data, ...template } = launchTemplate;
  expect({
    template,
    interfaces: briefly(network_interfaces),
    userData: decoded(user_data),
    nodeGroup,
  }).toMatchSnapshot();
});
