import { ALLOW_DESTROY_CONTEXT } from "../../../lib/core/removal-policy";
import { Identity } from "../../../lib/fabric/identity";
import type { KubernetesEventStreamProps } from "../../../lib/streaming/kubernetes/props";
import { captureValidationError } from "../../../lib/testing";
import { conformance, conformanceTest } from "../../cluster/conformance";
import { eventStream, GATEWAY, kubernetesStack, objects, REMOTE, SCORER, synthesized } from "./support";

const EXTERNAL = {
  bootstrap: "kafka.fra.example.com:9094",
  allowedCidrs: ["203.0.113.0/24", "198.51.100.0/24"],
};

const refusal = (props: Partial<KubernetesEventStreamProps>) =>
  captureValidationError(() => eventStream(props)).codes;

function kafka(props: Partial<KubernetesEventStreamProps> = {}) {
  return objects(synthesized(props), "Kafka").events!.spec;
}

function pool(role: "brokers" | "controllers", props: Partial<KubernetesEventStreamProps> = {}) {
  return objects(synthesized(props), "KafkaNodePool")[`events-${role}`]!.spec;
}

describe("the Kafka cluster of a stream", () => {
  test("has controllers and brokers of their own, sized from the throughput", () => {
    expect(pool("controllers")).toMatchObject({ roles: ["controller"], replicas: 3 });
    // 10.05 MB/s for a day and a little more, three copies: the sizing's own tests have the numbers.
    expect(pool("brokers")).toMatchObject({
      roles: ["broker"],
      replicas: 3,
      storage: {
        type: "jbod",
        volumes: [{ id: 0, size: "1023Gi", deleteClaim: false, kraftMetadata: "shared" }],
      },
      resources: { requests: { cpu: "2", memory: "8Gi" }, limits: { memory: "8Gi" } },
      jvmOptions: { "-Xms": "4g", "-Xmx": "4g" },
    });
  });

  test("spreads its pods over nodes and failure domains", () => {
    const { pod } = pool("brokers", {
      brokers: { nodeLabels: { role: "kafka" } },
      rackLabel: "acme.example/rack",
    }).template;
    expect(pod.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey).toBe(
      "kubernetes.io/hostname",
    );
    expect(
      pod.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms,
    ).toEqual([{ matchExpressions: [{ key: "role", operator: "In", values: ["kafka"] }] }]);
    expect(pod.topologySpreadConstraints[0]).toMatchObject({ topologyKey: "acme.example/rack" });
    expect(kafka({ rackLabel: "acme.example/rack" }).kafka.rack.topologyKey).toBe("acme.example/rack");
  });

  test("takes TLS with a client's certificate only, and makes no topic by itself", () => {
    const { kafka: spec, entityOperator } = kafka();
    expect(spec.listeners).toEqual([
      expect.objectContaining({ port: 9093, type: "internal", tls: true, authentication: { type: "tls" } }),
    ]);
    expect(spec.authorization).toEqual({ type: "simple" });
    expect(spec.config).toMatchObject({
      "auto.create.topics.enable": false,
      "default.replication.factor": 3,
      "min.insync.replicas": 2,
      "transaction.state.log.replication.factor": 3,
    });
    expect(spec.quotas).toEqual({ type: "strimzi", minAvailableRatioPerVolume: 0.1 });
    expect(entityOperator).toEqual({ topicOperator: {}, userOperator: {} });
  });

  test("opens to networks of other sites only when asked", () => {
    const [, external] = kafka({ external: EXTERNAL, clientAuth: "scram" }).kafka.listeners;
    expect(external).toMatchObject({
      type: "loadbalancer",
      tls: true,
      authentication: { type: "scram-sha-512" },
      configuration: {
        bootstrap: { alternativeNames: ["kafka.fra.example.com"] },
        loadBalancerSourceRanges: ["198.51.100.0/24", "203.0.113.0/24"],
      },
    });
    expect(refusal({ external: { ...EXTERNAL, allowedCidrs: [] } })).toEqual(["MissingValue"]);
    expect(refusal({ external: { ...EXTERNAL, allowedCidrs: ["10.0.0.1/8"] } })).toEqual(["InvalidCidr"]);
    expect(refusal({ external: { ...EXTERNAL, bootstrap: "kafka" } })).toEqual(["InvalidName"]);
  });

  test("is refused when it cannot carry the throughput", () => {
    expect(refusal({ brokers: { storageGiB: 1000 } })).toEqual(["StorageTooSmall"]);
    expect(refusal({ brokers: { count: 2 } })).toEqual(["TooFewBrokers"]);
    expect(refusal({ brokers: { count: 3, diskMBps: 20 } })).toEqual(["TooFewBrokers"]);
    expect(pool("brokers", { brokers: { diskMBps: 20 } }).replicas).toBe(4);
    expect(pool("brokers", { brokers: { count: 6 } }).storage.volumes[0].size).toBe("512Gi");
    expect(refusal({ controllers: { count: 2 } })).toEqual(["NotOneOf"]);
    expect(refusal({ kafkaVersion: "3.9.0" })).toEqual(["NotOneOf"]);
    expect(refusal({ replicationFactor: 0 })).toEqual(["NumberOutOfRange"]);
    expect(refusal({ brokers: { cpus: 0 } })).toEqual(["NumberOutOfRange"]);
  });

  test("is kept when the declaration goes, unless both keys are turned", () => {
    const protectedOnes = (props: Partial<KubernetesEventStreamProps>, allowed: boolean) =>
      Object.values(
        synthesized(props, undefined, { [ALLOW_DESTROY_CONTEXT]: allowed }).resources("kubernetes_manifest"),
      ).filter(({ lifecycle }) => (lifecycle as { prevent_destroy?: boolean })?.prevent_destroy).length;
    // Kafka, two pools, two topics and a dead-letter topic.
    expect(protectedOnes({}, true)).toBe(6);
    expect(protectedOnes({ removalPolicy: "destroy" }, true)).toBe(0);
    expect(refusal({ removalPolicy: "destroy" })).toEqual(["RemovalNeedsTwoKeys"]);
  });

  test("can be without Cruise Control", () => {
    expect(kafka().cruiseControl).toEqual({
      autoRebalance: [{ mode: "add-brokers" }, { mode: "remove-brokers" }],
    });
    expect(kafka({ cruiseControl: false })).not.toHaveProperty("cruiseControl");
  });
});

describe("the topics of a stream", () => {
  test("have partitions, copies and retention, and a topic for dead letters", () => {
    const topics = objects(synthesized(), "KafkaTopic");
    expect(topics["events-bids"]!.spec).toEqual({
      topicName: "bids",
      partitions: 2,
      replicas: 3,
      config: { "cleanup.policy": "delete", "retention.ms": "86400000" },
    });
    expect(topics["events-bids-dlq"]!.spec).toMatchObject({
      topicName: "bids-dlq",
      config: { "retention.ms": "604800000" },
    });
    expect(topics["events-profiles"]!.spec.config).toEqual({
      "cleanup.policy": "compact",
      "delete.retention.ms": "172800000",
    });
    expect(topics["events-bids"]!.metadata.labels).toMatchObject({ "strimzi.io/cluster": "events" });
  });
});

describe("grants on a stream", () => {
  const acls = (then: Parameters<typeof synthesized>[1], props = {}) =>
    objects(synthesized(props, then), "KafkaUser");

  test("add up to exactly the rules that an identity needs", () => {
    const users = acls((stream) => {
      stream.topic("bids").grantConsume(SCORER);
      stream.topic("profiles").grantProduce(SCORER);
      stream.topic("bids").grantProduce(GATEWAY);
    });
    expect(users["events-scorer"]!.spec.authorization.acls).toEqual([
      {
        type: "allow",
        host: "*",
        resource: { type: "group", name: "scorer", patternType: "literal" },
        operations: ["Describe", "Read"],
      },
      {
        type: "allow",
        host: "*",
        resource: { type: "topic", name: "bids", patternType: "literal" },
        operations: ["Describe", "Read"],
      },
      {
        type: "allow",
        host: "*",
        resource: { type: "topic", name: "bids-dlq", patternType: "literal" },
        operations: ["Describe", "Write"],
      },
      {
        type: "allow",
        host: "*",
        resource: { type: "topic", name: "profiles", patternType: "literal" },
        operations: ["Describe", "Write"],
      },
    ]);
    expect(users["events-gateway"]!.spec.authorization.acls).toHaveLength(1);
    expect(users["events-gateway"]!.spec.authentication).toEqual({ type: "tls" });
  });

  test("allow transactions where delivery is exactly once", () => {
    const users = acls((stream) => stream.topic("bids").grantProduce(GATEWAY), { delivery: "exactly-once" });
    expect(users["events-gateway"]!.spec.authorization.acls[1]).toMatchObject({
      resource: { type: "transactionalId", name: "gateway-", patternType: "prefix" },
      operations: ["Describe", "Write"],
    });
  });

  test("let the pods of a namespace reach the brokers, once", () => {
    const template = synthesized({}, (stream) => {
      stream.topic("bids").grantConsume(SCORER);
      stream.topic("bids").grantProduce(GATEWAY);
    });
    const [policy, ...more] = Object.values(template.resources("kubernetes_network_policy_v1"));
    expect(more).toEqual([]);
    expect(policy).toMatchObject({ metadata: { name: "events-from-bidding", namespace: "events" } });
  });

  test("tell clients how to connect", () => {
    const stream = eventStream({ delivery: "exactly-once" });
    expect(stream.topic("bids").grantConsume(SCORER).access).toEqual({
      kind: "kafka",
      auth: "mtls",
      topic: "bids",
      partitions: 2,
      ordering: "per-key",
      key: { field: "user", type: "string" },
      delivery: "exactly-once",
      consumerGroup: "scorer",
      bootstrapServers: "events-kafka-bootstrap.events.svc:9093",
      caCertificate: { namespace: "events", name: "events-cluster-ca-cert", key: "ca.crt" },
      credentials: {
        certificate: { namespace: "events", name: "events-scorer", key: "user.crt" },
        privateKey: { namespace: "events", name: "events-scorer", key: "user.key" },
      },
      deadLetter: { topic: "bids-dlq", maxDeliveries: 5, countedBy: "client" },
      schema: expect.objectContaining({ registry: "none", format: "avro" }),
    });
    const scram = eventStream({ clientAuth: "scram" }).topic("bids").grantProduce(GATEWAY).access;
    expect(scram).toMatchObject({
      auth: "scram",
      username: "events-gateway",
      credentials: { password: { name: "events-gateway", key: "password" } },
    });
  });

  test("to identities of other clusters need a way in", () => {
    const refused = captureValidationError(() => eventStream().topic("bids").grantConsume(REMOTE));
    expect(refused.codes).toEqual(["GrantNotApplicable"]);
    const { access } = eventStream({ external: EXTERNAL }).topic("bids").grantConsume(REMOTE);
    expect(access).toMatchObject({ bootstrapServers: "kafka.fra.example.com:9094" });
  });

  test("are for service accounts", () => {
    const role = Identity.awsRole("role", "arn:aws:iam::111122223333:role/r");
    expect(captureValidationError(() => eventStream().topic("bids").grantProduce(role)).codes).toEqual([
      "IdentityKindMismatch",
    ]);
  });
});

conformanceTest("the objects of a stream are what Strimzi defines", () => {
  const stack = kubernetesStack();
  const stream = eventStream({ external: EXTERNAL, brokers: { nodeLabels: { role: "kafka" } } }, stack);
  stream.topic("bids").grantConsume(SCORER);
  expect(conformance(stack)).toEqual({
    failures: [],
    kinds: expect.arrayContaining([
      "kafka.strimzi.io/v1 Kafka",
      "kafka.strimzi.io/v1 KafkaNodePool",
      "kafka.strimzi.io/v1 KafkaTopic",
      "kafka.strimzi.io/v1 KafkaUser",
    ]),
  });
});

test("a stream explains its cluster", () => {
  expect(eventStream().explain().at(-1)).toMatch(/^cluster: 3068 GiB for retention x 3 copies/);
});
