import { CoreErrors } from "../lib/core/errors";
import { resourceName } from "../lib/core/naming";
import type { Problems } from "../lib/core/problems";
import type { KubernetesSite, Site, SiteKind } from "../lib/fabric/site";
import type { ILakehouse, LakehouseProps, ZoneProps } from "../lib/lakehouse/lakehouse";
import type { ForeignCatalog, ZoneCopy } from "../lib/lakehouse/sharing";
import type { AwsLakehouseOptions } from "./compilers/aws";
import type { GoogleLakehouseOptions } from "./compilers/google";
import type { KubernetesLakehouseOptions } from "./compilers/kubernetes";
import { carryAcrossStacks } from "./cross-stack";
import {
  distributeZones,
  type LakehouseDistribution,
  type PlatformZoneProps,
  type ShareEdge,
  type ShareProps,
} from "./lakehouse-shares";
import type { PlatformContext } from "./platform-context";
import { PlatformLakehouse } from "./platform-lakehouse";
import { withPeer } from "./providers";
import { checkChoices, choicesFor } from "./site-choices";

/** A lakehouse over the sites of a platform. */
export interface PlatformLakehouseProps
  extends Omit<LakehouseProps, "site" | "namePrefix" | "zones" | "foreignCatalogs"> {
  /** @default - zones raw, refined and curated without tables, at every site */
  readonly zones?: readonly PlatformZoneProps[];
  /** What one site's engines may read of another's. @default - nothing */
  readonly shares?: readonly ShareProps[];
  /** Choices for the AWS sites. Refused when the lakehouse is at no AWS site. @default - the defaults of AwsLakehouse */
  readonly aws?: AwsLakehouseOptions;
  /** Choices for the Google sites. Refused when the lakehouse is at no Google site. @default - the defaults of GoogleLakehouse */
  readonly google?: GoogleLakehouseOptions;
  /** Choices for the Kubernetes sites, object store included: needed when there is one, refused when there is none. */
  readonly kubernetes?: KubernetesLakehouseOptions;
  /** Choices for single sites, by name of the site, laid over those of its kind. @default - none */
  readonly perSite?: Readonly<Record<string, SiteOptions>>;
}

/** Choices for one site; only those of its own kind are taken. */
export interface SiteOptions {
  readonly aws?: Partial<AwsLakehouseOptions>;
  readonly google?: Partial<GoogleLakehouseOptions>;
  readonly kubernetes?: Partial<KubernetesLakehouseOptions>;
}

/** Compilers are loaded when a site of their kind exists, and with them the bindings of that provider. */
const compilers = {
  aws: () =>
    withPeer("AwsLakehouse", "aws", () => require("./compilers/aws") as typeof import("./compilers/aws")),
  google: () =>
    withPeer(
      "GoogleLakehouse",
      "google",
      () => require("./compilers/google") as typeof import("./compilers/google"),
    ),
  kubernetes: () =>
    withPeer(
      "KubernetesLakehouse",
      "kubernetes",
      () => require("./compilers/kubernetes") as typeof import("./compilers/kubernetes"),
    ),
};

function checkOptions(problems: Problems, props: PlatformLakehouseProps, used: readonly Site[]): void {
  checkChoices(problems, props, used);
  for (const site of used.filter(({ kind }) => kind === "kubernetes")) {
    if (props.perSite?.[site.name]?.kubernetes?.objectStore ?? props.kubernetes?.objectStore) {
      continue;
    }
    problems.add(CoreErrors.MissingValue, {
      subject: `kubernetes options of site "${site.name}"`,
      given: undefined,
      allowed: "the options of the Kubernetes sites, at least `objectStore`",
      fix: "give kubernetes: { objectStore: ObjectStore.rook({ … }) }, .newRook or .s3Compatible",
    });
  }
}

const catalogName = (edge: ShareEdge) => `${edge.from}_${edge.zone}`.replaceAll("-", "_");

/** Builds one lakehouse: clouds first, because Kubernetes sites read what the clouds hand out. */
class LakehouseBuilder {
  private readonly parts = new Map<string, ILakehouse>();

  constructor(
    private readonly platform: PlatformContext,
    private readonly id: string,
    private readonly props: PlatformLakehouseProps,
    private readonly distribution: LakehouseDistribution,
    private readonly used: readonly Site[],
  ) {}

  build(): PlatformLakehouse {
    for (const site of this.used) {
      if (site.kind === "aws") {
        const shared = this.shared(site, this.catalogsForCloud(site.name));
        this.parts.set(
          site.name,
          compilers.aws().compile(this.platform, this.id, shared, this.options(site.name, "aws")),
        );
      } else if (site.kind === "google") {
        const shared = this.shared(site, this.catalogsForCloud(site.name));
        this.parts.set(
          site.name,
          compilers.google().compile(this.platform, this.id, shared, this.options(site.name, "google")),
        );
      }
    }
    for (const site of this.used) {
      if (site.kind === "kubernetes") {
        const shared = this.shared(site, this.catalogsForCluster(site.name));
        const copies = this.copiesFrom(site.name);
        const part = compilers
          .kubernetes()
          .compile(this.platform, this.id, shared, copies, this.clusterOptions(site.name));
        this.parts.set(site.name, part);
      }
    }
    const inOrder = this.used.map((site) => [site.name, this.parts.get(site.name)!] as const);
    return new PlatformLakehouse(this.id, new Map(inOrder));
  }

  private shared<S extends Site>(site: S, foreignCatalogs: readonly ForeignCatalog[]): LakehouseProps<S> {
    const {
      zones: _zones,
      shares: _shares,
      aws: _aws,
      google: _google,
      kubernetes: _k,
      perSite: _p,
      ...rest
    } = this.props;
    const zones: readonly ZoneProps[] = this.distribution.zonesAt.get(site.name) ?? [];
    return { ...rest, site, namePrefix: this.namePrefix(site), zones, foreignCatalogs };
  }

  private options<K extends SiteKind>(site: string, kind: K) {
    return choicesFor(this.props, { name: site, kind }) as NonNullable<SiteOptions[K]>;
  }

  private namePrefix(site: Site): string {
    return resourceName([this.platform.name, this.platform.environment, this.id, site.name], {
      maxLength: 48,
    });
  }

  private edges(mode: ShareEdge["mode"], end: "from" | "to", site: string): readonly ShareEdge[] {
    return this.distribution.edges.filter((edge) => edge.mode === mode && edge[end] === site);
  }

  private catalogsForCloud(site: string): readonly ForeignCatalog[] {
    return this.edges("federation", "to", site).map((edge) => ({
      name: catalogName(edge),
      endpoint: this.clusterEndpoint(edge),
    }));
  }

  private catalogsForCluster(site: string): readonly ForeignCatalog[] {
    return this.edges("federation", "to", site).map((edge) => {
      if (this.platform.site(edge.from).kind === "kubernetes") {
        return { name: catalogName(edge), endpoint: this.clusterEndpoint(edge) };
      }
      const reader = this.clusterIdentity(site, "engine");
      const grant = this.parts.get(edge.from)!.zone(edge.zone).grantRead(reader);
      return {
        name: catalogName(edge),
        endpoint: this.endpointFor(edge.from, site, edge.zone),
        access: grant.access && this.carry(edge.from, site, `${edge.zone}_reader_${site}`, grant.access),
      };
    });
  }

  private copiesFrom(site: string): readonly ZoneCopy[] {
    return this.edges("replication", "from", site).map((edge) => {
      const writer = this.clusterIdentity(site, "copier");
      const grant = this.parts.get(edge.to)!.zone(edge.zone).grantWrite(writer);
      return {
        zone: edge.zone,
        toSite: edge.to,
        target: this.endpointFor(edge.to, site, edge.zone),
        access: this.carry(edge.to, site, `${edge.zone}_writer_${site}`, grant.access!),
        schedule: edge.schedule,
      };
    });
  }

  /** A catalogue in a cluster is known from the declaration alone, so clouds need not wait for the cluster. */
  private clusterEndpoint(edge: ShareEdge) {
    const shared = this.shared(this.requireCluster(edge.from), []);
    const reader = this.platform.site(edge.to).kind;
    return compilers.kubernetes().catalogEndpoint(shared, this.clusterOptions(edge.from), edge.zone, reader);
  }

  private clusterIdentity(name: string, role: "engine" | "copier") {
    const site = this.requireCluster(name);
    return compilers.kubernetes().identityOf(this.shared(site, []), this.clusterOptions(name), role);
  }

  /** Present whenever a cluster takes part: checked before the builder starts. */
  private clusterOptions(site: string): KubernetesLakehouseOptions {
    return this.options(site, "kubernetes") as KubernetesLakehouseOptions;
  }

  private requireCluster(name: string): KubernetesSite {
    const site = this.platform.site(name);
    if (site.kind !== "kubernetes") {
      throw new Error(`site "${name}" is no cluster: checks and construction disagree`);
    }
    return site;
  }

  private endpointFor(producer: string, consumer: string, zone: string) {
    const endpoint = this.parts.get(producer)!.catalogEndpoint(zone);
    return this.carry(producer, consumer, `${zone}_catalog`, endpoint);
  }

  private carry<T extends object>(producer: string, consumer: string, name: string, value: T): T {
    const from = this.platform.stack(producer, "foundation");
    const to = this.platform.stack(consumer, "workloads");
    return carryAcrossStacks(to, from, `${this.id}_${name}`, value);
  }
}

/** Checks the declaration as a whole, then builds the parts. @throws ValidationError with all findings */
export function buildLakehouse(
  problems: Problems,
  platform: PlatformContext,
  sites: ReadonlyMap<string, Site>,
  id: string,
  props: PlatformLakehouseProps,
): PlatformLakehouse {
  const distribution = distributeZones(problems, sites, props);
  const reading = new Set(distribution.edges.map((edge) => edge.to));
  const used = [...sites.values()].filter(
    (site) => distribution.zonesAt.has(site.name) || reading.has(site.name),
  );
  checkOptions(problems, props, used);
  problems.throwIfAny();
  return new LakehouseBuilder(platform, id, props, distribution, used).build();
}
