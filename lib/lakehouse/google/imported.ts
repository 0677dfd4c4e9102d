import type { Construct } from "constructs";
import { GoogleProject } from "../../core/google-project";
import { Problems } from "../../core/problems";
import type { Residency } from "../../fabric/residency";
import type { GoogleSite } from "../../fabric/site";
import {
  type Grant,
  type GrantRequest,
  type LakehouseModel,
  resolveLakehouse,
  type ZoneModel,
} from "../lakehouse";
import { LakehouseBase } from "../lakehouse-base";
import type { CatalogEndpoint } from "../sharing";
import type { TableProps } from "../table";
import { GoogleLakehouseFederation } from "./federation";
import { GoogleGrants, type GoogleGrantTarget } from "./grants";

/** One zone of a lakehouse that exists. */
export interface GoogleZoneAttributes {
  readonly name: string;
  /** Name of the bucket; may be a token. */
  readonly bucket: string;
  /** Name of the data set; may be a token. Files of its tables are in the folder of this name. */
  readonly dataset: string;
  /** Tables that can be granted one by one. @default - none */
  readonly tables?: readonly TableProps[];
  /** Site whose tables are copied here. @default - the zone owns its tables */
  readonly copyOf?: string;
  /**
   * Full names of the policy tags on columns that hold personal data, by `table.column`; may be tokens.
   * @default - none: rights that include personal data are refused with `GrantNotApplicable`
   */
  readonly policyTags?: Readonly<Record<string, string>>;
}

/** What has to be known of a lakehouse to use it. */
export interface GoogleLakehouseAttributes {
  readonly site: GoogleSite;
  /** Start of the names of service accounts and identity pools that grants make here; not the owner's. */
  readonly namePrefix: string;
  readonly zones: readonly GoogleZoneAttributes[];
  /** @default Residency.ANYWHERE */
  readonly residency?: Residency;
}

/** See `GoogleLakehouse.fromAttributes`. Makes nothing but what grants make. */
export class ImportedGoogleLakehouse extends LakehouseBase {
  readonly site: GoogleSite;
  protected readonly model: LakehouseModel;
  private readonly attributes: ReadonlyMap<string, GoogleZoneAttributes>;
  private readonly grants: GoogleGrants;

  constructor(scope: Construct, id: string, attributes: GoogleLakehouseAttributes) {
    super(scope, id);
    const { site, namePrefix, residency } = attributes;
    this.site = site;
    const problems = new Problems(this.node.path);
    const zones = attributes.zones.map(({ name, tables, copyOf }) => ({ name, tables, copyOf }));
    this.model = resolveLakehouse(problems, { site, namePrefix, residency, zones });
    for (const zone of attributes.zones) {
      problems.required(`zone "${zone.name}" bucket`, zone.bucket, "the name of a bucket");
      problems.required(`zone "${zone.name}" dataset`, zone.dataset, "the name of a data set");
    }
    problems.throwIfAny();
    this.attributes = new Map(attributes.zones.map((zone) => [zone.name, zone]));
    const project = new GoogleProject(this, "project", { site, apis: [], enableServices: false });
    this.grants = new GoogleGrants(this, "grants", {
      project: site.project,
      federation: new GoogleLakehouseFederation(this, "federation", { site, namePrefix, project }),
      target: (zone) => this.grantTarget(zone),
    });
  }

  /** @throws UnknownZone */
  catalogEndpoint(zone: string): CatalogEndpoint {
    const { bucket, dataset } = this.attributes.get(this.requireZone(zone).name)!;
    return {
      kind: "bigquery",
      project: this.site.project,
      location: this.site.region,
      dataset,
      warehouse: `gs://${bucket}`,
    };
  }

  protected zoneLocation(zone: ZoneModel): string {
    return `gs://${this.attributes.get(zone.name)!.bucket}`;
  }

  protected grant(request: GrantRequest): Grant {
    return this.grants.grant(request);
  }

  private grantTarget(name: string): GoogleGrantTarget {
    const { bucket, dataset, policyTags = {} } = this.attributes.get(name)!;
    return {
      bucket,
      dataset,
      table: (table) => ({ tableId: table }),
      tags: (table, columns) => {
        const wanted = columns === "all" ? table.columns.filter((column) => column.pii) : columns;
        const tags = new Map<string, string>();
        for (const column of wanted) {
          const tag = policyTags[`${table.name}.${column.name}`];
          if (tag === undefined) {
            return undefined;
          }
          tags.set(`${table.name}-${column.name}`, tag);
        }
        return tags;
      },
    };
  }
}
