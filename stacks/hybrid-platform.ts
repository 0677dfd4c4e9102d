import type { App } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import type { IAcceleratorCluster } from "../lib/cluster/cluster";
import { CoreErrors } from "../lib/core/errors";
import { COMMON_NAME, Problems } from "../lib/core/problems";
import type { StateBackend } from "../lib/core/state-backend";
import type { Ownership } from "../lib/core/tags";
import type { Site } from "../lib/fabric/site";
import type { MetricsSource } from "../lib/kubernetes/metrics-source";
import { LakehouseErrors } from "../lib/lakehouse/errors";
import { DataJob, type DataJobProps } from "../lib/placement/data-job";
import { Gang, type GangProps } from "../lib/placement/gang";
import { InferencePool, type InferencePoolProps } from "../lib/placement/inference-pool";
import type { Placement } from "../lib/placement/placement";
import type { ServingPool } from "../lib/placement/sized-pool";
import type { InlineInferenceProcessor } from "../lib/streaming/inline/processor";
import { buildCluster, fillCluster, type PlatformClusterProps } from "./cluster-builder";
import { ClusterStack } from "./cluster-stack";
import type { ClusterContents } from "./compilers/in-cluster";
import { buildEndpoint } from "./endpoint-builder";
import type { PlatformEndpoint, PlatformEndpointProps } from "./endpoint-props";
import { StackErrors } from "./errors";
import {
  buildFeatureStore,
  type PlatformFeatureStore,
  type PlatformFeatureStoreProps,
} from "./feature-builder";
import { buildGateway } from "./gateway-builder";
import type { PlatformGateway, PlatformGatewayProps } from "./gateway-props";
import { buildInlineInference } from "./inline-inference-builder";
import type { PlatformInlineInferenceProps } from "./inline-inference-props";
import { buildLakehouse, type PlatformLakehouseProps } from "./lakehouse-builder";
import { buildObservability } from "./observability-builder";
import type { PlatformObservability, PlatformObservabilityProps } from "./observability-props";
import type { Phase } from "./phase";
import type { PlacedEndpoint } from "./placed-endpoint";
import type { PlacedEndpointProps } from "./placed-endpoint-props";
import { planCluster, refuseUnplanned } from "./planned-cluster";
import type { TrainingJob } from "./planned-jobs";
import type { PlatformContext } from "./platform-context";
import type { PlatformLakehouse } from "./platform-lakehouse";
import type { PlacementProps, PlannedPlacement, PlatformPlanner } from "./platform-placement";
import type { ProviderVersions } from "./providers";
import { SiteStack } from "./site-stack";
import { buildStream, type PlatformStream, type PlatformStreamProps } from "./stream-builder";
import { buildVectorStore, type PlatformVectorStore, type PlatformVectorStoreProps } from "./vector-builder";

/** A platform: sites, who owns it, where its state is. */
export interface HybridPlatformProps extends Ownership {
  /** Where the state of every stack is kept. */
  readonly backend: StateBackend;
  /** The places of the platform; names are unique. */
  readonly sites: readonly Site[];
  /** @default - a range from the version of the bindings on, same major */
  readonly providerVersions?: ProviderVersions;
  /** Models of the sites, links and rules, by which workloads are placed. @default - nothing is planned */
  readonly placement?: PlacementProps;
}

/** A cluster of a platform, with what is inside it. */
export interface PlatformCluster extends ClusterContents {
  readonly name: string;
  readonly site: Site;
  /** The construct of the site's kind: `AwsCluster`, `GoogleCluster` or `KubernetesCluster`. */
  readonly cluster: IAcceleratorCluster;
}

/**
 * One declaration over AWS, Google Cloud and Kubernetes sites. It owns no resource: it puts constructs into the
 * right stack (`<platform>-<site>-<phase>`) of the right site and wires what flows between them.
 *
 * Stacks are made when something needs them. Providers of clouds without a site are never loaded.
 */
export class HybridPlatform extends Construct implements PlatformContext {
  readonly name: string;
  readonly environment: string;
  readonly ownership: Ownership;
  private readonly sites: ReadonlyMap<string, Site>;
  private readonly stacks = new Map<string, SiteStack>();
  /** What is declared, by name: names are ids in stacks and parts of the names of resources. */
  private readonly declared = new Map<string, string>();
  private readonly featureStores: PlatformFeatureStore[] = [];
  private readonly endpoints: PlatformEndpoint[] = [];
  private readonly gateways: PlatformGateway[] = [];
  /** By name of the site. */
  private readonly clusters = new Map<
    string,
    { readonly name: string; readonly cluster: IAcceleratorCluster }
  >();
  /** Who publishes metrics of accelerators, by name of the site. */
  private readonly clusterMetrics = new Map<string, readonly MetricsSource[]>();
  private readonly planner?: PlatformPlanner;

  /**
   * @param name lower-case; start of all stack and resource names
   * @throws InvalidName, MissingValue, DuplicateValue, UnknownSite, ModelOfOtherSite, LockUnreadable
   */
  constructor(
    private readonly app: App,
    name: string,
    readonly props: HybridPlatformProps,
  ) {
    const problems = new Problems(`platform "${name}"`);
    problems.name("name", name, COMMON_NAME);
    problems.throwIfAny();
    super(app, name);
    problems.name("environment", props.environment, COMMON_NAME);
    problems.required("backend", props.backend, "a StateBackend");
    problems.required("sites", props.sites[0], "one site or more");
    problems.unique(
      "sites",
      props.sites.map((site) => site.name),
    );
    problems.throwIfAny();
    this.name = name;
    this.environment = props.environment;
    this.ownership = props;
    this.sites = new Map(props.sites.map((site) => [site.name, site]));
    if (props.placement !== undefined) {
      // The planner is read by programs that plan, and by no others.
      const { PlatformPlanner } = require("./platform-placement") as typeof import("./platform-placement");
      this.planner = new PlatformPlanner(this, props.placement);
    }
  }

  /** @throws UnknownSite */
  site(name: string): Site {
    const site = this.sites.get(name);
    if (!site) {
      const problems = new Problems(`platform "${this.name}"`);
      problems.add(LakehouseErrors.UnknownSite, {
        subject: "site",
        given: name,
        allowed: [...this.sites.keys()].join(", "),
      });
      problems.throwIfAny();
    }
    return site!;
  }

  /**
   * The stack of a site and phase, made on first use: the place for constructs of your own.
   *
   * @throws UnknownSite, PhaseNotAtSite, NoClusterAtSite, ProviderPackageMissing
   */
  stack(siteName: string, phase: Phase): SiteStack {
    const site = this.site(siteName);
    const id = `${this.name}-${siteName}-${phase}`;
    const existing = this.stacks.get(id);
    if (existing) {
      return existing;
    }
    const stack = this.makeStack(id, site, phase);
    if (phase === "workloads") {
      stack.addDependency(this.stack(siteName, "platform"));
    }
    this.stacks.set(id, stack);
    this.planner?.guard(stack);
    return stack;
  }

  private makeStack(id: string, site: Site, phase: Phase): SiteStack {
    const { sites: _, placement: _placement, ...shared } = this.props;
    if (phase === "foundation" || site.kind === "kubernetes") {
      return new SiteStack(this.app, id, phase, { ...shared, site });
    }
    const cluster = this.requireCluster(site.name, `phase ${phase} at site "${site.name}"`);
    return new ClusterStack(this.app, id, { ...shared, phase, cluster });
  }

  /** @throws NoClusterAtSite */
  clusterAt(siteName: string): IAcceleratorCluster {
    return this.requireCluster(siteName, `site "${siteName}"`);
  }

  private requireCluster(siteName: string, subject: string): IAcceleratorCluster {
    const entry = this.clusters.get(siteName);
    if (!entry) {
      const problems = new Problems(`platform "${this.name}"`);
      problems.add(StackErrors.NoClusterAtSite, {
        subject,
        given: "no cluster",
        allowed: `addCluster(…, { at: "${siteName}", … }) before`,
      });
      problems.throwIfAny();
    }
    return entry!.cluster;
  }

  /**
   * A cluster with accelerators at one site: network and control plane where the site is a cloud, pools of nodes, the
   * operators that they need, queues for the teams. Compiles to as many stacks as the site has phases.
   *
   * @param id lower-case, unique in the platform
   * With `plannedPools` the plan is made here at the latest: its nodes of this site become pools, its gangs with a job
   * become JobSets in the queues of their teams, its endpoints get their part at the site, and a ConfigMap holds the site's
   * part of the plan.
   *
   * @throws UnknownSite, DuplicateCluster, DuplicateName, ClusterAlreadyAtSite, OptionsWithoutSite, QueuesWithoutKueue, and everything
   *   that `docs/errors.md` lists for clusters, all findings of one construct at once; with `plannedPools` SiteWithoutModel,
   *   UnknownCapacityPool, ReservationNeeded, PlacementNotDeclared, and what `plan` throws
   */
  addCluster(id: string, props: PlatformClusterProps): PlatformCluster {
    const problems = new Problems(`platform "${this.name}" cluster "${id}"`);
    problems.name("name", id, COMMON_NAME);
    const site = this.site(props.at);
    const others = [...this.clusters.entries()];
    if (others.some(([, { name }]) => name === id)) {
      problems.add(StackErrors.DuplicateCluster, {
        subject: "name",
        given: id,
        allowed: `any but ${others.map(([, { name }]) => name).join(", ")}`,
      });
    }
    this.checkName(problems, id, "cluster");
    const there = this.clusters.get(site.name);
    if (there) {
      problems.add(StackErrors.ClusterAlreadyAtSite, {
        subject: "at",
        given: site.name,
        allowed: `a site without a cluster; "${there.name}" is there`,
      });
    }
    const { cluster: planned, contents } = planCluster(problems, this.planner, props);
    const cluster = buildCluster(problems, this, id, planned);
    this.clusters.set(site.name, { name: id, cluster });
    this.declared.set(id, "cluster");
    if (contents !== undefined) {
      this.planner?.warn(cluster);
    }
    const made = fillCluster(this, id, cluster, planned, contents);
    this.clusterMetrics.set(site.name, made.operators.metrics);
    if (contents !== undefined && this.planner !== undefined && this.planner.endpoints.length > 0) {
      const { placeEndpoints } =
        require("./compilers/placed-endpoint") as typeof import("./compilers/placed-endpoint");
      placeEndpoints(this, this.planner, site.name, cluster);
    }
    return { name: id, site, cluster, ...made };
  }

  /**
   * A training gang, which the plan finds a place for.
   *
   * @param name lower-case, unique among the workloads
   * @param job what it runs, at whichever site the plan chooses: a JobSet in the cluster with planned pools there. Nothing
   *   is made of a gang without one but its nodes.
   * @throws PlacementNotDeclared, DuplicateWorkload, WorkloadOfOtherName, PlanAlreadyMade, and what `Gang.of` throws; at
   *   synth JobWithoutCluster
   */
  addTraining(name: string, gang: Gang | GangProps, job?: TrainingJob): void {
    const value = "kind" in gang ? gang : Gang.of(name, gang);
    this.requirePlanner(`workload "${name}"`).add(name, value, job);
  }

  /**
   * Replicas of a model that answer requests, which the plan finds places for: nodes of planned pools, and which users
   * each site answers. Nothing but nodes is made of them; `addEndpoint` with `placement` makes the pods too.
   *
   * @param name lower-case, unique among the workloads
   * @throws PlacementNotDeclared, DuplicateWorkload, WorkloadOfOtherName, PlanAlreadyMade, and what `InferencePool.of`
   *   throws
   */
  addInferencePool(name: string, pool: ServingPool | InferencePoolProps): void {
    const value = "kind" in pool ? pool : InferencePool.of(name, pool);
    this.requirePlanner(`workload "${name}"`).add(name, value);
  }

  /**
   * Data that moves between sites again and again: the plan sets capacity of links aside for it.
   *
   * @param name lower-case, unique among the workloads
   * @throws PlacementNotDeclared, DuplicateWorkload, WorkloadOfOtherName, PlanAlreadyMade, and what `DataJob.of` throws
   */
  addDataJob(name: string, job: DataJob | DataJobProps): void {
    const value = "kind" in job ? job : DataJob.of(name, job);
    this.requirePlanner(`workload "${name}"`).add(name, value);
  }

  /**
   * Where every workload goes, after an independent check. Made on first use; no workload can be added after that.
   *
   * @throws PlacementNotDeclared, PlanRefusedByChecker, and what `plan` throws
   */
  get placement(): Placement {
    return this.requirePlanner("placement").placement;
  }

  /**
   * The plan as `placement` has it, with reasons, next best places, what is left, and a picture.
   *
   * @throws PlacementNotDeclared, PlanRefusedByChecker, and what `plan` throws
   */
  explainPlacement(): PlannedPlacement {
    return this.requirePlanner("explainPlacement").explained;
  }

  /**
   * Writes the plan to `placement.lockFile` and the schema of each feature store to its `lockFile`, where that changes
   * them. Call it after `app.synth()`: a program that is refused then leaves the files as they were, and tests that only
   * build the platform never write.
   *
   * @throws MissingValue if nothing declares a file
   */
  writeLock(): void {
    const written = [this.planner, ...this.featureStores].map((owner) => owner?.writeLock() ?? false);
    if (!written.includes(true)) {
      const problems = new Problems(`platform "${this.name}"`);
      problems.add(CoreErrors.MissingValue, {
        subject: "lockFile",
        given: undefined,
        allowed: "placement: { lockFile: … }, or a feature store with lockFile",
      });
      problems.throwIfAny();
    }
  }

  private requirePlanner(subject: string): PlatformPlanner {
    return this.planner ?? refuseUnplanned(`platform "${this.name}"`, subject);
  }

  /**
   * A lakehouse over the platform's sites.
   *
   * @param id lower-case, unique in the platform
   * @throws everything that `docs/errors.md` lists for lakehouses, all findings of one construct at once
   */
  addLakehouse(id: string, props: PlatformLakehouseProps = {}): PlatformLakehouse {
    const problems = new Problems(`platform "${this.name}" lakehouse "${id}"`);
    problems.name("name", id, COMMON_NAME);
    const lakehouses = [...this.declared].flatMap(([name, what]) => (what === "lakehouse" ? [name] : []));
    if (lakehouses.includes(id)) {
      problems.add(StackErrors.DuplicateLakehouse, {
        subject: "name",
        given: id,
        allowed: `any but ${lakehouses.join(", ")}`,
      });
    }
    this.checkName(problems, id, "lakehouse");
    const lakehouse = buildLakehouse(problems, this, this.sites, id, props);
    this.declared.set(id, "lakehouse");
    return lakehouse;
  }

  /**
   * Topics with the same names, keys and schemas at one or more sites, and what is mirrored between them. `at(site)` gives
   * the part of a site, for rights.
   *
   * @param id lower-case, unique in the platform
   * @throws UnknownSite, DuplicateName, OptionsWithoutSite, MirrorNotAtSite, MissingValue, and what the streams of the
   *   sites throw
   */
  addStream(id: string, props: PlatformStreamProps): PlatformStream {
    return this.declare("stream", id, (problems) => buildStream(problems, this, id, props));
  }

  /**
   * Collections of vectors with the same names, dimensions and metrics at one or more sites.
   *
   * @param id lower-case, unique in the platform
   * @throws UnknownSite, DuplicateName, OptionsWithoutSite, MissingValue, and what the stores of the sites throw
   */
  addVectorStore(id: string, props: PlatformVectorStoreProps): PlatformVectorStore {
    return this.declare("vector store", id, (problems) => buildVectorStore(problems, this, id, props));
  }

  /**
   * One schema of features, served at one or more sites out of the tables that a lakehouse has there.
   *
   * @param id lower-case, unique in the platform
   * @throws UnknownSite, DuplicateName, OptionsWithoutSite, NoPartAtSite, MissingValue, SchemaLockUnreadable, and what the
   *   stores of the sites throw, IncompatibleSchema among it
   */
  addFeatureStore(id: string, props: PlatformFeatureStoreProps): PlatformFeatureStore {
    const made = this.declare("feature store", id, (problems) =>
      buildFeatureStore(problems, this, id, props),
    );
    this.featureStores.push(made);
    return made;
  }

  /**
   * Decisions inside a stream, in the cluster of one site: topics, features and vectors of that site, and a model. The
   * worker gets an identity of the site's kind, and exactly the rights that it needs.
   *
   * @param id lower-case, at most 32 characters, unique in the platform; name of the worker
   * @throws UnknownSite, DuplicateName, NoPartAtSite, NoClusterAtSite, and what `InlineInferenceProcessor` throws; with
   *   `log.table` LogTableNotForSink, LogTableDiffers, LogFasterThanTable, GrantNotApplicable, and what `InlineLogSink` throws
   */
  addInlineInference(id: string, props: PlatformInlineInferenceProps): InlineInferenceProcessor {
    return this.declare("inline inference", id, (problems) =>
      buildInlineInference(problems, this, id, props, this.clusters.get(props.at)?.cluster),
    );
  }

  /**
   * A model that answers requests, at one or more sites: in the platform's cluster there, by SageMaker, or by Vertex AI.
   * Variants in clusters are sized by the capacity model from the accelerators of their pool.
   *
   * @param id lower-case, unique in the platform; name of the endpoint
   * @throws UnknownSite, DuplicateName, EndpointNotAtSite, NoClusterAtSite, NoAcceleratorsInPool, what `planEndpoint` throws
   *   (ModelDoesNotFit, LatencyTargetOutOfReach among it), and what the endpoints of the sites throw
   */
  addEndpoint(id: string, props: PlatformEndpointProps): PlatformEndpoint;
  /**
   * A model that answers requests wherever the plan puts it. Each variant is sized for every pool of the sites' models, the
   * plan picks sites, accelerators and replicas by cost, and `addCluster` with `plannedPools` makes the endpoint there.
   *
   * @param id lower-case, unique in the platform; name of the endpoint. With a variant's name, 32 characters at most
   * @throws PlacementNotDeclared, UnknownSite, DuplicateName, SiteWithoutModel, NothingAllowed, DuplicateWorkload,
   *   PlanAlreadyMade, what `planEndpoint` throws if a variant fits no pool, what `toSizedPool` throws; from `addCluster`
   *   what `KubernetesModelEndpoint` throws; at synth EndpointLeftOut, EndpointWithoutCluster
   */
  addEndpoint(id: string, props: PlacedEndpointProps): PlacedEndpoint;
  addEndpoint(id: string, props: PlatformEndpointProps | PlacedEndpointProps): PlatformEndpoint {
    const made = this.declare("endpoint", id, (problems): PlatformEndpoint => {
      if ("placement" in props) {
        const planner = this.requirePlanner(`endpoint "${id}"`);
        const { declarePlacedEndpoint } =
          require("./compilers/placed-endpoint") as typeof import("./compilers/placed-endpoint");
        return declarePlacedEndpoint(problems, this, planner, id, props).endpoint;
      }
      return buildEndpoint(problems, this, id, props, (site) => this.clusters.get(site)?.cluster);
    });
    this.endpoints.push(made);
    return made;
  }

  /**
   * One front for models of all sites, in the cluster of one: classes of traffic, fallbacks, limits, sign-in, audit.
   *
   * @param id lower-case, unique in the platform; name by which other gateways know it
   * @throws UnknownSite, DuplicateName, BackendOfOtherSite, and what `KubernetesAiGateway` throws
   */
  addGateway(id: string, props: PlatformGatewayProps): PlatformGateway {
    const made = this.declare("gateway", id, (problems) => buildGateway(problems, this, id, props));
    this.gateways.push(made);
    return made;
  }

  /**
   * Metrics, objectives, alerts and dashboards of what was declared before, site by site.
   *
   * @param id lower-case, unique in the platform
   * @throws UnknownSite, DuplicateName, NotOneOf, NoEffect, NotWatchedThere, what `planObservability` throws, and what the
   *   observability of the sites throws
   */
  addObservability(id: string, props: PlatformObservabilityProps): PlatformObservability {
    return this.declare("observability", id, (problems) =>
      buildObservability(problems, this, id, props, {
        endpoints: this.endpoints,
        gateways: this.gateways,
        clusters: this.clusterMetrics,
      }),
    );
  }

  private declare<T>(what: string, id: string, build: (problems: Problems) => T): T {
    const problems = new Problems(`platform "${this.name}" ${what} "${id}"`);
    problems.name("name", id, COMMON_NAME);
    this.checkName(problems, id);
    const there = this.namedAfter(id);
    try {
      const made = build(problems);
      this.declared.set(id, what);
      return made;
    } catch (error) {
      const half = [...this.namedAfter(id)].filter((construct) => !there.has(construct));
      for (const { node } of half) {
        node.scope?.node.tryRemoveChild(node.id);
      }
      throw error;
    }
  }

  /** Constructs in stacks that a declaration of this name makes: a refused one leaves none, so it can be corrected. */
  private namedAfter(id: string): ReadonlySet<IConstruct> {
    const children = [...this.stacks.values()].flatMap((stack) => stack.node.children);
    return new Set(children.filter(({ node }) => node.id === id || node.id.startsWith(`${id}-`)));
  }

  /** Adds DuplicateName. @param but a kind with an error of its own for this */
  private checkName(problems: Problems, id: string, but?: string): void {
    const what = this.declared.get(id);
    if (what !== undefined && what !== but) {
      problems.add(StackErrors.DuplicateName, {
        subject: "name",
        given: id,
        allowed: `a name of its own: ${/^[aeiou]/.test(what) ? "an" : "a"} ${what} has this one`,
      });
    }
  }
}
