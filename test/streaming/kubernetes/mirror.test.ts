import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack, Token } from "cdktf";
import { Identity } from "../../../lib/fabric/identity";
import { Residency } from "../../../lib/fabric/residency";
import { Site } from "../../../lib/fabric/site";
import { KubernetesEventStream } from "../../../lib/streaming/kubernetes/event-stream";
import {
  KubernetesStreamMirror,
  type KubernetesStreamMirrorProps,
  type MirrorCredentials,
} from "../../../lib/streaming/kubernetes/mirror";
import type { KubernetesEventStreamProps } from "../../../lib/streaming/kubernetes/props";
import type { IEventStream } from "../../../lib/streaming/streaming";
import type { TopicProps } from "../../../lib/streaming/topic";
import { captureValidationError, Template, testApp } from "../../../lib/testing";
import { conformance, conformanceTest } from "../../cluster/conformance";
import { BIDS, FRANKFURT, objects, PROFILES } from "./support";

const SEOUL = Site.kubernetes("seoul", {
  country: "KR",
  kubeconfig: { context: "sel" },
  oidcIssuer: "https://oidc.example.com/sel",
});
const EXTERNAL = { bootstrap: "kafka.fra.example.com:9094", allowedCidrs: ["203.0.113.0/24"] };

interface Given {
  readonly bids?: Partial<TopicProps>;
  readonly source?: Partial<IEventStream>;
  readonly target?: Partial<KubernetesEventStreamProps>;
  readonly mirror?: Partial<KubernetesStreamMirrorProps>;
  readonly credentials?: MirrorCredentials;
}

/** The stream, as if it were another in some ways. */
function changed(stream: IEventStream, change: Partial<IEventStream> = {}): IEventStream {
  return Object.create(
    stream,
    Object.fromEntries(Object.entries(change).map(([key, value]) => [key, { value }])),
  );
}

function mirrored({ bids, source, target, mirror, credentials }: Given = {}) {
  const app = testApp();
  const stackOf = (id: string) => {
    const stack = new TerraformStack(app, id);
    new KubernetesProvider(stack, "kubernetes");
    return stack;
  };
  const here = stackOf("frankfurt");
  const there = stackOf("seoul");
  const events = new KubernetesEventStream(here, "events", {
    site: FRANKFURT,
    name: "events",
    topics: [{ ...BIDS, ...bids }, PROFILES],
    external: EXTERNAL,
  });
  const copies = new KubernetesEventStream(there, "copies", {
    site: SEOUL,
    name: "copies",
    topics: [PROFILES],
    ...target,
  });
  const mirrorMaker = new KubernetesStreamMirror(there, "mirror", {
    name: "from-fra",
    source: {
      stream: changed(events, source),
      bootstrapServers: EXTERNAL.bootstrap,
      credentials: credentials ?? { kind: "mtls", secretName: "from-fra-at-fra" },
      caSecretName: "fra-ca",
    },
    target: copies,
    topics: ["bids", "profiles"],
    ...mirror,
  });
  return { here, there, copies, mirrorMaker };
}

type Acl = {
  readonly resource: { readonly type: string; readonly name: string };
  readonly operations: readonly string[];
};

/** Rules of a user, as `type name: operations`. */
function rules(stack: TerraformStack, user: string): readonly string[] {
  const { acls } = objects(Template.of(stack), "KafkaUser")[user]!.spec.authorization as {
    readonly acls: readonly Acl[];
  };
  return acls.map(
    ({ resource, operations }) => `${resource.type} ${resource.name}: ${operations.join(", ")}`,
  );
}

const refusal = (given: Given) => captureValidationError(() => mirrored(given)).codes;

describe("a mirror between two sites", () => {
  const { here, there } = mirrored();
  const atTarget = Template.of(there);
  const { spec } = objects(atTarget, "KafkaMirrorMaker2")["copies-from-fra"]!;

  test("reads at the source and writes beside itself", () => {
    expect(spec.target).toMatchObject({
      alias: "seoul",
      bootstrapServers: "copies-kafka-bootstrap.copies.svc:9093",
      groupId: "from-fra",
      authentication: { type: "tls", certificateAndKey: { secretName: "copies-from-fra" } },
    });
    expect(spec.mirrors[0]).toMatchObject({
      source: {
        alias: "frankfurt",
        bootstrapServers: "kafka.fra.example.com:9094",
        authentication: {
          type: "tls",
          certificateAndKey: { secretName: "from-fra-at-fra", key: "user.key" },
        },
        tls: { trustedCertificates: [{ secretName: "fra-ca", certificate: "ca.crt" }] },
      },
      topicsPattern: "bids|profiles",
      sourceConnector: { tasksMax: 3, config: { "offset-syncs.topic.location": "target" } },
    });
  });

  test("makes the topics of the copies, which only it may write to", () => {
    const topics = objects(atTarget, "KafkaTopic");
    expect(topics["copies-frankfurt.bids"]!.spec).toMatchObject({
      topicName: "frankfurt.bids",
      partitions: 2,
    });
    expect(topics["copies-frankfurt.profiles"]!.spec.config).toMatchObject({ "cleanup.policy": "compact" });
    const users = objects(atTarget, "KafkaUser");
    const names = users["copies-from-fra"]!.spec.authorization.acls.map(
      ({ resource }: { resource: { type: string; name: string } }) => `${resource.type} ${resource.name}`,
    );
    expect(names).toEqual([
      "group from-fra",
      "topic frankfurt.bids",
      "topic frankfurt.profiles",
      "topic from-fra-",
      "topic mm2-offset-syncs.frankfurt.internal",
    ]);
  });

  test("may read its topics at the source, and nothing else", () => {
    const user = objects(Template.of(here), "KafkaUser")["events-from-fra"]!;
    expect(user.spec.authorization.acls).toHaveLength(4);
    expect(JSON.stringify(user.spec.authorization.acls)).not.toContain('"Alter');
  });

  test("can prove by a password who it is", () => {
    const { there: other } = mirrored({
      target: { clientAuth: "scram" },
      source: { delivery: "exactly-once" },
      mirror: { tasks: 9 },
      credentials: { kind: "scram", username: "mm", secretName: "mm-password" },
    });
    const { target, mirrors } = objects(Template.of(other), "KafkaMirrorMaker2")["copies-from-fra"]!.spec;
    expect(target.authentication).toMatchObject({ type: "scram-sha-512", username: "copies-from-fra" });
    expect(mirrors[0]).toMatchObject({
      source: {
        authentication: {
          type: "scram-sha-512",
          username: "mm",
          passwordSecret: { secretName: "mm-password", password: "password" },
        },
      },
      sourceConnector: { tasksMax: 9, config: { "consumer.isolation.level": "read_committed" } },
    });
  });
});

describe("positions of consumer groups", () => {
  const mirrorOf = (stack: TerraformStack) =>
    objects(Template.of(stack), "KafkaMirrorMaker2")["copies-from-fra"]!.spec.mirrors[0];

  test("stay where they are unless groups are named", () => {
    const { there } = mirrored();
    expect(Object.keys(mirrorOf(there)).sort()).toEqual(["source", "sourceConnector", "topicsPattern"]);
  });

  test("of the named groups come along, also of those that Kafka would leave out by their names", () => {
    const { there } = mirrored({ mirror: { consumerGroups: ["ranker", "connect-audit"] } });
    expect(mirrorOf(there)).toMatchObject({
      groupsPattern: "connect-audit|ranker",
      groupsExcludePattern: "__.*",
      checkpointConnector: {
        tasksMax: 2,
        autoRestart: { enabled: true },
        config: {
          "sync.group.offsets.enabled": "true",
          "checkpoints.topic.replication.factor": -1,
          // Must be what the other connector has: it writes what this one reads.
          "offset-syncs.topic.location": "target",
          "replication.policy.separator": ".",
        },
      },
    });
    const groups = Array.from({ length: 20 }, (_, index) => `group-${index}`);
    const { there: many } = mirrored({ mirror: { consumerGroups: groups } });
    expect(mirrorOf(many).checkpointConnector.tasksMax).toBe(16);
  });

  test("are asked for at the source, and set at the target, with no right beyond that", () => {
    const without = mirrored();
    const { here, there } = mirrored({ mirror: { consumerGroups: ["ranker"] } });
    const added = (stack: TerraformStack, before: TerraformStack, user: string) =>
      rules(stack, user).filter((rule) => !rules(before, user).includes(rule));
    expect(added(here, without.here, "events-from-fra")).toEqual(["group ranker: Describe"]);
    expect(added(there, without.there, "copies-from-fra")).toEqual([
      "group ranker: Describe, Read",
      "topic frankfurt.bids: Describe, DescribeConfigs, Read, Write",
      "topic frankfurt.checkpoints.internal: Alter, AlterConfigs, Create, Describe, DescribeConfigs, Read, Write",
      "topic frankfurt.profiles: Describe, DescribeConfigs, Read, Write",
    ]);
  });

  test.each<[string, readonly string[], string]>([
    ["no group", [], "MissingValue"],
    ["a group with a name that no grant gives", ["Ranker"], "InvalidName"],
    ["a pattern", ["ranker.*"], "InvalidName"],
    ["a group twice", ["ranker", "ranker"], "DuplicateValue"],
    ["the group that the mirror itself is", ["from-fra"], "DuplicateValue"],
    ["a group that only Terraform knows", [Token.asString({ var: "group" })], "TokenNotAllowed"],
  ])("are refused for %s", (_, consumerGroups, code) => {
    expect(refusal({ mirror: { consumerGroups } })).toEqual([code]);
  });
});

describe("a copy", () => {
  const RANKER = Identity.kubernetesServiceAccount("ranker", {
    namespace: "ranking",
    serviceAccount: "ranker",
    issuer: "https://oidc.example.com/sel",
  });

  test("is read like any topic of the target", () => {
    const { there, copies, mirrorMaker } = mirrored();
    const { access } = copies.topic("frankfurt.bids").grantConsume(RANKER, { group: "ranker" });
    expect(access).toMatchObject({ topic: "frankfurt.bids", partitions: 2, consumerGroup: "ranker" });
    expect(rules(there, "copies-ranker")).toEqual([
      "group ranker: Describe, Read",
      "topic frankfurt.bids: Describe, Read",
    ]);
    expect(copies.topicNames).toEqual(["profiles"]);
    expect(Object.keys(mirrorMaker.topics)).toEqual(["frankfurt.bids", "frankfurt.profiles"]);
  });

  test("holds personal data as its original does", () => {
    const { copies } = mirrored({ bids: { pii: true }, mirror: { includePii: true } });
    const topic = copies.topic("frankfurt.bids");
    expect(captureValidationError(() => topic.grantConsume(RANKER)).codes).toEqual(["PiiTopicNotGranted"]);
    expect(topic.grantConsume(RANKER, { includePii: true }).resources).not.toEqual([]);
  });

  test("is written by its mirror alone", () => {
    const { copies } = mirrored();
    const write = () => copies.topic("frankfurt.bids").grantProduce(RANKER);
    expect(captureValidationError(write).codes).toEqual(["CopyIsReadOnly"]);
    expect(captureValidationError(() => copies.topic("bids")).findings[0]?.allowed).toBe(
      "profiles, frankfurt.bids, frankfurt.profiles",
    );
  });
});

describe("a mirror is refused", () => {
  test("where it breaks the residency of a topic", () => {
    expect(refusal({ bids: { residency: Residency.EU } })).toEqual(["MirrorBreaksResidency"]);
    expect(
      refusal({ bids: { residency: Residency.countries("DE", "KR") } as never, mirror: { replicas: 0 } }),
    ).toEqual(["NumberOutOfRange"]);
  });

  test("where it cannot keep what is promised", () => {
    expect(refusal({ target: { delivery: "exactly-once" } })).toEqual(["ExactlyOnceUnsupported"]);
    expect(refusal({ bids: { pii: true } })).toEqual(["PiiTopicNotGranted"]);
    expect(refusal({ source: { engine: { protocol: "kinesis", engine: "kinesis" } as never } })).toEqual([
      "UnsupportedByEngine",
    ]);
    expect(refusal({ source: { site: SEOUL, streamName: "copies" } })).toEqual(["MirrorOfItself"]);
  });

  test("where it is told wrong", () => {
    expect(refusal({ mirror: { topics: [] } })).toEqual(["MissingValue"]);
    expect(refusal({ mirror: { topics: ["bids", "bids"] } })).toEqual(["DuplicateValue"]);
    expect(refusal({ mirror: { topics: ["clicks"] } })).toEqual(["UnknownTopic"]);
    expect(refusal({ mirror: { name: "A" } })).toEqual(["InvalidName"]);
    expect(refusal({ mirror: { tasks: 0 } })).toEqual(["NumberOutOfRange"]);
  });
});

conformanceTest("the objects of a mirror are what Strimzi defines", () => {
  const { there } = mirrored({ mirror: { consumerGroups: ["ranker"] } });
  expect(conformance(there)).toEqual({
    failures: [],
    kinds: expect.arrayContaining(["kafka.strimzi.io/v1 KafkaMirrorMaker2"]),
  });
});
