import { Construct } from "constructs";
import { claimNames } from "../core/claimed-names";
import { Problems } from "../core/problems";
import type { Site } from "../fabric/site";
import { LakehouseErrors } from "./errors";
import type { Grant, GrantRequest, ILakehouse, ITable, IZone, LakehouseModel, ZoneModel } from "./lakehouse";
import type { CatalogEndpoint } from "./sharing";
import { requireColumns } from "./table";

/** Zones, tables and the checks of grants, once for all sites. A site says where a zone is and how a right is given. */
export abstract class LakehouseBase extends Construct implements ILakehouse {
  abstract readonly site: Site;
  /** Set by the constructor of the site's class, before any zone is asked for. */
  protected abstract readonly model: LakehouseModel;

  /** Refuses, when the app is synthesized, a second lakehouse that would make resources of the same names. */
  protected claimNames(namePrefix: string): void {
    const { kind, name } = this.site;
    // Buckets of a cloud are named in one space for all regions; a cluster is a space of its own.
    const space = kind === "kubernetes" ? `${kind}/${name}` : kind;
    claimNames(this, {
      key: `lakehouse/${space}/${namePrefix}`,
      error: LakehouseErrors.NamesTaken,
      given: namePrefix,
    });
  }

  get zoneNames(): readonly string[] {
    return this.model.zones.map((zone) => zone.name);
  }

  zone(name: string): IZone {
    const zone = this.requireZone(name);
    return {
      name,
      location: this.zoneLocation(zone),
      encryptionKey: this.zoneKey(zone),
      copyOf: zone.copyOf,
      tableNames: zone.tables.map((table) => table.name),
      table: (table) => this.tableOf(zone, table),
      grantRead: (identity, options) =>
        this.grant({ identity, access: "read", zone, includePii: options?.includePii ?? false }),
      grantWrite: (identity) => this.grant({ identity, access: "write", zone, includePii: true }),
    };
  }

  abstract catalogEndpoint(zone: string): CatalogEndpoint;

  protected abstract zoneLocation(zone: ZoneModel): string;

  /** Customer key of a zone's files, where the site has such keys. */
  protected zoneKey(_zone: ZoneModel): string | undefined {
    return undefined;
  }

  /** Gives a right. Asking twice for the same right returns the same resources. @throws IdentityKindMismatch */
  protected abstract grant(request: GrantRequest): Grant;

  protected requireZone(name: string): ZoneModel {
    const zone = this.model.zones.find((candidate) => candidate.name === name);
    if (!zone) {
      const problems = new Problems(this.node.path);
      problems.add(LakehouseErrors.UnknownZone, {
        subject: "zone",
        given: name,
        allowed: this.zoneNames.join(", "),
      });
      problems.throwIfAny();
    }
    return zone!;
  }

  private tableOf(zone: ZoneModel, name: string): ITable {
    const problems = new Problems(this.node.path);
    const table = zone.tables.find((candidate) => candidate.name === name);
    if (!table) {
      problems.add(LakehouseErrors.UnknownTable, {
        subject: `zone "${zone.name}"`,
        given: name,
        allowed: zone.tables.map((candidate) => candidate.name).join(", ") || "none: the zone has no tables",
      });
      problems.throwIfAny();
    }
    const known = table!;
    return {
      name,
      columns: known.columns,
      grantRead: (identity, options) => {
        const checks = new Problems(this.node.path);
        const columns = options?.columns && requireColumns(checks, zone.name, known, options.columns);
        checks.throwIfAny();
        const includePii = options?.includePii ?? false;
        return this.grant({ identity, access: "read", zone, table: known, columns, includePii });
      },
      grantWrite: (identity) =>
        this.grant({ identity, access: "write", zone, table: known, includePii: true }),
    };
  }
}
