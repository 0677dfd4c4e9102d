/**
 * How engines outside a site reach the tables of one zone. Strings may be tokens unless said otherwise.
 */
export type CatalogEndpoint =
  | {
      readonly kind: "iceberg-rest";
      /** Address of the Iceberg REST catalogue, outside the cluster. */
      readonly uri: string;
      /** Warehouse name in the catalogue. */
      readonly warehouse: string;
      /** Namespace that holds the zone's tables. */
      readonly namespace: string;
    }
  | {
      readonly kind: "glue";
      /** Literal. */
      readonly region: string;
      /** Glue database that holds the zone's tables. */
      readonly database: string;
      /** `s3://bucket` under which the tables' files are. */
      readonly location: string;
    }
  | {
      readonly kind: "bigquery";
      /** Literal. */
      readonly project: string;
      /** Literal: location of the data set, for example `europe-west4`. */
      readonly location: string;
      /** Data set that holds the zone's tables. */
      readonly dataset: string;
      /** `gs://bucket` under which the tables' files are. */
      readonly warehouse: string;
    };

/** What an identity of a Kubernetes cluster uses to act in a cloud, without any long-lived key. */
export type FederatedAccess =
  | {
      readonly kind: "aws";
      /** Role to assume with the pod's token; the token's audience is `sts.amazonaws.com`. */
      readonly roleArn: string;
    }
  | {
      readonly kind: "google";
      /** Service account to impersonate. */
      readonly serviceAccount: string;
      /** Audience of the pod's token: full name of the workload identity provider, `//iam.googleapis.com/…`. */
      readonly audience: string;
    };

/** Tables of another site that engines of this site may query where they are. */
export interface ForeignCatalog {
  /** Catalogue name in this site's engines: lower-case letters, digits, underscores. Literal. */
  readonly name: string;
  readonly endpoint: CatalogEndpoint;
  /** What this site's engines use to reach it. @default - network reach is enough */
  readonly access?: FederatedAccess;
}

/** A copy of one zone's tables to another site, made by this site on a schedule. */
export interface ZoneCopy {
  /** Zone of this lakehouse. Literal. */
  readonly zone: string;
  /** Name of the target site: becomes part of ids. Literal. */
  readonly toSite: string;
  readonly target: CatalogEndpoint;
  readonly access: FederatedAccess;
  /** Cron expression, UTC. @default "15 * * * *" */
  readonly schedule?: string;
}
