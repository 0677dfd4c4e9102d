import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack } from "cdktf";
import { Identity, type IVectorStore, Site, type VectorCollectionProps, type VectorEngine } from "../../lib";
import { AwsNetwork, type AwsVectorEngine, AwsVectorStore } from "../../lib/aws";
import { GoogleNetwork, type GoogleVectorEngine, GoogleVectorStore } from "../../lib/google";
import { type KubernetesVectorEngine, KubernetesVectorStore } from "../../lib/kubernetes";
import { synthStack, testApp } from "../../lib/testing";

const AWS = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });
const GOOGLE = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456789012",
});
const FRANKFURT = Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } });

/** One declaration for all engines. */
const COLLECTION: VectorCollectionProps = {
  name: "product-images",
  dimension: 512,
  metric: "euclidean",
  vectors: 200_000,
  filterable: [
    { name: "shop", type: "string" },
    { name: "price", type: "float" },
    { name: "labels", type: "string-list" },
  ],
  queriesPerSecond: 20,
  p95LatencyMs: 250,
  topK: 20,
};

const shared = { namePrefix: "acme", collections: [COLLECTION] };

function aws(engine: AwsVectorEngine) {
  const stack = new TerraformStack(testApp(), "data");
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  const network =
    engine === "s3-vectors"
      ? undefined
      : AwsNetwork.fromAttributes(stack, "network", {
          vpcId: "vpc-1",
          cidrBlock: "10.0.0.0/16",
          subnetsByZone: { "eu-west-1a": { subnetId: "subnet-a", cidrBlock: "10.0.0.0/24" } },
        });
  return { stack, store: new AwsVectorStore(stack, "vectors", { ...shared, site: AWS, engine, network }) };
}

function google(engine: GoogleVectorEngine) {
  const stack = new TerraformStack(testApp(), "data");
  new GoogleProvider(stack, "google", { project: "acme-ai", region: "europe-west4" });
  const network = new GoogleNetwork(stack, "network", {
    site: GOOGLE,
    namePrefix: "acme",
    nodesCidr: "10.0.0.0/20",
    podsCidr: "10.4.0.0/14",
    servicesCidr: "10.8.0.0/20",
  });
  const administrator = Identity.googleServiceAccount("admin", "admin@acme-ai.iam.gserviceaccount.com");
  const alloydb = engine === "alloydb" ? { administrator } : undefined;
  return {
    stack,
    store: new GoogleVectorStore(stack, "vectors", { ...shared, site: GOOGLE, engine, network, alloydb }),
  };
}

function kubernetes(engine: KubernetesVectorEngine) {
  const stack = new TerraformStack(testApp(), "data");
  new KubernetesProvider(stack, "kubernetes");
  new HelmProvider(stack, "helm");
  const objectStorage = { endpoint: "s3.example.com", bucket: "milvus", credentialsSecret: "key" };
  const milvus = engine === "milvus" ? { objectStorage } : undefined;
  return {
    stack,
    store: new KubernetesVectorStore(stack, "vectors", { ...shared, site: FRANKFURT, engine, milvus }),
  };
}

/** How each engine writes dimension, metric and filters: what must be in the output. */
const FORMS: Readonly<
  Record<
    VectorEngine,
    { readonly make: () => { stack: TerraformStack; store: IVectorStore }; readonly shown: readonly string[] }
  >
> = {
  // S3 Vectors filters by all metadata: fields are not declared.
  "s3-vectors": {
    make: () => aws("s3-vectors"),
    shown: ['"index_name":"product-images"', '"dimension":512', '"distance_metric":"euclidean"'],
  },
  "opensearch-serverless": {
    make: () => aws("opensearch-serverless"),
    shown: [
      '"product-images"',
      '"dimension":512',
      '"space_type":"l2"',
      '"shop":{"type":"keyword"}',
      '"price":{"type":"double"}',
      '"labels":{"type":"keyword"}',
    ],
  },
  "aurora-pgvector": {
    make: () => aws("aurora-pgvector"),
    shown: [
      '"product_images"',
      "vector(512)",
      "vector_l2_ops",
      '"shop" text',
      '"price" double precision',
      '"labels" text[]',
    ],
  },
  // Datapoints carry their restricts; the index says in its description what they are.
  vertex: {
    make: () => google("vertex"),
    shown: [
      '"display_name":"acme-product-images"',
      '"dimensions":512',
      "SQUARED_L2_DISTANCE",
      "labels (string-list), price (float), shop (string)",
    ],
  },
  alloydb: {
    make: () => google("alloydb"),
    shown: [
      '"product_images"',
      "vector(512)",
      "vector_l2_ops",
      '"shop" text',
      '"price" double precision',
      '"labels" text[]',
    ],
  },
  qdrant: {
    make: () => kubernetes("qdrant"),
    shown: [
      '"name":"product-images"',
      '"size":512',
      '"distance":"Euclid"',
      '"field_name":"shop"',
      '"field_schema":"float"',
    ],
  },
  milvus: {
    make: () => kubernetes("milvus"),
    shown: [
      '"collectionName":"product_images"',
      '"dim":512',
      '"metricType":"L2"',
      '"fieldName":"shop"',
      '"dataType":"Double"',
      '"dataType":"Array"',
    ],
  },
  pgvector: {
    make: () => kubernetes("pgvector"),
    shown: [
      '"product_images"',
      "vector(512)",
      "vector_l2_ops",
      '"shop" text',
      '"price" double precision',
      '"labels" text[]',
    ],
  },
};

/** The output without escapes and white space that only its form of writing needs. */
function textOf(stack: TerraformStack): string {
  return JSON.stringify(synthStack(stack))
    .replaceAll("\\\\", "\\")
    .replaceAll('\\"', '"')
    .replaceAll(/\\n */g, "")
    .replaceAll('": ', '":');
}

describe.each(Object.keys(FORMS) as VectorEngine[])("%s", (engine) => {
  const { make, shown } = FORMS[engine];
  const { stack, store } = make();

  test("keeps name, dimension, metric and filters in what it emits", () => {
    const text = textOf(stack);
    expect(shown.filter((part) => !text.includes(part))).toEqual([]);
  });

  test("tells clients the same", () => {
    const { name, dimension, metric, topK } = COLLECTION;
    expect(store.collectionNames).toEqual([name]);
    expect(store.collection(name).lookup()).toMatchObject({
      kind: engine,
      dimension,
      metric,
      topK,
      precision: "float32",
      filterable: [
        { name: "labels", type: "string-list" },
        { name: "price", type: "float" },
        { name: "shop", type: "string" },
      ],
    });
  });

  test("gives the same bytes twice", () => {
    expect(JSON.stringify(synthStack(make().stack))).toBe(JSON.stringify(synthStack(make().stack)));
  });
});
