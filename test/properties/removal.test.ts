import type { TerraformStack } from "cdktf";
import { ALLOW_DESTROY_CONTEXT, type RemovalPolicy, Slice } from "../../lib";
import { AwsCluster } from "../../lib/aws";
import { GoogleCluster } from "../../lib/google";
import { KubernetesLakehouseOperators, Namespace, ObjectStore } from "../../lib/kubernetes";
import { Template } from "../../lib/testing";
import {
  AWS_FEATURES,
  GOOGLE_FEATURES,
  KUBERNETES_FEATURES,
  makeAwsFeatures,
  makeGoogleFeatures,
  makeKubernetesFeatures,
} from "./recipes-of-features";
import { googleNetwork } from "./recipes-of-google-cluster";
import {
  EEMSHAVEN,
  EVENTS,
  IRELAND,
  makeAws,
  makeGoogle,
  makeKubernetes,
  network,
  providerOf,
} from "./subjects";
import { anyStack, outcome } from "./support";

type Policy = { readonly removalPolicy?: RemovalPolicy };

const PERSONAL = [
  { name: "raw" },
  {
    name: "curated",
    tables: [{ ...EVENTS, columns: [...EVENTS.columns, { name: "ip", type: "string", pii: true }] }],
  },
];

const POOLS = [
  { name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 2 }) },
  { name: "train", slice: Slice.accelerators("h200", { perNode: 8, nodes: 2 }) },
];

/** What holds data or what data cannot be read without, by construct; in brackets the part that is none of it. */
const SUBJECTS: readonly {
  readonly name: string;
  readonly make: (stack: TerraformStack, props: Policy) => void;
  readonly stateful: readonly string[];
  readonly transient?: RegExp;
}[] = [
  {
    name: "AwsLakehouse",
    make: (stack, props) =>
      makeAws(stack, {
        zones: PERSONAL,
        athena: {},
        lakeFormation: {},
        warehouse: { network: network("vpc-1") },
        replication: { region: "eu-central-1", provider: providerOf("eu-central-1", "copies") },
        ...props,
      }),
    stateful: [
      "aws_glue_catalog_database",
      "aws_glue_catalog_table",
      "aws_kms_key",
      "aws_redshiftserverless_namespace",
      "aws_s3_bucket",
      "aws_s3_object",
    ],
    // Results of queries are copies.
    transient: /^aws_s3_bucket\.lake_athena_results/,
  },
  {
    name: "AwsLakehouse with S3 Tables",
    make: (stack, props) => makeAws(stack, { tableCatalog: "s3-tables", ...props }),
    stateful: [
      "aws_kms_key",
      "aws_s3_bucket",
      "aws_s3tables_namespace",
      "aws_s3tables_table",
      "aws_s3tables_table_bucket",
    ],
  },
  {
    name: "GoogleLakehouse",
    make: (stack, props) => makeGoogle(stack, { zones: PERSONAL, etl: {}, dataplex: true, ...props }),
    stateful: [
      "google_bigquery_connection",
      "google_bigquery_dataset",
      "google_bigquery_table",
      "google_data_catalog_policy_tag",
      "google_data_catalog_taxonomy",
      "google_kms_crypto_key",
      "google_kms_key_ring",
      "google_logging_project_bucket_config",
      "google_storage_bucket",
    ],
    // Files that Spark stages are deleted after days.
    transient: /^google_storage_bucket\.lake_etl_staging/,
  },
  {
    name: "KubernetesLakehouse",
    make: (stack, props) =>
      makeKubernetes(stack, { objectStore: ObjectStore.newRook({ deviceFilter: "^sdb$" }), ...props }),
    stateful: [
      "kubernetes_manifest CephCluster",
      "kubernetes_manifest CephObjectStore",
      "kubernetes_manifest Cluster",
      "kubernetes_manifest ObjectBucketClaim",
      "kubernetes_namespace_v1",
    ],
  },
  {
    name: "AwsFeatureStore",
    make: (stack, props) =>
      makeAwsFeatures(stack, { ...AWS_FEATURES, encryptionKeyArn: undefined, ...props }),
    stateful: [
      "aws_glue_catalog_database",
      "aws_glue_catalog_table",
      "aws_kms_key",
      "aws_s3_bucket",
      "aws_s3_object",
      "aws_sagemaker_feature_group",
    ],
    // The program of the jobs is part of the library.
    transient: /^aws_s3_object\.features_script/,
  },
  {
    name: "GoogleFeatureStore",
    make: (stack, props) => makeGoogleFeatures(stack, { ...GOOGLE_FEATURES, ...props }),
    stateful: [
      "google_bigquery_connection",
      "google_bigquery_dataset",
      "google_bigquery_table",
      "google_data_catalog_policy_tag",
      "google_data_catalog_taxonomy",
      "google_kms_crypto_key",
      "google_kms_key_ring",
      "google_logging_project_bucket_config",
      "google_storage_bucket",
      "google_vertex_ai_feature_group",
      "google_vertex_ai_feature_online_store",
      "google_vertex_ai_feature_online_store_featureview",
    ],
    // Views show what is in the lakehouse.
    transient: /^google_bigquery_(dataset|table)\.features_/,
  },
  {
    name: "KubernetesFeatureStore",
    make: (stack, props) => makeKubernetesFeatures(stack, { ...KUBERNETES_FEATURES, ...props }),
    stateful: [
      "kubernetes_manifest Cluster",
      "kubernetes_manifest Database",
      "kubernetes_manifest ObjectBucketClaim",
      "kubernetes_namespace_v1",
    ],
  },
  {
    name: "KubernetesLakehouseOperators",
    make: (stack, props) => {
      new KubernetesLakehouseOperators(stack, "operators", { rookCeph: true, ...props });
    },
    stateful: ["kubernetes_namespace_v1"],
  },
  {
    name: "Namespace",
    make: (stack, props) => {
      new Namespace(stack, "namespace", { name: "lake", ...props });
    },
    stateful: ["kubernetes_namespace_v1"],
  },
  {
    name: "AwsCluster",
    make: (stack, props) => {
      new AwsCluster(stack, "cluster", {
        site: IRELAND,
        namePrefix: "acme",
        network: Object.assign(network("vpc-1"), {
          subnetsByZone: { "eu-west-1a": { subnetId: "subnet-a" }, "eu-west-1b": { subnetId: "subnet-b" } },
        }),
        pools: POOLS,
        ...props,
      });
    },
    stateful: ["aws_eks_cluster", "aws_kms_key"],
  },
  {
    name: "GoogleCluster",
    make: (stack, props) => {
      new GoogleCluster(stack, "cluster", {
        site: EEMSHAVEN,
        namePrefix: "acme",
        network: googleNetwork(),
        zones: ["europe-west4-a", "europe-west4-b"],
        pools: POOLS,
        ...props,
      });
    },
    stateful: ["google_container_cluster", "google_kms_crypto_key", "google_kms_key_ring"],
  },
];

interface Resource {
  readonly lifecycle?: { readonly prevent_destroy?: boolean };
  readonly manifest?: { readonly kind: string };
}

/** Address of every resource of the stateful types, and whether Terraform refuses to destroy it. */
function protection(subject: (typeof SUBJECTS)[number], props: Policy, context: Record<string, unknown>) {
  const stack = anyStack(context);
  subject.make(stack, props);
  const blocks = Template.of(stack).json.resource as Record<string, Record<string, Resource>>;
  return Object.entries(blocks).flatMap(([type, resources]) =>
    Object.entries(resources).flatMap(([id, { lifecycle, manifest }]) => {
      const kind = manifest ? `${type} ${manifest.kind}` : type;
      const holdsData = subject.stateful.includes(kind) && !subject.transient?.test(`${type}.${id}`);
      const refused = lifecycle?.prevent_destroy === true;
      return holdsData || refused ? [{ kind, id, holdsData, refused }] : [];
    }),
  );
}

const DESTROY = { removalPolicy: "destroy" } as const;
const ALLOWED = { [ALLOW_DESTROY_CONTEXT]: true };

describe.each(SUBJECTS)("$name", (subject) => {
  test.each([
    ["without a key", {}, {}],
    ["with the app's key alone", {}, ALLOWED],
  ])("%s Terraform refuses to destroy whatever holds data", (_, props, context) => {
    const found = protection(subject, props, context);

    expect([...new Set(found.filter((each) => each.holdsData).map((each) => each.kind))].sort()).toEqual(
      subject.stateful,
    );
    expect(found.filter((each) => each.holdsData && !each.refused)).toEqual([]);
  });

  test("with both keys Terraform may destroy everything", () => {
    expect(protection(subject, DESTROY, ALLOWED).filter((each) => each.refused)).toEqual([]);
  });

  test("with the construct's key alone it is refused", () => {
    expect(outcome(subject.make, DESTROY)).toBe("refused: RemovalNeedsTwoKeys");
  });
});
