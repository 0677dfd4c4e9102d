import type { IConstruct } from "constructs";
import type { ComponentFacts } from "../../lib/kubernetes/component-facts";
import { installedComponents } from "../../lib/kubernetes/installed-component";

/** Whether something in the stack installs a component already. */
export function isInstalled(stack: IConstruct, { name }: Pick<ComponentFacts, "name">): boolean {
  return installedComponents(stack).some(({ facts }) => facts.name === name);
}
