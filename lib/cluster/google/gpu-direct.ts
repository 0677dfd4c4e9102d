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

/** One interface of a node beside the first: its network, and the object by which pods ask for it. */
export interface GpuInterface {
  /** Name of the objects `Network` and `GKENetworkParamSet`: `<family>-<zone's letter>-rdma-0`. */
  readonly objectName: string;
  readonly deviceMode: "NetDevice" | "RDMA";
  readonly network: string;
  readonly subnetwork: string;
}

/** Family and letter of the zone: what one set of networks is for, and the id of its construct. */
export function gpuNetworksId(machine: string, zone: string): string {
  return `${machine.split("-").slice(0, 2).join("-")}-${zone.slice(-1)}`;
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
  readonly networks: ReadonlyMap<string, ComputeNetwork>;
  readonly subnetworks: ReadonlyMap<string, ComputeSubnetwork>;
  readonly firewalls: ReadonlyMap<string, ComputeFirewall>;
  /** In the order of the machine's interfaces. */
  readonly interfaces: readonly GpuInterface[];

  constructor(
    scope: Construct,
    id: string,
    props: {
      readonly site: GoogleSite;
      readonly namePrefix: string;
      readonly project: GoogleProject;
      readonly machine: GoogleMachineFacts;
      readonly zone: string;
      readonly cidrBlock: string;
    },
  ) {
    super(scope, id);
    const { site, namePrefix, project, machine, zone, cidrBlock } = props;
    const { ComputeNetwork: Network, ComputeSubnetwork: Subnetwork, ComputeFirewall: Firewall } = load();
    const extra = machine.extraNetworks!;
    const networks = new Map<string, ComputeNetwork>();
    const subnetworks = new Map<string, ComputeSubnetwork>();
    const firewalls = new Map<string, ComputeFirewall>();
    const name = (part: string) => resourceName([namePrefix, id, part], { maxLength: 63 });
    const network = (part: string, profile?: string) => {
      const made = new Network(this, part, {
        project: site.project,
        name: name(part),
        autoCreateSubnetworks: false,
        routingMode: "REGIONAL",
        mtu: extra.mtu ?? JUMBO,
        ...(profile === undefined
          ? {}
          : { networkProfile: `projects/${site.project}/global/networkProfiles/${profile}` }),
        dependsOn: project.dependencies("compute"),
      });
      networks.set(part, made);
      return made;
    };
    const subnetwork = (part: string, of: ComputeNetwork, slot: number) => {
      const made = new Subnetwork(this, `${part}-subnet`, {
        project: site.project,
        region: site.region,
        name: name(part),
        network: of.id,
        ipCidrRange: subnetAt(cidrBlock, prefixLength(cidrBlock) + SLOTS_LOG2, slot),
      });
      subnetworks.set(part, made);
      return made;
    };
    const interfaces: GpuInterface[] = [];
    for (let index = 0; index < extra.gvnicNetworks; index++) {
      const part = `gvnic-${index + 1}`;
      const made = network(part);
      const subnet = subnetwork(part, made, index);
      firewalls.set(
        part,
        new Firewall(this, `${part}-firewall`, {
          project: site.project,
          name: name(part),
          network: made.name,
          description: "Nodes of the cluster among each other",
          direction: "INGRESS",
          sourceRanges: [subnet.ipCidrRange],
          allow: ALL_INTERNAL,
        }),
      );
      interfaces.push({
        objectName: `${id}-${part}`,
        deviceMode: "NetDevice",
        network: made.name,
        subnetwork: subnet.name,
      });
    }
    if (extra.rdmaSubnets > 0) {
      const made = network("rdma", extra.rdmaProfile?.replace("{zone}", zone));
      for (let index = 0; index < extra.rdmaSubnets; index++) {
        const part = `rdma-${index}`;
        interfaces.push({
          objectName: `${id}-${part}`,
          deviceMode: "RDMA",
          network: made.name,
          // The profile of bare metal makes one subnet of this name, which all cards are in.
          subnetwork: extra.profileMakesSubnets
            ? `default-subnet-1-${made.name}`
            : subnetwork(part, made, extra.gvnicNetworks + index).name,
        });
      }
    }
    this.networks = networks;
    this.subnetworks = subnetworks;
    this.firewalls = firewalls;
    this.interfaces = interfaces;
  }

  /** A `Network` and a `GKENetworkParamSet` per interface, by which GKE gives it to pods. */
  objects(): readonly ClusterObject[] {
    return this.interfaces.flatMap(({ objectName, deviceMode, network, subnetwork }) => [
      {
        id: `${objectName}-params`,
        apiVersion: "networking.gke.io/v1",
        kind: "GKENetworkParamSet",
        name: objectName,
        spec: { vpc: network, vpcSubnet: subnetwork, deviceMode },
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
