import type { ITerraformDependable } from "cdktf";
import type { IConstruct } from "constructs";
import type { ComponentFacts } from "../../lib/kubernetes/component-facts";
import { HelmComponent } from "../../lib/kubernetes/helm-component";
import { installedComponents } from "../../lib/kubernetes/installed-component";

/** Whether something in the stack installs a component already. */
export function isInstalled(stack: IConstruct, { name }: Pick<ComponentFacts, "name">): boolean {
  return installedComponents(stack).some(({ facts }) => facts.name === name);
}

/** Releases of the stack that install one of the components. */
export function releasesOf(
  stack: IConstruct,
  components: readonly Pick<ComponentFacts, "name">[],
): readonly ITerraformDependable[] {
  const names = components.map(({ name }) => name);
  return installedComponents(stack).flatMap(({ construct, facts }) =>
    construct instanceof HelmComponent && names.includes(facts.name) ? [construct.release] : [],
  );
}
