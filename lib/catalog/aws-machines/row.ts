import type { AwsMachineFacts } from "../facts";
import { type Cells, numberIn, readTable, row } from "../rows";

/** Types with labels `karpenter.k8s.aws/instance-*`, read by Karpenter's generator from the EC2 API. */
export const KARPENTER =
  "github.com/aws/karpenter-provider-aws@1d927085 website/content/en/preview/reference/instance-types.md";
/** Network cards and interfaces per card, from the EC2 API. */
export const VPC_LIMITS = "github.com/aws/amazon-vpc-resource-controller-k8s@b8d4251 pkg/aws/vpc/limits.go";
export const READ = "2026-11-20";

/** What the text of a table does not say. */
export type Extra = Partial<Omit<AwsMachineFacts, "name">>;

/**
 * IPv4 addresses per interface follow from the pods that a node takes with the VPC CNI's defaults:
 * `pods = interfaces x (addresses - 1) + 2`, where all interfaces are on card 0.
 */
function addressesPerInterface(pods: number | undefined, interfaces: number | undefined): number | undefined {
  if (pods === undefined || interfaces === undefined) {
    return undefined;
  }
  const addresses = (pods - 2) / interfaces + 1;
  return Number.isInteger(addresses) ? addresses : undefined;
}

/**
 * Rows of a text table with the columns name, accelerator, count, vcpu, gib, gbps, nvme, efa, cards, interfaces, pods
 * and, for Neuron machines, cores.
 */
export function awsRows(
  text: string,
  common: Extra = {},
  extras: Readonly<Record<string, Extra>> = {},
): readonly AwsMachineFacts[] {
  return readTable(text).map((cells) => awsRow(cells, { ...common, ...extras[cells.name!] }));
}

/**
 * Families of which EC2 tells the network topology: P, G6e, G7e and Trainium. Others have no such labels.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-topology-prerequisites.html, told by a second hand.
 */
const WITH_TOPOLOGY = /^(p\d|g6e\.|g7e\.|trn\d)/;

function awsRow(cells: Cells, extra: Extra): AwsMachineFacts {
  const networkCards = numberIn(cells, "cards");
  const interfacesOnFirstCard = numberIn(cells, "interfaces");
  const maxPods = numberIn(cells, "pods");
  const ipv4PerInterface = addressesPerInterface(maxPods, interfacesOnFirstCard);
  const topologyLabels = WITH_TOPOLOGY.test(cells.name!) ? undefined : false;
  const unverified = [
    ...(topologyLabels === undefined ? [] : ["topologyLabels"]),
    ...(ipv4PerInterface === undefined ? [] : ["ipv4PerInterface"]),
    ...(extra.unverified ?? []),
  ];
  return row({
    name: cells.name!,
    accelerator: cells.accelerator,
    acceleratorCount: numberIn(cells, "count") ?? 0,
    arch: "amd64",
    vcpu: numberIn(cells, "vcpu"),
    memoryGib: numberIn(cells, "gib"),
    networkGbps: numberIn(cells, "gbps"),
    localNvmeGb: numberIn(cells, "nvme"),
    efaMax: numberIn(cells, "efa") ?? 0,
    networkCards,
    interfacesOnFirstCard,
    ipv4PerInterface,
    maxPods,
    neuronCores: numberIn(cells, "cores"),
    capacityBlocks: false,
    topologyLayers: 3,
    topologyLabels,
    source: networkCards === undefined ? KARPENTER : `${KARPENTER}; ${VPC_LIMITS}`,
    read: READ,
    ...extra,
    unverified: unverified.length > 0 ? unverified : undefined,
  });
}
