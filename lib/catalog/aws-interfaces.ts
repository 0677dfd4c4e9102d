import type { AwsMachineFacts, InterfaceFacts, InterfaceLayout } from "./facts";

type Kind = InterfaceFacts["interfaceType"];
type MachineInterfaces = Pick<
  AwsMachineFacts,
  "name" | "efaMax" | "networkCards" | "interfacesOnFirstCard" | "interfacesOnOtherCards" | "interfaces"
>;

/** Where the layouts and the rules come from. */
export const INTERFACE_SOURCES = {
  source:
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.md; " +
    "github.com/awslabs/ai-on-eks infra/base/terraform/modules/efa-networkinterfaces-generator/main.tf; " +
    "github.com/aws/karpenter-provider-aws@1d927085 pkg/apis/v1/ec2nodeclass.go; " +
    "https://github.com/aws/aws-parallelcluster/pull/6930",
  read: "2026-11-20",
} as const;

const at = (networkCardIndex: number, deviceIndex: number, interfaceType: Kind): InterfaceFacts => ({
  networkCardIndex,
  deviceIndex,
  interfaceType,
});

/** Numbers from `first` to `last`, both included. */
function upTo(last: number, first = 0, step = 1): readonly number[] {
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
}

/** Cards of one interface type and device index. */
type Group = readonly [kind: Kind, cards: readonly number[], deviceIndex: number];

interface Layouts {
  readonly "ip-optimized": readonly Group[];
  readonly "bandwidth-optimized": readonly Group[];
}

const P5: Layouts = {
  "ip-optimized": [["efa-only", upTo(31), 1]],
  "bandwidth-optimized": [
    ["efa-only", [0], 1],
    ["efa-only", upTo(31, 1), 0],
    ["interface", upTo(28, 4, 4), 1],
  ],
};

/** Groups beside the interface at card 0, device 0, which every layout has. */
const PUBLISHED: Readonly<Record<string, Layouts>> = {
  "p5.48xlarge": P5,
  "p5e.48xlarge": P5,
  "p5en.48xlarge": {
    "ip-optimized": [["efa-only", upTo(15), 1]],
    "bandwidth-optimized": [
      ["interface", upTo(14, 2, 2), 1],
      ["efa-only", upTo(15), 2],
    ],
  },
  "p6-b200.48xlarge": {
    "ip-optimized": [["efa-only", upTo(7), 1]],
    "bandwidth-optimized": [
      ["interface", upTo(7, 1), 1],
      ["efa-only", upTo(7), 2],
    ],
  },
  "p6-b300.48xlarge": {
    "ip-optimized": [["efa-only", upTo(16, 1), 1]],
    "bandwidth-optimized": [
      ["efa-only", upTo(16, 1), 0],
      ["interface", upTo(16, 1), 1],
    ],
  },
  "p6e-gb200.36xlarge": {
    "ip-optimized": [["efa-only", [1, 5, 9, 13], 1]],
    "bandwidth-optimized": [
      ["interface", [2, 6, 10, 14], 1],
      ["efa-only", [1, 5, 9, 13], 2],
    ],
  },
};

/** EFA-only beside the interface of card 0, and as the first device of each further card. */
function genericLayout(machine: MachineInterfaces): readonly Group[] {
  const cards = Math.min(machine.networkCards ?? machine.efaMax, machine.efaMax);
  const further: Group = ["efa-only", upTo(cards - 1, 1), 0];
  return machine.interfacesOnFirstCard === 1 ? [further] : [["efa-only", [0], 1], further];
}

/**
 * The network interfaces of a launch template for a machine with EFA, in the order of cards and devices: an ordinary
 * interface at card 0, device 0 (an EFA-only one cannot be the primary) and EFA-only ones as AWS now advises.
 *
 * - `ip-optimized`: one IP interface, so few addresses of the subnet are used.
 * - `bandwidth-optimized`: as many IP interfaces as AWS's table for the type has. Types without such a table have the
 *   same layout in both.
 *
 * The generic rule for other types puts EFA-only at card 0, device 1, and at device 0 of the further cards, which also
 * suits cards that take a single interface. Of types whose cards are unknown (trn2, g7) it assumes a card per EFA.
 *
 * @returns the machine's own `interfaces` where a user wrote them; undefined if the type has no EFA
 */
export function efaInterfaces(
  machine: MachineInterfaces,
  layout: InterfaceLayout,
): readonly InterfaceFacts[] | undefined {
  if (machine.interfaces !== undefined) {
    return machine.interfaces;
  }
  if (machine.efaMax === 0) {
    return undefined;
  }
  const groups = PUBLISHED[machine.name]?.[layout] ?? genericLayout(machine);
  const rest = groups.flatMap(([kind, cards, device]) => cards.map((card) => at(card, device, kind)));
  return [at(0, 0, "interface"), ...rest].sort(
    (x, y) => x.networkCardIndex - y.networkCardIndex || x.deviceIndex - y.deviceIndex,
  );
}

/** What can be wrong with a layout. */
export type InterfaceRule =
  | "primary-missing"
  | "duplicate-device"
  | "card-out-of-range"
  | "device-out-of-range"
  | "efa-not-supported"
  | "card-without-efa"
  | "efa-only-twice-on-card"
  | "too-many-efa";

/** One thing that is wrong with a layout, as plain data. */
export interface InterfaceFinding {
  readonly rule: InterfaceRule;
  /** The interface that is meant; absent where the whole layout is. */
  readonly interface?: InterfaceFacts;
  /** What would have been right, in words. */
  readonly allowed: string;
}

/** Cards without any EFA, and those without EFA-only, of types that have both kinds of cards. */
const CARDS: Readonly<
  Record<string, { readonly none: readonly number[]; readonly noEfaOnly: readonly number[] }>
> = {
  "p6-b300.48xlarge": { none: [0], noEfaOnly: [0] },
  "p6e-gb200.36xlarge": { none: [], noEfaOnly: upTo(16, 0, 2) },
};

const isEfa = ({ interfaceType }: InterfaceFacts) => interfaceType !== "interface";

function cardLimit(machine: MachineInterfaces, card: number): number | undefined {
  return card === 0
    ? machine.interfacesOnFirstCard
    : (machine.interfacesOnOtherCards ?? machine.interfacesOnFirstCard);
}

function checkPlace(machine: MachineInterfaces, entry: InterfaceFacts): readonly InterfaceFinding[] {
  const { networkCardIndex: card, deviceIndex: device } = entry;
  const findings: InterfaceFinding[] = [];
  const cards = machine.networkCards;
  if (!Number.isInteger(card) || card < 0 || (cards !== undefined && card >= cards)) {
    const allowed = `a card from 0 to ${cards === undefined ? "the last" : cards - 1}`;
    findings.push({ rule: "card-out-of-range", interface: entry, allowed });
  }
  const limit = cardLimit(machine, card);
  if (!Number.isInteger(device) || device < 0 || (limit !== undefined && device >= limit)) {
    const allowed = `a device from 0 to ${limit === undefined ? "the last" : limit - 1} on card ${card}`;
    findings.push({ rule: "device-out-of-range", interface: entry, allowed });
  }
  return findings;
}

function checkEfa(machine: MachineInterfaces, entry: InterfaceFacts): readonly InterfaceFinding[] {
  if (!isEfa(entry)) {
    return [];
  }
  if (machine.efaMax === 0) {
    const allowed = `interface: ${machine.name} has no EFA`;
    return [{ rule: "efa-not-supported", interface: entry, allowed }];
  }
  const kinds = CARDS[machine.name];
  const without = entry.interfaceType === "efa-only" ? kinds?.noEfaOnly : kinds?.none;
  if (without?.includes(entry.networkCardIndex)) {
    const cards = upTo((machine.networkCards ?? 1) - 1).filter((card) => !without.includes(card));
    const allowed = `${entry.interfaceType} on card ${cards.join(", ")}`;
    return [{ rule: "card-without-efa", interface: entry, allowed }];
  }
  return [];
}

/** The entries that have the same key as an earlier one. */
function repeated(
  entries: readonly InterfaceFacts[],
  key: (entry: InterfaceFacts) => string,
): readonly InterfaceFacts[] {
  const seen = new Set<string>();
  return entries.filter((entry) => seen.has(key(entry)) || !seen.add(key(entry)));
}

/**
 * What is wrong with a layout written by hand; empty if nothing is. What the facts of the machine do not say (cards of
 * trn2, for example) is not checked.
 */
export function checkInterfaces(
  machine: MachineInterfaces,
  interfaces: readonly InterfaceFacts[],
): readonly InterfaceFinding[] {
  const primary = interfaces.some(
    ({ networkCardIndex, deviceIndex, interfaceType }) =>
      networkCardIndex === 0 && deviceIndex === 0 && interfaceType === "interface",
  );
  const findings: InterfaceFinding[] = primary
    ? []
    : [{ rule: "primary-missing", allowed: "an entry of type interface at card 0, device 0" }];
  for (const entry of repeated(interfaces, (one) => `${one.networkCardIndex}/${one.deviceIndex}`)) {
    findings.push({
      rule: "duplicate-device",
      interface: entry,
      allowed: "each pair of card and device once",
    });
  }
  const efaOnly = interfaces.filter(({ interfaceType }) => interfaceType === "efa-only");
  for (const entry of repeated(efaOnly, (one) => String(one.networkCardIndex))) {
    findings.push({ rule: "efa-only-twice-on-card", interface: entry, allowed: "one efa-only on each card" });
  }
  for (const entry of interfaces) {
    findings.push(...checkPlace(machine, entry), ...checkEfa(machine, entry));
  }
  const count = interfaces.filter(isEfa).length;
  if (machine.efaMax > 0 && count > machine.efaMax) {
    findings.push({ rule: "too-many-efa", allowed: `at most ${machine.efaMax} of efa and efa-only` });
  }
  return findings;
}
