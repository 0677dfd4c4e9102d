import type { TerraformStack } from "cdktf";
import { renderFinding } from "../core/errors";
import { KubernetesErrors } from "./errors";
import {
  bundledBy,
  clusterOf,
  type InstalledComponent,
  installedComponents,
  requirementsOf,
} from "./installed-component";
import { firstTime } from "./markers";

/** Surely the same cluster: the same stack, or stacks attached to the same cluster. */
function sharesCluster(a: InstalledComponent, b: InstalledComponent): boolean {
  const cluster = clusterOf(a.stack);
  return a.stack === b.stack || (cluster !== undefined && cluster === clusterOf(b.stack));
}

/** Not surely another cluster. */
function mayShareCluster(a: InstalledComponent, b: InstalledComponent): boolean {
  return sharesCluster(a, b) || clusterOf(a.stack) === undefined || clusterOf(b.stack) === undefined;
}

function show({ facts, construct }: InstalledComponent): string {
  return `${facts.name} (${construct.node.path})`;
}

/** Why two components cannot be in one cluster, and what to do; undefined if they can. */
function clash(a: InstalledComponent, b: InstalledComponent): { reason: string; fix?: string } | undefined {
  const named =
    a.facts.conflictsWith?.includes(b.facts.name) || b.facts.conflictsWith?.includes(a.facts.name);
  if (named) {
    return { reason: "one of the two" };
  }
  if (a.facts.name === b.facts.name && a.facts.crds === "templates") {
    return {
      reason: `one release of ${a.facts.name} per cluster, because its definitions belong to one release`,
    };
  }
  const ofA = bundledBy(a);
  const ofB = bundledBy(b);
  for (const [name, path] of ofA) {
    if (name === b.facts.name || ofB.has(name)) {
      return { reason: `one ${name} per cluster`, fix: `set ${path} to false in the values of ${show(a)}` };
    }
  }
  const path = ofB.get(a.facts.name);
  return path === undefined
    ? undefined
    : { reason: `one ${a.facts.name} per cluster`, fix: `set ${path} to false in the values of ${show(b)}` };
}

function conflicts(stack: TerraformStack, all: readonly InstalledComponent[]): readonly string[] {
  return all.flatMap((a, index) => {
    const later = a.stack === stack ? all.slice(index + 1).filter((b) => sharesCluster(a, b)) : [];
    return later.flatMap((b) => {
      const found = clash(a, b);
      return found
        ? [
            renderFinding({
              error: KubernetesErrors.ComponentConflict,
              subject: show(a),
              given: show(b),
              allowed: found.reason,
              fix: found.fix,
            }),
          ]
        : [];
    });
  });
}

function missing(stack: TerraformStack, all: readonly InstalledComponent[]): readonly string[] {
  return all
    .filter((installed) => installed.stack === stack)
    .flatMap((installed) =>
      requirementsOf(installed.facts)
        .filter((name) => !installed.alreadyInstalled.includes(name))
        .filter(
          (name) =>
            !all.some(
              (other) =>
                mayShareCluster(installed, other) &&
                (other.facts.name === name || bundledBy(other).has(name)),
            ),
        )
        .map((name) =>
          renderFinding({
            error: KubernetesErrors.ComponentRequirementMissing,
            subject: show(installed),
            given: `no release of ${name}`,
            allowed: `a HelmComponent of ${name} for the same cluster, or alreadyInstalled: ["${name}"]`,
          }),
        ),
    );
}

/**
 * Makes synth fail if components of this stack exclude each other (or one in another stack of the same cluster), or
 * need one that no stack of the app installs in their cluster.
 */
export function guardComponents(stack: TerraformStack): void {
  if (firstTime(stack, "component-guard")) {
    stack.node.addValidation({
      validate: () => {
        const all = installedComponents(stack.node.root);
        return [...conflicts(stack, all), ...missing(stack, all)];
      },
    });
  }
}
