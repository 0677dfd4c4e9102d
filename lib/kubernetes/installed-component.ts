import { TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";
import type { ComponentFacts } from "./component-facts";
import { mark, marked } from "./markers";

const COMPONENT = "component";
const CLUSTER = "cluster";

interface InstalledFacts {
  readonly facts: ComponentFacts;
  /** Merged values. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly skipCrds: boolean;
  /** Requirements that need no release in this app. */
  readonly alreadyInstalled: readonly string[];
}

/** A chart that an app installs. */
export interface InstalledComponent extends InstalledFacts {
  readonly construct: IConstruct;
  readonly stack: TerraformStack;
}

export function recordComponent(construct: IConstruct, installed: InstalledFacts): void {
  mark(construct, COMPONENT, installed);
}

/** All charts that are installed below `root`, in the order of declaration. */
export function installedComponents(root: IConstruct): readonly InstalledComponent[] {
  return root.node.findAll().flatMap((construct) => {
    const installed = marked<InstalledFacts>(construct, COMPONENT);
    return installed ? [{ ...installed, construct, stack: TerraformStack.of(construct) }] : [];
  });
}

/** Notes which cluster the objects of a stack go to. */
export function recordCluster(stack: TerraformStack, identity: string): void {
  mark(stack, CLUSTER, identity);
}

/** Which cluster the objects of a stack go to; undefined if that is not known. */
export function clusterOf(stack: TerraformStack): string | undefined {
  return marked<string>(stack, CLUSTER);
}

/** Names of the components that must be in the cluster before this one. */
export function requirementsOf(facts: ComponentFacts): readonly string[] {
  return [...(facts.crdChart === undefined ? [] : [facts.crdChart]), ...(facts.requires ?? [])];
}

function valueAt(values: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], values);
}

/** Components that this chart installs along, each with the value that would switch it off. */
export function bundledBy(installed: InstalledComponent): ReadonlyMap<string, string> {
  const bundles = Object.entries(installed.facts.bundles ?? {});
  return new Map(bundles.filter(([, path]) => valueAt(installed.values, path) !== false));
}
