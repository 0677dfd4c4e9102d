import type { AwsClusterProps, IAwsNetwork, PodRoleProps } from "../../lib/aws";
import { AwsCluster, AwsNetwork } from "../../lib/aws";
import { Capacity } from "../../lib/fabric/capacity";
import { Identity } from "../../lib/fabric/identity";
import type { AcceleratorPoolProps } from "../../lib/fabric/pool";
import { Slice } from "../../lib/fabric/slice";
import { type Recipe, recipe } from "./recipe";
import { IRELAND, network } from "./subjects";

interface PlainPool extends Omit<AcceleratorPoolProps, "slice" | "capacity"> {
  readonly cpu?: { readonly vcpu: number; readonly memoryGib: number; readonly nodes: number };
  readonly gpu?: { readonly accelerator: string; readonly perNode: number; readonly nodes: number };
  readonly elastic?: { readonly accelerator: string; readonly perNode: number; readonly max: number };
  readonly reservationId?: string;
  readonly blockId?: string;
}

type PlainNetwork = Omit<IAwsNetwork, "node" | "with">;

type PlainCluster = Omit<AwsClusterProps, "site" | "pools" | "network"> & {
  readonly pools: readonly PlainPool[];
  readonly network: PlainNetwork;
  readonly grant: { readonly name: string; readonly roleArn: string; readonly namespaces: readonly string[] };
  readonly podRole: PodRoleProps;
};

function poolOf({ cpu, gpu, elastic, reservationId, blockId, ...pool }: PlainPool): AcceleratorPoolProps {
  const slice = gpu
    ? Slice.accelerators(gpu.accelerator, gpu)
    : elastic
      ? Slice.accelerators(elastic.accelerator, { ...elastic, nodes: { min: 0, max: elastic.max } })
      : Slice.cpu(cpu!);
  const capacity =
    reservationId !== undefined
      ? Capacity.reservation({ aws: { id: reservationId } })
      : blockId !== undefined
        ? Capacity.capacityBlock({ aws: { reservationId: blockId } })
        : undefined;
  return { ...pool, slice, ...(capacity ? { capacity } : {}) };
}

/** A network that was made elsewhere, with its zones. */
export function zonedNetwork(differs: Partial<PlainNetwork> = {}): IAwsNetwork {
  return Object.assign(network("vpc-1"), {
    privateSubnetIds: ["subnet-a", "subnet-b"],
    subnetsByZone: {
      "eu-west-1a": { subnetId: "subnet-a", cidrBlock: "10.0.0.0/19" },
      "eu-west-1b": { subnetId: "subnet-b", cidrBlock: "10.0.32.0/19" },
    },
    ...differs,
  });
}

const cluster = recipe<PlainCluster>(
  "AwsCluster",
  (stack, { pools, network: plain, grant, podRole, ...props }) => {
    const made = new AwsCluster(stack, "cluster", {
      ...props,
      site: IRELAND,
      pools: pools.map(poolOf),
      network: zonedNetwork(plain),
    });
    const { name, roleArn, namespaces } = grant;
    made.grantAccess(Identity.awsRole(name, roleArn), "edit", { namespaces });
    made.podRole(podRole);
  },
  {
    namePrefix: "acme",
    kubernetesVersion: "1.34",
    network: {
      vpcId: "vpc-1",
      cidrBlock: "10.0.0.0/16",
      privateSubnetIds: ["subnet-a", "subnet-b"],
      endpointServices: ["ec2"],
    },
    publicAccessCidrs: ["203.0.113.0/24"],
    privateAccessCidrs: ["10.30.0.0/16"],
    controlPlaneTier: "tier-xl",
    controlPlaneLogs: ["audit"],
    logRetentionDays: 30,
    encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1",
    serviceCidr: "172.21.0.0/16",
    supportType: "STANDARD",
    addons: { coredns: { version: "v1.12.4-eksbuild.1", configuration: { text: "one", size: 1 } } },
    nodeTags: { team: "vision" },
    hybridNodes: {
      nodeCidrs: ["192.168.0.0/24"],
      podCidrs: ["192.168.128.0/20"],
      credentials: "iam-roles-anywhere",
      trustAnchorArn: "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/1",
    },
    karpenter: { imageVersion: "v20261015" },
    pools: [
      { name: "system", cpu: { vcpu: 4, memoryGib: 16, nodes: 2 }, maxPodsPerNode: 20, bootDiskGib: 100 },
      {
        name: "train",
        gpu: { accelerator: "h200", perNode: 8, nodes: 2 },
        reservationId: "cr-0123456789abcdef0",
        machineType: "p5en.48xlarge",
        interfaceLayout: "bandwidth-optimized",
        labels: { team: "vision" },
        taints: [{ key: "team", value: "vision", effect: "NoSchedule" }],
        zones: ["eu-west-1a"],
        tier: "training",
        disruption: { maxUnavailable: 2, drainMinutes: 30 },
      },
      {
        name: "serve",
        elastic: { accelerator: "l4", perNode: 1, max: 8 },
        zones: ["eu-west-1b"],
        tier: "serving",
        disruption: { maxUnavailable: "20%", drainMinutes: 30, emptyAfterMinutes: 5 },
      },
    ],
    grant: { name: "vision", roleArn: "arn:aws:iam::111122223333:role/vision", namespaces: ["vision"] },
    podRole: {
      namespace: "vision",
      serviceAccount: "trainer",
      statements: [
        { Sid: "Read", Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::data/*"] },
      ],
    },
  },
  ["encryptionKeyArn", "hybridNodes.trustAnchorArn", "pools.1.reservationId", "grant.roleArn"],
);

const egress = recipe<Omit<ConstructorParameters<typeof AwsNetwork>[2], "site">>(
  "AwsNetwork with a way out",
  (stack, props) => void new AwsNetwork(stack, "network", { ...props, site: IRELAND }),
  {
    namePrefix: "acme",
    cidrBlock: "10.0.0.0/16",
    availabilityZones: ["eu-west-1a", "eu-west-1b"],
    internetEgress: "nat-per-zone",
    flowLogs: false,
  },
);

export const AWS_CLUSTER_RECIPES: readonly Recipe[] = [cluster, egress];
