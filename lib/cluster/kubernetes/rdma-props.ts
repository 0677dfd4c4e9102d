/** One rail: the port of the same number in every machine, and the switch that joins them. */
export interface Rail {
  /** Lower-case, unique; names the resource `nvidia.com/<name>` and the network. */
  readonly name: string;
  /** Network device of the port in every machine, such as `ibs1f0` or `ens2np0`. */
  readonly interface: string;
}

/** Every pod sees the ports of its node. Suits InfiniBand, and one pod per node. */
export interface SharedRdma {
  readonly mode: "shared";
  /** Network devices of the ports. */
  readonly interfaces: readonly string[];
  /** Pods of one node that may use them at the same time, 1 to 1,000. @default 63 */
  readonly podsPerNode?: number;
}

/** Every pod gets a virtual function of each rail, as a network of its own. */
export interface SriovRdma {
  readonly mode: "sriov";
  readonly link: "infiniband" | "ethernet";
  /** One or more. */
  readonly rails: readonly Rail[];
  /** Virtual functions of each port, 1 to 127. Nodes are drained, and may restart, when the number changes. @default 8 */
  readonly functions?: number;
  /** MTU of the ports in bytes, 1,280 to 9,978. @default - the card's own */
  readonly mtu?: number;
  /** Namespace of the network attachments. @default "default" */
  readonly namespace?: string;
  /**
   * Addresses of the rails by NVIDIA's IPAM plugin, from pools named like the rails: RoCE needs them, InfiniBand does
   * not. The pools themselves are `RailAddresses`, because their kind is served only after this network is up.
   * @default - true for Ethernet, false for InfiniBand
   */
  readonly addresses?: boolean;
}

/** A network for RDMA in one's own hall. A plain value. */
export type RdmaNetwork = (SharedRdma | SriovRdma) & {
  /** Names of the pools that have it. @default - all pools with accelerators whose nodes are close together */
  readonly pools?: readonly string[];
  /** Who installs DOCA-OFED: the operator (which unloads and reloads kernel modules), or the host has it. @default "host" */
  readonly driver?: "operator" | "host";
};

/** Prefix of the shared resource: `rdma/shared`. */
export const SHARED_RESOURCE = { prefix: "rdma", name: "shared" } as const;
/** Prefix of resources of the SR-IOV operator as the network operator's chart sets it. */
export const SRIOV_PREFIX = "nvidia.com";
