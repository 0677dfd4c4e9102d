import { DataprocSessionTemplate } from "@cdktf/provider-google/lib/dataproc-session-template";
import type { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import { escapeTemplate } from "../../core/escape";
import { grantProjectRoles } from "../../core/google-federation";
import { resourceName } from "../../core/naming";
import type { NameRule, Problems } from "../../core/problems";
import { type GoogleIdentity, Identity } from "../../fabric/identity";
import type { GoogleSite } from "../../fabric/site";
import { LakehouseErrors } from "../errors";
import type { ForeignCatalog } from "../sharing";
import type { GoogleLakehouseContext } from "./context";
import { QUERY_ROLES } from "./federation";
import { googleNames } from "./names";

/** Spark without servers that stand by: sessions and batches of Dataproc Serverless. */
export interface GoogleEtlProps {
  /**
   * Version of the Dataproc Serverless runtime. Iceberg and the BigQuery connector are part of it from 2.3.
   * @default "2.3"
   */
  readonly runtimeVersion?: string;
  /** Subnet of the workers, with Private Google Access; may be a token. @default - the project's default network */
  readonly subnetwork?: string;
  /** Minutes without work after which a session ends: 10 to 20160. @default 30 */
  readonly idleMinutes?: number;
  /** Hours after which a session ends in any case: 1 to 336. @default 24 */
  readonly maxHours?: number;
  /** Days for which staged files are kept. @default 7 */
  readonly stagingDays?: number;
}

/** Catalogue name of the lakehouse itself in Spark. Its namespaces are the zones' data sets. */
const SPARK_CATALOG = "lakehouse";

const RESERVED_CATALOGS = [SPARK_CATALOG, "spark_catalog"];
const CATALOG_NAME: NameRule = {
  pattern: new RegExp(`^(?!(${RESERVED_CATALOGS.join("|")})$)[a-z][a-z0-9_]*$`),
  maxLength: 64,
  form: `1 to 64 lower-case letters, digits and underscores, starting with a letter, other than ${RESERVED_CATALOGS.join(", ")}`,
};
const RUNTIME_VERSION: NameRule = {
  pattern: /^([3-9]|[1-9]\d)\.\d+(\.\d+)?$|^2\.([3-9]|[1-9]\d+)(\.\d+)?$/,
  maxLength: 16,
  form: "a Dataproc Serverless runtime from 2.3, for example 2.3 or 3.0",
};

export function checkEtl(problems: Problems, props: GoogleEtlProps): void {
  problems.name("etl.runtimeVersion", props.runtimeVersion ?? "2.3", RUNTIME_VERSION);
  const times = [
    ["etl.idleMinutes", props.idleMinutes ?? 30, { min: 10, max: 20_160 }],
    ["etl.maxHours", props.maxHours ?? 24, { min: 1, max: 336 }],
  ] as const;
  for (const [subject, value, bounds] of times) {
    problems.literalInteger(subject, value, bounds);
  }
  problems.integer("etl.stagingDays", props.stagingDays ?? 7, { min: 1, max: 365 });
}

/** Checks that Spark at this site can reach the catalogues. */
export function checkForeignCatalogs(
  problems: Problems,
  catalogs: readonly ForeignCatalog[],
  etl: boolean,
): void {
  problems.unique(
    "foreignCatalogs",
    catalogs.map((catalog) => catalog.name),
  );
  if (!etl && catalogs.length > 0) {
    problems.add(CoreErrors.NoEffect, {
      subject: "foreignCatalogs",
      given: catalogs.map((catalog) => catalog.name),
      allowed: "nothing, with `etl: false`: Spark is the engine that queries foreign catalogues here",
    });
  }
  for (const catalog of catalogs) {
    problems.name(`foreign catalogue "${catalog.name}"`, catalog.name, CATALOG_NAME);
    const kinds = ["iceberg-rest", "bigquery", "glue"] as const;
    problems.oneOf(`foreign catalogue "${catalog.name}" endpoint.kind`, catalog.endpoint.kind, kinds);
    if (catalog.endpoint.kind === "glue") {
      problems.add(LakehouseErrors.UnsupportedShare, {
        subject: `foreign catalogue "${catalog.name}"`,
        given: "glue",
        allowed: "iceberg-rest, bigquery: Spark on Google Cloud has no credentials for AWS",
        fix: "replicate the tables to this site, or query them at AWS",
      });
    }
    if (catalog.access) {
      problems.add(LakehouseErrors.UnsupportedShare, {
        subject: `foreign catalogue "${catalog.name}" access`,
        given: catalog.access.kind,
        allowed: "nothing: Spark acts as the lakehouse's own service account",
        fix: "leave access out and grant at the other site to `etl.identity` of this lakehouse",
      });
    }
  }
}

/** Spark properties of a BigLake REST catalogue over BigQuery's own catalogue of one project and location. */
function bigQueryCatalog(site: GoogleSite, name: string, project: string, location: string) {
  const at = `spark.sql.catalog.${name}`;
  return {
    [at]: "org.apache.iceberg.spark.SparkCatalog",
    [`${at}.type`]: "rest",
    [`${at}.uri`]: "https://biglake.googleapis.com/iceberg/v1/restcatalog",
    [`${at}.warehouse`]: `bq://projects/${project}/locations/${location}`,
    [`${at}.io-impl`]: "org.apache.iceberg.gcp.gcs.GCSFileIO",
    [`${at}.rest.auth.type`]: "org.apache.iceberg.gcp.auth.GoogleAuthManager",
    [`${at}.header.x-goog-user-project`]: site.project,
    [`${at}.rest-metrics-reporting-enabled`]: "false",
  };
}

function foreignProperties(site: GoogleSite, { name, endpoint }: ForeignCatalog): Record<string, string> {
  const at = `spark.sql.catalog.${name}`;
  switch (endpoint.kind) {
    case "bigquery":
      return {
        ...bigQueryCatalog(site, name, endpoint.project, endpoint.location),
        [`${at}.default-namespace`]: endpoint.dataset,
      };
    case "iceberg-rest":
      return {
        [at]: "org.apache.iceberg.spark.SparkCatalog",
        [`${at}.type`]: "rest",
        [`${at}.uri`]: endpoint.uri,
        [`${at}.warehouse`]: endpoint.warehouse,
        [`${at}.default-namespace`]: endpoint.namespace,
      };
    case "glue":
      throw new Error("checkForeignCatalogs let glue pass");
  }
}

/** What users say about catalogues is text: it is escaped, tokens in it are not. */
function foreignSettings(site: GoogleSite, catalogs: readonly ForeignCatalog[]): Record<string, string> {
  const settings = catalogs.flatMap((catalog) => Object.entries(foreignProperties(site, catalog)));
  return Object.fromEntries(settings.map(([key, value]) => [key, escapeTemplate(value)]));
}

/**
 * ETL for the lakehouse: a session template, a service account and a bucket for staged files. Nothing runs and nothing
 * costs until a session or batch is started.
 *
 * Makes `google_dataproc_session_template`, `google_service_account`, `google_storage_bucket` and
 * `google_project_iam_member`. Who starts sessions needs `roles/dataproc.editor` and `roles/iam.serviceAccountUser` on
 * the service account.
 */
export class GoogleLakehouseEtl extends Construct {
  readonly serviceAccount: ServiceAccount;
  readonly stagingBucket: StorageBucket;
  readonly sessionTemplate: DataprocSessionTemplate;
  readonly projectRoles: readonly ProjectIamMember[];
  /** Properties of the template, for batches: they take no template. */
  readonly sparkProperties: Readonly<Record<string, string>>;
  /** Who Spark acts as, for grants at other lakehouses. */
  readonly identity: GoogleIdentity;

  constructor(
    scope: Construct,
    id: string,
    private readonly context: GoogleLakehouseContext,
    private readonly props: GoogleEtlProps,
    foreignCatalogs: readonly ForeignCatalog[],
  ) {
    super(scope, id);
    const { site, namePrefix, project } = context;
    this.serviceAccount = new ServiceAccount(this, "account", {
      project: site.project,
      accountId: googleNames.serviceAccount(namePrefix, "etl"),
      displayName: `Spark of lakehouse ${namePrefix}`,
      dependsOn: project.dependencies("iam"),
    });
    this.identity = Identity.googleServiceAccount("etl", this.serviceAccount.email);
    this.projectRoles = grantProjectRoles(this, site.project, project, this.identity.member, [
      "roles/dataproc.worker",
      "roles/biglake.editor",
      ...QUERY_ROLES,
    ]);
    this.stagingBucket = this.makeStagingBucket();
    this.sparkProperties = {
      "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
      ...bigQueryCatalog(site, SPARK_CATALOG, site.project, site.region),
      ...foreignSettings(site, foreignCatalogs),
    };
    this.sessionTemplate = this.makeSessionTemplate();
  }

  private makeStagingBucket(): StorageBucket {
    const { site, namePrefix, project, key, destroyable } = this.context;
    return new StorageBucket(this, "staging", {
      project: site.project,
      name: googleNames.stagingBucket(namePrefix),
      location: site.region.toUpperCase(),
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      versioning: { enabled: false },
      softDeletePolicy: { retentionDurationSeconds: 0 },
      encryption: { defaultKmsKeyName: key.keyName },
      lifecycleRule: [{ action: { type: "Delete" }, condition: { age: this.props.stagingDays ?? 7 } }],
      forceDestroy: destroyable,
      dependsOn: [...project.dependencies("storage"), ...key.dependencies("storage")],
    });
  }

  private makeSessionTemplate(): DataprocSessionTemplate {
    const { site, namePrefix, project, key } = this.context;
    const { subnetwork, runtimeVersion, idleMinutes, maxHours } = this.props;
    const templateId = resourceName([namePrefix, "lakehouse"], { maxLength: 63 });
    return new DataprocSessionTemplate(this, "session", {
      project: site.project,
      location: site.region,
      name: `projects/${site.project}/locations/${site.region}/sessionTemplates/${templateId}`,
      runtimeConfig: { version: runtimeVersion ?? "2.3", properties: { ...this.sparkProperties } },
      environmentConfig: {
        executionConfig: {
          serviceAccount: this.serviceAccount.email,
          stagingBucket: this.stagingBucket.name,
          kmsKey: key.keyName,
          ...(subnetwork !== undefined && { subnetworkUri: escapeTemplate(subnetwork) }),
          idleTtl: `${(idleMinutes ?? 30) * 60}s`,
          ttl: `${(maxHours ?? 24) * 3600}s`,
          authenticationConfig: { userWorkloadAuthenticationType: "SERVICE_ACCOUNT" },
        },
      },
      sparkConnectSession: {},
      dependsOn: [
        ...project.dependencies("dataproc", "compute", "biglake"),
        ...key.dependencies("dataproc", "compute"),
        ...this.projectRoles,
      ],
    });
  }
}
