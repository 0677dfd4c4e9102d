import type { ContainerCluster } from "@cdktf/provider-google/lib/container-cluster";
import type { ContainerNodePool } from "@cdktf/provider-google/lib/container-node-pool";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import { GoogleKey } from "../../core/google-key";
import { GoogleProject } from "../../core/google-project";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import type { GoogleSite } from "../../fabric/site";
import type { GkeAccess } from "../../kubernetes/cluster-access";
import type { ClusterObject, IAcceleratorCluster, ManagedFeature } from "../cluster";
import type { PoolNodes } from "../nodes";
import { checkPools, requireSystemPool } from "../pools";
import { warnOfNewVersion } from "../versions";
import { checkAddresses, checkGpuNetworks } from "./addresses";
import { GOOGLE_CAPACITIES } from "./capacity";
import { checkClusterProps } from "./checks";
import { controlPlaneConfig, monitoringOf } from "./control-plane";
import { GoogleClusterErrors } from "./errors";
import { GoogleGpuNetworks, gpuNetworksId } from "./gpu-direct";
import type { NodePoolPlan } from "./groups";
import { GoogleNodeIdentity } from "./node-identity";
import { nodePoolConfig } from "./node-pool-config";
import { type PoolPlan, planPool } from "./plan";
import { GooglePodIdentities, type PodIdentityGrant, type PodIdentityProps } from "./pod-identity";
import { poolNodes } from "./pool-nodes";
import type { GoogleClusterProps } from "./props";
import { warnOf } from "./warnings";
import { GoogleWorkloadPolicies } from "./workload-policies";

/** Loaded on first use: the bindings are large, and many programs make no cluster. */
const loadCluster = () =>
  (
    require("@cdktf/provider-google/lib/container-cluster") as typeof import("@cdktf/provider-google/lib/container-cluster")
  ).ContainerCluster;

/** Loaded on first use: the bindings are large, and many programs make no cluster. */
const loadNodePool = () =>
  (
    require("@cdktf/provider-google/lib/container-node-pool") as typeof import("@cdktf/provider-google/lib/container-node-pool")
  ).ContainerNodePool;

const DEFAULT_VERSION = "1.34";

const APIS = [
  "cloudkms",
  "cloudresourcemanager",
  "compute",
  "container",
  "iam",
  "logging",
  "monitoring",
] as const;

/**
 * A regional GKE cluster with node pools of GPUs, TPUs and CPUs: private nodes and a private control plane, Dataplane V2,
 * Workload Identity, secrets and boot disks encrypted with a customer key, nodes that run as an account of their own.
 *
 * A pool becomes one node pool per capacity, and per TPU slice of several hosts and NVLink domain across machines. All
 * placement, capacity and size rules of GKE are checked before anything is made; see the README of this room.
 *
 * Makes `google_container_cluster`, `google_container_node_pool`, `google_service_account`, `google_project_iam_member`,
 * `google_kms_*`, `google_project_service`, where pools need them `google_compute_resource_policy`,
 * `google_compute_network`, `google_compute_subnetwork`, `google_compute_firewall`, and for identities of pods
 * `google_service_account_iam_member`. Reads `google_project` if the site has no project number.
 *
 * `operatorFacts`: `project`, `region`, `clusterName`, `network`, `subnetwork`, `workloadPool`, `principalPrefix` (append
 * `ns/NAMESPACE/sa/NAME`), `nodeServiceAccount`, `kmsKey`.
 *
 * @throws InvalidName, TokenNotAllowed, MissingValue, DuplicateValue, NotOneOf, NumberOutOfRange, InvalidCidr, NoEffect,
 *   RemovalNeedsTwoKeys, CapacityNotAtSite, CapacityFactMissing, CapacityOrderNotByCost, CapacityKeepsNoMinimum,
 *   CapacityNotForMachine, InvalidMachineType, NoMachineForSlice, MachineContradictsSlice, AcceleratorNameUnknown,
 *   MachineNeedsNewerGke, CapacityNeedsNewerGke, KubernetesVersionEnded, ReservationInOtherZone, PlacementNotSupported, NvlinkDomainNotWhole, ReservationNotSupported, ZoneNotInCluster, GangAcrossZones,
 *   SystemPoolMissing, AddressesExhausted, PodsExceedNode, OptionWithoutEffect, TaintOfGke, NewerProviderNeeded,
 *   NetworksNotAllowed
 *
 * @example
 * new GoogleCluster(this, "cluster", {
 *   site: Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" }),
 *   namePrefix: "acme",
 *   network,
 *   zones: ["europe-west4-a", "europe-west4-b"],
 *   pools: [
 *     { name: "system", slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 2 }) },
 *     { name: "train", slice: Slice.tpu("tpu-v6e", { topology: "8x8" }) },
 *   ],
 * });
 */
export class GoogleCluster extends Construct implements IAcceleratorCluster {
  readonly site: GoogleSite;
  readonly clusterName: string;
  readonly access: GkeAccess;
  readonly pools: ReadonlyMap<string, PoolNodes>;
  readonly managed: readonly ManagedFeature[];
  readonly operatorFacts: Readonly<Record<string, string>>;
  readonly objects: readonly ClusterObject[];
  /** APIs and service agents of the project. */
  readonly project: GoogleProject;
  readonly key: GoogleKey;
  /** The account that nodes run as. */
  readonly nodeIdentity: GoogleNodeIdentity;
  readonly cluster: ContainerCluster;
  /** By name of the node pool: `<pool>`, `<pool>-<capacity>`, `<pool>-<slice>`, `<pool>-<capacity>-<slice>`. */
  readonly nodePools: ReadonlyMap<string, ContainerNodePool>;
  /** Networks of GPUDirect by machine family and letter of the zone, such as `a3-ultragpu-b`. */
  readonly gpuNetworks: ReadonlyMap<string, GoogleGpuNetworks>;
  /** Policies of tpu7x slices and of NVLink domains. */
  readonly workloadPolicies: GoogleWorkloadPolicies;
  /** Where pods got identities. */
  readonly podIdentities: GooglePodIdentities;

  constructor(scope: Construct, id: string, props: GoogleClusterProps) {
    super(scope, id);
    const { site, namePrefix } = props;
    const version = props.kubernetesVersion ?? DEFAULT_VERSION;
    const problems = new Problems(this.node.path);
    const destroyable = mayDestroy(this, props.removalPolicy, problems);
    checkClusterProps(problems, props, version);
    problems.throwIfAny();
    const plans = this.plan(problems, props, version);
    problems.throwIfAny();
    warnOf(this, plans, props.site.region);
    warnOfNewVersion(this, version);

    this.site = site;
    this.clusterName = namePrefix;
    const shared = { site, namePrefix };
    this.project = new GoogleProject(this, "project", {
      site,
      apis: [...APIS, ...((props.imageStreaming ?? true) ? (["containerfilesystem"] as const) : [])],
      enableServices: props.enableServices ?? true,
    });
    this.key = new GoogleKey(this, "key", {
      ...shared,
      project: this.project,
      agents: ["container", "compute"],
      kmsKey: props.kmsKey,
      rotationDays: props.keyRotationDays ?? 90,
      protect: !destroyable,
      purpose: "cluster",
      waitForAgents: true,
    });
    this.nodeIdentity = new GoogleNodeIdentity(this, "nodes", { ...shared, project: this.project });
    this.workloadPolicies = new GoogleWorkloadPolicies(this, "policies", {
      ...shared,
      project: this.project,
    });
    this.gpuNetworks = this.makeGpuNetworks(props, plans);
    const gpus = plans.some(({ pool }) => pool.slice.kind === "accelerators");
    const Cluster = loadCluster();
    this.cluster = new Cluster(this, "cluster", {
      ...controlPlaneConfig(props, {
        version,
        protect: !destroyable,
        kmsKey: this.key.keyName,
        serviceAccount: this.nodeIdentity.account.email,
        gpus,
        multiNetworking: props.multiNetworking ?? true,
        metal: plans.some(({ machine }) => machine.facts?.shieldedNodes === false),
      }),
      dependsOn: this.dependencies(),
    });
    this.nodePools = this.makeNodePools(props, plans);
    this.podIdentities = new GooglePodIdentities(this, "pod-identities", {
      ...shared,
      project: this.project,
    });
    this.pools = new Map(plans.map((plan) => [plan.pool.name, poolNodes(plan, this.annotations(plan))]));
    this.managed = this.managedFeatures(props, gpus);
    this.objects = [...this.gpuNetworks.values()].flatMap((networks) => networks.objects());
    this.access = {
      kind: "gke",
      clusterName: namePrefix,
      location: site.region,
      project: site.project,
      ...(props.dnsEndpoint
        ? { endpoint: this.cluster.controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint }
        : {
            endpoint: this.cluster.endpoint,
            caCertificate: this.cluster.masterAuth.clusterCaCertificate,
          }),
    };
    this.operatorFacts = {
      project: site.project,
      region: site.region,
      clusterName: namePrefix,
      network: props.network.networkName,
      subnetwork: props.network.subnetworkName,
      workloadPool: `${site.project}.svc.id.goog`,
      principalPrefix: this.podIdentities.principalPrefix,
      nodeServiceAccount: this.nodeIdentity.account.email,
      kmsKey: this.key.keyName,
    };
  }

  /**
   * Lets a service account of Kubernetes act in Google Cloud.
   *
   * Without `googleServiceAccount` it acts as itself: give the returned identity rights as you would any other. With one
   * it acts as that account, and its Kubernetes object needs the returned annotations.
   *
   * @param name literal, unique in the cluster, part of the construct's id
   * @throws InvalidName, TokenNotAllowed, InvalidPrincipal, MissingValue
   */
  grantPodIdentity(name: string, props: PodIdentityProps): PodIdentityGrant {
    return this.podIdentities.grant(name, props);
  }

  /**
   * Lets a service account of Kubernetes act as a Google service account of its own, made here: for services that know
   * identities by their e-mail address only, such as Managed Service for Apache Kafka. Its Kubernetes object needs the
   * returned annotations.
   *
   * @param name literal, unique in the cluster, part of the construct's id and of the account's
   * @throws InvalidName, TokenNotAllowed
   */
  podServiceAccount(
    name: string,
    pod: { readonly namespace: string; readonly serviceAccount: string },
  ): PodIdentityGrant {
    return this.podIdentities.account(name, pod);
  }

  private plan(
    problems: Problems,
    props: GoogleClusterProps,
    kubernetesVersion: string,
  ): readonly PoolPlan[] {
    const pools = checkPools(problems, this.node.path, props.pools, GOOGLE_CAPACITIES);
    // GKE taints nodes with Arm processors, so they take none of its own components.
    requireSystemPool(problems, pools, ({ slice }) => slice.kind !== "cpu" || slice.arch === "amd64");
    const { project, region } = props.site;
    const context = { project, region, zones: props.zones, kubernetesVersion };
    const plans = pools.flatMap(
      (pool, index) => planPool(problems, pool, props.pools[index]!, context) ?? [],
    );
    problems.unique(
      "names of node pools",
      plans.flatMap(({ nodePools }) => nodePools.map(({ name }) => name)),
    );
    checkAddresses(problems, plans, props.network);
    this.checkGpuDirect(problems, props, plans);
    return plans;
  }

  /** Options of GPUDirect are for pools that have it. */
  private checkGpuDirect(problems: Problems, props: GoogleClusterProps, plans: readonly PoolPlan[]): void {
    const direct = plans.filter(({ gpuDirect }) => gpuDirect);
    const refuse = (subject: keyof GoogleClusterProps, allowed: string) =>
      problems.add(CoreErrors.NoEffect, { subject, given: props[subject], allowed });
    if (props.gpuNetworksCidr !== undefined && direct.length === 0) {
      refuse("gpuNetworksCidr", "nothing: no pool has networks of GPUDirect");
    }
    if (props.acceleratorNetworkProfile !== undefined && !direct.some(hasProfile)) {
      refuse("acceleratorNetworkProfile", "nothing: no pool has RDMA networks");
    }
    const declared = direct.filter((plan) => !usesProfile(props, plan));
    if (declared.length > 0 && props.multiNetworking === false) {
      problems.add(GoogleClusterErrors.NetworksNotAllowed, {
        subject: "multiNetworking",
        given: false,
        allowed: `true: ${declared.map(({ pool }) => pool.name).join(", ")} have networks of GPUDirect`,
      });
    }
    if (declared.length > 0) {
      checkGpuNetworks(problems, gpuNetworksCidr(props), declared, props.network);
    }
  }

  /** What the cluster and its nodes need before they start. */
  private dependencies(): ITerraformDependable[] {
    return [
      ...this.project.dependencies("compute", "container", "containerfilesystem", "logging", "monitoring"),
      ...this.key.dependencies("container", "compute"),
      ...this.nodeIdentity.dependencies(),
    ];
  }

  private makeGpuNetworks(
    props: GoogleClusterProps,
    plans: readonly PoolPlan[],
  ): ReadonlyMap<string, GoogleGpuNetworks> {
    const made = new Map<string, GoogleGpuNetworks>();
    const { site, namePrefix } = props;
    for (const plan of plans.filter((each) => each.gpuDirect && !usesProfile(props, each))) {
      const id = gpuNetworksId(plan.machine.name, plan.zones[0]!);
      if (!made.has(id)) {
        const networks = new GoogleGpuNetworks(this, id, {
          site,
          namePrefix,
          project: this.project,
          machine: plan.machine.facts!,
          zone: plan.zones[0]!,
          cidrBlock: gpuNetworksCidr(props),
        });
        made.set(id, networks);
      }
    }
    return made;
  }

  private networksOf(plan: PoolPlan): GoogleGpuNetworks | undefined {
    return plan.gpuDirect
      ? this.gpuNetworks.get(gpuNetworksId(plan.machine.name, plan.zones[0]!))
      : undefined;
  }

  private annotations(plan: PoolPlan): Readonly<Record<string, string>> | undefined {
    return this.networksOf(plan)?.podAnnotations();
  }

  /** CPU pools first: GKE taints nodes with accelerators only when others are there. */
  private makeNodePools(
    props: GoogleClusterProps,
    plans: readonly PoolPlan[],
  ): ReadonlyMap<string, ContainerNodePool> {
    const made = new Map<string, ContainerNodePool>();
    const ofKind = (cpu: boolean) => plans.filter(({ pool }) => (pool.slice.kind === "cpu") === cpu);
    for (const plan of ofKind(true)) {
      for (const group of plan.nodePools) {
        made.set(group.name, this.makeNodePool(props, plan, group, []));
      }
    }
    const system = ofKind(true)
      .filter(({ pool }) => pool.tier === "system")
      .flatMap(({ nodePools }) => nodePools.map(({ name }) => name))
      .sort()
      .map((name) => made.get(name)!);
    for (const plan of ofKind(false)) {
      for (const group of plan.nodePools) {
        made.set(group.name, this.makeNodePool(props, plan, group, system));
      }
    }
    return made;
  }

  private makeNodePool(
    props: GoogleClusterProps,
    plan: PoolPlan,
    group: NodePoolPlan,
    after: readonly ContainerNodePool[],
  ): ContainerNodePool {
    const { placement } = plan;
    const networks = this.networksOf(plan);
    const NodePool = loadNodePool();
    const context = {
      project: this.site.project,
      region: this.site.region,
      cluster: this.cluster.name,
      serviceAccount: this.nodeIdentity.account.email,
      bootDiskKmsKey: this.key.keyName,
      gpuDriver: props.gpuDriver ?? "DEFAULT",
      imageStreaming: props.imageStreaming ?? true,
    };
    const config = nodePoolConfig(plan, group, context, {
      policyName:
        placement.kind === "policy" ? this.workloadPolicies.policy(placement.topology).name : undefined,
      networks: networks?.nodeInterfaces,
    });
    const nodePool = new NodePool(this, `pool-${group.name}`, {
      ...config,
      ...(after.length === 0 ? {} : { dependsOn: [...after] }),
    });
    if (usesProfile(props, plan)) {
      nodePool.addOverride("network_config.accelerator_network_profile", "auto");
    }
    return nodePool;
  }

  private managedFeatures(props: GoogleClusterProps, gpus: boolean): readonly ManagedFeature[] {
    return [
      ...(props.gpuDriver === "INSTALLATION_DISABLED" ? [] : (["gpu-driver"] as const)),
      "gpu-device-plugin",
      ...(monitoringOf(props, gpus).includes("DCGM") ? (["gpu-metrics"] as const) : []),
      ...(this.gpuNetworks.size > 0 ? (["rdma"] as const) : []),
      "tpu-device-plugin",
      "node-repair",
      "autoscaler",
    ];
  }
}

/** GKE makes networks by itself for RDMA, not for TCPX and TCPXO. */
function hasProfile({ machine }: PoolPlan): boolean {
  return (machine.facts?.extraNetworks?.rdmaSubnets ?? 0) > 0;
}

function usesProfile(props: GoogleClusterProps, plan: PoolPlan): boolean {
  return props.acceleratorNetworkProfile !== undefined && plan.gpuDirect && hasProfile(plan);
}

function gpuNetworksCidr(props: GoogleClusterProps): string {
  return props.gpuNetworksCidr ?? "192.168.0.0/16";
}
