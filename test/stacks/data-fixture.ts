import type { App, TerraformStack } from "cdktf";
import { Identity, Site, Slice, StateBackend, type TopicProps } from "../../lib";
import { AwsNetwork } from "../../lib/aws";
import { GoogleNetwork } from "../../lib/google";
import { ObjectStore } from "../../lib/kubernetes";
import { captureValidationError, Template, testApp } from "../../lib/testing";
import { HybridPlatform, type Phase, type PlatformLakehouseProps } from "../../stacks";
import { ZONES } from "../features/fixture";

export const IRELAND = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });
export const EEMSHAVEN = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456789012",
});
export const FRANKFURT = Site.kubernetes("frankfurt", {
  country: "DE",
  kubeconfig: { context: "fra" },
  oidcIssuer: "https://oidc.example.com/fra",
});
export const OSLO = Site.kubernetes("oslo", {
  country: "NO",
  kubeconfig: { context: "osl" },
  oidcIssuer: "https://oidc.example.com/osl",
});

export const OWNERSHIP = { environment: "prod", owner: "ads", costCentre: "cc-7" };
export const S3 = StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" });

export const ISSUER = { name: "company-ca" };
export const POD = Identity.kubernetesServiceAccount("scorer", {
  namespace: "bidding",
  serviceAccount: "scorer",
});

/** Two topics that every engine with Kafka holds. */
export const TOPICS: readonly TopicProps[] = [
  {
    name: "bids",
    throughput: { messagesPerSecond: 2_000, meanBytes: 800 },
    retentionHours: 24,
    key: { field: "user", type: "string" },
    ordering: "per-key",
    deadLetter: { maxDeliveries: 5, retentionHours: 168 },
  },
  { name: "decisions", throughput: { messagesPerSecond: 2_000, meanBytes: 200 }, retentionHours: 24 },
];

export function newPlatform(app: App = testApp()): HybridPlatform {
  return new HybridPlatform(app, "acme", {
    ...OWNERSHIP,
    backend: S3,
    sites: [IRELAND, EEMSHAVEN, FRANKFURT, OSLO],
  });
}

export const codes = (make: () => unknown) => captureValidationError(make).codes;

/** The text that a person reads. */
export const refusal = (make: () => unknown) => captureValidationError(make).message;

export function template(platform: HybridPlatform, site: string, phase: Phase): Template {
  return Template.of(platform.stack(site, phase));
}

/** Names of the stacks that the platform has made. */
export function stacksOf(platform: HybridPlatform): readonly string[] {
  return platform.node.root.node.children
    .filter((child): child is TerraformStack => "dependencies" in child)
    .map(({ node }) => node.id)
    .sort();
}

/** Charts of a stack, with how often each is installed. */
export function charts(platform: HybridPlatform, site: string, phase: Phase = "platform"): readonly string[] {
  return Object.values(template(platform, site, phase).resources("helm_release"))
    .map(({ chart }) => String(chart))
    .sort();
}

/** Kinds of Kubernetes objects of a stack, each once. */
export function kinds(found: Template): readonly string[] {
  return [...new Set(Object.values(found.manifests()).map(({ kind }) => String(kind)))].sort();
}

export function awsNetwork(platform: HybridPlatform): AwsNetwork {
  const stack = platform.stack("ireland", "foundation");
  return (
    (stack.node.tryFindChild("net") as AwsNetwork | undefined) ??
    new AwsNetwork(stack, "net", {
      site: IRELAND,
      namePrefix: "acme",
      cidrBlock: "10.0.0.0/16",
      availabilityZones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
      internetEgress: "single-nat",
    })
  );
}

export function googleNetwork(platform: HybridPlatform): GoogleNetwork {
  const stack = platform.stack("eemshaven", "foundation");
  return (
    (stack.node.tryFindChild("net") as GoogleNetwork | undefined) ??
    new GoogleNetwork(stack, "net", {
      site: EEMSHAVEN,
      namePrefix: "acme",
      nodesCidr: "10.30.0.0/20",
      podsCidr: "10.32.0.0/14",
      servicesCidr: "10.31.0.0/20",
    })
  );
}

const POOLS = [{ name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) }];

export function addAwsCluster(platform: HybridPlatform) {
  return platform.addCluster("serve", {
    at: "ireland",
    pools: POOLS,
    aws: { network: awsNetwork(platform) },
  });
}

export function addGoogleCluster(platform: HybridPlatform) {
  return platform.addCluster("serve-google", {
    at: "eemshaven",
    pools: POOLS,
    google: { network: googleNetwork(platform), zones: ["europe-west4-b"] },
  });
}

/** A lakehouse with the tables of the features at each of the sites. */
export function addLakehouse(
  platform: HybridPlatform,
  at: readonly string[],
  more: Partial<PlatformLakehouseProps> = {},
) {
  const kinds = new Set(at.map((site) => platform.site(site).kind));
  return platform.addLakehouse("lake", {
    zones: ZONES.map((zone) => ({ ...zone, at: [...at] })),
    ...(kinds.has("aws") ? { aws: { athena: false, tableOptimizers: [] } } : {}),
    ...(kinds.has("google") ? { google: { etl: false } } : {}),
    ...(kinds.has("kubernetes")
      ? {
          kubernetes: {
            objectStore: ObjectStore.rook({ storageClassName: "rook-bucket", objectStore: { name: "s3" } }),
            query: { certificateIssuer: ISSUER },
          },
        }
      : {}),
    ...more,
  });
}
