import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack } from "cdktf";
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
  new KubernetesStreamMirror(there, "mirror", {
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
  return { here, there };
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
  const { there } = mirrored();
  expect(conformance(there)).toEqual({
    failures: [],
    kinds: expect.arrayContaining(["kafka.strimzi.io/v1 KafkaMirrorMaker2"]),
  });
});
