import { type ITerraformDependable, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { CoreErrors, renderFinding } from "../../core/errors";
import { COMMON_NAME, Problems } from "../../core/problems";
import { addWarning } from "../../core/warnings";
import type { KubernetesSite } from "../../fabric/site";
import { clusterAccessOf, type KubeconfigAccess } from "../../kubernetes/cluster-access";
import type { CustomResource } from "../../kubernetes/custom-resource";
import { clusterOf, installedComponents } from "../../kubernetes/installed-component";
import { checkLabels, DNS_LABEL } from "../../kubernetes/metadata";
import { guardPhases } from "../../kubernetes/phase-guard";
import type { ClusterObject, IAcceleratorCluster, ManagedFeature } from "../cluster";
import { ClusterErrors } from "../errors";
import { MANAGED_FEATURES, managedComponents } from "../managed-components";
import type { PoolNodes } from "../nodes";
import { checkPools, requireSystemPool } from "../pools";
import { ClusterWarnings } from "../warnings";
import {
  COREWEAVE_CAPACITIES,
  COREWEAVE_MANAGED,
  type CoreWeavePool,
  checkRackCount,
  coreWeavePool,
  makeNodePools,
} from "./coreweave";
import { KubernetesClusterErrors } from "./errors";
import { EXISTING_CAPACITIES, type ExistingPool, existingPool } from "./existing";
import { MachineLabels } from "./machine-labels";
import type { KubernetesClusterProps } from "./props";
import { checkRdma, rdmaObjects, rdmaOfPods, rdmaPools } from "./rdma";

/**
 * Pools of a Kubernetes cluster that exists: at CoreWeave, in one's own hall, at the edge.
 *
 * - `provider: "coreweave"`: every pool becomes a NodePool of CoreWeave, one per capacity. Its definition is served by
 *   CoreWeave, so it is planned in the `platform` stack, before the operators (`ready`).
 * - `provider: "generic"`: the machines are there. Those that are listed get labels (pool, tier, rack and block) and
 *   taints; those that a selector finds are left alone. Removing a machine from the list takes labels and taints off.
 *
 * `clusterName` is `namePrefix`: a name for this cluster in queues and reports, not that of the kubeconfig context.
 *
 * Terraform resource types: `kubernetes_manifest` (CoreWeave), `kubernetes_labels`, `kubernetes_node_taint`.
 *
 * @throws InvalidName, ProviderNotOfOperator, CapacityNotAtSite, CapacityFactMissing, InvalidMachineType, NoMachineForSlice,
 *   MachineContradictsSlice, CubesOnly, PartialRack, SystemPoolMissing (CoreWeave), MachinesOrSelector, MachineCountMismatch,
 *   ElasticWithoutAutoscaler, LevelUnknown, OptionWithoutEffect, ReservedLabel, UnknownPool, DuplicateValue, MissingValue,
 *   NoEffect, NumberOutOfRange, NotOneOf, TokenNotAllowed, and what `checkPool` throws; at synth ManagedByProvider
 */
export class KubernetesCluster extends Construct implements IAcceleratorCluster {
  readonly site: KubernetesSite;
  readonly clusterName: string;
  readonly access: KubeconfigAccess;
  readonly pools: ReadonlyMap<string, PoolNodes>;
  readonly managed: readonly ManagedFeature[];
  /** `runtimeClass`, where pods with GPUs need one. */
  readonly operatorFacts: Readonly<Record<string, string>>;
  readonly objects: readonly ClusterObject[];
  /** NodePools of CoreWeave by name of the group; empty elsewhere. */
  readonly nodePools: ReadonlyMap<string, CustomResource>;
  /** Labels and taints by name of the machine; empty at CoreWeave and where selectors find the nodes. */
  readonly machines: ReadonlyMap<string, MachineLabels>;

  constructor(scope: Construct, id: string, props: KubernetesClusterProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    problems.name("namePrefix", props.namePrefix, COMMON_NAME);
    checkProvider(problems, props);
    const coreweave = props.provider === "coreweave";
    const checked = checkPools(
      problems,
      this.node.path,
      props.pools,
      coreweave ? COREWEAVE_CAPACITIES : EXISTING_CAPACITIES,
    );
    const propsOf = (name: string) => props.pools.find((pool) => pool.name === name)!;
    const alone = !checked.some(({ tier, slice }) => tier === "system" && slice.kind === "cpu");
    const atCoreWeave = coreweave
      ? checked.map((pool) => coreWeavePool(problems, pool, propsOf(pool.name)))
      : [];
    const existing = coreweave
      ? []
      : checked.map((pool) =>
          existingPool(problems, pool, propsOf(pool.name), props, alone && props.site.operator === "edge"),
        );
    if (coreweave) {
      requireSystemPool(problems, checked);
      checkRackCount(problems, props.coreweave ?? {}, atCoreWeave);
    }
    checkPlaces(
      problems,
      props,
      checked.map(({ name }) => name),
      existing,
    );
    problems.throwIfAny();

    const compiled = [...atCoreWeave, ...existing].filter((pool) => pool !== undefined);
    const pools = withRdma(props, new Map(compiled.map(({ nodes }) => [nodes.pool.name, nodes])));
    this.warnOfMissingFacts(compiled);
    this.site = props.site;
    this.clusterName = props.namePrefix;
    this.access = clusterAccessOf(props.site);
    this.pools = pools;
    this.managed = Object.freeze(coreweave ? [...COREWEAVE_MANAGED] : [...(props.managed ?? [])].sort());
    const runtimeClass = props.runtimeClass ?? (props.site.operator === "edge" ? "nvidia" : undefined);
    const facts: Record<string, string> = runtimeClass === undefined ? {} : { runtimeClass };
    this.operatorFacts = Object.freeze(facts);
    this.objects = objectsOf(props, pools, existing as readonly ExistingPool[]);
    this.nodePools = this.makeNodePools(props, atCoreWeave as readonly CoreWeavePool[]);
    this.machines = this.labelMachines(existing as readonly ExistingPool[]);
    this.guardManaged();
    guardPhases(TerraformStack.of(this));
  }

  /** What must be there before operators are installed: nodes for them to run on. By name, whatever the order of pools. */
  get ready(): ITerraformDependable[] {
    return [
      ...byName(this.nodePools).map(({ manifest }) => manifest),
      ...byName(this.machines).flatMap(({ resources }) => resources),
    ];
  }

  private warnOfMissingFacts(pools: readonly (CoreWeavePool | ExistingPool)[]): void {
    for (const { nodes, machine } of pools) {
      if (machine !== undefined && machine.missing.length > 0) {
        addWarning(
          this,
          ClusterWarnings.UnknownMachineFacts,
          `pool "${nodes.pool.name}", ${machine.name}: ${machine.missing.join(", ")}`,
        );
      }
    }
  }

  private makeNodePools(
    props: KubernetesClusterProps,
    pools: readonly CoreWeavePool[],
  ): ReadonlyMap<string, CustomResource> {
    const made = pools.map((pool) =>
      makeNodePools(new Construct(this, pool.nodes.pool.name), props.namePrefix, pool, props.coreweave ?? {}),
    );
    return new Map(made.flatMap((pool) => [...pool]));
  }

  private labelMachines(pools: readonly ExistingPool[]): ReadonlyMap<string, MachineLabels> {
    const made = pools.flatMap(({ nodes, machines }) => {
      const scope = new Construct(this, nodes.pool.name);
      const taints = nodes.groups[0]?.taints ?? [];
      return machines.map(
        ({ name, labels }) => [name, new MachineLabels(scope, name, { name, labels, taints })] as const,
      );
    });
    return new Map(made);
  }

  /** Charts in any stack of this cluster that do what the provider does already. */
  private guardManaged(): void {
    const forbidden = managedComponents(this.managed);
    const stack = TerraformStack.of(this);
    this.node.addValidation({
      validate: () => {
        const cluster = clusterOf(stack);
        return installedComponents(this.node.root)
          .filter(
            (each) => each.stack === stack || (cluster !== undefined && cluster === clusterOf(each.stack)),
          )
          .filter(({ facts }) => forbidden.has(facts.name))
          .map(({ facts, construct }) =>
            renderFinding({
              error: ClusterErrors.ManagedByProvider,
              subject: construct.node.path,
              given: facts.name,
              allowed: `no ${facts.name}: the cluster comes with ${forbidden.get(facts.name)}`,
            }),
          );
      },
    });
  }
}

function byName<T>(made: ReadonlyMap<string, T>): readonly T[] {
  return [...made].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function checkProvider(problems: Problems, props: KubernetesClusterProps): void {
  const { provider, site } = props;
  const known = problems.oneOf("provider", provider, ["coreweave", "generic"]);
  if (provider === "coreweave" && site.operator !== "neocloud") {
    problems.add(KubernetesClusterErrors.ProviderNotOfOperator, {
      subject: "provider",
      given: `${provider} at a site with operator "${site.operator}"`,
      allowed: 'coreweave with operator "neocloud", or generic',
    });
  }
  const edge = site.operator === "edge";
  const withoutEffect = {
    kubernetesVersion: true,
    nodes: provider === "coreweave",
    managed: provider === "coreweave",
    topology: provider === "coreweave" || edge,
    rdma: provider === "coreweave" || edge,
    runtimeClass: provider === "coreweave",
    coreweave: provider !== "coreweave",
  };
  for (const [key, refused] of Object.entries(withoutEffect)) {
    const given = props[key as keyof typeof withoutEffect];
    if (known && refused && given !== undefined) {
      problems.add(ClusterErrors.OptionWithoutEffect, {
        subject: key,
        given,
        allowed:
          key === "kubernetesVersion"
            ? "nothing: the cluster exists"
            : `nothing for provider ${provider} at ${site.operator} sites`,
      });
    }
  }
  for (const [index, feature] of (props.managed ?? []).entries()) {
    problems.oneOf(`managed[${index}]`, feature, MANAGED_FEATURES);
  }
  problems.unique("managed", props.managed ?? []);
  if (props.runtimeClass !== undefined) {
    problems.name("runtimeClass", props.runtimeClass, DNS_LABEL);
  }
  checkCoreWeave(problems, props.coreweave ?? {});
}

function checkCoreWeave(
  problems: Problems,
  settings: NonNullable<KubernetesClusterProps["coreweave"]>,
): void {
  problems.oneOf("coreweave.scaleDownStrategy", settings.scaleDownStrategy ?? "IdleOnly", [
    "IdleOnly",
    "PreferIdle",
  ]);
  problems.oneOf("coreweave.countBy", settings.countBy ?? "nodes", ["nodes", "racks"]);
  if (settings.waitMinutes !== undefined) {
    problems.literalInteger("coreweave.waitMinutes", settings.waitMinutes, { min: 5, max: 1440 });
    if (!settings.waitForNodes) {
      problems.add(CoreErrors.NoEffect, {
        subject: "coreweave.waitMinutes",
        given: settings.waitMinutes,
        allowed: "nothing, without waitForNodes",
      });
    }
  }
}

/** What is said about nodes beside the pools. */
function checkPlaces(
  problems: Problems,
  props: KubernetesClusterProps,
  names: readonly string[],
  pools: readonly (ExistingPool | undefined)[],
): void {
  for (const name of Object.keys(props.nodes ?? {}).filter((each) => !names.includes(each))) {
    problems.add(ClusterErrors.UnknownPool, { subject: "nodes", given: name, allowed: names.join(", ") });
  }
  problems.unique(
    "nodes (machines of all pools)",
    pools.flatMap((pool) => pool?.machines.map(({ name }) => name) ?? []),
  );
  const { topology } = props;
  if (topology !== undefined) {
    problems.required("topology.levels", topology.levels?.[0], "one label key or more");
    problems.integer("topology.levels (how many)", topology.levels?.length ?? 0, { min: 1, max: 15 });
    const keys = [
      ...(topology.levels ?? []),
      ...(topology.nvlinkDomain === undefined ? [] : [topology.nvlinkDomain]),
    ];
    // The host is the last level of every topology; each level is named once.
    problems.unique("topology (with kubernetes.io/hostname)", [...keys, "kubernetes.io/hostname"]);
    checkLabels(problems, Object.fromEntries(keys.map((key) => [key, ""])));
  }
  if (props.rdma !== undefined) {
    checkRdma(problems, props.rdma, names);
  }
}

function withRdma(
  props: KubernetesClusterProps,
  pools: ReadonlyMap<string, PoolNodes>,
): ReadonlyMap<string, PoolNodes> {
  const { rdma } = props;
  const having = rdma === undefined ? [] : rdmaPools(rdma, pools);
  return new Map(
    [...pools].map(([name, nodes]) => [
      name,
      rdma !== undefined && having.includes(name) ? { ...nodes, ...rdmaOfPods(rdma) } : nodes,
    ]),
  );
}

function objectsOf(
  props: KubernetesClusterProps,
  pools: ReadonlyMap<string, PoolNodes>,
  existing: readonly ExistingPool[],
): readonly ClusterObject[] {
  const { rdma } = props;
  if (rdma === undefined) {
    return [];
  }
  const having = rdmaPools(rdma, pools);
  const chosen = existing
    .filter(({ nodes }) => having.includes(nodes.pool.name))
    .sort((a, b) => (a.nodes.pool.name < b.nodes.pool.name ? -1 : 1));
  const taints = chosen.flatMap(({ nodes }) => nodes.groups.flatMap((group) => group.taints));
  const tolerations = new Map(
    taints.map(({ key, effect }) => [`${key}:${effect}`, { key, operator: "Exists", effect }]),
  );
  return rdmaObjects(rdma, {
    pools: chosen.map(({ nodes, selector }) => ({ name: nodes.pool.name, labels: selector })),
    tolerations: [...tolerations.values()],
  });
}
