import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { Token } from "cdktf";
import type { Construct } from "constructs";
import { Residency, Site, StateBackend } from "../../lib";
import { AwsLakehouse, AwsNetwork } from "../../lib/aws";
import { clusterAccessOf } from "../../lib/kubernetes/cluster-access";
import { attachCluster } from "../../lib/kubernetes/providers";
import { captureValidationError, synthStack, testApp } from "../../lib/testing";
import { CloudStack, HybridPlatform, OnPremStack, readAcrossStacks, SiteStack } from "../../stacks";
import { carryAcrossStacks } from "../../stacks/cross-stack";
import { withPeer } from "../../stacks/providers";

const ownership = { environment: "prod", owner: "data-platform", costCentre: "cc-1042" };
const s3 = StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" });
const ireland = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });
const london = Site.aws("london", { region: "eu-west-2" });

function cloud(app = testApp(), id = "ireland-foundation", backend = s3, site = ireland) {
  return new CloudStack(app, id, { ...ownership, site, backend });
}

describe("a stack of a site", () => {
  test("has its own state, a provider range and refuses other accounts", () => {
    const json = synthStack(cloud());
    expect(json.terraform?.backend).toEqual({
      s3: {
        bucket: "acme-terraform-state",
        encrypt: true,
        key: "hybrid-ai/ireland-foundation.tfstate",
        region: "eu-west-1",
        use_lockfile: true,
      },
    });
    expect(json.terraform?.required_providers).toEqual({ aws: { source: "aws", version: "~> 6.25" } });
    expect(json.provider?.aws).toEqual([{ allowed_account_ids: ["111122223333"], region: "eu-west-1" }]);
  });

  test("says its site, phase and state in the metadata, for tools and reviewers", () => {
    const json = synthStack(cloud()) as { "//": { metadata: { hybridAi: unknown } } };
    expect(json["//"].metadata.hybridAi).toEqual({
      phase: "foundation",
      site: "ireland",
      siteKind: "aws",
      state: "s3://acme-terraform-state/hybrid-ai/ireland-foundation.tfstate",
    });
  });

  test("takes the user's provider constraint", () => {
    const stack = new CloudStack(testApp(), "s", {
      ...ownership,
      site: ireland,
      backend: s3,
      providerVersions: { aws: "6.31.0" },
    });
    expect(synthStack(stack).terraform?.required_providers?.aws?.version).toBe("6.31.0");
  });

  test("refuses a phase that its kind of site does not have", () => {
    const frankfurt = Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } });
    const error = captureValidationError(
      () => new SiteStack(testApp(), "s", "foundation", { ...ownership, site: frankfurt, backend: s3 }),
    );
    expect(error.code).toBe("PhaseNotAtSite");
    expect(error.message).toContain("allowed: platform, workloads");
  });

  test("works inside a cluster of a cloud only when it knows how to reach one", () => {
    const error = captureValidationError(
      () => new SiteStack(testApp(), "s", "workloads", { ...ownership, site: ireland, backend: s3 }),
    );
    expect(error.code).toBe("MissingValue");
    expect(error.message).toContain("use ClusterStack");
  });
});

test("what types would have told is told to programs that run without a type check", () => {
  const untyped = (props: object) => new CloudStack(testApp(), "s", props as never);
  expect(captureValidationError(() => untyped({ ...ownership, site: ireland })).codes).toEqual([
    "MissingValue",
  ]);
  expect(captureValidationError(() => untyped({ ...ownership })).codes).toEqual([
    "MissingValue",
    "MissingValue",
  ]);
  const platform = () => new HybridPlatform(testApp(), "p", { ...ownership, sites: [ireland] } as never);
  expect(captureValidationError(platform).message).toContain("a StateBackend");
});

describe("a stack of a site refuses", () => {
  const frankfurt = Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } });
  const network = { namePrefix: "acme", cidrBlock: "10.0.0.0/16" };
  const bucket = (scope: Construct) => new S3Bucket(scope, "bucket", {});

  test("Kubernetes objects in the foundation of a cloud, whatever providers were added", () => {
    const stack = cloud();
    attachCluster(stack, clusterAccessOf(frankfurt));
    new NamespaceV1(stack, "namespace", { metadata: { name: "x" } });
    expect(() => synthStack(stack)).toThrow(
      /ResourceOfOtherSite[\s\S]*ireland-foundation\/namespace[\s\S]*OnPremStack/,
    );
  });

  test("cloud resources among the workloads of a cluster", () => {
    const stack = new OnPremStack(testApp(), "fra", {
      ...ownership,
      site: frankfurt,
      backend: s3,
      phase: "workloads",
    });
    new AwsProvider(stack, "aws", { region: "eu-west-1" });
    bucket(stack);
    expect(() => synthStack(stack)).toThrow("ResourceOfOtherSite");
  });

  test("a construct that names another site, so that residency is checked for the place where it is made", () => {
    const stack = cloud(testApp(), "london-foundation", s3, london);
    new AwsNetwork(stack, "same", { ...network, site: london, availabilityZones: ["eu-west-2a"] });
    expect(Object.keys(synthStack(stack).resource ?? {})).toContain("aws_vpc");
    const elsewhere = Site.aws("london-two", { region: "eu-west-2" });
    new AwsLakehouse(stack, "lake", { site: elsewhere, namePrefix: "acme-prod" });
    expect(() => synthStack(stack)).toThrow(
      /ResourceOfOtherSite\][\s\S]*london-foundation\/lake[\s\S]*site \\"london-two\\"/,
    );
  });

  test("nothing of its own site", () => {
    const stack = cloud();
    bucket(stack);
    expect(Object.keys(synthStack(stack).resource ?? {})).toEqual(["aws_s3_bucket"]);
  });
});

describe("state in local files", () => {
  const warnings = (context: Record<string, unknown>, backend: StateBackend) =>
    cloud(testApp(context), "ireland-foundation", backend)
      .node.metadata.filter(({ type }) => type === "@cdktf/warn")
      .map(({ data }) => data);

  test("is warned about, with the place", () => {
    expect(warnings({}, StateBackend.local())).toEqual([
      "[LocalState] the state is a file on one machine, which nobody else sees or locks, and it may hold secrets: ../../../state/ireland-foundation.tfstate",
    ]);
  });

  test("can be acknowledged, and other backends do not warn", () => {
    expect(
      warnings({ "cdktf-hybrid-ai/acknowledgedWarnings": ["LocalState"] }, StateBackend.local()),
    ).toEqual([]);
    expect(warnings({}, s3)).toEqual([]);
  });
});

describe("a missing provider package", () => {
  const missing = (message: string) =>
    withPeer("where", "google", () => {
      throw Object.assign(new Error(message), { code: "MODULE_NOT_FOUND" });
    });

  test("is a coded error that names the package to install", () => {
    const error = captureValidationError(() =>
      missing("Cannot find module '@cdktf/provider-google/lib/provider'"),
    );
    expect(error.code).toBe("ProviderPackageMissing");
    expect(error.message).toContain("npm install @cdktf/provider-google");
  });

  test("does not hide that another module is missing", () => {
    expect(() => missing("Cannot find module './typo'")).toThrow("Cannot find module './typo'");
  });
});

describe("reading across stacks", () => {
  function pair(backend: StateBackend) {
    const app = testApp();
    const producer = cloud(app, "producer", backend);
    const consumer = cloud(app, "consumer", backend, london);
    producer.addOverride("locals", { secretless: "x" });
    return { app, producer, consumer };
  }
  const token = () => Token.asString({ Ref: "anything" });

  test("a literal is passed on without any contract", () => {
    const { producer, consumer } = pair(s3);
    expect(readAcrossStacks(consumer, producer, "bucket", "acme-raw")).toBe("acme-raw");
    expect(synthStack(producer).output).toBeUndefined();
    expect(consumer.dependsOn(producer)).toBe(false);
  });

  test("a share is applied after what it works with, literals or not", () => {
    const { producer, consumer } = pair(s3);
    expect(carryAcrossStacks(consumer, producer, "lake", { bucket: "acme-raw" })).toEqual({
      bucket: "acme-raw",
    });
    expect(consumer.dependsOn(producer)).toBe(true);
  });

  test("a value of a resource becomes a named output, read through the producer's state", () => {
    const { producer, consumer } = pair(s3);
    const { KmsKey } = jest.requireActual<typeof import("@cdktf/provider-aws/lib/kms-key")>(
      "@cdktf/provider-aws/lib/kms-key",
    );
    const key = new KmsKey(producer, "key", {});
    const read = readAcrossStacks(consumer, producer, "key_arn", key.arn);
    new KmsKey(consumer, "uses", { description: read });
    const again = readAcrossStacks(consumer, producer, "key_arn", key.arn);
    new KmsKey(consumer, "uses-again", { description: again });

    expect(synthStack(producer).output).toEqual({ key_arn: { value: "${aws_kms_key.key.arn}" } });
    const json = synthStack(consumer);
    expect(json.data?.terraform_remote_state).toEqual({
      "state-of-producer": {
        backend: "s3",
        config: {
          bucket: "acme-terraform-state",
          encrypt: true,
          key: "hybrid-ai/producer.tfstate",
          region: "eu-west-1",
          use_lockfile: true,
        },
      },
    });
    expect(json.resource?.aws_kms_key?.uses?.description).toBe(
      "${data.terraform_remote_state.state-of-producer.outputs.key_arn}",
    );
    expect(consumer.dependsOn(producer)).toBe(true);
  });

  test("local state files refuse it, unless asked for", () => {
    const refused = pair(StateBackend.local());
    readAcrossStacks(refused.consumer, refused.producer, "arn", token());
    expect(() => synthStack(refused.consumer)).toThrow("LocalBackendWithCrossStackReferences");

    const asked = pair(StateBackend.local({ allowCrossStackReferences: true }));
    readAcrossStacks(asked.consumer, asked.producer, "arn", token());
    expect(synthStack(asked.consumer).data?.terraform_remote_state).toEqual({
      "state-of-producer": { backend: "local", config: { path: "../../../state/producer.tfstate" } },
    });
  });

  test("cdktf's implicit references are caught too", () => {
    const { app, producer, consumer } = pair(StateBackend.local());
    const { KmsKey } = jest.requireActual<typeof import("@cdktf/provider-aws/lib/kms-key")>(
      "@cdktf/provider-aws/lib/kms-key",
    );
    new KmsKey(consumer, "uses", { description: new KmsKey(producer, "key", {}).arn });
    expect(app.node.children).toContain(consumer);
    expect(() => synthStack(consumer)).toThrow("LocalBackendWithCrossStackReferences");
  });
});

describe("a platform", () => {
  const platform = (sites = [ireland, london]) =>
    new HybridPlatform(testApp(), "adtech", { ...ownership, backend: s3, sites });

  test("makes the stack of a site and phase once", () => {
    const made = platform();
    expect(made.stack("ireland", "foundation")).toBe(made.stack("ireland", "foundation"));
    expect(made.stack("ireland", "foundation").node.id).toBe("adtech-ireland-foundation");
  });

  test.each([
    ["no site", () => platform([]), "MissingValue"],
    ["two sites of one name", () => platform([ireland, ireland]), "DuplicateValue"],
    ["an unknown site", () => platform().stack("mars", "foundation"), "UnknownSite"],
    [
      "a bad name",
      () => new HybridPlatform(testApp(), "Ad Tech", { ...ownership, backend: s3, sites: [ireland] }),
      "InvalidName",
    ],
    ["a share out of the residency", () => outOfResidency(), "ResidencyViolation"],
    [
      "options for a kind of site that is not there",
      () => platform().addLakehouse("l", { google: {} }),
      "OptionsWithoutSite",
    ],
    [
      "a lakehouse twice",
      () => {
        const made = platform();
        made.addLakehouse("lake");
        made.addLakehouse("lake");
      },
      "DuplicateLakehouse",
    ],
  ])("refuses %s", (_, body, code) => {
    expect(captureValidationError(body).codes).toContain(code);
  });

  function outOfResidency() {
    return platform().addLakehouse("lake", { residency: Residency.countries("IE") });
  }
});
