import type { App } from "cdktf";
import { Identity } from "../../lib";
import { expectStable } from "../../lib/testing";
import { HybridPlatform, type PlatformVectorStoreProps } from "../../stacks";
import { docs } from "../vectors/fixture";
import {
  addLakehouse,
  awsNetwork,
  charts,
  codes,
  EEMSHAVEN,
  FRANKFURT,
  googleNetwork,
  IRELAND,
  kinds,
  newPlatform,
  OSLO,
  OWNERSHIP,
  POD,
  refusal,
  S3,
  stacksOf,
  template,
} from "./data-fixture";

const QDRANT: PlatformVectorStoreProps = {
  at: ["frankfurt"],
  collections: [docs()],
  kubernetes: { engine: "qdrant" },
};
const ADMIN = Identity.googleServiceAccount("admin", "admin@acme-ai.iam.gserviceaccount.com");
const MILVUS = {
  engine: "milvus",
  milvus: {
    objectStorage: { endpoint: "s3.example.com", bucket: "milvus", credentialsSecret: "milvus-s3" },
  },
} as const;

function everywhere(platform: HybridPlatform, change: Partial<PlatformVectorStoreProps> = {}) {
  return platform.addVectorStore("ads", {
    at: ["ireland", "eemshaven", "frankfurt"],
    collections: [docs(), docs({ name: "banners" })],
    aws: { engine: "aurora-pgvector", network: awsNetwork(platform) },
    google: { engine: "alloydb", network: googleNetwork(platform), alloydb: { administrator: ADMIN } },
    kubernetes: { engine: "qdrant" },
    ...change,
  });
}

describe("a vector store at three kinds of sites", () => {
  const platform = newPlatform();
  const store = everywhere(platform);

  test("has its parts in the stacks where they belong", () => {
    expect(stacksOf(platform)).toEqual([
      "acme-eemshaven-foundation",
      "acme-frankfurt-platform",
      "acme-frankfurt-workloads",
      "acme-ireland-foundation",
    ]);
    expect(template(platform, "ireland", "foundation").count("aws_rds_cluster")).toBe(1);
    expect(template(platform, "eemshaven", "foundation").count("google_alloydb_cluster")).toBe(1);
    expect(charts(platform, "frankfurt")).toEqual(["cert-manager"]);
    expect(charts(platform, "frankfurt", "workloads")).toEqual(["qdrant"]);
    expect(kinds(template(platform, "frankfurt", "workloads"))).toContain("Certificate");
  });

  test("has the same collections everywhere, under one start of names", () => {
    const lookups = store.sites.map((site) => store.at(site).collection("docs").lookup());
    expect(lookups.map(({ dimension, metric }) => [dimension, metric])).toEqual(
      Array(3).fill([768, "cosine"]),
    );
    expect(template(platform, "ireland", "foundation").text).toContain("acme-prod-ads");
    expect(template(platform, "eemshaven", "foundation").text).toContain("acme-prod-ads");
    expect(template(platform, "frankfurt", "workloads").text).toContain("acme-prod-ads");
  });

  test("gives rights at each site by itself", () => {
    const { secret } = store.at("frankfurt").collection("docs").grantRead(POD);
    expect(secret).toMatchObject({ namespace: "bidding" });
    expect(codes(() => store.at("oslo"))).toEqual(["UnknownSite"]);
  });
});

test("a long name is cut, and stays one of its own", () => {
  const platform = newPlatform();
  const names = ["a-rather-long-name-of-a-store", "a-rather-long-name-of-a-thing"];
  for (const name of names) {
    platform.addVectorStore(name, QDRANT);
  }
  const namespaces = Object.values(
    template(platform, "frankfurt", "workloads").resources("kubernetes_namespace_v1"),
  );
  expect(new Set(namespaces.map(({ metadata }) => (metadata as { name: string }).name)).size).toBe(2);
});

test("choices for a single site are laid over those of its kind", () => {
  const platform = newPlatform();
  platform.addVectorStore("ads", {
    ...QDRANT,
    at: ["frankfurt", "oslo"],
    kubernetes: { engine: "qdrant", storageClass: "fast" },
    perSite: { oslo: { kubernetes: { engine: "pgvector" } } },
  });
  expect(charts(platform, "frankfurt", "workloads")).toEqual(["qdrant"]);
  expect(charts(platform, "oslo", "workloads")).toEqual([]);
  expect(kinds(template(platform, "oslo", "workloads"))).toContain("Cluster");
  expect(template(platform, "oslo", "workloads").text).toContain("fast");
});

describe("operators", () => {
  test.each<[string, NonNullable<PlatformVectorStoreProps["kubernetes"]>, readonly string[]]>([
    ["qdrant", { engine: "qdrant" }, ["cert-manager"]],
    ["milvus", MILVUS, ["cert-manager", "milvus-operator"]],
    ["pgvector", { engine: "pgvector" }, ["cloudnative-pg"]],
    ["qdrant, where they are there", { engine: "qdrant", operatorsInstalled: true }, []],
  ])("are those of the engine: %s", (_, kubernetes, expected) => {
    const platform = newPlatform();
    platform.addVectorStore("ads", { ...QDRANT, kubernetes });
    expect(charts(platform, "frankfurt")).toEqual(expected);
  });

  test("are installed once for stores with different engines", () => {
    const platform = newPlatform();
    platform.addVectorStore("ads", QDRANT);
    platform.addVectorStore("films", { ...QDRANT, kubernetes: MILVUS });
    platform.addVectorStore("texts", { ...QDRANT, kubernetes: { engine: "pgvector" } });
    expect(charts(platform, "frankfurt")).toEqual(["cert-manager", "cloudnative-pg", "milvus-operator"]);
  });

  test.each(["qdrant", "pgvector"] as const)(
    "are shared with a lakehouse, whichever comes first: %s",
    (engine) => {
      const store = (platform: HybridPlatform) =>
        platform.addVectorStore("ads", { ...QDRANT, kubernetes: { engine } });
      const before = newPlatform();
      store(before);
      addLakehouse(before, ["frankfurt"]);
      const after = newPlatform();
      addLakehouse(after, ["frankfurt"]);
      store(after);
      for (const platform of [before, after]) {
        expect(charts(platform, "frankfurt")).toEqual(["cert-manager", "cloudnative-pg", "spark-operator"]);
      }
    },
  );
});

describe("a vector store is refused", () => {
  test.each<[string, Partial<PlatformVectorStoreProps>, string, string]>([
    ["at no site", { at: [] }, "MissingValue", "at"],
    ["at a site that nobody knows", { at: ["mars"] }, "UnknownSite", "mars"],
    ["at one site twice", { at: ["frankfurt", "frankfurt"] }, "DuplicateValue", "at"],
    ["without an engine", { kubernetes: undefined }, "MissingValue", "kubernetes.engine"],
    ["with choices of another kind of site", { aws: { engine: "s3-vectors" } }, "OptionsWithoutSite", "aws"],
    ["with choices for a site that it is not at", { perSite: { oslo: {} } }, "UnknownSite", "oslo"],
    [
      "with choices of the wrong kind for a site",
      { perSite: { frankfurt: { google: { engine: "alloydb" } } } },
      "OptionsWithoutSite",
      "frankfurt",
    ],
  ])("%s", (_, change, code, text) => {
    const declare = () => newPlatform().addVectorStore("ads", { ...QDRANT, ...change });
    expect(codes(declare)).toEqual([code]);
    expect(refusal(declare)).toContain(text);
  });

  test.each([
    ["ireland", "aws.engine"],
    ["eemshaven", "google.engine"],
  ])("without an engine at %s", (site, subject) => {
    const declare = () =>
      newPlatform().addVectorStore("ads", { at: [site], collections: QDRANT.collections });
    expect(codes(declare)).toEqual(["MissingValue"]);
    expect(refusal(declare)).toContain(subject);
  });

  test("under a name that is taken, or that is none", () => {
    const platform = newPlatform();
    platform.addVectorStore("ads", QDRANT);
    expect(codes(() => platform.addVectorStore("ads", QDRANT))).toEqual(["DuplicateName"]);
    expect(codes(() => platform.addVectorStore("a_b", QDRANT))).toEqual(["InvalidName"]);
  });
});

test("the output is the same in every run, and whatever the order of sites and collections", () => {
  expectStable((app: App) => {
    const sites = [IRELAND, EEMSHAVEN, FRANKFURT, OSLO];
    everywhere(new HybridPlatform(app, "acme", { ...OWNERSHIP, backend: S3, sites }));
  });
  const text = (change: Partial<PlatformVectorStoreProps>) => {
    const platform = newPlatform();
    everywhere(platform, change);
    return [
      template(platform, "ireland", "foundation").text,
      template(platform, "eemshaven", "foundation").text,
      template(platform, "frankfurt", "platform").text,
      template(platform, "frankfurt", "workloads").text,
    ];
  };
  const collections = [docs({ name: "banners" }), docs()];
  expect(text({ at: ["frankfurt", "eemshaven", "ireland"], collections })).toEqual(text({}));
});
