import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformStack } from "cdktf";
import { Identity, Site } from "../../../lib";
import { AwsNetwork, AwsVectorStore, type AwsVectorStoreProps } from "../../../lib/aws";
import type { PolicyStatement } from "../../../lib/core/aws-policy";
import { Template, testApp } from "../../../lib/testing";
import { AWS, codes, docs } from "../fixture";

const APP = Identity.awsRole("app", `arn:aws:iam::${AWS.account}:role/app`);
const POD = Identity.kubernetesServiceAccount("rag", {
  namespace: "rag",
  serviceAccount: "app",
  issuer: "https://oidc.example.com/fra",
});

type Props = Partial<AwsVectorStoreProps>;

function make(props: Props = {}) {
  const stack = new TerraformStack(testApp(), "data");
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  const network = () =>
    AwsNetwork.fromAttributes(stack, "network", {
      vpcId: "vpc-1",
      cidrBlock: "10.0.0.0/16",
      subnetsByZone: {
        "eu-west-1a": { subnetId: "subnet-a", cidrBlock: "10.0.0.0/24" },
        "eu-west-1b": { subnetId: "subnet-b", cidrBlock: "10.0.1.0/24" },
      },
    });
  const engine = props.engine ?? "s3-vectors";
  const store = new AwsVectorStore(stack, "vectors", {
    site: AWS,
    namePrefix: "acme",
    engine,
    collections: [docs()],
    ...(engine === "s3-vectors" ? {} : { network: network() }),
    ...props,
  });
  return { stack, store, template: () => Template.of(stack) };
}

function statements(template: Template, part: string): Readonly<Record<string, PolicyStatement>> {
  const { policy } = template.resource("aws_iam_role_policy", part) as { policy: string };
  const { Statement } = JSON.parse(policy) as { Statement: PolicyStatement[] };
  return Object.fromEntries(Statement.map((statement) => [statement.Sid, statement]));
}

describe("S3 Vectors", () => {
  test("an index per collection, in a bucket with a key of its own, protected", () => {
    const template = make({ collections: [docs({ metric: "euclidean", dimension: 4096 })] }).template();
    expect(template.resource("aws_s3vectors_index")).toMatchObject({
      index_name: "docs",
      dimension: 4096,
      distance_metric: "euclidean",
      data_type: "float32",
      lifecycle: { prevent_destroy: true },
    });
    expect(template.resource("aws_s3vectors_vector_bucket")).toMatchObject({
      vector_bucket_name: "acme-vectors",
      encryption_configuration: [
        { sse_type: "aws:kms", kms_key_arn: expect.stringContaining("aws_kms_key") },
      ],
      lifecycle: { prevent_destroy: true },
    });
    expect(template.resource("aws_kms_key").policy).toContain("indexing.s3vectors.amazonaws.com");
  });

  test("a right reaches one index, and the key only as far as it needs", () => {
    const { store, template } = make({ collections: [docs(), docs({ name: "faq" })] });
    store.collection("docs").grantRead(APP);
    store.collection("faq").grantWrite(POD);
    const read = statements(template(), "app");
    expect(read.ReadDocs!.Resource).toEqual([
      "arn:aws:s3vectors:eu-west-1:111122223333:bucket/acme-vectors/index/docs",
    ]);
    expect(read.ReadDocs!.Action).not.toContain("s3vectors:PutVectors");
    expect(read.DecryptVectors!.Action).toEqual(["kms:Decrypt"]);
    const write = statements(template(), "_rag_");
    expect(write.WriteFaq!.Action).toContain("s3vectors:PutVectors");
    expect(write.EncryptVectors!.Action).toEqual(["kms:Decrypt", "kms:GenerateDataKey"]);
  });

  test("an identity of a cluster gets a role that trusts its issuer", () => {
    const { store, template } = make();
    const grant = store.collection("docs").grantRead(POD);
    expect(grant.access).toMatchObject({ kind: "aws" });
    const { assume_role_policy: trust } = template().resource("aws_iam_role") as {
      assume_role_policy: string;
    };
    expect(trust).toContain("system:serviceaccount:rag:app");
  });

  test("a client is told where and how", () => {
    expect(make().store.collection("docs").lookup()).toMatchObject({
      kind: "s3-vectors",
      endpoint: "https://s3vectors.eu-west-1.api.aws",
      container: "acme-vectors",
      target: "docs",
      auth: { kind: "aws-sigv4", service: "s3vectors", region: "eu-west-1" },
    });
  });

  test.each([
    ["cn-north-1", "CN", "https://s3vectors.cn-north-1.api.amazonwebservices.com.cn"],
    ["eusc-de-east-1", "DE", "https://s3vectors.eusc-de-east-1.api.amazonwebservices.eu"],
    ["us-gov-west-1", "US", "https://s3vectors.us-gov-west-1.api.aws"],
  ])("in %s it has another address", (region, country, endpoint) => {
    const stack = new TerraformStack(testApp(), "data");
    new AwsProvider(stack, "aws", { region });
    const store = new AwsVectorStore(stack, "vectors", {
      site: Site.aws("there", { region, country, account: AWS.account }),
      namePrefix: "acme",
      engine: "s3-vectors",
      collections: [docs()],
    });
    expect(store.collection("docs").lookup().endpoint).toBe(endpoint);
  });
});

describe("OpenSearch Serverless", () => {
  const engine = "opensearch-serverless";

  test("a vector collection that only the network reaches, with a key of the customer", () => {
    const template = make({ engine }).template();
    expect(template.resource("aws_opensearchserverless_collection")).toMatchObject({
      name: "acme-vectors",
      type: "VECTORSEARCH",
      standby_replicas: "ENABLED",
      lifecycle: { prevent_destroy: true },
    });
    const policy = (part: string) =>
      JSON.parse(template.resource("aws_opensearchserverless_security_policy", part).policy as string);
    expect(policy("encryption")).toMatchObject({ AWSOwnedKey: false });
    expect(policy("network")[0]).toMatchObject({ AllowFromPublic: false });
    expect(template.resource("aws_opensearchserverless_vpc_endpoint").subnet_ids).toEqual([
      "subnet-a",
      "subnet-b",
    ]);
  });

  test("the body of an index is an output, because no resource makes it", () => {
    const { store, template } = make({
      engine,
      collections: [docs({ precision: "float16", metric: "dot", index: { kind: "hnsw", m: 24 } })],
    });
    expect(store.openSearch!.indexBodies.docs).toEqual({
      settings: { index: { knn: true } },
      mappings: {
        properties: {
          embedding: {
            type: "knn_vector",
            dimension: 768,
            method: {
              name: "hnsw",
              engine: "faiss",
              space_type: "innerproduct",
              parameters: {
                m: 24,
                ef_construction: 128,
                encoder: { name: "sq", parameters: { type: "fp16" } },
              },
            },
          },
          content: { type: "text", index: false },
          tenant: { type: "keyword" },
          year: { type: "long" },
        },
      },
    });
    expect(template().text).toContain("knn_vector");
  });

  test("who may write may make the index, who may read may not", () => {
    const { store, template } = make({ engine });
    store.collection("docs").grantRead(APP);
    store.collection("docs").grantWrite(POD);
    const policy = (part: string) =>
      JSON.parse(template().resource("aws_opensearchserverless_access_policy", part).policy as string)[0];
    expect(policy("app-read").Rules[0]).toEqual({
      ResourceType: "index",
      Resource: ["index/acme-vectors/docs"],
      Permission: ["aoss:DescribeIndex", "aoss:ReadDocument"],
    });
    expect(policy("app-read").Principal).toEqual([APP.roleArn]);
    expect(policy("rag-write").Rules[0].Permission).toContain("aoss:CreateIndex");
  });

  test("asking twice gives the same resources", () => {
    const { store } = make({ engine });
    const first = store.collection("docs").grantRead(APP);
    expect(store.collection("docs").grantRead(APP).resources).toEqual(first.resources);
  });
});

describe("Aurora", () => {
  const engine = "aurora-pgvector";

  test("a private cluster that scales as the sizing says, without a password in state", () => {
    const { store, template } = make({ engine, collections: [docs({ vectors: 10_000_000 })] });
    const { minUnits, maxUnits, count } = store.sizing.capacity;
    const made = template();
    expect(made.resource("aws_rds_cluster")).toMatchObject({
      engine: "aurora-postgresql",
      serverlessv2_scaling_configuration: { min_capacity: minUnits, max_capacity: maxUnits },
      manage_master_user_password: true,
      iam_database_authentication_enabled: true,
      storage_encrypted: true,
      deletion_protection: true,
      enable_http_endpoint: true,
      backup_retention_period: 14,
      lifecycle: { prevent_destroy: true },
    });
    expect(made.count("aws_rds_cluster_instance")).toBe(count);
    expect(made.resource("aws_rds_cluster_instance", "instance-0").publicly_accessible).toBe(false);
    expect(made.resource("aws_rds_cluster_parameter_group")).toMatchObject({
      family: "aurora-postgresql17",
      parameter: [{ name: "rds.force_ssl", value: "1" }],
    });
    expect(made.text).not.toContain("master_password");
  });

  test("the SQL makes tables, indexes, and a user of IAM per grant", () => {
    const { store, template } = make({
      engine,
      collections: [docs(), docs({ name: "half-docs", precision: "float16", index: { kind: "ivf" } })],
    });
    expect(store.collection("docs").grantRead(APP).databaseUser).toBe("app");
    const { schema, afterLoad } = store.aurora!.sql;
    expect(schema).toContain("CREATE EXTENSION IF NOT EXISTS vector;");
    expect(schema).toContain("embedding vector(768) NOT NULL");
    expect(schema).toContain("USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 128)");
    expect(schema).toContain("embedding halfvec(768) NOT NULL");
    expect(schema).toContain('GRANT rds_iam TO "app";\nGRANT "docs_reader" TO "app";');
    expect(schema).not.toContain("ivfflat");
    expect(afterLoad).toContain("USING ivfflat (embedding halfvec_cosine_ops) WITH (lists = 1000)");
    expect(template().text).toContain("rds_iam");
    expect(statements(template(), "app").ConnectToVectors!.Resource![0]).toMatch(
      /^arn:aws:rds-db:eu-west-1:.*\/app$/,
    );
  });
});

describe("refused", () => {
  const refusal = (props: Props) => codes(() => make(props));

  test.each<[string, Props, string]>([
    ["OpenSearch without a network", { engine: "opensearch-serverless", network: undefined }, "MissingValue"],
    ["Aurora without a network", { engine: "aurora-pgvector", network: undefined }, "MissingValue"],
    ["an option of Aurora", { aurora: {} }, "VectorOptionMismatch"],
    ["compute units of OpenSearch", { maxSearchUnits: 4 }, "VectorOptionMismatch"],
    ["no compute unit", { engine: "opensearch-serverless", maxSearchUnits: 0 }, "NumberOutOfRange"],
    ["a key that is none", { encryptionKeyArn: "arn:aws:s3:::bucket" }, "InvalidArn"],
    ["an old Aurora", { engine: "aurora-pgvector", aurora: { engineVersion: "13.4" } }, "InvalidName"],
    [
      "backups for ever",
      { engine: "aurora-pgvector", aurora: { backupRetentionDays: 99 } },
      "NumberOutOfRange",
    ],
    ["an engine of another site", { engine: "qdrant" as never, network: undefined }, "NotOneOf"],
    ["ten milliseconds of S3", { collections: [docs({ p95LatencyMs: 10 })] }, "LatencyOutOfReach"],
    ["deletion without the app's consent", { removalPolicy: "destroy" }, "RemovalNeedsTwoKeys"],
  ])("%s", (_what, props, code) => {
    expect(refusal(props)[0]).toBe(code);
  });

  test("a network with S3 Vectors", () => {
    const { store, stack } = make({ engine: "aurora-pgvector" });
    const network = stack.node.findChild("network") as never;
    const again = () =>
      new AwsVectorStore(stack, "more", {
        site: store.site,
        namePrefix: "more",
        engine: "s3-vectors",
        collections: [docs()],
        network,
      });
    expect(codes(again)).toEqual(["VectorOptionMismatch"]);
  });

  test("identities that mean nothing here", () => {
    const { store } = make();
    const right = (identity: Identity) => codes(() => store.collection("docs").grantRead(identity));
    expect(right(Identity.googleGroup("g", "a@example.com"))).toEqual(["IdentityKindMismatch"]);
    expect(right(Identity.awsRole("b", "arn:aws:iam::999999999999:role/b"))).toEqual(["GrantNotApplicable"]);
    expect(right(Identity.kubernetesServiceAccount("c", { namespace: "c", serviceAccount: "c" }))).toEqual([
      "MissingOidcIssuer",
    ]);
    store.collection("docs").grantRead(APP);
    expect(right(Identity.awsRole("app", `arn:aws:iam::${AWS.account}:role/other`))).toEqual([
      "DuplicateValue",
    ]);
  });

  test("a right on personal data that does not say so", () => {
    const { store } = make({ collections: [docs({ pii: true })] });
    expect(codes(() => store.collection("docs").grantRead(APP))).toEqual(["PersonalVectorsNotGranted"]);
  });

  test("two engines of one prefix, once one role would get two policies of one name", () => {
    const { stack, store } = make({ engine: "opensearch-serverless" });
    const other = new AwsVectorStore(stack, "other", {
      site: AWS,
      namePrefix: "acme",
      engine: "s3-vectors",
      collections: [docs()],
    });
    store.collection("docs").grantRead(APP);
    expect(() => Template.of(stack)).not.toThrow();
    other.collection("docs").grantRead(APP);
    expect(() => Template.of(stack)).toThrow("VectorNamesTaken");
  });

  test("two stores of one name", () => {
    const { stack } = make();
    new AwsVectorStore(stack, "other", {
      site: AWS,
      namePrefix: "acme",
      engine: "s3-vectors",
      collections: [docs()],
    });
    expect(() => Template.of(stack)).toThrow("VectorNamesTaken");
  });
});
