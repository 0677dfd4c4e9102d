import type { ErrorDefinition } from "../lib/core/errors";
import { Problems } from "../lib/core/problems";
import type { Identity } from "../lib/fabric/identity";
import type { SiteKind } from "../lib/fabric/site";
import { LakehouseErrors } from "../lib/lakehouse/errors";
import type { Grant, GrantOptions, ILakehouse, IZone, TableGrantOptions } from "../lib/lakehouse/lakehouse";
import { makesSyntheticData, type SyntheticDataProps } from "../lib/lakehouse/synthetic-data";
import { StackErrors } from "./errors";
import { PlatformParts } from "./platform-parts";

/** A right that was given at one site. */
export interface SiteGrant extends Grant {
  readonly site: string;
}

/** A table wherever the platform keeps it. */
export interface PlatformTable {
  /** Lets `identity` read the table at every site of the identity's kind. @throws IdentityKindMismatch */
  grantRead(identity: Identity, options?: TableGrantOptions): readonly SiteGrant[];
  /** Lets `identity` read and write the table at every site of the identity's kind. @throws IdentityKindMismatch */
  grantWrite(identity: Identity): readonly SiteGrant[];
}

/** A zone wherever the platform keeps it. */
export interface PlatformZone {
  readonly name: string;
  /** Names of the sites that keep the zone, copies included. */
  readonly sites: readonly string[];
  table(name: string): PlatformTable;
  /** Lets `identity` read the zone at every site of the identity's kind. @throws IdentityKindMismatch */
  grantRead(identity: Identity, options?: GrantOptions): readonly SiteGrant[];
  /** Lets `identity` read and write the zone at every site of the identity's kind. @throws IdentityKindMismatch */
  grantWrite(identity: Identity): readonly SiteGrant[];
}

/** Rows that look like those of a table, made where the table is; see `KubernetesLakehouse.addSyntheticData`. */
export interface PlatformSyntheticDataProps extends SyntheticDataProps {
  /** Name of a Kubernetes site of the lakehouse that owns both tables. */
  readonly at: string;
}

const HOME_OF: Readonly<Record<Identity["kind"], SiteKind>> = {
  "aws-role": "aws",
  "google-member": "google",
  "kubernetes-service-account": "kubernetes",
};

/**
 * One lakehouse over all sites of a platform.
 *
 * Grants go to the sites at which the identity is at home: an IAM role to AWS sites, and so on. To give an identity
 * of a cluster rights in a cloud, ask the cloud's part: `lake.at("ireland").zone("curated").grantRead(identity)`.
 */
export class PlatformLakehouse extends PlatformParts<ILakehouse> {
  constructor(name: string, parts: ReadonlyMap<string, ILakehouse>) {
    super(name, "lakehouse", parts);
  }

  /** @throws UnknownZone */
  zone(name: string): PlatformZone {
    const holders = [...this.parts].filter(([, part]) => part.zoneNames.includes(name));
    if (holders.length === 0) {
      const known = new Set([...this.parts.values()].flatMap((part) => part.zoneNames));
      this.refuse(LakehouseErrors.UnknownZone, "zone", name, [...known]);
    }
    const each = (identity: Identity, give: (zone: IZone) => Grant) =>
      this.give(name, holders, identity, give);
    return {
      name,
      sites: holders.map(([site]) => site),
      grantRead: (identity, options) => each(identity, (zone) => zone.grantRead(identity, options)),
      grantWrite: (identity) => each(identity, (zone) => zone.grantWrite(identity)),
      table: (table) => ({
        grantRead: (identity, options) =>
          each(identity, (zone) => zone.table(table).grantRead(identity, options)),
        grantWrite: (identity) => each(identity, (zone) => zone.table(table).grantWrite(identity)),
      }),
    };
  }

  /**
   * Fills a table with rows that look like those of another, by a Job in the cluster of a site.
   *
   * @throws UnknownSite, SyntheticDataNotAtSite, and what `KubernetesLakehouse.addSyntheticData` throws
   */
  addSyntheticData(id: string, { at, ...props }: PlatformSyntheticDataProps): void {
    const part = this.at(at);
    if (makesSyntheticData(part)) {
      part.addSyntheticData(id, props);
      return;
    }
    const able = [...this.parts].filter(([, each]) => makesSyntheticData(each)).map(([site]) => site);
    this.refuse(StackErrors.SyntheticDataNotAtSite, `synthetic data "${id}" at`, at, able);
  }

  private give(
    zone: string,
    holders: readonly (readonly [string, ILakehouse])[],
    identity: Identity,
    give: (zone: IZone) => Grant,
  ): readonly SiteGrant[] {
    const homes = holders.filter(([, part]) => part.site.kind === HOME_OF[identity.kind]);
    if (homes.length === 0) {
      this.refuse(
        LakehouseErrors.IdentityKindMismatch,
        `zone "${zone}"`,
        `${identity.kind} "${identity.name}"`,
        holders.map(([site, part]) => `an identity of ${part.site.kind} (site "${site}")`),
      );
    }
    return homes.map(([site, part]) => ({ site, ...give(part.zone(zone)) }));
  }

  private refuse(error: ErrorDefinition, subject: string, given: string, allowed: readonly string[]): void {
    const problems = new Problems(`lakehouse "${this.name}"`);
    problems.add(error, { subject, given, allowed: allowed.join(", ") || "none" });
    problems.throwIfAny();
  }
}
