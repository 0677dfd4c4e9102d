import { Problems } from "../core/problems";
import { checkComponentFacts } from "./chart-checks";
import type { ComponentFacts } from "./component-facts";
import { BATCH_COMPONENTS } from "./component-table/batch";
import { DATA_COMPONENTS } from "./component-table/data";
import { PLATFORM_COMPONENTS } from "./component-table/platform";
import { SERVING_COMPONENTS } from "./component-table/serving";

export type { ComponentFacts, CrdDelivery } from "./component-facts";

/**
 * The charts that the library knows, with versions that go together.
 *
 * Read at the projects' state of 2026-08, selected in 2026-11; each row names its source. Another version goes
 * through `HelmComponentProps.version`, another chart through `component({...})`.
 */
export const COMPONENTS = Object.freeze({
  ...DATA_COMPONENTS,
  ...BATCH_COMPONENTS,
  ...SERVING_COMPONENTS,
  ...PLATFORM_COMPONENTS,
});

/** What must be told about a chart that the table does not have. */
export interface CustomComponentProps
  extends Pick<ComponentFacts, "name" | "repository" | "chart" | "version" | "namespace">,
    Partial<Omit<ComponentFacts, "name" | "repository" | "chart" | "version" | "namespace">> {}

/**
 * A chart that the table does not have, or a mirror of one that it has
 * (`component({ ...COMPONENTS.trino, repository: "oci://registry.example.com/charts" })`).
 *
 * @param props.timeoutSeconds @default 600
 * @param props.crds @default "none"
 * @param props.source @default "given by the user"
 * @throws InvalidChartRepository, ChartVersionNotExact, InvalidName, MissingValue, NumberOutOfRange, TokenNotAllowed
 */
export function component(props: CustomComponentProps): ComponentFacts {
  const facts: ComponentFacts = {
    ...props,
    timeoutSeconds: props.timeoutSeconds ?? 600,
    crds: props.crds ?? "none",
    source: props.source ?? "given by the user",
  };
  const problems = new Problems(`component("${facts.name}")`);
  checkComponentFacts(problems, facts);
  problems.throwIfAny();
  return Object.freeze(facts);
}
