import type { App } from "cdktf";
import { Construct } from "constructs";
import type { IAcceleratorCluster } from "../lib/cluster/cluster";
import { COMMON_NAME, Problems } from "../lib/core/problems";
import type { StateBackend } from "../lib/core/state-backend";
import type { Ownership } from "../lib/core/tags";
import type { Site } from "../lib/fabric/site";
import { LakehouseErrors } from "../lib/lakehouse/errors";
import { buildCluster, fillCluster, type PlatformClusterProps } from "./cluster-builder";
import { ClusterStack } from "./cluster-stack";
import type { ClusterContents } from "./compilers/in-cluster";
import { StackErrors } from "./errors";
import { buildLakehouse, type PlatformLakehouseProps } from "./lakehouse-builder";
import type { Phase } from "./phase";
import type { PlatformContext } from "./platform-context";
import type { PlatformLakehouse } from "./platform-lakehouse";
import type { ProviderVersions } from "./providers";
import { SiteStack } from "./site-stack";

/** A platform: sites, who owns it, where its state is. */
export interface HybridPlatformProps extends Ownership {
  /** Where the state of every stack is kept. */
  readonly backend: StateBackend;
  /** The places of the platform; names are unique. */
  readonly sites: readonly Site[];
  /** @default - a range from the version of the bindings on, same major */
  readonly providerVersions?: ProviderVersions;
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
  private readonly lakehouses = new Set<string>();
  /** By name of the site. */
  private readonly clusters = new Map<
    string,
    { readonly name: string; readonly cluster: IAcceleratorCluster }
  >();

  /**
   * @param name lower-case; start of all stack and resource names
   * @throws InvalidName, MissingValue, DuplicateValue
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
    return stack;
  }

  private makeStack(id: string, site: Site, phase: Phase): SiteStack {
    const { sites: _, ...shared } = this.props;
    if (phase === "foundation" || site.kind === "kubernetes") {
      return new SiteStack(this.app, id, phase, { ...shared, site });
    }
    const entry = this.clusters.get(site.name);
    if (!entry) {
      const problems = new Problems(`platform "${this.name}"`);
      problems.add(StackErrors.NoClusterAtSite, {
        subject: `phase ${phase} at site "${site.name}"`,
        given: "no cluster",
        allowed: `addCluster(…, { at: "${site.name}", … }) before`,
      });
      problems.throwIfAny();
    }
    return new ClusterStack(this.app, id, { ...shared, phase, cluster: entry!.cluster });
  }

  /**
   * A cluster with accelerators at one site: network and control plane where the site is a cloud, pools of nodes, the
   * operators that they need, queues for the teams. Compiles to as many stacks as the site has phases.
   *
   * @param id lower-case, unique in the platform
   * @throws UnknownSite, DuplicateCluster, ClusterAlreadyAtSite, OptionsWithoutSite, QueuesWithoutKueue, and everything
   *   that `docs/errors.md` lists for clusters, all findings of one construct at once
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
    const there = this.clusters.get(site.name);
    if (there) {
      problems.add(StackErrors.ClusterAlreadyAtSite, {
        subject: "at",
        given: site.name,
        allowed: `a site without a cluster; "${there.name}" is there`,
      });
    }
    const cluster = buildCluster(problems, this, id, props);
    this.clusters.set(site.name, { name: id, cluster });
    return { name: id, site, cluster, ...fillCluster(this, id, cluster, props) };
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
    if (this.lakehouses.has(id)) {
      problems.add(StackErrors.DuplicateLakehouse, {
        subject: "name",
        given: id,
        allowed: `any but ${[...this.lakehouses].join(", ")}`,
      });
    }
    const lakehouse = buildLakehouse(problems, this, this.sites, id, props);
    this.lakehouses.add(id);
    return lakehouse;
  }
}
