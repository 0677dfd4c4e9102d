import { Identity, Site, StateBackend } from "../../lib";
import { GoogleNetwork } from "../../lib/google";
import { Template, testApp } from "../../lib/testing";
import { HybridPlatform } from "../../stacks";
import { codes, docs } from "../vectors/fixture";

const AWS = { account: "111122223333" };
const GOOGLE = { project: "acme-ai", projectNumber: "123456789012" };
const CLUSTER = Identity.kubernetesServiceAccount("rag", {
  namespace: "rag",
  serviceAccount: "app",
  issuer: "https://oidc.example.com/fra",
});

function platformOf(...sites: readonly Site[]) {
  return new HybridPlatform(testApp(), "adtech", {
    environment: "prod",
    owner: "data",
    costCentre: "cc-1",
    backend: StateBackend.local(),
    sites,
  });
}

/** Names that one attribute has in the foundations of all sites, sorted. */
function names(platform: HybridPlatform, sites: readonly Site[], type: string, attribute: string) {
  return sites
    .flatMap(({ name }) => Object.values(Template.of(platform.stack(name, "foundation")).resources(type)))
    .map((resource) => String((resource as Record<string, unknown>)[attribute]))
    .sort();
}

const distinct = (values: readonly string[]) => new Set(values).size === values.length && values.length > 1;

test("a long name of platform and store is shortened to what stores take", () => {
  const platform = platformOf(Site.aws("ireland", { region: "eu-west-1", ...AWS }));
  expect(
    codes(() =>
      platform.addVectorStore("catalogue-of-products", {
        at: ["ireland"],
        collections: [docs()],
        aws: { engine: "s3-vectors" },
      }),
    ),
  ).toEqual([]);
});

test("two sites of one AWS account share no name that IAM knows", () => {
  const sites = [
    Site.aws("ireland", { region: "eu-west-1", ...AWS }),
    Site.aws("paris", { region: "eu-west-3", ...AWS }),
  ];
  const platform = platformOf(...sites);
  const store = platform.addVectorStore("docs", {
    at: ["ireland", "paris"],
    collections: [docs()],
    aws: { engine: "s3-vectors" },
  });
  for (const { name } of sites) {
    const collection = store.at(name).collection("docs");
    collection.grantRead(CLUSTER);
    collection.grantRead(Identity.awsRole("app", `arn:aws:iam::${AWS.account}:role/app`));
  }

  expect(distinct(names(platform, sites, "aws_iam_role", "name"))).toBe(true);
  expect(distinct(names(platform, sites, "aws_iam_role_policy", "name"))).toBe(true);
});

test("sites of two accounts may be in one region", () => {
  const sites = [
    Site.aws("ireland-a", { region: "eu-west-1", account: "111122223333" }),
    Site.aws("ireland-b", { region: "eu-west-1", account: "444455556666" }),
  ];
  const platform = platformOf(...sites);
  platform.addVectorStore("docs", {
    at: sites.map(({ name }) => name),
    collections: [docs()],
    aws: { engine: "s3-vectors" },
  });

  expect(names(platform, sites, "aws_s3vectors_vector_bucket", "vector_bucket_name")).toHaveLength(2);
});

describe("two sites of one account and region", () => {
  const sites = [
    Site.aws("ireland-a", { region: "eu-west-1", ...AWS }),
    Site.aws("ireland-b", { region: "eu-west-1", ...AWS }),
  ];
  const synth = (perSite?: Record<string, { namePrefix?: string }>) => {
    const platform = platformOf(...sites);
    const at = sites.map(({ name }) => name);
    const aws = { engine: "s3-vectors" } as const;
    const store = platform.addVectorStore("docs", { at, collections: [docs()], aws, perSite });
    for (const name of at) {
      store.at(name).collection("docs").grantRead(CLUSTER);
    }
    return platform;
  };

  test("need names of their own, which can be given", () => {
    expect(() => names(synth(), sites, "aws_iam_role", "name")).toThrow("VectorNamesTaken");
    const platform = synth({ "ireland-b": { namePrefix: "adtech-docs-b" } });
    expect(names(platform, sites, "aws_s3vectors_vector_bucket", "vector_bucket_name")).toEqual([
      expect.stringMatching(/^adtech-docs-b-vectors/),
      expect.stringMatching(/^adtech-prod-docs-vectors/),
    ]);
    expect(distinct(names(platform, sites, "aws_iam_role", "name"))).toBe(true);
  });

  test("take no name that stores do not take", () => {
    expect(codes(() => synth({ "ireland-b": { namePrefix: "Docs" } }))).toEqual(["InvalidName"]);
  });
});

test("two stores of a platform share no name, whatever they are", () => {
  const sites = [Site.aws("ireland", { region: "eu-west-1", ...AWS })];
  const platform = platformOf(...sites);
  for (const id of ["docs", "ads"]) {
    const store = platform.addVectorStore(id, {
      at: ["ireland"],
      collections: [docs()],
      aws: { engine: "s3-vectors" },
    });
    store.at("ireland").collection("docs").grantRead(CLUSTER);
  }
  expect(distinct(names(platform, sites, "aws_s3vectors_vector_bucket", "vector_bucket_name"))).toBe(true);
  expect(distinct(names(platform, sites, "aws_iam_role", "name"))).toBe(true);
});

test("two sites of one Google project share no name that the project knows", () => {
  const sites = [
    Site.google("eemshaven", { region: "europe-west4", ...GOOGLE }),
    Site.google("hamina", { region: "europe-north1", ...GOOGLE }),
  ];
  const platform = platformOf(...sites);
  const network = (site: string, index: number) =>
    new GoogleNetwork(platform.stack(site, "foundation"), "network", {
      site: sites[index]!,
      namePrefix: "acme",
      nodesCidr: "10.0.0.0/20",
      podsCidr: "10.4.0.0/14",
      servicesCidr: "10.8.0.0/20",
    });
  const store = platform.addVectorStore("docs", {
    at: ["eemshaven", "hamina"],
    collections: [docs()],
    google: { engine: "vertex", network: network("eemshaven", 0) },
    perSite: { hamina: { google: { network: network("hamina", 1) } } },
  });
  for (const { name } of sites) {
    store.at(name).collection("docs").grantWrite(CLUSTER);
  }

  for (const [type, attribute] of [
    ["google_service_account", "account_id"],
    ["google_project_iam_custom_role", "role_id"],
    ["google_iam_workload_identity_pool", "workload_identity_pool_id"],
    ["google_vertex_ai_index_endpoint_deployed_index", "deployed_index_id"],
  ] as const) {
    expect({ type, distinct: distinct(names(platform, sites, type, attribute)) }).toEqual({
      type,
      distinct: true,
    });
  }
});
