import type { ComputeFirewall } from "@cdktf/provider-google/lib/compute-firewall";
import type { ComputeNetwork } from "@cdktf/provider-google/lib/compute-network";
import type { ComputeSubnetwork } from "@cdktf/provider-google/lib/compute-subnetwork";
import { Construct } from "constructs";
import type { GoogleMachineFacts } from "../../catalog/facts";
import { prefixLength, subnetAt } from "../../core/cidr";
import type { GoogleProject } from "../../core/google-project";
import { resourceName } from "../../core/naming";
import type { GoogleSite } from "../../fabric/site";
import type { ClusterObject } from "../cluster";

/** Loaded on first use: most clusters have no such networks. */
const load = () => ({
  ...(require("@cdktf/provider-google/lib/compute-network") as typeof import("@cdktf/provider-google/lib/compute-network")),
  ...(require("@cdktf/provider-google/lib/compute-subnetwork") as typeof import("@cdktf/provider-google/lib/compute-subnetwork")),
  ...(require("@cdktf/provider-google/lib/compute-firewall") as typeof import("@cdktf/provider-google/lib/compute-firewall")),
});

/** Subnets that a range is cut into: more than any machine has interfaces. */
const SLOTS_LOG2 = 4;
/** What RDMA networks have, and what gVNIC interfaces beside them should. Source: https://docs.cloud.google.com/vpc/docs/rdma-network-profiles (read 2026-11-24) */
const JUMBO = 8896;

const ALL_INTERNAL = [{ protocol: "tcp" }, { protocol: "udp" }, { protocol: "icmp" }];

/** One interface of a node beside the first: its network, and the object by which pods ask for it. All literal. */
export interface GpuInterface {
  /** Name of the objects `Network` and `GKENetworkParamSet`: `<family>-<zone's letter>-rdma-0`. */
  readonly objectName: string;
  readonly deviceMode: "NetDevice" | "RDMA";
  readonly networkName: string;
  readonly subnetworkName: string;
}

/** An interface as a node pool takes it: tokens, so that Terraform makes the networks first. */
export interface NodeInterface {
  readonly network: string;
  readonly subnetwork: string;
}

/** Family and letter of the zone: what one set of networks is for, and the id of its construct. */
export function gpuNetworksId(machine: string, zone: string): string {
  return `${machine.split("-").slice(0, 2).join("-")}-${zone.slice(-1)}`;
}

export interface GoogleGpuNetworksProps {
  readonly site: GoogleSite;
  readonly namePrefix: string;
  readonly project: GoogleProject;
  /** Has `extraNetworks`. */
  readonly machine: GoogleMachineFacts;
  readonly zone: string;
  /** Cut into sixteen subnets. */
  readonly cidrBlock: string;
}

/**
 * Networks of GPUDirect for one machine family in one zone: of gVNIC interfaces with one subnet each, and for RDMA one
 * more with Google's network profile of the zone and a subnet per card. Sets use the same address ranges: no node is in
 * two, and none is connected to another.
 *
 * Networks with an RDMA profile let everything in by themselves and take no firewall rules; in the others nodes reach
 * each other, nobody else.
 *
 * Makes `google_compute_network`, `google_compute_subnetwork`, `google_compute_firewall`.
 */
export class GoogleGpuNetworks extends Construct {
  /** `gvnic-1` and so on, and `rdma`. */
  readonly networks: ReadonlyMap<string, ComputeNetwork>;
  /** `gvnic-1` and so on, `rdma-0` and so on. */
  readonly subnetworks: ReadonlyMap<string, ComputeSubnetwork>;
  /** By network; RDMA networks have none. */
  readonly firewalls: ReadonlyMap<string, ComputeFirewall>;
  /** In the order of the machine's interfaces. */
  readonly interfaces: readonly GpuInterface[];
  /** In the order of the machine's interfaces. */
  readonly nodeInterfaces: readonly NodeInterface[];
  private readonly made = {
    networks: new Map<string, ComputeNetwork>(),
    subnetworks: new Map<string, ComputeSubnetwork>(),
    firewalls: new Map<string, ComputeFirewall>(),
    interfaces: [] as GpuInterface[],
    nodeInterfaces: [] as NodeInterface[],
  };

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GoogleGpuNetworksProps,
  ) {
    super(scope, id);
    const extra = props.machine.extraNetworks!;
    for (let index = 0; index < extra.gvnicNetworks; index++) {
      this.addGvnic(`gvnic-${index + 1}`, index);
    }
    if (extra.rdmaSubnets > 0) {
      this.addRdma(extra.rdmaSubnets, extra.gvnicNetworks);
    }
    this.networks = this.made.networks;
    this.subnetworks = this.made.subnetworks;
    this.firewalls = this.made.firewalls;
    this.interfaces = this.made.interfaces;
    this.nodeInterfaces = this.made.nodeInterfaces;
  }

  private name(part: string): string {
    return resourceName([this.props.namePrefix, this.node.id, part], { maxLength: 63 });
  }

  private addNetwork(part: string, profile?: string): ComputeNetwork {
    const { site, project, machine } = this.props;
    const { ComputeNetwork: Network } = load();
    const network = new Network(this, part, {
      project: site.project,
      name: this.name(part),
      autoCreateSubnetworks: false,
      routingMode: "REGIONAL",
      mtu: machine.extraNetworks?.mtu ?? JUMBO,
      ...(profile === undefined
        ? {}
        : { networkProfile: `projects/${site.project}/global/networkProfiles/${profile}` }),
      dependsOn: project.dependencies("compute"),
    });
    this.made.networks.set(part, network);
    return network;
  }

  private addSubnetwork(part: string, network: ComputeNetwork, slot: number): ComputeSubnetwork {
    const { site, cidrBlock } = this.props;
    const { ComputeSubnetwork: Subnetwork } = load();
    const subnetwork = new Subnetwork(this, `${part}-subnet`, {
      project: site.project,
      region: site.region,
      name: this.name(part),
      network: network.id,
      ipCidrRange: subnetAt(cidrBlock, prefixLength(cidrBlock) + SLOTS_LOG2, slot),
    });
    this.made.subnetworks.set(part, subnetwork);
    return subnetwork;
  }

  private addInterface(
    part: string,
    deviceMode: GpuInterface["deviceMode"],
    names: Pick<GpuInterface, "networkName" | "subnetworkName">,
    tokens: NodeInterface,
  ): void {
    this.made.interfaces.push({ objectName: `${this.node.id}-${part}`, deviceMode, ...names });
    this.made.nodeInterfaces.push(tokens);
  }

  private addGvnic(part: string, slot: number): void {
    const network = this.addNetwork(part);
    const subnetwork = this.addSubnetwork(part, network, slot);
    const { ComputeFirewall: Firewall } = load();
    this.made.firewalls.set(
      part,
      new Firewall(this, `${part}-firewall`, {
        project: this.props.site.project,
        name: this.name(part),
        network: network.name,
        description: "Nodes of the cluster among each other",
        direction: "INGRESS",
        sourceRanges: [subnetwork.ipCidrRange],
        allow: ALL_INTERNAL,
      }),
    );
    const name = this.name(part);
    this.addInterface(
      part,
      "NetDevice",
      { networkName: name, subnetworkName: name },
      { network: network.name, subnetwork: subnetwork.name },
    );
  }

  private addRdma(count: number, firstSlot: number): void {
    const { machine, zone } = this.props;
    const { rdmaProfile, profileMakesSubnets } = machine.extraNetworks!;
    const network = this.addNetwork("rdma", rdmaProfile?.replace("{zone}", zone));
    for (let index = 0; index < count; index++) {
      const part = `rdma-${index}`;
      const networkName = this.name("rdma");
      // The profile of bare metal makes one subnet of this name, which all cards are in.
      const ofProfile = (name: string) => `default-subnet-1-${name}`;
      this.addInterface(
        part,
        "RDMA",
        {
          networkName,
          subnetworkName: profileMakesSubnets ? ofProfile(networkName) : this.name(part),
        },
        {
          network: network.name,
          subnetwork: profileMakesSubnets
            ? ofProfile(network.name)
            : this.addSubnetwork(part, network, firstSlot + index).name,
        },
      );
    }
  }

  /** A `Network` and a `GKENetworkParamSet` per interface, by which GKE gives it to pods. */
  objects(): readonly ClusterObject[] {
    return this.interfaces.flatMap(({ objectName, deviceMode, networkName, subnetworkName }) => [
      {
        id: `${objectName}-params`,
        apiVersion: "networking.gke.io/v1",
        kind: "GKENetworkParamSet",
        name: objectName,
        spec: { vpc: networkName, vpcSubnet: subnetworkName, deviceMode },
      },
      {
        id: `${objectName}-network`,
        apiVersion: "networking.gke.io/v1",
        kind: "Network",
        name: objectName,
        spec: {
          type: "Device",
          parametersRef: { group: "networking.gke.io", kind: "GKENetworkParamSet", name: objectName },
        },
      },
    ]);
  }

  /**
   * Annotations that give a pod all interfaces. The first interface stays the cluster's own.
   * Source: https://cloud.google.com/kubernetes-engine/docs/how-to/gpu-bandwidth-gpudirect-tcpx (read 2026-11-24)
   */
  podAnnotations(): Readonly<Record<string, string>> {
    const extra = this.interfaces.map(({ objectName }, index) => ({
      interfaceName: `eth${index + 1}`,
      network: objectName,
    }));
    return {
      "networking.gke.io/default-interface": "eth0",
      "networking.gke.io/interfaces": JSON.stringify([
        { interfaceName: "eth0", network: "default" },
        ...extra,
      ]),
    };
  }
}
