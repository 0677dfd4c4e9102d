import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { resourceName } from "../../core/naming";
import type { Problems } from "../../core/problems";
import { CustomResource } from "../../kubernetes/custom-resource";
import { type KubernetesContext, objectName, partOf } from "../../kubernetes/room-context";
import { escapedFiles } from "../../kubernetes/task";
import { LakehouseErrors } from "../errors";
import type { LakehouseModel, ZoneModel } from "../lakehouse";
import type { CatalogEndpoint, ZoneCopy } from "../sharing";
import { catalogUri } from "./catalog";
import { partOfZone, TABLE_NAMESPACE } from "./context";
import {
  AWS_AUDIENCE,
  awsEnvironment,
  checkEndpoint,
  googleCredential,
  googleCredentialDirectory,
  tokenDirectory,
  tokenVolume,
} from "./foreign-catalogs";
import { jobScript } from "./job-script";
import { sparkAccount } from "./spark";
import type { StoreAccess, ZoneBucket } from "./storage";

/** Spark that runs the copies. */
export interface CopySettings {
  /**
   * Spark 4.0 image with Python. One of your own is taken as it is: it must hold Iceberg's runtime and the bundles of
   * the target's cloud, and nothing is downloaded.
   * @default - Apache's image; the jars come from Maven Central at every run
   */
  readonly image?: string;
  /** @default 2 */
  readonly executors?: number;
  /** Memory of each executor and of the driver, as Spark writes it. @default "4g" */
  readonly memory?: string;
}

const SPARK_VERSION = "4.0.1";
const SPARK_IMAGE = `docker.io/apache/spark:${SPARK_VERSION}-scala2.13-java17-python3-ubuntu`;
/** The first release whose Spark runtime holds the BigQuery metastore catalogue. */
const ICEBERG_VERSION = "1.11.0";
const ICEBERG_PACKAGE = `org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:${ICEBERG_VERSION}`;
const AWS_PACKAGE = `org.apache.iceberg:iceberg-aws-bundle:${ICEBERG_VERSION}`;
const GOOGLE_PACKAGE = `org.apache.iceberg:iceberg-gcp-bundle:${ICEBERG_VERSION}`;
const SPARK_USER = 185;
/**
 * What is copied where comes first in the name, so that it stays readable when the name is shortened. Each run is named `<name>-<nanoseconds since 1970>`, which is also the value of a label of its pods.
 *
 * Source: kubeflow/spark-operator internal/controller/scheduledsparkapplication/controller.go and #2509
 */
const JOB_NAME_LENGTH = 63 - "-1234567890123456789".length;
const SCRIPT_DIRECTORY = "/opt/copy";

type CloudEndpoint = Extract<CatalogEndpoint, { kind: "glue" | "bigquery" }>;

export interface KubernetesCopiesProps {
  readonly context: KubernetesContext;
  readonly model: LakehouseModel;
  readonly copies: readonly ZoneCopy[];
  readonly settings: CopySettings;
  readonly buckets: readonly ZoneBucket[];
  readonly store: StoreAccess;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** What is wrong with copies goes to `problems`. */
export function checkCopies(problems: Problems, model: LakehouseModel, copies: readonly ZoneCopy[]): void {
  problems.unique(
    "copies",
    copies.map((copy) => `${copy.zone} to ${copy.toSite}`),
  );
  for (const copy of copies) {
    const subject = `copies "${copy.zone}" to "${copy.toSite}"`;
    problems.name(`${subject} toSite`, copy.toSite);
    const zone = model.zones.find((candidate) => candidate.name === copy.zone);
    if (!zone) {
      const allowed = model.zones.map((candidate) => candidate.name).join(", ");
      problems.add(LakehouseErrors.UnknownZone, { subject, given: copy.zone, allowed });
    } else if (zone.tables.length === 0) {
      problems.required(`${subject} tables`, undefined, "a zone with tables: only tables are copied");
    }
    if (!checkEndpoint(problems, `${subject} target`, copy.target)) {
      continue;
    }
    const pair = `${copy.target.kind} with ${copy.access.kind}`;
    if (pair !== "glue with aws" && pair !== "bigquery with google") {
      problems.add(LakehouseErrors.UnsupportedShare, {
        subject,
        given: pair,
        allowed: "glue with aws, bigquery with google",
      });
    }
  }
}

/** Source: https://iceberg.apache.org/docs/latest/aws/ and the constants of Iceberg 1.11's BigQueryProperties */
function targetConf(target: CloudEndpoint): Record<string, string> {
  const own: Record<string, string> =
    target.kind === "glue"
      ? {
          "catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
          "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
          "client.region": target.region,
          "client.credentials-provider":
            "software.amazon.awssdk.auth.credentials.WebIdentityTokenFileCredentialsProvider",
          warehouse: target.location,
        }
      : {
          "catalog-impl": "org.apache.iceberg.gcp.bigquery.BigQueryMetastoreCatalog",
          "io-impl": "org.apache.iceberg.gcp.gcs.GCSFileIO",
          "gcp.bigquery.project-id": target.project,
          "gcp.bigquery.location": target.location,
          "gcs.project-id": target.project,
          warehouse: target.warehouse,
        };
  return prefixed("target", own);
}

function sourceConf(context: KubernetesContext, zone: string, store: StoreAccess): Record<string, string> {
  return prefixed("source", {
    type: "rest",
    uri: catalogUri(context),
    warehouse: zone,
    "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    "s3.endpoint": store.endpoint,
    "s3.path-style-access": "true",
    "client.region": store.region,
    "client.credentials-provider":
      "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider",
  });
}

function prefixed(catalog: string, properties: Readonly<Record<string, string>>): Record<string, string> {
  const name = `spark.sql.catalog.${catalog}`;
  return Object.fromEntries([
    [name, "org.apache.iceberg.spark.SparkCatalog"],
    ...Object.entries(properties).map(([key, value]) => [`${name}.${key}`, value]),
  ]);
}

/**
 * Copies of zones to clouds: one `ScheduledSparkApplication` each.
 *
 * Terraform resource types: `kubernetes_manifest` (ScheduledSparkApplication), `kubernetes_config_map_v1`.
 */
export class KubernetesCopies extends Construct {
  /** Only if there are copies. */
  readonly script?: ConfigMapV1;
  /** By `<zone>-<toSite>`; only for copies to Google. Without secrets. */
  readonly credentials: Readonly<Record<string, ConfigMapV1>>;
  /** By `<zone>-<toSite>`. */
  readonly jobs: Readonly<Record<string, CustomResource>>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KubernetesCopiesProps,
  ) {
    super(scope, id);
    const { context, copies } = props;
    if (copies.length > 0) {
      this.script = new ConfigMapV1(this, "script", {
        metadata: {
          name: objectName(context, "copy-script"),
          namespace: context.namespace,
          labels: partOf(context, "copy"),
        },
        data: escapedFiles({ "copy_zone.py": jobScript("copy_zone.py") }),
        dependsOn: [...context.after],
      });
    }
    this.credentials = Object.fromEntries(
      copies.flatMap((copy) => (copy.access.kind === "google" ? [[key(copy), this.credential(copy)]] : [])),
    );
    this.jobs = Object.fromEntries(copies.map((copy) => [key(copy), this.job(copy)]));
  }

  private credential(copy: ZoneCopy): ConfigMapV1 {
    const { context } = this.props;
    const access = copy.access as Extract<ZoneCopy["access"], { kind: "google" }>;
    return new ConfigMapV1(this, `credential-${key(copy)}`, {
      metadata: {
        name: objectName(context, "copy", copy.zone, copy.toSite),
        namespace: context.namespace,
        labels: partOfZone(context, "copy", this.zone(copy)),
      },
      data: { "credential.json": googleCredential(this.node.path, access) },
      dependsOn: [...context.after],
    });
  }

  private job(copy: ZoneCopy): CustomResource {
    const { context, settings, store, dependsOn } = this.props;
    const zone = this.zone(copy);
    const target = copy.target as CloudEndpoint;
    const credential = this.credentials[key(copy)];
    return new CustomResource(this, `job-${key(copy)}`, {
      apiVersion: "sparkoperator.k8s.io/v1beta2",
      kind: "ScheduledSparkApplication",
      name: resourceName(["copy", copy.zone, copy.toSite, context.prefix], { maxLength: JOB_NAME_LENGTH }),
      namespace: context.namespace,
      labels: partOfZone(context, "copy", zone),
      spec: {
        schedule: copy.schedule ?? "15 * * * *",
        timeZone: "UTC",
        concurrencyPolicy: "Forbid",
        successfulRunHistoryLimit: 1,
        failedRunHistoryLimit: 3,
        template: {
          type: "Python",
          mode: "cluster",
          image: settings.image ?? SPARK_IMAGE,
          imagePullPolicy: "IfNotPresent",
          sparkVersion: SPARK_VERSION,
          pythonVersion: "3",
          mainApplicationFile: `local://${SCRIPT_DIRECTORY}/copy_zone.py`,
          arguments: [
            TABLE_NAMESPACE,
            target.kind === "glue" ? target.database : target.dataset,
            ...zone.tables.map((table) => table.name),
          ],
          deps: settings.image === undefined ? { packages: packages(target) } : undefined,
          restartPolicy: {
            type: "OnFailure",
            onFailureRetries: 2,
            onFailureRetryInterval: 60,
            onSubmissionFailureRetries: 3,
            onSubmissionFailureRetryInterval: 30,
          },
          sparkConf: {
            "spark.jars.ivy": "/tmp/.ivy2",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            ...sourceConf(context, copy.zone, store),
            ...targetConf(target),
          },
          volumes: this.volumes(copy),
          driver: { ...this.pod(copy), serviceAccount: sparkAccount(context) },
          executor: {
            ...this.pod(copy),
            instances: settings.executors ?? 2,
            serviceAccount: sparkAccount(context),
          },
        },
      },
      dependsOn: [...dependsOn, ...(this.script ? [this.script] : []), ...(credential ? [credential] : [])],
    });
  }

  private zone(copy: ZoneCopy): ZoneModel {
    return this.props.model.zones.find((candidate) => candidate.name === copy.zone) as ZoneModel;
  }

  private volumes({ zone, toSite, access }: ZoneCopy) {
    const { context } = this.props;
    const google =
      access.kind === "google"
        ? [{ name: "credential", configMap: { name: objectName(context, "copy", zone, toSite) } }]
        : [];
    return [
      { name: "script", configMap: { name: objectName(context, "copy-script") } },
      { name: "tmp", emptyDir: {} },
      { name: "work", emptyDir: {} },
      tokenVolume("token", access.kind === "aws" ? AWS_AUDIENCE : access.audience),
      ...google,
    ];
  }

  private pod(copy: ZoneCopy) {
    const bucket = this.props.buckets.find((candidate) => candidate.zone === copy.zone) as ZoneBucket;
    const keyOf = (name: string, { secretName, secretKey }: ZoneBucket["accessKey"]) => ({
      name,
      valueFrom: { secretKeyRef: { name: secretName, key: secretKey } },
    });
    const cloud =
      copy.access.kind === "aws"
        ? [
            ...awsEnvironment(copy.access.roleArn),
            { name: "AWS_REGION", value: (copy.target as CloudEndpoint & { kind: "glue" }).region },
          ]
        : [
            {
              name: "GOOGLE_APPLICATION_CREDENTIALS",
              value: `${googleCredentialDirectory()}/credential.json`,
            },
          ];
    return {
      cores: 1,
      memory: this.props.settings.memory ?? "4g",
      env: [
        keyOf("AWS_ACCESS_KEY_ID", bucket.accessKey),
        keyOf("AWS_SECRET_ACCESS_KEY", bucket.secretKey),
        ...cloud,
      ],
      volumeMounts: [
        { name: "script", mountPath: SCRIPT_DIRECTORY, readOnly: true },
        { name: "tmp", mountPath: "/tmp" },
        { name: "work", mountPath: "/opt/spark/work-dir" },
        { name: "token", mountPath: tokenDirectory(copy.access.kind), readOnly: true },
        ...(copy.access.kind === "google"
          ? [{ name: "credential", mountPath: googleCredentialDirectory(), readOnly: true }]
          : []),
      ],
      podSecurityContext: {
        runAsNonRoot: true,
        runAsUser: SPARK_USER,
        fsGroup: SPARK_USER,
        seccompProfile: { type: "RuntimeDefault" },
      },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
    };
  }
}

function key(copy: ZoneCopy): string {
  return `${copy.zone}-${copy.toSite}`;
}

function packages(target: CloudEndpoint): readonly string[] {
  // S3FileIO reads the source, so the AWS bundle is needed for every target.
  return [ICEBERG_PACKAGE, AWS_PACKAGE, ...(target.kind === "bigquery" ? [GOOGLE_PACKAGE] : [])];
}
