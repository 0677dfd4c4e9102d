import { DataCatalogPolicyTag } from "@cdktf/provider-google/lib/data-catalog-policy-tag";
import { DataCatalogTaxonomy } from "@cdktf/provider-google/lib/data-catalog-taxonomy";
import { Construct } from "constructs";
import type { GoogleProject } from "../../core/google-project";
import { resourceName } from "../../core/naming";
import type { Problems } from "../../core/problems";
import type { GoogleSite } from "../../fabric/site";
import { LakehouseErrors } from "../errors";
import type { ZoneModel } from "../lakehouse";
import { hasManagedTables } from "./zone-rules";

/** Policy tags that one taxonomy can hold. Source: https://cloud.google.com/bigquery/quotas (policy tags) */
const MAX_TAGS = 100;

interface ZoneTags {
  readonly taxonomy: DataCatalogTaxonomy;
  readonly tables: ReadonlyMap<string, DataCatalogPolicyTag>;
  /** By `table.column`. */
  readonly columns: ReadonlyMap<string, DataCatalogPolicyTag>;
}

function piiTables(zone: ZoneModel) {
  return zone.tables
    .map((table) => ({ table, columns: table.columns.filter((column) => column.pii) }))
    .filter(({ columns }) => columns.length > 0);
}

/** True if BigQuery tables of this zone have columns that hold personal data. */
export function hasManagedPii(zone: ZoneModel): boolean {
  return hasManagedTables(zone) && piiTables(zone).length > 0;
}

/** Checks that the personal-data columns of a zone fit in one taxonomy: one tag per column and one per table. */
export function checkTagCount(problems: Problems, zone: ZoneModel): void {
  const count = piiTables(zone).reduce((sum, { columns }) => sum + 1 + columns.length, 0);
  if (hasManagedTables(zone) && count > MAX_TAGS) {
    problems.add(LakehouseErrors.UnsupportedByCatalog, {
      subject: `zone "${zone.name}" policy tags`,
      given: count,
      allowed: `at most ${MAX_TAGS}: one per table with personal data and one per such column`,
      fix: "split the tables over more zones, or mark fewer columns as personal data",
    });
  }
}

/**
 * Policy tags on columns that hold personal data: per zone a taxonomy, per table a tag, below it a tag per column. Who
 * may read a table still cannot read a tagged column without the fine-grained reader's right on its tag.
 *
 * Makes `google_data_catalog_taxonomy` and `google_data_catalog_policy_tag`. Nothing for zones without such columns.
 */
export class GoogleLakehouseTaxonomy extends Construct {
  /** By zone; only zones whose tables hold personal data. */
  readonly taxonomies: ReadonlyMap<string, DataCatalogTaxonomy>;
  private readonly zones: ReadonlyMap<string, ZoneTags>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: {
      readonly site: GoogleSite;
      readonly namePrefix: string;
      readonly project: GoogleProject;
      readonly zones: readonly ZoneModel[];
      readonly protect: boolean;
    },
  ) {
    super(scope, id);
    this.zones = new Map(
      props.zones.filter(hasManagedPii).map((zone) => [zone.name, this.makeZone(zone)] as const),
    );
    this.taxonomies = new Map([...this.zones].map(([zone, { taxonomy }]) => [zone, taxonomy]));
  }

  /** Tag of a table; it covers all personal-data columns of the table. Undefined if there are none. */
  tableTag(zone: string, table: string): DataCatalogPolicyTag | undefined {
    return this.zones.get(zone)?.tables.get(table);
  }

  /** Tag of a column. Undefined if the column holds no personal data. */
  columnTag(zone: string, table: string, column: string): DataCatalogPolicyTag | undefined {
    return this.zones.get(zone)?.columns.get(`${table}.${column}`);
  }

  private makeZone(zone: ZoneModel): ZoneTags {
    const scope = new Construct(this, zone.name);
    const { site, namePrefix, project } = this.props;
    const lifecycle = { preventDestroy: this.props.protect };
    const taxonomy = new DataCatalogTaxonomy(scope, "taxonomy", {
      project: site.project,
      region: site.region,
      displayName: resourceName([namePrefix, zone.name, "personal-data"], { maxLength: 200 }),
      description: `Personal data in zone ${zone.name} of lakehouse ${namePrefix}`,
      activatedPolicyTypes: ["FINE_GRAINED_ACCESS_CONTROL"],
      lifecycle,
      dependsOn: project.dependencies("datacatalog"),
    });
    const tables = new Map<string, DataCatalogPolicyTag>();
    const columns = new Map<string, DataCatalogPolicyTag>();
    for (const { table, columns: marked } of piiTables(zone)) {
      const tag = new DataCatalogPolicyTag(scope, table.name, {
        taxonomy: taxonomy.id,
        displayName: table.name,
        description: `All personal data in table ${table.name}`,
        lifecycle,
      });
      tables.set(table.name, tag);
      const below = new Construct(scope, `${table.name}-columns`);
      for (const column of marked) {
        columns.set(
          `${table.name}.${column.name}`,
          new DataCatalogPolicyTag(below, column.name, {
            taxonomy: taxonomy.id,
            parentPolicyTag: tag.id,
            displayName: resourceName([table.name, column.name], { maxLength: 200 }),
            description: `Personal data in column ${column.name} of table ${table.name}`,
            lifecycle,
          }),
        );
      }
    }
    return { taxonomy, tables, columns };
  }
}
