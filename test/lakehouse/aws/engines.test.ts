import { TerraformVariable } from "cdktf";
import type { ForeignCatalog } from "../../../lib/lakehouse/sharing";
import { captureValidationError } from "../../../lib/testing";
import { network, only } from "./engine-fixture";
import { ACCOUNT, newStack, statements } from "./fixture";

describe("Athena", () => {
  test("keeps its settings against queries, encrypts results and limits what one query reads", () => {
    const template = only("athena").template();
    expect(template.resource("aws_athena_workgroup")).toMatchObject({
      name: "acme",
      configuration: {
        enforce_workgroup_configuration: true,
        bytes_scanned_cutoff_per_query: 107_374_182_400,
        publish_cloudwatch_metrics_enabled: true,
        engine_version: { selected_engine_version: "Athena engine version 3" },
        result_configuration: {
          output_location: expect.stringMatching(/^s3:\/\/\$\{aws_s3_bucket\.lake_athena_results.+\.id\}\/$/),
          expected_bucket_owner: ACCOUNT,
          encryption_configuration: {
            encryption_option: "SSE_KMS",
            kms_key_arn: "arn:aws:kms:eu-west-1:111122223333:key/1",
          },
        },
      },
    });
  });

  test("keeps results for 30 days unless told otherwise, and deletes them with the work group", () => {
    const days = (props = {}) =>
      only("athena", props).template().resource("aws_s3_bucket_lifecycle_configuration", "athena").rule;
    const retention = (count: number) => ({
      id: "retention",
      status: "Enabled",
      filter: [{ prefix: "" }],
      expiration: [{ days: count }],
    });
    expect(days()).toContainEqual(retention(30));
    expect(days({ athena: { resultRetentionDays: 5 } })).toContainEqual(retention(5));
    expect(only("athena").template().resource("aws_s3_bucket", "athena")).toMatchObject({
      force_destroy: true,
    });
  });

  test.each([
    [10_485_760, undefined],
    [10_485_759, "athena.bytesScannedCutoffPerQuery"],
  ])("a limit of %d bytes", (bytesScannedCutoffPerQuery, subject) => {
    const build = () => only("athena", { athena: { bytesScannedCutoffPerQuery } });
    if (subject === undefined) {
      expect(build().template().resource("aws_athena_workgroup").configuration).toMatchObject({
        bytes_scanned_cutoff_per_query: bytesScannedCutoffPerQuery,
      });
    } else {
      const error = captureValidationError(build);
      expect(error.codes).toEqual(["NumberOutOfRange"]);
      expect(error.findings[0]!.subject).toBe(subject);
    }
  });

  test("refuses to keep results for no day", () => {
    expect(
      captureValidationError(() => only("athena", { athena: { resultRetentionDays: 0 } })).codes,
    ).toEqual(["NumberOutOfRange"]);
  });

  test("can be switched off", () => {
    expect(only("spark").template().count("aws_athena_workgroup")).toBe(0);
  });
});

describe("Spark", () => {
  test("stops by itself and is limited", () => {
    expect(only("spark").template().resource("aws_emrserverless_application")).toMatchObject({
      name: "acme",
      type: "spark",
      release_label: "emr-7.10.0",
      architecture: "ARM64",
      auto_start_configuration: { enabled: true },
      auto_stop_configuration: { enabled: true, idle_timeout_minutes: 15 },
      maximum_capacity: { cpu: "64 vCPU", memory: "256 GB", disk: "1280 GB" },
    });
  });

  test("takes every option", () => {
    const spark = {
      releaseLabel: "emr-7.9.0",
      architecture: "X86_64",
      maximumVcpu: 8,
      maximumMemoryGb: 40,
      maximumDiskGb: 100,
      idleTimeoutMinutes: 60,
    };
    expect(only("spark", { spark }).template().resource("aws_emrserverless_application")).toMatchObject({
      release_label: "emr-7.9.0",
      architecture: "X86_64",
      auto_stop_configuration: { idle_timeout_minutes: 60 },
      maximum_capacity: { cpu: "8 vCPU", memory: "40 GB", disk: "100 GB" },
    });
    expect(
      only("spark", { spark: { maximumVcpu: 8 } })
        .template()
        .resource("aws_emrserverless_application"),
    ).toMatchObject({ maximum_capacity: { cpu: "8 vCPU", memory: "32 GB", disk: "160 GB" } });
  });

  test("works on the lakehouse's own catalogue", () => {
    const [defaults] = only("spark").template().resource("aws_emrserverless_application")
      .runtime_configuration as object[];
    expect(defaults).toEqual({
      classification: "spark-defaults",
      properties: {
        "spark.jars": "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.defaultCatalog": "lakehouse",
        "spark.sql.catalog.lakehouse": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lakehouse.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        "spark.sql.catalog.lakehouse.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "spark.sql.catalog.lakehouse.warehouse": "s3://acme-curated",
      },
    });
  });

  test("runs jobs with a role of its own that may write every zone", () => {
    const template = only("spark").template();
    expect(statements(template.resource("aws_iam_role").assume_role_policy)).toEqual({
      Service: {
        Effect: "Allow",
        Principal: { Service: "emr-serverless.amazonaws.com" },
        Action: ["sts:AssumeRole"],
        Condition: {
          StringEquals: { "aws:SourceAccount": ACCOUNT },
          ArnLike: { "aws:SourceArn": `arn:aws:emr-serverless:eu-west-1:${ACCOUNT}:/applications/*` },
        },
      },
    });
    const policy = statements(template.resource("aws_iam_role_policy").policy);
    expect(policy.WriteObjects!.Resource).toEqual(["arn:aws:s3:::acme-curated/*", "arn:aws:s3:::acme-raw/*"]);
    expect(policy.FindDatabasesOfSpark!.Resource).toHaveLength(3);
  });

  test("may be kept out of zones, and gets more by grants", () => {
    const { lake, template } = only("spark", { spark: { writeZones: ["raw"] } });
    lake.zone("curated").table("orders").grantRead(lake.spark!.identity);
    expect(template().count("aws_iam_role_policy")).toBe(1);
    const policy = statements(template().resource("aws_iam_role_policy").policy);
    expect(policy.WriteObjects!.Resource).toEqual(["arn:aws:s3:::acme-raw/*"]);
    expect(policy.ReadObjects!.Resource).toEqual([
      "arn:aws:s3:::acme-raw/*",
      "arn:aws:s3:::acme-curated/orders/*",
    ]);
  });

  test("of another lakehouse is another identity", () => {
    const own = only("spark");
    const other = only("spark", { namePrefix: "other" });
    own.lake.zone("raw").grantRead(other.lake.spark!.identity);
    const names = Object.keys(own.template().resources("aws_iam_role_policy"));
    expect(names.some((id) => id.includes("other-spark"))).toBe(true);
    expect(names).toHaveLength(2);
  });

  test("in a network lets nobody in", () => {
    const template = only("spark", { spark: { network: network() } }).template();
    expect(template.resource("aws_emrserverless_application").network_configuration).toEqual({
      subnet_ids: ["subnet-0", "subnet-1", "subnet-2"],
      security_group_ids: [expect.stringContaining("aws_security_group.lake_spark")],
    });
    expect(template.resource("aws_security_group").vpc_id).toBe("vpc-1");
    expect(template.count("aws_vpc_security_group_ingress_rule")).toBe(0);
  });

  test.each([
    ["release label", { releaseLabel: "7.10.0" }, "InvalidName"],
    ["architecture", { architecture: "RISCV" }, "NotOneOf"],
    ["vCPU", { maximumVcpu: 0 }, "NumberOutOfRange"],
    ["memory", { maximumMemoryGb: 0.5 }, "NumberOutOfRange"],
    ["disk", { maximumDiskGb: 0 }, "NumberOutOfRange"],
    ["idle time", { idleTimeoutMinutes: 10_081 }, "NumberOutOfRange"],
    ["zone", { writeZones: ["gold"] }, "UnknownZone"],
    ["repeated zone", { writeZones: ["raw", "raw"] }, "DuplicateValue"],
  ])("refuses a wrong %s", (_, spark, code) => {
    expect(captureValidationError(() => only("spark", { spark })).codes).toEqual([code]);
  });

  test("refuses a token where a number becomes text", () => {
    const token = new TerraformVariable(newStack(), "v", { type: "number" }).numberValue;
    expect(captureValidationError(() => only("spark", { spark: { maximumVcpu: token } })).codes).toEqual([
      "TokenNotAllowed",
    ]);
  });

  test("can be switched off", () => {
    expect(only("athena").template().count("aws_emrserverless_application")).toBe(0);
  });
});

describe("catalogues of other sites", () => {
  const REST: ForeignCatalog = {
    name: "frankfurt",
    endpoint: {
      kind: "iceberg-rest",
      uri: "https://lake.fra/catalog",
      warehouse: "main",
      namespace: "curated",
    },
  };
  const GLUE: ForeignCatalog = {
    name: "ohio",
    endpoint: { kind: "glue", region: "us-east-2", database: "acme_us", location: "s3://acme-us" },
  };
  const defaults = (foreignCatalogs: ForeignCatalog[]) => {
    const template = only("spark", { foreignCatalogs }).template();
    const [first] = template.resource("aws_emrserverless_application").runtime_configuration as {
      properties: Record<string, string>;
    }[];
    return { properties: first!.properties, template };
  };

  test("by Iceberg REST are catalogues of Spark", () => {
    expect(defaults([REST]).properties).toMatchObject({
      "spark.sql.catalog.frankfurt": "org.apache.iceberg.spark.SparkCatalog",
      "spark.sql.catalog.frankfurt.type": "rest",
      "spark.sql.catalog.frankfurt.uri": "https://lake.fra/catalog",
      "spark.sql.catalog.frankfurt.warehouse": "main",
    });
  });

  test("by Glue are read in their region", () => {
    const { properties } = defaults([GLUE]);
    expect(properties).toMatchObject({
      "spark.sql.catalog.ohio.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
      "spark.sql.catalog.ohio.client.region": "us-east-2",
      "spark.sql.catalog.ohio.warehouse": "s3://acme-us",
    });
    expect(properties).not.toHaveProperty(["spark.sql.catalog.ohio.client.factory"]);
  });

  test("by Glue with a role are entered by it, and jobs may assume it", () => {
    const roleArn = "arn:aws:iam::999900001111:role/reader";
    const { properties, template } = defaults([{ ...GLUE, access: { kind: "aws", roleArn } }]);
    expect(properties).toMatchObject({
      "spark.sql.catalog.ohio.client.factory": "org.apache.iceberg.aws.AssumeRoleAwsClientFactory",
      "spark.sql.catalog.ohio.client.assume-role.arn": roleArn,
      "spark.sql.catalog.ohio.client.assume-role.region": "us-east-2",
    });
    expect(statements(template.resource("aws_iam_role_policy").policy).EnterForeignCatalogs).toEqual({
      Effect: "Allow",
      Action: ["sts:AssumeRole"],
      Resource: [roleArn],
    });
  });

  const google = { kind: "google", serviceAccount: "s", audience: "a" } as const;
  const bigquery = {
    kind: "bigquery",
    project: "p",
    location: "eu",
    dataset: "d",
    warehouse: "gs://b",
  } as const;
  test.each<[string, ForeignCatalog]>([
    ["BigQuery", { name: "bq", endpoint: bigquery }],
    ["Iceberg REST with a cloud's identity", { ...REST, access: { kind: "aws", roleArn: "x" } }],
    ["Glue with Google's identity", { ...GLUE, access: google }],
  ])("%s is refused", (_, catalog) => {
    expect(captureValidationError(() => only("spark", { foreignCatalogs: [catalog] })).codes).toEqual([
      "UnsupportedShare",
    ]);
  });

  test.each(["lakehouse", "lakehouse_raw", "spark_catalog", "Fra", "a-b"])(
    "the name %s is refused",
    (name) => {
      const error = captureValidationError(() => only("spark", { foreignCatalogs: [{ ...REST, name }] }));
      expect(error.codes).toEqual(["InvalidName"]);
    },
  );

  test("of the same name are refused", () => {
    expect(captureValidationError(() => only("spark", { foreignCatalogs: [REST, REST] })).codes).toEqual([
      "DuplicateValue",
    ]);
  });

  test("without Spark are refused, because nothing would query them", () => {
    const error = captureValidationError(() => only("athena", { foreignCatalogs: [REST] }));
    expect(error.codes).toEqual(["NoEffect"]);
  });
});
