import { Construct } from "constructs";
import { Capacity } from "../../lib/fabric/capacity";
import type { AcceleratorPoolProps } from "../../lib/fabric/pool";
import { Slice } from "../../lib/fabric/slice";
import {
  GoogleCluster,
  type GoogleClusterProps,
  GoogleNetwork,
  type GoogleNetworkProps,
  type IGoogleNetwork,
} from "../../lib/google";
import { type Recipe, recipe } from "./recipe";
import { EEMSHAVEN } from "./subjects";

type PlainNetwork = Omit<IGoogleNetwork, "node" | "with">;

interface PlainPool extends Omit<AcceleratorPoolProps, "slice" | "capacity"> {
  readonly cpu?: { readonly vcpu: number; readonly memoryGib: number; readonly nodes: number };
  readonly gpu?: { readonly accelerator: string; readonly perNode: number; readonly nodes: number };
  readonly tpu?: { readonly accelerator: string; readonly topology: string; readonly slices: number };
  readonly reservation?: { readonly name: string; readonly project: string; readonly zone: string };
}

type PlainCluster = Omit<GoogleClusterProps, "site" | "pools" | "network"> & {
  readonly pools: readonly PlainPool[];
  readonly network: PlainNetwork;
  readonly podIdentity: {
    readonly name: string;
    readonly namespace: string;
    readonly serviceAccount: string;
    readonly googleServiceAccount: string;
  };
};

function poolOf({ cpu, gpu, tpu, reservation, ...pool }: PlainPool): AcceleratorPoolProps {
  const slice = gpu
    ? Slice.accelerators(gpu.accelerator, gpu)
    : tpu
      ? Slice.tpu(tpu.accelerator, tpu)
      : Slice.cpu(cpu!);
  const capacity = reservation && Capacity.reservation({ google: reservation });
  return { ...pool, slice, ...(capacity ? { capacity } : {}) };
}

/** A network that was made elsewhere. */
export function googleNetwork(network: Partial<PlainNetwork> = {}): IGoogleNetwork {
  const construct = new Construct(undefined as unknown as Construct, "");
  return Object.assign(construct, {
    networkName: "net",
    subnetworkName: "subnet",
    podsRangeName: "pods",
    servicesRangeName: "services",
    nodesCidr: "10.0.0.0/20",
    podsCidr: "10.64.0.0/14",
    servicesCidr: "10.1.0.0/20",
    ...network,
  });
}

const cluster = recipe<PlainCluster>(
  "GoogleCluster",
  (stack, { pools, network, podIdentity: { name, ...podIdentity }, ...props }) => {
    const made = new GoogleCluster(stack, "cluster", {
      ...props,
      site: EEMSHAVEN,
      network: googleNetwork(network),
      pools: pools.map(poolOf),
    });
    made.grantPodIdentity(name, podIdentity);
  },
  {
    namePrefix: "acme",
    kubernetesVersion: "1.34",
    zones: ["europe-west4-a", "europe-west4-b"],
    network: {
      networkName: "net",
      subnetworkName: "subnet",
      podsRangeName: "pods",
      servicesRangeName: "services",
      nodesCidr: "10.0.0.0/20",
      podsCidr: "10.64.0.0/14",
      servicesCidr: "10.1.0.0/20",
    },
    authorizedNetworks: [{ cidrBlock: "10.9.0.0/16", displayName: "bastion" }],
    kmsKey: "projects/acme-ai/locations/europe-west4/keyRings/ring/cryptoKeys/key",
    maintenanceWindow: {
      startTime: "2026-01-03T00:00:00Z",
      endTime: "2026-01-03T08:00:00Z",
      recurrence: "FREQ=WEEKLY;BYDAY=SA,SU",
    },
    maintenanceExclusions: [
      {
        name: "run",
        startTime: "2026-12-01T00:00:00Z",
        endTime: "2026-12-20T00:00:00Z",
        scope: "NO_UPGRADES",
      },
    ],
    logging: ["SYSTEM_COMPONENTS"],
    monitoring: ["SYSTEM_COMPONENTS", "DCGM"],
    csiDrivers: ["gcsFuse", "lustre"],
    gpuNetworksCidr: "192.168.0.0/16",
    podIdentity: {
      name: "trainer",
      namespace: "ml",
      serviceAccount: "trainer",
      googleServiceAccount: "trainer@acme-ai.iam.gserviceaccount.com",
    },
    pools: [
      { name: "system", cpu: { vcpu: 4, memoryGib: 16, nodes: 2 } },
      {
        name: "train",
        gpu: { accelerator: "h200", perNode: 8, nodes: 2 },
        machineType: "a3-ultragpu-8g",
        reservation: { name: "h200s", project: "acme-reservations", zone: "europe-west4-b" },
        labels: { team: "one" },
        taints: [{ key: "team", value: "one", effect: "NoExecute" }],
        maxPodsPerNode: 48,
        bootDiskGib: 300,
        disruption: { maxUnavailable: 2 },
      },
      { name: "tpu", tpu: { accelerator: "tpu-v7x", topology: "2x2x2", slices: 2 } },
    ],
  },
  [
    "network.networkName",
    "network.subnetworkName",
    "network.podsRangeName",
    "network.servicesRangeName",
    "authorizedNetworks.0.cidrBlock",
    "authorizedNetworks.0.displayName",
    "kmsKey",
    "podIdentity.googleServiceAccount",
  ],
);

const network = recipe<Omit<GoogleNetworkProps, "site">>(
  "GoogleNetwork",
  (stack, props) => void new GoogleNetwork(stack, "network", { ...props, site: EEMSHAVEN }),
  {
    namePrefix: "acme",
    nodesCidr: "10.0.0.0/20",
    podsCidr: "10.64.0.0/14",
    servicesCidr: "10.1.0.0/20",
    mtu: 8896,
    nat: { minPortsPerVm: 64 },
    flowLogs: { sampling: 0.5, interval: "5_MIN" },
  },
  ["mtu"],
);

export const GOOGLE_CLUSTER_RECIPES: readonly Recipe[] = [cluster, network];
