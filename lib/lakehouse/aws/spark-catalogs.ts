import type { AwsFacts } from "../../core/aws-facts";
import { escapeTemplate } from "../../core/escape";
import type { NameRule, Problems } from "../../core/problems";
import { LakehouseErrors } from "../errors";
import type { CatalogEndpoint, ForeignCatalog } from "../sharing";

/** Catalogue of the lakehouse's own tables in Spark. */
const OWN_CATALOG = "lakehouse";

/** A table bucket of S3 Tables that Spark reads and writes as one catalogue. */
export interface S3TablesCatalog {
  /** Zone whose tables it holds. */
  readonly zone: string;
  readonly arn: string;
}

const CATALOG_NAME: NameRule = {
  pattern: /^(?!lakehouse(_|$)|spark_catalog$)[a-z][a-z0-9_]*$/,
  maxLength: 64,
  form: "1 to 64 lower-case letters, digits and underscores, starting with a letter; not spark_catalog, lakehouse or lakehouse_…",
};

const ENDPOINT_KINDS = ["iceberg-rest", "glue", "bigquery"] as const;

const REGION_NAME: NameRule = {
  pattern: /^[a-z]{2,4}(-[a-z]+)+-\d+$/,
  maxLength: 32,
  form: "the name of an AWS region, for example eu-west-1",
};

/** Place of Iceberg on EMR Serverless. Source: https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/using-iceberg.html (read 2026-11-21) */
const ICEBERG_JAR = "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar";

/** Checks catalogues of other sites: names, and that Spark on AWS can reach their kind. */
export function checkForeignCatalogs(problems: Problems, catalogs: readonly ForeignCatalog[]): void {
  problems.unique(
    "foreignCatalogs",
    catalogs.map((catalog) => catalog.name),
  );
  for (const catalog of catalogs) {
    const subject = `foreignCatalogs "${catalog.name}"`;
    problems.name(subject, catalog.name, CATALOG_NAME);
    problems.oneOf(`${subject} endpoint.kind`, catalog.endpoint.kind, ENDPOINT_KINDS);
    if (catalog.endpoint.kind === "glue") {
      problems.name(`${subject} endpoint.region`, catalog.endpoint.region, REGION_NAME);
    }
    if (catalog.endpoint.kind === "glue" && catalog.access?.kind === "aws") {
      problems.arn(`${subject} access.roleArn`, catalog.access.roleArn, "iam");
    }
    if (catalog.endpoint.kind === "bigquery") {
      refuse(
        problems,
        subject,
        catalog.endpoint.kind,
        "iceberg-rest, glue: Spark on AWS has no key-less way into BigQuery",
      );
    }
    if (catalog.endpoint.kind === "iceberg-rest" && catalog.access !== undefined) {
      refuse(
        problems,
        subject,
        `access by ${catalog.access.kind}`,
        "no access: an Iceberg REST catalogue knows no cloud identities, network reach must be enough",
      );
    }
    if (catalog.endpoint.kind === "glue" && catalog.access?.kind === "google") {
      refuse(problems, subject, "access by google", "access by aws, or none for the same account");
    }
  }
}

function refuse(problems: Problems, subject: string, given: string, allowed: string): void {
  problems.add(LakehouseErrors.UnsupportedShare, { subject, given, allowed });
}

function endpointSettings(endpoint: CatalogEndpoint, roleArn: string | undefined): Record<string, string> {
  switch (endpoint.kind) {
    case "iceberg-rest":
      return { type: "rest", uri: endpoint.uri, warehouse: endpoint.warehouse };
    case "glue":
      return {
        "catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        warehouse: endpoint.location,
        "client.region": endpoint.region,
        ...(roleArn === undefined
          ? {}
          : {
              "client.factory": "org.apache.iceberg.aws.AssumeRoleAwsClientFactory",
              "client.assume-role.arn": roleArn,
              "client.assume-role.region": endpoint.region,
            }),
      };
    case "bigquery":
      return {};
  }
}

function catalogSettings(name: string, settings: Record<string, string>): Record<string, string> {
  const prefix = `spark.sql.catalog.${name}`;
  return {
    [prefix]: "org.apache.iceberg.spark.SparkCatalog",
    ...Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`${prefix}.${key}`, escapeTemplate(value)]),
    ),
  };
}

/** Settings of the lakehouse's own tables. */
function ownSettings(props: SparkCatalogs): readonly Record<string, string>[] {
  const glue =
    props.warehouse === undefined
      ? []
      : [
          {
            "spark.sql.defaultCatalog": OWN_CATALOG,
            ...catalogSettings(OWN_CATALOG, {
              "catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
              "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
              warehouse: props.warehouse,
            }),
          },
        ];
  const { region, dnsSuffix } = props.facts;
  const s3Tables = props.tableBuckets.map(({ zone, arn }) =>
    catalogSettings(`${OWN_CATALOG}_${zone.replaceAll("-", "_")}`, {
      type: "rest",
      uri: `https://s3tables.${region}.${dnsSuffix}/iceberg`,
      warehouse: arn,
      "rest.sigv4-enabled": "true",
      "rest.signing-name": "s3tables",
      "rest.signing-region": region,
      "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
      "rest-metrics-reporting-enabled": "false",
    }),
  );
  return [...glue, ...s3Tables];
}

/** What Spark's catalogues are made from. */
export interface SparkCatalogs {
  readonly facts: AwsFacts;
  /** `s3://` address for tables that no database has a place for. @default - no tables in Glue */
  readonly warehouse?: string;
  readonly tableBuckets: readonly S3TablesCatalog[];
  readonly foreignCatalogs: readonly ForeignCatalog[];
}

/**
 * Spark's settings for the lakehouse's own tables and for those of other sites.
 *
 * Sources (read 2026-11-21): https://iceberg.apache.org/docs/latest/spark-configuration/ ,
 * https://iceberg.apache.org/docs/latest/aws/ ,
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-integrating-open-source.html
 */
export function sparkDefaults(props: SparkCatalogs): Record<string, string> {
  const others = props.foreignCatalogs.map((catalog) =>
    catalogSettings(
      catalog.name,
      endpointSettings(catalog.endpoint, catalog.access?.kind === "aws" ? catalog.access.roleArn : undefined),
    ),
  );
  return Object.assign(
    {
      "spark.jars": ICEBERG_JAR,
      "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    },
    ...ownSettings(props),
    ...others,
  ) as Record<string, string>;
}

/** Roles that Spark takes on to read foreign catalogues. */
export function assumableRoles(catalogs: readonly ForeignCatalog[]): readonly string[] {
  return [
    ...new Set(
      catalogs.flatMap((catalog) => (catalog.access?.kind === "aws" ? [catalog.access.roleArn] : [])),
    ),
  ];
}
