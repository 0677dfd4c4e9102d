import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { Site, StateBackend } from "../../lib";
import type { ClusterObject, IAcceleratorCluster } from "../../lib/cluster";
import { captureValidationError, findTokenLeaks, synthStack, testApp } from "../../lib/testing";
import { CloudStack, ClusterStack } from "../../stacks";

const OWNERSHIP = { environment: "prod", owner: "data-platform", costCentre: "cc-1042" };
const S3 = StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" });
const IRELAND = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });

/** A cluster whose values come from a bucket, so that they are tokens. */
class FakeCluster extends Construct implements IAcceleratorCluster {
  readonly site = IRELAND;
  readonly clusterName = "acme-train";
  readonly pools = new Map();
  readonly managed = [];
  readonly operatorFacts: Readonly<Record<string, string>>;
  readonly objects: readonly ClusterObject[];
  readonly access: IAcceleratorCluster["access"];

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const bucket = new S3Bucket(this, "bucket", {});
    this.access = {
      kind: "eks",
      clusterName: this.clusterName,
      region: "eu-west-1",
      endpoint: bucket.bucketDomainName,
      caCertificate: bucket.arn,
    };
    this.operatorFacts = { queueName: bucket.bucket, plain: "literal" };
    this.objects = [
      {
        id: "class",
        apiVersion: "acme.example/v1",
        kind: "Class",
        name: "c",
        spec: { ids: [bucket.id], size: 1 },
      },
    ];
  }
}

function inCluster(backend = S3) {
  const app = testApp();
  const foundation = new CloudStack(app, "acme-foundation", { ...OWNERSHIP, site: IRELAND, backend });
  const cluster = new FakeCluster(foundation, "train");
  const platform = new ClusterStack(app, "acme-platform", {
    ...OWNERSHIP,
    backend,
    cluster,
    phase: "platform",
  });
  return { foundation, platform };
}

describe("a stack inside a cluster that another stack makes", () => {
  test("reaches it through outputs with chosen names and a token of each run", () => {
    const { foundation, platform } = inCluster();
    const state = "data.terraform_remote_state.state-of-acme-foundation.outputs";
    const json = synthStack(platform);
    expect(json.provider?.kubernetes).toEqual([
      expect.objectContaining({
        host: `\${${state}.train_endpoint}`,
        cluster_ca_certificate: `\${base64decode(${state}.train_ca_certificate)}`,
      }),
    ]);
    expect(json.provider?.aws).toBeUndefined();
    const { output } = synthStack(foundation);
    expect(Object.keys(output ?? {}).sort()).toEqual(["train_ca_certificate", "train_endpoint"]);
  });

  test("hands the cluster on to constructs with nothing of the other stack's tokens in it", () => {
    const { foundation, platform } = inCluster();
    const { cluster } = platform;
    new NamespaceV1(platform, "n", {
      metadata: {
        name: "n",
        annotations: {
          queue: cluster.operatorFacts.queueName!,
          plain: cluster.operatorFacts.plain!,
          id: (cluster.objects[0]!.spec.ids as string[])[0]!,
        },
      },
    });
    const json = synthStack(platform);
    expect(json.resource?.kubernetes_namespace_v1?.n).toMatchObject({
      metadata: {
        annotations: {
          queue: expect.stringMatching(/outputs\.train_operators_queue_name/),
          plain: "literal",
          id: expect.stringMatching(/outputs\.train_object_class_spec_ids_0/),
        },
      },
    });
    expect(findTokenLeaks(json)).toEqual([]);
    expect(JSON.stringify(json)).not.toContain("cross-stack-output");
    expect(cluster).toBeInstanceOf(FakeCluster);
    expect(Object.keys(synthStack(foundation).output ?? {}).sort()).toEqual([
      "train_ca_certificate",
      "train_endpoint",
      "train_object_class_spec_ids_0",
      "train_operators_queue_name",
    ]);
  });

  test("is applied after the stack with the cluster", () => {
    const { foundation, platform } = inCluster();
    expect(platform.dependencies).toContain(foundation);
  });

  test("refuses resources of the cloud", () => {
    const { platform } = inCluster();
    new S3Bucket(platform, "bucket", {});
    expect(() => synthStack(platform)).toThrow("ResourceOfOtherSite");
  });

  test("refuses a cluster in a stack whose state nobody knows", () => {
    const app = testApp();
    const cluster = new FakeCluster(new TerraformStack(app, "own"), "train");
    const props = { ...OWNERSHIP, backend: S3, cluster, phase: "platform" } as const;
    expect(captureValidationError(() => new ClusterStack(app, "s", props)).code).toBe(
      "ClusterOutsideSiteStack",
    );
  });

  test("refuses state that other machines cannot read", () => {
    const { platform } = inCluster(StateBackend.local());
    expect(() => synthStack(platform)).toThrow("LocalBackendWithCrossStackReferences");
  });
});
