import type { BigqueryDataset } from "@cdktf/provider-google/lib/bigquery-dataset";
import { BigqueryTable } from "@cdktf/provider-google/lib/bigquery-table";
import { VertexAiFeatureGroup } from "@cdktf/provider-google/lib/vertex-ai-feature-group";
import { VertexAiFeatureGroupFeature } from "@cdktf/provider-google/lib/vertex-ai-feature-group-feature";
import type { VertexAiFeatureOnlineStore } from "@cdktf/provider-google/lib/vertex-ai-feature-online-store";
import { VertexAiFeatureOnlineStoreFeatureview } from "@cdktf/provider-google/lib/vertex-ai-feature-online-store-featureview";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { escapeTemplate } from "../../core/escape";
import type { GoogleSite } from "../../fabric/site";
import type { MaterializationPlan } from "../freshness";
import { type Feature, type FeatureView, holdsPii } from "../schema";
import { vertexId } from "./names";
import { latestRowsSql } from "./sql";

export interface GoogleFeatureViewProps {
  readonly site: GoogleSite;
  readonly namePrefix: string;
  readonly view: FeatureView;
  readonly plan: MaterializationPlan;
  readonly dataset: BigqueryDataset;
  /** Full name of the source table. */
  readonly sourceTable: string;
  readonly onlineStore: VertexAiFeatureOnlineStore;
  readonly protect: boolean;
  /** Rights of Vertex AI to read the source, and APIs. */
  readonly after: readonly ITerraformDependable[];
}

function marks(pii: boolean, deprecated: boolean): Record<string, string> {
  return { ...(pii ? { pii: "true" } : {}), ...(deprecated ? { deprecated: "true" } : {}) };
}

function describe({ description, owner, type, embedding }: Feature): string {
  const shape = embedding
    ? `${type.notation}, ${embedding.dimension} elements, ${embedding.metric}`
    : type.notation;
  return escapeTemplate(
    `${description === undefined ? "" : `${description}. `}Type: ${shape}. Owner: ${owner}.`,
  );
}

/**
 * One view: a BigQuery view with the latest rows, a feature group over it with a feature per column, and a feature view
 * that syncs it into the online store.
 *
 * Makes `google_bigquery_table` (a view), `google_vertex_ai_feature_group`, `google_vertex_ai_feature_group_feature`,
 * `google_vertex_ai_feature_online_store_featureview`.
 */
export class GoogleFeatureView extends Construct {
  readonly latestRows: BigqueryTable;
  readonly group: VertexAiFeatureGroup;
  /** By name. */
  readonly features: Readonly<Record<string, VertexAiFeatureGroupFeature>>;
  readonly featureView: VertexAiFeatureOnlineStoreFeatureview;

  constructor(scope: Construct, id: string, props: GoogleFeatureViewProps) {
    super(scope, id);
    const { site, view, namePrefix } = props;
    const labels = { entity: view.entity.name, ...marks(holdsPii(view), view.deprecated) };
    this.latestRows = new BigqueryTable(this, "latest-rows", {
      project: site.project,
      datasetId: props.dataset.datasetId,
      tableId: view.name,
      description: `Latest rows of ${view.source.zone}.${view.source.table}, for Vertex AI`,
      view: { query: latestRowsSql(view, props.sourceTable), useLegacySql: false },
      // A view holds no rows.
      deletionProtection: false,
      labels,
      dependsOn: [...props.after],
    });
    this.group = new VertexAiFeatureGroup(this, "group", {
      project: site.project,
      region: site.region,
      name: vertexId(namePrefix, view.name),
      description: escapeTemplate(
        `${view.description ?? `Features of ${view.entity.name}`}. Owner: ${view.owner}.`,
      ),
      labels,
      bigQuery: {
        bigQuerySource: {
          inputUri: `bq://${site.project}.${props.dataset.datasetId}.${this.latestRows.tableId}`,
        },
        entityIdColumns: view.entity.keys.map(({ name }) => name),
      },
      lifecycle: { preventDestroy: props.protect || undefined },
    });
    this.features = Object.fromEntries(
      view.features.map((feature) => [
        feature.name,
        new VertexAiFeatureGroupFeature(this, `feature-${feature.name}`, {
          project: site.project,
          region: site.region,
          featureGroup: this.group.name,
          name: feature.name,
          description: describe(feature),
          labels: marks(feature.pii, feature.deprecated),
          versionColumnName: feature.name,
        }),
      ]),
    );
    this.featureView = new VertexAiFeatureOnlineStoreFeatureview(this, "feature-view", {
      project: site.project,
      region: site.region,
      name: view.name,
      featureOnlineStore: props.onlineStore.name,
      featureRegistrySource: {
        featureGroups: [
          { featureGroupId: this.group.name, featureIds: view.features.map(({ name }) => name) },
        ],
      },
      syncConfig: { cron: `TZ=Etc/UTC ${props.plan.cron}` },
      labels,
      lifecycle: { preventDestroy: props.protect || undefined },
      dependsOn: Object.values(this.features),
    });
  }
}
