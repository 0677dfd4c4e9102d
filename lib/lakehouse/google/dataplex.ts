import { DataplexAsset } from "@cdktf/provider-google/lib/dataplex-asset";
import { DataplexLake } from "@cdktf/provider-google/lib/dataplex-lake";
import { DataplexZone } from "@cdktf/provider-google/lib/dataplex-zone";
import { Construct } from "constructs";
import { resourceName } from "../../core/naming";
import type { GoogleLakehouseContext } from "./context";
import { googleNames } from "./names";
import type { GoogleZone } from "./zone";
import { hasManagedTables } from "./zone-rules";

/** A zone's bucket and data set as Dataplex sees them. */
export interface GoogleDataplexAssets {
  readonly zone: DataplexZone;
  readonly bucket: DataplexAsset;
  readonly dataset: DataplexAsset;
}

/**
 * The lakehouse in Dataplex: one lake, per zone a Dataplex zone (CURATED with tables, RAW with files only) with the
 * bucket and the data set as assets. Discovery is off: it would publish live files of the Iceberg tables as tables of
 * their own, and every run costs.
 *
 * Makes `google_dataplex_lake`, `google_dataplex_zone`, `google_dataplex_asset`. Dataplex itself makes a data set named
 * after each of its zones.
 */
export class GoogleLakehouseDataplex extends Construct {
  readonly lake: DataplexLake;
  /** By zone of the lakehouse. */
  readonly zones: ReadonlyMap<string, GoogleDataplexAssets>;

  constructor(
    scope: Construct,
    id: string,
    private readonly context: GoogleLakehouseContext,
    zones: readonly GoogleZone[],
  ) {
    super(scope, id);
    const { site, namePrefix, project } = context;
    this.lake = new DataplexLake(this, "lake", {
      project: site.project,
      location: site.region,
      name: resourceName([namePrefix, "lake"], { maxLength: 63 }),
      description: `Lakehouse ${namePrefix}`,
      dependsOn: project.dependencies("dataplex"),
    });
    this.zones = new Map(zones.map((zone) => [zone.model.name, this.makeZone(zone)]));
  }

  private makeZone(zone: GoogleZone): GoogleDataplexAssets {
    const { site, namePrefix } = this.context;
    const scope = new Construct(this, zone.model.name);
    const dataplexZone = new DataplexZone(scope, "zone", {
      project: site.project,
      location: site.region,
      lake: this.lake.name,
      name: googleNames.dataplexZone(namePrefix, zone.model.name),
      type: hasManagedTables(zone.model) || zone.model.copyOf !== undefined ? "CURATED" : "RAW",
      discoverySpec: { enabled: false },
      resourceSpec: { locationType: "SINGLE_REGION" },
      labels: { ...zone.labels },
    });
    const asset = (kind: "bucket" | "dataset", type: string, resource: string) =>
      new DataplexAsset(scope, kind, {
        project: site.project,
        location: site.region,
        lake: this.lake.name,
        dataplexZone: dataplexZone.name,
        name: kind,
        discoverySpec: { enabled: false },
        resourceSpec: { type, name: `projects/${site.project}/${resource}` },
        labels: { ...zone.labels },
      });
    return {
      zone: dataplexZone,
      bucket: asset("bucket", "STORAGE_BUCKET", `buckets/${zone.bucket.name}`),
      dataset: asset("dataset", "BIGQUERY_DATASET", `datasets/${zone.dataset.datasetId}`),
    };
  }
}
