import type { EksNodeGroup, EksNodeGroupTaint } from "@cdktf/provider-aws/lib/eks-node-group";
import type {
  LaunchTemplate,
  LaunchTemplateConfig,
  LaunchTemplateNetworkInterfaces,
} from "@cdktf/provider-aws/lib/launch-template";
import type { PlacementGroup } from "@cdktf/provider-aws/lib/placement-group";
import { type ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import type { InterfaceFacts } from "../../catalog/facts";
import { escapeTemplate } from "../../core/escape";
import { resourceName } from "../../core/naming";
import type { Capacity } from "../../fabric/capacity";
import type { Taint } from "../../fabric/pool";
import type { PoolPlan } from "./plan";
import { nodeUserData } from "./user-data";

/** Loaded on first use: the bindings are large, and a cluster of elastic pools makes few. */
const loadLaunchTemplate = () =>
  (
    require("@cdktf/provider-aws/lib/launch-template") as typeof import("@cdktf/provider-aws/lib/launch-template")
  ).LaunchTemplate;
const loadNodeGroup = () =>
  (
    require("@cdktf/provider-aws/lib/eks-node-group") as typeof import("@cdktf/provider-aws/lib/eks-node-group")
  ).EksNodeGroup;

/** The disk that AL2023 boots from. */
export const BOOT_DEVICE = "/dev/xvda";

const TAINT_EFFECTS: Readonly<Record<Taint["effect"], string>> = {
  NoSchedule: "NO_SCHEDULE",
  PreferNoSchedule: "PREFER_NO_SCHEDULE",
  NoExecute: "NO_EXECUTE",
};

/** Security groups of nodes. May be tokens. */
export interface NodeSecurityGroups {
  /** Of the cluster: nodes and control plane reach each other. */
  readonly cluster: string;
  /** Of EFA traffic; set if a pool has EFA. */
  readonly efa?: string;
}

export interface AwsNodeGroupProps {
  readonly namePrefix: string;
  readonly clusterName: string;
  readonly kubernetesVersion: string;
  readonly plan: PoolPlan;
  readonly nodeRoleArn: string;
  readonly securityGroups: NodeSecurityGroups;
  readonly encryptionKeyArn: string;
  readonly nodeTags: Readonly<Record<string, string>>;
  readonly placementGroup?: PlacementGroup;
  readonly dependsOn: readonly ITerraformDependable[];
}

function interfaceBlock(
  { networkCardIndex, deviceIndex, interfaceType }: InterfaceFacts,
  { cluster, efa }: NodeSecurityGroups,
): LaunchTemplateNetworkInterfaces {
  const groups = { interface: [cluster], efa: [cluster, efa!], "efa-only": [efa!] };
  return {
    networkCardIndex,
    deviceIndex,
    interfaceType,
    securityGroups: groups[interfaceType],
    deleteOnTermination: "true",
  };
}

/** What a launch template says about the capacity that instances take. */
function capacityBlocks(capacity: Capacity, machineType: string): Partial<LaunchTemplateConfig> {
  const target = (capacityReservationTarget: object): Partial<LaunchTemplateConfig> => ({
    // EC2 takes either a preference or a target; a target never falls back to other capacity.
    capacityReservationSpecification: { capacityReservationTarget },
  });
  switch (capacity.kind) {
    case "capacityBlock":
      return {
        ...target({ capacityReservationId: capacity.aws.reservationId }),
        instanceMarketOptions: { marketType: "capacity-block" },
        instanceType: machineType,
      };
    case "reservation":
      return target(
        capacity.aws?.id === undefined
          ? { capacityReservationResourceGroupArn: capacity.aws?.resourceGroupArn }
          : { capacityReservationId: capacity.aws.id },
      );
    default:
      return {};
  }
}

/**
 * Nodes that are always there: a launch template with exactly the interfaces of the plan, and a managed node group. The
 * template names no subnet, which the group does, and the group no instance type where the template has to.
 *
 * Makes `aws_launch_template`, `aws_eks_node_group`.
 */
export class AwsNodeGroup extends Construct {
  readonly launchTemplate: LaunchTemplate;
  readonly nodeGroup: EksNodeGroup;

  constructor(scope: Construct, id: string, props: AwsNodeGroupProps) {
    super(scope, id);
    this.launchTemplate = this.makeTemplate(props);
    this.nodeGroup = this.makeGroup(props);
  }

  private makeTemplate({ plan, namePrefix, ...props }: AwsNodeGroupProps): LaunchTemplate {
    const { pool, machine, interfaces } = plan;
    const Template = loadLaunchTemplate();
    const given = Object.entries(props.nodeTags).map((tag) => tag.map(escapeTemplate) as [string, string]);
    const tags = { ...Object.fromEntries(given), Name: `${namePrefix}-${pool.name}` };
    return new Template(this, "launch-template", {
      name: `${namePrefix}-${pool.name}`,
      description: `Nodes of the pool ${pool.name}`,
      updateDefaultVersion: true,
      ...capacityBlocks(pool.capacity[0]!, machine.name),
      ...(interfaces === undefined
        ? { vpcSecurityGroupIds: [props.securityGroups.cluster] }
        : { networkInterfaces: interfaces.map((entry) => interfaceBlock(entry, props.securityGroups)) }),
      ...(props.placementGroup ? { placement: { groupName: props.placementGroup.name } } : {}),
      // One hop reaches the node and pods on its own network, never other pods: they have roles by Pod Identity.
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        {
          deviceName: BOOT_DEVICE,
          ebs: {
            volumeType: "gp3",
            volumeSize: pool.bootDiskGib,
            encrypted: "true",
            kmsKeyId: props.encryptionKeyArn,
            deleteOnTermination: "true",
          },
        },
      ],
      userData: nodeUserData({ localStorage: (machine.localNvmeGb ?? 0) > 0, maxPods: plan.maxPods }),
      tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
        resourceType,
        tags,
      })),
    });
  }

  private makeGroup({ plan, ...props }: AwsNodeGroupProps): EksNodeGroup {
    const { pool, machine, place } = plan;
    const { maxUnavailable, repair } = pool.disruption;
    const [capacity] = pool.capacity;
    const block = capacity!.kind === "capacityBlock";
    const Group = loadNodeGroup();
    return new Group(this, "node-group", {
      clusterName: props.clusterName,
      nodeGroupName: resourceName([pool.name], { maxLength: 63 }),
      nodeRoleArn: props.nodeRoleArn,
      version: props.kubernetesVersion,
      amiType: plan.image,
      capacityType: block ? "CAPACITY_BLOCK" : capacity!.kind === "spot" ? "SPOT" : "ON_DEMAND",
      instanceTypes: block ? undefined : [machine.name],
      subnetIds: [...place.subnetIds],
      launchTemplate: {
        id: this.launchTemplate.id,
        version: Token.asString(this.launchTemplate.latestVersion),
      },
      scalingConfig: { desiredSize: plan.nodes.fixed, minSize: plan.nodes.fixed, maxSize: plan.nodes.fixed },
      updateConfig:
        typeof maxUnavailable === "number"
          ? { maxUnavailable }
          : { maxUnavailablePercentage: Number.parseInt(maxUnavailable, 10) },
      nodeRepairConfig: { enabled: repair },
      labels: { ...plan.labels },
      taint: plan.taints.length > 0 ? plan.taints.map(taintBlock) : undefined,
      dependsOn: [...props.dependsOn],
    });
  }
}

function taintBlock({ key, value, effect }: Taint): EksNodeGroupTaint {
  return { key, value, effect: TAINT_EFFECTS[effect] };
}
