import type { Site } from "../../lib/fabric/site";
import { TelemetryCollector } from "../../lib/observability/kubernetes/collector";
import { KubernetesObservability } from "../../lib/observability/kubernetes/observability";
import { ObservabilityOperators } from "../../lib/observability/kubernetes/operators";
import type { IObservability, ObservabilityProps } from "../../lib/observability/observability";
import type { ObservedInCluster } from "../observability-props";
import type { PlatformContext } from "../platform-context";

/** Operators in the platform stack; monitors, rules, dashboards and collectors in the workloads stack. */
export function compile(
  platform: PlatformContext,
  id: string,
  site: Site,
  props: ObservabilityProps,
  { in: _in, operators, telemetry, ...options }: ObservedInCluster,
): IObservability {
  const first = platform.stack(site.name, "platform");
  if (operators !== undefined) {
    new ObservabilityOperators(first, `${id}-operators`, operators);
  }
  const workloads = platform.stack(site.name, "workloads");
  if (telemetry !== undefined) {
    new TelemetryCollector(workloads, `${id}-telemetry`, { ...telemetry, namePrefix: props.namePrefix });
  }
  return new KubernetesObservability(workloads, id, { ...options, ...props, site });
}
