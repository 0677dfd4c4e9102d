import { BigqueryDataset } from "@cdktf/provider-google/lib/bigquery-dataset";
import { VertexAiFeatureOnlineStore } from "@cdktf/provider-google/lib/vertex-ai-feature-online-store";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import { GoogleProject } from "../../core/google-project";
import { resourceName } from "../../core/naming";
import { type NameRule, Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { addWarning } from "../../core/warnings";
import { type GoogleIdentity, Identity } from "../../fabric/identity";
import type { GoogleSite } from "../../fabric/site";
import type { Column, Grant } from "../../lakehouse/index";
import { FeatureErrors } from "../errors";
import { FeatureStoreBase, type FeatureStoreModel } from "../feature-store-base";
import type { OnlineLookup } from "../features";
import type { FeatureSchema, FeatureView } from "../schema";
import { GoogleFreshnessAlert } from "./alerts";
import { GoogleFeatureErrors } from "./errors";
import { GoogleFeatureView } from "./feature-view";
import { GoogleFeatureGrants } from "./grants";
import { vertexId } from "./names";
import type { GoogleFeatureStoreProps } from "./props";
import { CPU_TARGET_PERCENT, type GoogleOnlineSize, googleOnlineSize } from "./sizing";
import { GoogleFeatureWarnings } from "./warnings";

const CHANNEL: NameRule = {
  pattern: /^projects\/[a-z0-9:.-]+\/notificationChannels\/[0-9]+$/,
  maxLength: 200,
  form: "projects/<project>/notificationChannels/<number>",
};
const HTTPS: NameRule = {
  pattern: /^https:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?$/,
  maxLength: 300,
  form: "https://<host>",
};

/**
 * A feature store on Google Cloud: feature groups over the lakehouse's Iceberg tables in BigQuery, one online store of
 * Vertex AI, and a feature view per view that syncs on a schedule.
 *
 * The history for training is the source table of a view. Values of streams reach the online store by the sync too:
 * Vertex AI takes no writes into such stores.
 *
 * Makes `google_bigquery_dataset`, `google_vertex_ai_feature_online_store`, `google_project_service`,
 * {@link GoogleFeatureView}s, {@link GoogleFreshnessAlert}s, {@link GoogleFeatureGrants}.
 *
 * @throws all errors of the contract, ServingEndpointMissing, NoEffect. Grants: PiiNotGranted, GrantToForeignIdentity,
 *   WriteNotPossible.
 */
export class GoogleFeatureStore extends FeatureStoreBase {
  readonly site: GoogleSite;
  readonly schema: FeatureSchema;
  /** APIs and service agents of the project. */
  readonly project: GoogleProject;
  readonly size: GoogleOnlineSize;
  /** Data set of the views that Vertex AI syncs. */
  readonly dataset: BigqueryDataset;
  readonly onlineStore: VertexAiFeatureOnlineStore;
  /** By the name of the view. */
  readonly featureViews: Readonly<Record<string, GoogleFeatureView>>;
  /** By the name of the view. */
  readonly alerts: Readonly<Record<string, GoogleFreshnessAlert>>;
  readonly grants: GoogleFeatureGrants;
  /** Vertex AI itself, as the identity that reads the tables. */
  readonly agent: GoogleIdentity;

  protected readonly model: FeatureStoreModel;

  constructor(
    scope: Construct,
    id: string,
    protected readonly storeProps: GoogleFeatureStoreProps,
  ) {
    super(scope, id);
    const props = storeProps;
    this.site = props.site;
    this.schema = props.schema;
    const problems = new Problems(this.node.path);
    this.model = this.resolve(problems, "google", props);
    this.size = googleOnlineSize(problems, this.model.loads);
    this.check(problems, props);
    problems.throwIfAny();
    addWarning(this, GoogleFeatureWarnings.OnlineStoreWithoutCustomerKey, this.onlineStoreId);
    if (this.size.kind === "optimized") {
      addWarning(this, GoogleFeatureWarnings.OptimizedServingDeprecated, this.size.because[0]!);
    }
    const { site, namePrefix } = props;
    const { views, protect, plans } = this.model;
    this.project = new GoogleProject(this, "project", {
      site,
      apis: ["aiplatform", "bigquery", "monitoring"],
      enableServices: props.enableServices ?? true,
    });
    const email = this.project.agent("aiplatform").replace(/^serviceAccount:/, "");
    this.agent = Identity.googleServiceAccount(
      resourceName([namePrefix, "vertex"], { maxLength: 32 }),
      email,
    );
    this.dataset = this.makeDataset();
    this.onlineStore = this.makeOnlineStore();
    this.featureViews = Object.fromEntries(
      views.map((view) => [
        view.name,
        new GoogleFeatureView(this, `view-${view.name}`, {
          site,
          namePrefix,
          view,
          plan: plans.get(view.name)!,
          dataset: this.dataset,
          sourceTable: this.sourceTable(view),
          onlineStore: this.onlineStore,
          protect,
          after: [...this.letVertexRead(view), ...this.project.dependencies("aiplatform")],
        }),
      ]),
    );
    this.alerts = Object.fromEntries(
      views.map((view) => [
        view.name,
        new GoogleFreshnessAlert(this, `alert-${view.name}`, {
          project: site.project,
          namePrefix,
          onlineStoreId: this.onlineStoreId,
          view,
          plan: plans.get(view.name)!,
          notificationChannels: props.notificationChannels ?? [],
          dependsOn: this.project.dependencies("monitoring"),
        }),
      ]),
    );
    this.grants = new GoogleFeatureGrants(this, "grants", { site, namePrefix });
  }

  protected lookup(view: FeatureView): OnlineLookup {
    const { project, region } = this.site;
    return {
      kind: "vertex",
      endpoint: this.storeProps.servingEndpoint ?? `https://${region}-aiplatform.googleapis.com`,
      resource: `projects/${project}/locations/${region}/featureOnlineStores/${this.onlineStoreId}/featureViews/${view.name}`,
      ...this.fields("google", view),
      auth: "google-oauth",
    };
  }

  protected giveRead(view: FeatureView, identity: Identity): Grant {
    const { featureView } = this.featureViews[view.name]!;
    return this.grants.grantRead(view.name, this.onlineStore.name, featureView.name, identity);
  }

  protected write(view: FeatureView, identity: Identity): Grant {
    const problems = new Problems(this.node.path);
    const { zone, table } = view.source;
    problems.add(FeatureErrors.WriteNotPossible, {
      subject: `view "${view.name}"`,
      given: `identity "${identity.name}"`,
      allowed: `rights on ${zone}.${table}, from which Vertex AI syncs`,
    });
    problems.throwIfAny();
    return { resources: [] };
  }

  /** BigQuery closes columns by policy tags, which only personal data has: the others of the table come along. */
  protected override historyColumns(least: readonly string[], columns: readonly Column[]): readonly string[] {
    return columns.filter(({ name, pii }) => !pii || least.includes(name)).map(({ name }) => name);
  }

  private get onlineStoreId(): string {
    return vertexId(this.storeProps.namePrefix, "features");
  }

  private check(problems: Problems, props: GoogleFeatureStoreProps): void {
    for (const view of this.model.views) {
      if (view.ttlSeconds !== undefined) {
        problems.add(FeatureErrors.UnsupportedAtSite, {
          subject: `view "${view.name}" ttl`,
          given: `${view.ttlSeconds}s`,
          allowed: "no ttl: an online store of Vertex AI serves a value until the next one comes",
          fix: "leave the ttl out, and let the job that fills the source table write a row without values when they end",
        });
      }
    }
    const optimized = this.size.kind === "optimized";
    if (optimized && props.servingEndpoint === undefined) {
      problems.add(GoogleFeatureErrors.ServingEndpointMissing, {
        subject: "servingEndpoint",
        given: undefined,
        allowed: `an https:// address, because ${this.size.because[0]}`,
      });
    }
    if (!optimized && props.servingEndpoint !== undefined) {
      problems.add(CoreErrors.NoEffect, {
        subject: "servingEndpoint",
        given: props.servingEndpoint,
        allowed: "nothing: a Bigtable store is served by the regional API",
      });
    }
    problems.unique("notificationChannels", props.notificationChannels ?? []);
    const given = [
      ...(props.notificationChannels ?? []).map((value, index) => [`[${index}]`, value, CHANNEL] as const),
      ...(props.servingEndpoint === undefined ? [] : [["", props.servingEndpoint, HTTPS] as const]),
    ];
    for (const [at, value, rule] of given.filter(([, value]) => !isToken(value))) {
      problems.name(rule === HTTPS ? "servingEndpoint" : `notificationChannels${at}`, value, rule);
    }
  }

  private makeDataset(): BigqueryDataset {
    const { lakehouse, namePrefix } = this.storeProps;
    const [first] = this.model.views;
    const kmsKeyName = lakehouse.zone(first!.source.zone).encryptionKey;
    return new BigqueryDataset(this, "dataset", {
      project: this.site.project,
      datasetId: vertexId(namePrefix, "features"),
      location: this.site.region,
      description: `Latest rows for the feature store ${namePrefix}`,
      defaultEncryptionConfiguration: kmsKeyName === undefined ? undefined : { kmsKeyName },
      // It holds views: what they show is in the lakehouse.
      deleteContentsOnDestroy: true,
      dependsOn: this.project.dependencies("bigquery"),
    });
  }

  private makeOnlineStore(): VertexAiFeatureOnlineStore {
    const { size, site, model } = this;
    return new VertexAiFeatureOnlineStore(this, "online-store", {
      project: site.project,
      region: site.region,
      name: this.onlineStoreId,
      bigtable:
        size.kind === "bigtable"
          ? {
              autoScaling: {
                minNodeCount: size.minNodes!,
                maxNodeCount: size.maxNodes!,
                cpuUtilizationTarget: CPU_TARGET_PERCENT,
              },
            }
          : undefined,
      optimized: size.kind === "optimized" ? {} : undefined,
      dedicatedServingEndpoint:
        size.kind === "optimized"
          ? {
              privateServiceConnectConfig: {
                enablePrivateServiceConnect: true,
                projectAllowlist: [site.project],
              },
            }
          : undefined,
      // Without it a store that still has views cannot be destroyed (hashicorp/terraform-provider-google#11850).
      forceDestroy: !model.protect,
      lifecycle: { preventDestroy: model.protect || undefined },
      dependsOn: this.project.dependencies("aiplatform"),
    });
  }

  private sourceTable({ source }: FeatureView): string {
    const endpoint = this.storeProps.lakehouse.catalogEndpoint(source.zone);
    return endpoint.kind === "bigquery"
      ? `${endpoint.project}.${endpoint.dataset}.${source.table}`
      : source.table;
  }

  /** Vertex AI reads as itself: just the columns of the view, by the lakehouse's own grants. */
  private letVertexRead(view: FeatureView): readonly ITerraformDependable[] {
    return this.view(view.name).grantReadHistory(this.agent, { includePii: true }).resources;
  }
}
