/** Where a row of a table comes from. */
export interface Evidence {
  /** Address, or repository, commit and path, of what was read; several are separated by `; `. */
  readonly source: string;
  /** Day on which it was read, ISO 8601. */
  readonly read: string;
  /** Properties of the row that the source does not state itself: derived, or told by a second hand. @default - none */
  readonly unverified?: readonly string[];
}

/** Who makes an accelerator. */
export type AcceleratorVendor = "nvidia" | "google" | "aws" | "amd" | "qualcomm";

/** What it is programmed like. `neuron` is Trainium and Inferentia. */
export type AcceleratorKind = "gpu" | "tpu" | "neuron" | "other";

/** Precisions for which peak rates are published, dense (without structured sparsity). */
export type Precision = "fp32" | "tf32" | "bf16" | "fp16" | "fp8" | "int8" | "fp4";

/** One accelerator: a GPU, a TPU chip, a Trainium or Inferentia chip. Unknown facts are left out, never zero. */
export interface AcceleratorFacts extends Evidence {
  /** Lower-case, unique: `h200`, `a100-80gb`, `tpu-v6e`, `trainium2`. */
  readonly name: string;
  readonly vendor: AcceleratorVendor;
  readonly kind: AcceleratorKind;
  /** Device memory in GiB, as the driver shows it. */
  readonly memoryGib?: number;
  /** Device memory bandwidth in GB/s (10^9 bytes). */
  readonly memoryBandwidthGBps?: number;
  /** Peak in 10^12 operations a second, dense. */
  readonly peakTflops?: Readonly<Partial<Record<Precision, number>>>;
  /** Board power in watts. */
  readonly powerWatts?: number;
  /** The domain in which accelerators reach each other without a network card. */
  readonly scaleUp?: {
    /** For example `NVLink 4` or `ICI`. */
    readonly technology: string;
    /** Accelerators in the largest domain of this accelerator: 8 of an HGX board, 72 of an NVL72 rack. */
    readonly domain: number;
    /** One direction, per accelerator, in GB/s. */
    readonly oneWayGBps?: number;
  };
  /** Scale-out network in its usual system, one direction, per accelerator, in Gbit/s. */
  readonly nicGbps?: number;
  /** Partition profiles of Multi-Instance GPU, largest number of instances per GPU by profile. Absent: no MIG. */
  readonly migProfiles?: Readonly<Record<string, number>>;
  /** What a pod asks for. */
  readonly resource:
    | "nvidia.com/gpu"
    | "google.com/tpu"
    | "aws.amazon.com/neuron"
    | "amd.com/gpu"
    | "qualcomm.com/qaic";
  /** Value of the label `nvidia.com/gpu.product` that GPU feature discovery puts on such nodes. */
  readonly gpuProduct?: string;
}

/** What every machine type has, wherever it runs. */
export interface MachineFacts extends Evidence {
  /** As the provider writes it: `p5en.48xlarge`, `a3-ultragpu-8g`, `gd-8xh200ib-i128`. */
  readonly name: string;
  /** Name of the accelerator in the catalogue; absent on CPU machines. */
  readonly accelerator?: string;
  /** Accelerators in one machine; 0 on CPU machines. */
  readonly acceleratorCount: number;
  readonly arch: "amd64" | "arm64";
  readonly vcpu?: number;
  readonly memoryGib?: number;
  /** All network cards together, one direction, in Gbit/s. */
  readonly networkGbps?: number;
  /** Local NVMe in GB (10^9 bytes); 0 if it has none. */
  readonly localNvmeGb?: number;
  /**
   * Share of one accelerator that each device of the machine is: 0.125 of `g6f.large`. `acceleratorCount` then counts
   * the devices that a pod can ask for, each with that share of the accelerator's memory. @default - whole accelerators
   */
  readonly acceleratorFraction?: number;
  /** False: Multi-Instance GPU is refused on this machine, although the accelerator has it. @default - as the accelerator */
  readonly mig?: false;
}

/** One interface of a launch template. */
export interface InterfaceFacts {
  readonly networkCardIndex: number;
  readonly deviceIndex: number;
  /** `interface` is an ordinary (ENA) one, `efa-only` carries no IP. */
  readonly interfaceType: "interface" | "efa" | "efa-only";
}

/** What a layout of interfaces is made for: few IP addresses, or the most IP bandwidth besides EFA. */
export type InterfaceLayout = "ip-optimized" | "bandwidth-optimized";

export interface AwsMachineFacts extends MachineFacts {
  /** Largest number of EFA interfaces; 0: the type has no EFA. */
  readonly efaMax: number;
  readonly networkCards?: number;
  /** Network interfaces that card 0 takes. */
  readonly interfacesOnFirstCard?: number;
  /** Network interfaces that each further card takes. @default - as many as card 0 */
  readonly interfacesOnOtherCards?: number;
  /** IPv4 addresses that each interface takes. */
  readonly ipv4PerInterface?: number;
  /** Pods of one node with the VPC CNI's defaults. */
  readonly maxPods?: number;
  /** False: cannot be had on demand (Capacity Blocks only). Absent: can. */
  readonly onDemand?: false;
  readonly spot?: false;
  /** Capacity Blocks are sold for it. */
  readonly capacityBlocks: boolean;
  /** Machines of one NVLink domain across machines, by size of the UltraServer. */
  readonly ultraServers?: Readonly<Record<string, number>>;
  /** NVLink across machines needs IMEX, which a ComputeDomain sets up. */
  readonly multiNodeNvlink?: true;
  /** Network interfaces of a launch template, instead of the catalogue's layouts for the type. @default - by layout */
  readonly interfaces?: readonly InterfaceFacts[];
  /** NeuronCores of one machine. */
  readonly neuronCores?: number;
  /** Layers of `topology.k8s.aws/network-node-layer-N`, where the type has these labels. */
  readonly topologyLayers: 3 | 4;
  /** False: EC2 tells no network topology of the type, so its nodes have none of these labels. @default - they have */
  readonly topologyLabels?: false;
}

/** How GPUs of different machines of a Google family reach each other. */
export type GpuDirect = "TCPX" | "TCPXO" | "RDMA" | "RDMA-metal";

export interface GoogleMachineFacts extends MachineFacts {
  /** Value of `guest_accelerator.type` and of the label `cloud.google.com/gke-accelerator`. */
  readonly gkeAccelerator?: string;
  /** Local SSDs that come with the machine, by count. */
  readonly localSsdCount?: number;
  readonly gpuDirect?: GpuDirect;
  /** Networks beside the cluster's own that GPUDirect needs. */
  readonly extraNetworks?: {
    /** Networks with one subnet each, of gVNIC (or IDPF) interfaces. */
    readonly gvnicNetworks: number;
    /** Subnets, one per RDMA interface, of one network with an RDMA profile. */
    readonly rdmaSubnets: number;
    /** Network profile of the RDMA network; `{zone}` is replaced by the zone. */
    readonly rdmaProfile?: string;
    /** The profile makes the subnets itself: none may be declared. */
    readonly profileMakesSubnets?: true;
    readonly mtu?: number;
  };
  /** Compact placement together with flex-start is allowed. */
  readonly compactWithFlexStart?: true;
  /** Value of `accelerator_topology` of the workload policy that the family needs, such as `1x72`. */
  readonly acceleratorTopology?: string;
  readonly multiNodeNvlink?: true;
  /** Spot and flex-start only. */
  readonly onDemand?: false;
  readonly spot?: false;
  readonly shieldedNodes?: false;
  /** Lowest GKE version that knows the type. */
  readonly minGkeVersion?: string;
}

/** A machine that a neocloud sells as an instance type. */
export interface CoreWeaveMachineFacts extends MachineFacts {
  /** InfiniBand or RoCE fabric between machines. */
  readonly fabric?: "infiniband" | "roce";
  readonly multiNodeNvlink?: true;
  /** Sold by whole racks of this many machines: `targetRacks` instead of `targetNodes`. */
  readonly machinesPerRack?: number;
}

/** The usual server for an accelerator in one's own hall, for sizing; the real one may differ. */
export interface OnPremNodeFacts extends MachineFacts {
  readonly multiNodeNvlink?: true;
  /** All-in power of one machine in watts. */
  readonly systemPowerWatts?: number;
}

/** One legal pair of TPU machine type and topology. */
export interface TpuSliceFacts extends Evidence {
  /** Name of the accelerator in the catalogue: `tpu-v6e`. */
  readonly accelerator: string;
  /** Value of the label `cloud.google.com/gke-tpu-accelerator`. */
  readonly gkeAccelerator: string;
  readonly machineType: string;
  readonly chipsPerNode: number;
  /** `4x8`, `4x4x4`. */
  readonly topology: string;
  readonly chips: number;
  readonly nodes: number;
  readonly multiHost: boolean;
  /** Placement by a workload policy, not by COMPACT. */
  readonly workloadPolicy: boolean;
  /** Beyond the largest size that Google's page documents, though tools accept it. */
  readonly beyondDocumented?: true;
}

/** Node labels that tell where a node is in the network, outermost first, of one provider and machine family. */
export interface TopologyLabelFacts extends Evidence {
  /** Keys from the widest level to the narrowest; `kubernetes.io/hostname` is left out. */
  readonly levels: readonly string[];
  /** Key whose value is the NVLink domain across machines. */
  readonly nvlinkDomain?: string;
}
