import type { TerraformStack } from "cdktf";
import { CustomResource } from "../../../lib/kubernetes/custom-resource";
import type { ILakehouse } from "../../../lib/lakehouse";
import type { KubernetesStreamProcessorProps } from "../../../lib/streaming/kubernetes/flink-props";
import { KubernetesStreamProcessor } from "../../../lib/streaming/kubernetes/processor";
import type { KubernetesEventStreamProps } from "../../../lib/streaming/kubernetes/props";
import type { ProcessorSink } from "../../../lib/streaming/processor";
import { captureValidationError, Template } from "../../../lib/testing";
import { conformance, conformanceTest } from "../../cluster/conformance";
import { eventStream, FRANKFURT, kubernetesStack, objects } from "./support";

const ROLE = { kind: "aws", roleArn: "arn:aws:iam::111122223333:role/features" } as const;
const IMAGE = `registry.example.com/jobs/features@sha256:${"a".repeat(64)}`;
const CHECKPOINTS = {
  location: "s3://acme-lake-checkpoints",
  s3Endpoint: "https://s3.example.com",
  credentialsSecretName: "s3",
};

interface Given extends Partial<Omit<KubernetesStreamProcessorProps, "sinks">> {
  readonly stream?: Partial<KubernetesEventStreamProps>;
  readonly sinkTopics?: readonly string[];
}

function processor(
  { stream, sinkTopics = ["profiles"], ...props }: Given = {},
  stack: TerraformStack = kubernetesStack(),
) {
  const events = eventStream(stream, stack);
  const sinks: ProcessorSink[] = sinkTopics.map((topic) => ({ stream: events, topic }));
  new KubernetesStreamProcessor(stack, "features", {
    site: FRANKFURT,
    name: "features",
    namespace: "jobs",
    artefact: { image: IMAGE, jarUri: "local:///opt/flink/usrlib/job.jar" },
    checkpoints: CHECKPOINTS,
    parallelism: 4,
    sources: [{ stream: events, topic: "bids" }],
    sinks,
    ...props,
  });
  return stack;
}

const specOf = (given?: Given) => objects(Template.of(processor(given)), "FlinkDeployment").features!.spec;
const refusal = (given: Given) => captureValidationError(() => processor(given)).codes;

describe("a Flink job", () => {
  const spec = specOf();

  test("goes on from a savepoint when it is changed, with checkpoints in the object store", () => {
    expect(spec.job).toMatchObject({
      upgradeMode: "savepoint",
      parallelism: 4,
      allowNonRestoredState: false,
    });
    expect(spec.flinkConfiguration).toMatchObject({
      "execution.checkpointing.interval": "60 s",
      "execution.checkpointing.mode": "AT_LEAST_ONCE",
      "state.checkpoints.dir": "s3://acme-lake-checkpoints/flink/features/checkpoints",
      "state.savepoints.dir": "s3://acme-lake-checkpoints/flink/features/savepoints",
      "high-availability.type": "kubernetes",
      "s3.endpoint": "https://s3.example.com",
      "job.autoscaler.enabled": "true",
      "pipeline.max-parallelism": "32",
    });
    expect(spec.jobManager.replicas).toBe(2);
    expect(spec.image).toBe(IMAGE);
  });

  test("is told how to connect, and finds the Secrets", () => {
    const [container] = spec.podTemplate.spec.containers;
    const env = Object.fromEntries(
      container.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
    );
    expect(JSON.parse(env.STREAM_SOURCES)).toMatchObject([
      { kind: "kafka", topic: "bids", consumerGroup: "features" },
    ]);
    expect(JSON.parse(env.STREAM_SINKS)).toMatchObject([{ kind: "kafka", topic: "profiles" }]);
    expect(container.envFrom).toEqual([{ secretRef: { name: "s3" } }]);
    expect(container.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual([
      "/etc/stream/events-cluster-ca-cert",
      "/etc/stream/events-features",
    ]);
  });

  test("keeps its checkpoints in a zone of a lakehouse", () => {
    const zone = { location: "s3://acme-raw", grantWrite: () => ({ resources: [], access: ROLE }) };
    const lakehouse = (kind: string) =>
      ({ site: { kind, name: "there" }, zone: () => zone }) as unknown as ILakehouse;
    const onAws = specOf({ checkpoints: { location: { lakehouse: lakehouse("aws"), zone: "raw" } } });
    expect(onAws.flinkConfiguration["state.checkpoints.dir"]).toBe(
      "s3://acme-raw/flink/features/checkpoints",
    );
    const [{ env }] = onAws.podTemplate.spec.containers;
    expect(env).toEqual(
      expect.arrayContaining([
        { name: "AWS_ROLE_ARN", value: ROLE.roleArn },
        { name: "AWS_WEB_IDENTITY_TOKEN_FILE", value: "/var/run/secrets/stream/aws-token" },
      ]),
    );
    expect(JSON.stringify(onAws.podTemplate.spec.volumes)).toContain('"audience":"sts.amazonaws.com"');
    const here = { location: { lakehouse: lakehouse("kubernetes"), zone: "raw" } };
    expect(refusal({ checkpoints: here })).toEqual(["CheckpointsWithoutReach"]);
    const withKeys = specOf({ checkpoints: { ...here, credentialsSecretName: "s3" } });
    expect(JSON.stringify(withKeys.podTemplate)).not.toContain("AWS_ROLE_ARN");
  });

  test("has exactly the rights that it was granted", () => {
    const user = objects(Template.of(processor()), "KafkaUser")["events-features"]!;
    expect(user.spec.authorization.acls).toHaveLength(4);
  });

  test("delivers exactly once to topics that do", () => {
    const exact = specOf({ delivery: "exactly-once", stream: { delivery: "exactly-once" } });
    expect(exact.flinkConfiguration["execution.checkpointing.mode"]).toBe("EXACTLY_ONCE");
    expect(refusal({ delivery: "exactly-once" })).toEqual(["ExactlyOnceUnsupported"]);
    expect(
      refusal({ delivery: "exactly-once", checkpoints: false, upgrade: "stateless", sinkTopics: [] }),
    ).toEqual(["ExactlyOnceUnsupported"]);
  });

  test("without checkpoints keeps nothing, and says so", () => {
    expect(refusal({ checkpoints: false })).toEqual(["SavepointWithoutCheckpoints"]);
    const bare = specOf({ checkpoints: false, upgrade: "stateless" });
    expect(bare.job.upgradeMode).toBe("stateless");
    expect(bare.jobManager.replicas).toBe(1);
    expect(bare.flinkConfiguration).not.toHaveProperty(["state.checkpoints.dir"]);
    expect(refusal({ checkpoints: false, upgrade: "stateless", highAvailability: true })).toEqual([
      "NoEffect",
    ]);
  });

  test("is scaled by one controller only", () => {
    expect(specOf({ scaling: "fixed" }).flinkConfiguration).not.toHaveProperty(["job.autoscaler.enabled"]);
    for (const key of ["scheduler-mode", "job.autoscaler.enabled", "jobmanager.scheduler"]) {
      expect(refusal({ flinkConfiguration: { [key]: "x" } })).toEqual(["TwoScalers"]);
    }
    const stack = processor();
    new CustomResource(stack, "keda", {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      name: "features",
      namespace: "jobs",
      spec: { scaleTargetRef: { name: "features-taskmanager" }, triggers: [] },
    });
    expect(() => Template.of(stack)).toThrow(/TwoScalers/);
    const other = processor();
    new CustomResource(other, "keda", {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      name: "web",
      namespace: "jobs",
      spec: { scaleTargetRef: { name: "web" }, triggers: [] },
    });
    expect(() => Template.of(other)).not.toThrow();
  });

  test("is refused where it is told wrong", () => {
    expect(refusal({ artefact: { image: "jobs/features:latest", jarUri: "local:///a.jar" } })).toEqual([
      "InvalidName",
    ]);
    expect(refusal({ artefact: { image: IMAGE, jarUri: "https://example.com/a.jar" } })).toEqual([
      "InvalidName",
    ]);
    expect(refusal({ checkpoints: { location: "file:///tmp" } })).toEqual(["InvalidName"]);
    expect(refusal({ flinkConfiguration: { "state.checkpoints.dir": "s3://x" } })).toEqual(["NoEffect"]);
    expect(refusal({ parallelism: 0 })).toEqual(["NumberOutOfRange"]);
    expect(refusal({ maxParallelism: 2 })).toEqual(["NumberOutOfRange"]);
    expect(refusal({ sources: [] })).toEqual(["MissingValue"]);
    expect(refusal({ sinkTopics: ["bids"] })).toEqual(["SourceAndSink"]);
    expect(refusal({ sinkTopics: ["clicks"] })).toEqual(["UnknownTopic"]);
  });
});

conformanceTest("the objects of a processor are what the Flink operator defines", () => {
  expect(conformance(processor())).toEqual({
    failures: [],
    kinds: expect.arrayContaining(["flink.apache.org/v1beta1 FlinkDeployment"]),
  });
});
