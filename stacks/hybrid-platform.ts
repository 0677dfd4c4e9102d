import type { App } from "cdktf";
import { Construct } from "constructs";
import { COMMON_NAME, Problems } from "../lib/core/problems";
import type { StateBackend } from "../lib/core/state-backend";
import type { Ownership } from "../lib/core/tags";
import type { Site } from "../lib/fabric/site";
import { LakehouseErrors } from "../lib/lakehouse/errors";
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

/**
 * One declaration over AWS, Google Cloud and Kubernetes sites. It owns no resource: it puts constructs into the
 * right stack (`<platform>-<site>-<phase>`) of the right site and wires what flows between them.
 *
 * Stacks are made when something needs them. Providers of clouds without a site are never loaded.
 */
export class HybridPlatform extends Construct implements PlatformContext {
  readonly name: string;
  readonly environment: string;
  private readonly sites: ReadonlyMap<string, Site>;
  private readonly stacks = new Map<string, SiteStack>();
  private readonly lakehouses = new Set<string>();

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
   * @throws UnknownSite, PhaseNotAtSite, ProviderPackageMissing
   */
  stack(siteName: string, phase: Phase): SiteStack {
    const site = this.site(siteName);
    const id = `${this.name}-${siteName}-${phase}`;
    const existing = this.stacks.get(id);
    if (existing) {
      return existing;
    }
    const { sites: _, ...shared } = this.props;
    const stack = new SiteStack(this.app, id, phase, { ...shared, site });
    if (phase === "workloads") {
      stack.addDependency(this.stack(siteName, "platform"));
    }
    this.stacks.set(id, stack);
    return stack;
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
