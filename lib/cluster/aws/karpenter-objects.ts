import type { CapacityKind } from "../../fabric/capacity";
import type { DisruptionRules } from "../../fabric/pool";
import type { ClusterObject } from "../cluster";
import { BOOT_DEVICE, type NodeSecurityGroups } from "./node-group";
import type { PoolPlan } from "./plan";

export interface KarpenterObjectsProps {
  readonly plan: PoolPlan;
  readonly namePrefix: string;
  /** Literal. */
  readonly instanceProfile: string;
  readonly securityGroups: NodeSecurityGroups;
  readonly encryptionKeyArn: string;
  readonly imageVersion: string;
  readonly nodeTags: Readonly<Record<string, string>>;
}

/** What Karpenter calls a capacity; a Capacity Block is a reservation like others. */
const CAPACITY_TYPES: Readonly<Partial<Record<CapacityKind, string>>> = {
  onDemand: "on-demand",
  spot: "spot",
  reservation: "reserved",
  capacityBlock: "reserved",
};

/** Nodes that are no gang are replaced after 30 days, so that none runs an old image for ever. */
const EXPIRE_AFTER = "720h";

function reservationIds({ pool }: PoolPlan): readonly string[] {
  return pool.capacity.flatMap((capacity) => {
    switch (capacity.kind) {
      case "capacityBlock":
        return capacity.aws.reservationId;
      case "reservation":
        return capacity.aws?.id ?? [];
      default:
        return [];
    }
  });
}

function nodeClassSpec(props: KarpenterObjectsProps): Readonly<Record<string, unknown>> {
  const { plan, namePrefix, securityGroups } = props;
  const { pool, machine, place, interfaces, maxPods } = plan;
  const reservations = reservationIds(plan);
  const groups = [securityGroups.cluster, ...(plan.efa > 0 ? [securityGroups.efa!] : [])];
  return {
    amiFamily: "AL2023",
    amiSelectorTerms: [{ alias: `al2023@${props.imageVersion}` }],
    instanceProfile: props.instanceProfile,
    subnetSelectorTerms: place.subnetIds.map((id) => ({ id })),
    securityGroupSelectorTerms: groups.map((id) => ({ id })),
    associatePublicIPAddress: interfaces === undefined ? false : undefined,
    networkInterfaces: interfaces?.map(({ networkCardIndex, deviceIndex, interfaceType }) => ({
      networkCardIndex,
      deviceIndex,
      interfaceType,
    })),
    capacityReservationSelectorTerms:
      reservations.length > 0 ? reservations.map((id) => ({ id })) : undefined,
    placementGroupSelector: plan.placementGroup ? { name: `${namePrefix}-${pool.name}` } : undefined,
    metadataOptions: {
      httpEndpoint: "enabled",
      httpProtocolIPv6: "disabled",
      httpPutResponseHopLimit: 1,
      httpTokens: "required",
    },
    blockDeviceMappings: [
      {
        deviceName: BOOT_DEVICE,
        rootVolume: true,
        ebs: {
          volumeType: "gp3",
          volumeSize: `${pool.bootDiskGib}Gi`,
          encrypted: true,
          kmsKeyID: props.encryptionKeyArn,
          deleteOnTermination: true,
        },
      },
    ],
    instanceStorePolicy: (machine.localNvmeGb ?? 0) > 0 ? "RAID0" : undefined,
    kubelet: maxPods === undefined ? undefined : { maxPods },
    tags: { ...props.nodeTags, Name: `${namePrefix}-${pool.name}` },
  };
}

function requirements({ pool, machine, place }: PoolPlan): readonly object[] {
  const within = (key: string, values: readonly string[]) => ({ key, operator: "In", values: [...values] });
  return [
    within("kubernetes.io/arch", [machine.arch]),
    within("kubernetes.io/os", ["linux"]),
    within("node.kubernetes.io/instance-type", [machine.name]),
    ...(place.zones ? [within("topology.kubernetes.io/zone", place.zones)] : []),
    within(
      "karpenter.sh/capacity-type",
      pool.capacity.map(({ kind }) => CAPACITY_TYPES[kind]!),
    ),
  ];
}

/** Nodes that one job spans are never replaced under it: neither for age nor for a new image. */
function disruption({ pool }: PoolPlan): object {
  const { maxUnavailable, emptyAfterMinutes } = pool.disruption as Required<DisruptionRules>;
  const drifted = pool.closeTogether ? [{ nodes: "0", reasons: ["Drifted"] }] : [];
  return {
    consolidationPolicy: "WhenEmpty",
    consolidateAfter: `${emptyAfterMinutes}m`,
    budgets: [...drifted, { nodes: String(maxUnavailable) }],
  };
}

function nodePoolSpec({ plan }: KarpenterObjectsProps): Readonly<Record<string, unknown>> {
  const { pool, labels, taints } = plan;
  return {
    template: {
      metadata: { labels },
      spec: {
        nodeClassRef: { group: "karpenter.k8s.aws", kind: "EC2NodeClass", name: pool.name },
        requirements: requirements(plan),
        taints: taints.length > 0 ? taints.map((taint) => defined(taint)) : undefined,
        expireAfter: pool.closeTogether ? "Never" : EXPIRE_AFTER,
        terminationGracePeriod: `${pool.disruption.drainMinutes}m`,
      },
    },
    limits: { nodes: String(plan.nodes.elastic) },
    disruption: disruption(plan),
  };
}

/** Without entries that are undefined, at any depth. */
function defined<T>(value: T): T {
  if (Array.isArray(value)) {
    return value.map(defined) as T;
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, defined(entry)])) as T;
}

/** The NodePool and EC2NodeClass of a pool, for Karpenter 1.11 or newer. */
export function karpenterObjects(props: KarpenterObjectsProps): readonly ClusterObject[] {
  const { name } = props.plan.pool;
  return [
    {
      id: `node-class-${name}`,
      apiVersion: "karpenter.k8s.aws/v1",
      kind: "EC2NodeClass",
      name,
      spec: defined(nodeClassSpec(props)),
    },
    {
      id: `node-pool-${name}`,
      apiVersion: "karpenter.sh/v1",
      kind: "NodePool",
      name,
      spec: defined(nodePoolSpec(props)),
    },
  ];
}
