import type { ContainerClusterConfig } from "@cdktf/provider-google/lib/container-cluster";
import { escapeTemplate } from "../../core/escape";
import {
  type GoogleClusterProps,
  type GoogleCsiDriver,
  type GoogleMonitoringComponent,
  LOGGING_COMPONENTS,
  MONITORING_COMPONENTS,
} from "./props";

/** What is decided about the control plane beside the props. Strings may be tokens. */
export interface ControlPlaneFacts {
  readonly version: string;
  readonly protect: boolean;
  readonly kmsKey: string;
  readonly serviceAccount: string;
  /** Some pool has GPUs. */
  readonly gpus: boolean;
  /** Nodes may have networks beside the cluster's own. */
  readonly multiNetworking: boolean;
  /** Some pool has machines that cannot be Shielded VMs. */
  readonly metal: boolean;
}

/** A Saturday; GKE repeats the window from there on. */
const WEEKENDS = {
  startTime: "2026-01-03T00:00:00Z",
  endTime: "2026-01-03T08:00:00Z",
  recurrence: "FREQ=WEEKLY;BYDAY=SA,SU",
} as const;

/** Metrics that GKE collects unless told otherwise. */
export function monitoringOf(props: GoogleClusterProps, gpus: boolean): readonly GoogleMonitoringComponent[] {
  return props.monitoring ?? ["SYSTEM_COMPONENTS", "JOBSET", ...(gpus ? (["DCGM"] as const) : [])];
}

function inOrder<T>(all: readonly T[], chosen: readonly T[]): T[] {
  return all.filter((component) => chosen.includes(component));
}

function addons(drivers: readonly GoogleCsiDriver[]) {
  return {
    gcePersistentDiskCsiDriverConfig: { enabled: true },
    gcsFuseCsiDriverConfig: { enabled: drivers.includes("gcsFuse") },
    gcpFilestoreCsiDriverConfig: { enabled: drivers.includes("filestore") },
    ...(drivers.includes("parallelstore") ? { parallelstoreCsiDriverConfig: { enabled: true } } : {}),
    ...(drivers.includes("lustre") ? { lustreCsiDriverConfig: { enabled: true } } : {}),
  };
}

function maintenance(props: GoogleClusterProps) {
  const exclusions = props.maintenanceExclusions ?? [];
  return {
    recurringWindow: props.maintenanceWindow ?? WEEKENDS,
    ...(exclusions.length === 0
      ? {}
      : {
          maintenanceExclusion: exclusions.map(({ name, startTime, endTime, scope }) => ({
            exclusionName: name,
            startTime,
            endTime,
            exclusionOptions: { scope: scope ?? "NO_MINOR_OR_NODE_UPGRADES" },
          })),
        }),
  };
}

/** Who reaches the control plane, and how. */
function endpoints(props: GoogleClusterProps) {
  const networks = props.authorizedNetworks ?? [];
  return {
    privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true },
    masterAuthorizedNetworksConfig: {
      gcpPublicCidrsAccessEnabled: false,
      privateEndpointEnforcementEnabled: true,
      ...(networks.length === 0
        ? {}
        : {
            cidrBlocks: networks.map(({ cidrBlock, displayName }) => ({
              cidrBlock,
              ...(displayName === undefined ? {} : { displayName: escapeTemplate(displayName) }),
            })),
          }),
    },
    controlPlaneEndpointsConfig: {
      dnsEndpointConfig: { allowExternalTraffic: props.dnsEndpoint ?? false },
      ipEndpointsConfig: { enabled: true },
    },
    masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
  };
}

function observability(props: GoogleClusterProps, gpus: boolean) {
  return {
    loggingConfig: {
      enableComponents: inOrder(LOGGING_COMPONENTS, props.logging ?? ["SYSTEM_COMPONENTS", "WORKLOADS"]),
    },
    monitoringConfig: {
      enableComponents: inOrder(MONITORING_COMPONENTS, monitoringOf(props, gpus)),
      managedPrometheus: { enabled: props.managedPrometheus ?? true },
    },
    costManagementConfig: { enabled: props.costAllocation ?? true },
    securityPostureConfig: {
      mode: props.securityPosture ?? "BASIC",
      vulnerabilityMode: "VULNERABILITY_DISABLED",
    },
  };
}

/** Arguments of the `google_container_cluster`. */
export function controlPlaneConfig(
  props: GoogleClusterProps,
  facts: ControlPlaneFacts,
): ContainerClusterConfig {
  const { site, network } = props;
  return {
    project: site.project,
    location: site.region,
    name: props.namePrefix,
    nodeLocations: [...props.zones].sort(),
    network: escapeTemplate(network.networkName),
    subnetwork: escapeTemplate(network.subnetworkName),
    networkingMode: "VPC_NATIVE",
    ipAllocationPolicy: {
      clusterSecondaryRangeName: escapeTemplate(network.podsRangeName),
      servicesSecondaryRangeName: escapeTemplate(network.servicesRangeName),
    },
    datapathProvider: "ADVANCED_DATAPATH",
    ...(facts.multiNetworking ? { enableMultiNetworking: true } : {}),
    minMasterVersion: facts.version,
    releaseChannel: { channel: props.releaseChannel ?? "REGULAR" },
    // GKE makes no cluster without nodes: the ones it starts with are removed at once, and run as our account till then.
    removeDefaultNodePool: true,
    initialNodeCount: 1,
    nodeConfig: {
      serviceAccount: facts.serviceAccount,
      oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
      bootDiskKmsKey: facts.kmsKey,
      metadata: { "disable-legacy-endpoints": "true" },
      workloadMetadataConfig: { mode: "GKE_METADATA" },
      shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
    },
    workloadIdentityConfig: { workloadPool: `${site.project}.svc.id.goog` },
    databaseEncryption: { state: "ENCRYPTED", keyName: facts.kmsKey },
    enableShieldedNodes: !facts.metal,
    deletionProtection: facts.protect,
    ...endpoints(props),
    ...observability(props, facts.gpus),
    clusterAutoscaling: { enabled: false, autoscalingProfile: props.autoscalingProfile ?? "BALANCED" },
    addonsConfig: addons(props.csiDrivers ?? ["gcsFuse"]),
    maintenancePolicy: maintenance(props),
    timeouts: { create: "60m", update: "60m", delete: "60m" },
    lifecycle: { preventDestroy: facts.protect, ignoreChanges: ["node_config"] },
  };
}
