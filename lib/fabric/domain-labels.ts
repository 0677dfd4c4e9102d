import { LABEL_KEY, LABEL_VALUE } from "../core/label-rules";
import type { Problems } from "../core/problems";
import type { Fabric } from "./fabric";
import { FabricErrors } from "./fabric-errors";
import { leafCount, leavesPerDomain, type TreeFabric } from "./tree";

/**
 * Label by which nodes tell in which domain of a fabric they stand, so that a plan can name real racks. Keys and values
 * are data: they differ by provider and by labeller. A plain value.
 */
export interface DomainLabel {
  /** Which domains: `scale-up` for NVLink racks, `cube` for cubes of a pod, or the name of a tier. */
  readonly of: string;
  /** Key of the label. */
  readonly label: string;
  /** Its value in each domain, in the order of the domains. @default - unknown: nodes can be kept together, not chosen */
  readonly values?: readonly string[];
}

/** One kind of domain of a fabric. */
export interface DomainLevel {
  /** As in `DomainLabel.of`. */
  readonly of: string;
  readonly count: number;
  /** Leaves of a tree, or cubes, in one such domain: piece i lies in the domain floor(i / pieces). */
  readonly pieces: number;
}

function treeLevels(fabric: TreeFabric): readonly DomainLevel[] {
  const leaves = leafCount(fabric);
  const rack = fabric.scaleUp.accelerators > fabric.acceleratorsPerHost;
  const per = leavesPerDomain(fabric);
  return [
    ...(rack ? [{ of: "scale-up", count: leaves, pieces: 1 }] : []),
    ...fabric.tiers.map(({ name }, index) => ({
      of: name,
      count: Math.floor(leaves / per[index]!),
      pieces: per[index]!,
    })),
  ];
}

/** Kinds of domains of several hosts that can be told apart, from the nearest on; none where nothing can be chosen. */
export function domainLevels(fabric: Fabric): readonly DomainLevel[] {
  switch (fabric.kind) {
    case "tree":
      return treeLevels(fabric);
    case "cubes":
      return [{ of: "cube", count: fabric.cubes, pieces: 1 }];
    default:
      return [];
  }
}

/** Collects what is wrong with the labels of a fabric's domains. */
export function checkDomainLabels(problems: Problems, fabric: Fabric, labels: readonly DomainLabel[]): void {
  const levels = domainLevels(fabric);
  problems.unique(
    "domainLabels",
    labels.map((each) => each.of),
  );
  labels.forEach(({ of, label, values }, index) => {
    const subject = `domainLabels[${index}]`;
    problems.name(`${subject}.label`, label, LABEL_KEY);
    const level = levels.find((each) => each.of === of);
    if (level === undefined || (values !== undefined && values.length !== level.count)) {
      const known = levels.map((each) => `${each.of} (${each.count})`).join(", ");
      problems.add(FabricErrors.DomainLabelMismatch, {
        subject,
        given: values === undefined ? of : `${of} (${values.length})`,
        allowed: known === "" ? "none: no domain of this fabric can be chosen" : known,
      });
    }
    values?.forEach((value, domain) => {
      problems.name(`${subject}.values[${domain}]`, value, LABEL_VALUE);
    });
    problems.unique(`${subject}.values`, values ?? []);
  });
}
