import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import { apiGroup } from "../../kubernetes/canonical-fields";
import type { ComponentFacts } from "../../kubernetes/component-facts";
import type { IAcceleratorCluster } from "../cluster";
import { ClusterErrors } from "../errors";
import { managedComponents } from "../managed-components";
import { EFA_RESOURCE, type PoolNodes } from "../nodes";
import { InClusterErrors } from "./errors";
import { poolsOf } from "./placement";
import { isObject } from "./present";

/** Operators in the order in which they are installed. */
export const OPERATORS = [
  "gpu-operator",
  "nvidia-device-plugin",
  "dcgm-exporter",
  "neuron-device-plugin",
  "efa-device-plugin",
  "network-operator",
  "nvidia-dra-driver",
  "karpenter",
  "jobset",
  "leaderworkerset",
  "kueue",
] as const;

/** An operator that `ClusterOperators` can install. */
export type OperatorName = (typeof OPERATORS)[number];

/** What to do about one operator. */
export interface OperatorSetting {
  /**
   * `install` it even if no pool needs it; it is `installed` already and the others may rely on it; or `off`.
   * @default - installed by the library if the cluster's pools need it
   */
  readonly state?: "install" | "installed" | "off";
  /** Chart, for a mirror: `component({ ...COMPONENTS.kueue, repository: "oci://…" })`. @default - the row of `COMPONENTS` */
  readonly component?: ComponentFacts;
  /** Exact chart version. @default - that of the component */
  readonly version?: string;
  /** Chart values over those that follow from the cluster. May hold tokens. @default - none */
  readonly values?: Readonly<Record<string, unknown>>;
  /** @default - that of the component */
  readonly timeoutSeconds?: number;
}

/** By operator; one that is left out is installed if the pools need it. */
export type OperatorSettings = Partial<Readonly<Record<OperatorName, OperatorSetting>>>;

/** What is installed, and what the cluster has. */
export interface OperatorPlan {
  readonly install: ReadonlySet<OperatorName>;
  /** Installed by others: by the provider, or by the user's word. */
  readonly present: ReadonlySet<OperatorName>;
}

/** Names in the chart table, where they differ. */
const COMPONENT_NAMES: Partial<Readonly<Record<OperatorName, string>>> = {
  "nvidia-dra-driver": "dra-driver-nvidia-gpu",
  "neuron-device-plugin": "neuron-helm-chart",
  "efa-device-plugin": "aws-efa-k8s-device-plugin",
  leaderworkerset: "lws",
};

const NETWORK_GROUPS = ["mellanox.com", "sriovnetwork.openshift.io"];
const KARPENTER_GROUPS = ["karpenter.sh", "karpenter.k8s.aws"];

/** Whether an object of the cluster is of one of these groups. */
export function hasObjectsOf(cluster: IAcceleratorCluster, groups: readonly string[]): boolean {
  return cluster.objects.some(({ apiVersion }) => groups.includes(apiGroup(apiVersion)));
}

/** Pools with NVIDIA GPUs, by name. */
export function nvidiaPools(cluster: IAcceleratorCluster): readonly PoolNodes[] {
  return poolsOf(cluster).filter(
    ({ pool: { slice } }) => slice.kind === "accelerators" && slice.accelerator.vendor === "nvidia",
  );
}

/** Pools with Trainium or Inferentia, by name. */
export function neuronPools(cluster: IAcceleratorCluster): readonly PoolNodes[] {
  return poolsOf(cluster).filter(
    ({ pool: { slice } }) => slice.kind === "accelerators" && slice.accelerator.kind === "neuron",
  );
}

/** Pools whose pods ask for EFA. */
export function efaPools(cluster: IAcceleratorCluster): readonly PoolNodes[] {
  return poolsOf(cluster).filter(({ network }) => network?.resource === EFA_RESOURCE);
}

export function isEdge({ site }: IAcceleratorCluster): boolean {
  return site.kind === "kubernetes" && site.operator === "edge";
}

/** What the pools of a cluster need, before anybody says anything about it. */
function needed(cluster: IAcceleratorCluster, settings: OperatorSettings): ReadonlySet<OperatorName> {
  const gpus = nvidiaPools(cluster);
  const found = new Set<OperatorName>();
  const managed = new Set(cluster.managed);
  const migCut = gpus.some(({ pool }) => pool.sharing?.kind === "mig");
  const onPrem = cluster.site.kind === "kubernetes" && !isEdge(cluster);
  const asked = settings["gpu-operator"]?.state;
  if (gpus.length > 0 && !managed.has("gpu-device-plugin")) {
    const operator = asked === "install" || asked === "installed" || (asked !== "off" && (onPrem || migCut));
    found.add(operator ? "gpu-operator" : "nvidia-device-plugin");
    if (!operator && !managed.has("gpu-metrics")) {
      found.add("dcgm-exporter");
    }
  }
  if (neuronPools(cluster).length > 0) {
    found.add("neuron-device-plugin");
  }
  if (efaPools(cluster).length > 0) {
    found.add("efa-device-plugin");
  }
  if (hasObjectsOf(cluster, NETWORK_GROUPS)) {
    found.add("network-operator");
  }
  if (gpus.some(({ nvlinkDomainLabel }) => nvlinkDomainLabel !== undefined)) {
    found.add("nvidia-dra-driver");
  }
  if (hasObjectsOf(cluster, KARPENTER_GROUPS)) {
    found.add("karpenter");
  }
  if (!isEdge(cluster)) {
    for (const name of ["jobset", "leaderworkerset", "kueue"] as const) {
      found.add(name);
    }
  }
  return found;
}

/** Without these, pods of some pool never start. */
const VITAL: ReadonlySet<OperatorName> = new Set([
  "gpu-operator",
  "nvidia-device-plugin",
  "neuron-device-plugin",
  "efa-device-plugin",
  "network-operator",
  "nvidia-dra-driver",
  "karpenter",
]);

function checkAccelerators(
  problems: Problems,
  cluster: IAcceleratorCluster,
  deviceResources: readonly string[],
): void {
  const known = ["nvidia.com/gpu", "google.com/tpu", "aws.amazon.com/neuron"];
  for (const { pool, resource } of poolsOf(cluster)) {
    if (resource !== undefined && !known.includes(resource) && !deviceResources.includes(resource)) {
      problems.add(InClusterErrors.NoOperatorForAccelerator, {
        subject: `pool "${pool.name}"`,
        given: resource,
        allowed: `deviceResources: ["${resource}"], once its device plugin is there`,
      });
    }
  }
  const used = poolsOf(cluster).map(({ resource }) => resource);
  for (const resource of deviceResources.filter((each) => known.includes(each) || !used.includes(each))) {
    problems.add(CoreErrors.NoEffect, {
      subject: "deviceResources",
      given: resource,
      allowed: "resources of the cluster's pools for which the library has no chart",
    });
  }
}

/** Pairs that serve the same nodes. */
function checkPairs(
  problems: Problems,
  install: ReadonlySet<OperatorName>,
  present: ReadonlySet<OperatorName>,
) {
  const all = new Set([...install, ...present]);
  const pairs: readonly (readonly [OperatorName, OperatorName])[] = [
    ["gpu-operator", "nvidia-device-plugin"],
    ["gpu-operator", "dcgm-exporter"],
  ];
  for (const [one, other] of pairs) {
    if (all.has(one) && all.has(other) && (install.has(one) || install.has(other))) {
      problems.add(InClusterErrors.OperatorsExclude, {
        subject: `operators.${other}`,
        given: `${one} and ${other}`,
        allowed: `one of the two: ${one} brings what ${other} is`,
      });
    }
  }
}

/** What is said about one operator: a text beside `state` would be read as nothing. */
function settingOf(problems: Problems, name: OperatorName, settings: OperatorSettings): OperatorSetting {
  const setting = settings[name];
  const allowed = 'an object such as { state: "off" }';
  return setting !== undefined && isObject(problems, `operators.${name}`, setting, allowed) ? setting : {};
}

/** Decides what is installed; adds a finding for each setting that cannot be followed. */
export function planOperators(
  problems: Problems,
  cluster: IAcceleratorCluster,
  settings: OperatorSettings,
  deviceResources: readonly string[],
): OperatorPlan {
  const need = needed(cluster, settings);
  const forbidden = managedComponents(cluster.managed);
  const install = new Set<OperatorName>();
  const present = new Set<OperatorName>();
  for (const name of Object.keys(settings)) {
    problems.oneOf("operators", name, OPERATORS);
  }
  for (const name of OPERATORS) {
    const setting = settingOf(problems, name, settings);
    const { state } = setting;
    if (state !== undefined) {
      problems.oneOf(`operators.${name}.state`, state, ["install", "installed", "off"]);
    }
    const managed = forbidden.get(COMPONENT_NAMES[name] ?? name);
    if (state === "installed" || managed === name) {
      present.add(name);
    } else if (state === "install" || (state === undefined && need.has(name) && managed === undefined)) {
      install.add(name);
    }
    if (managed !== undefined && state === "install") {
      problems.add(ClusterErrors.ManagedByProvider, {
        subject: `operators.${name}`,
        given: "install",
        allowed: `nothing: the cluster comes with ${managed}`,
      });
    }
    if (state === "off" && need.has(name) && VITAL.has(name)) {
      problems.add(InClusterErrors.OperatorNeeded, {
        subject: `operators.${name}.state`,
        given: "off",
        allowed: `nothing, install or installed: pods of ${cluster.clusterName} depend on it`,
      });
    }
    const unused = (["component", "version", "values", "timeoutSeconds"] as const).filter(
      (key) => setting[key] !== undefined && !install.has(name),
    );
    for (const key of unused) {
      problems.add(CoreErrors.NoEffect, {
        subject: `operators.${name}.${key}`,
        given: setting[key],
        allowed: "nothing: this operator is not installed here",
      });
    }
  }
  checkPairs(problems, install, present);
  checkAccelerators(problems, cluster, deviceResources);
  return { install, present };
}
