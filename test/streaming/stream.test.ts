import { TerraformStack, Token } from "cdktf";
import { Problems } from "../../lib/core/problems";
import { Identity } from "../../lib/fabric/identity";
import { Residency } from "../../lib/fabric/residency";
import { Site } from "../../lib/fabric/site";
import { STREAM_ENGINES, type StreamEngine } from "../../lib/streaming/engines";
import { EventStreamBase } from "../../lib/streaming/event-stream-base";
import {
  type EventStreamProps,
  resolveStream,
  type StreamGrant,
  type StreamGrantRequest,
  type StreamModel,
} from "../../lib/streaming/streaming";
import type { TopicProps } from "../../lib/streaming/topic";
import { captureValidationError, Template, testApp } from "../../lib/testing";

const SITE = Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } });
const READER = Identity.kubernetesServiceAccount("reader", { namespace: "ml", serviceAccount: "reader" });
const BIDS: TopicProps = {
  name: "bids",
  throughput: { messagesPerSecond: 10_000, meanBytes: 1000 },
  retentionHours: 24,
};

function resolve(
  topic: Partial<TopicProps> = {},
  engine: StreamEngine = "strimzi",
  props: Partial<EventStreamProps> = {},
): StreamModel {
  const problems = new Problems("test");
  const given = { site: SITE, name: "events", topics: [{ ...BIDS, ...topic }], ...props };
  const model = resolveStream(problems, given, STREAM_ENGINES[engine]);
  problems.throwIfAny();
  return model;
}

const refusal = (...given: Parameters<typeof resolve>) => captureValidationError(() => resolve(...given));

const FIELDS = [
  { name: "user", type: "string" },
  { name: "at", type: "timestamp" },
  { name: "price", type: "double", optional: true },
] as const;

class FakeStream extends EventStreamBase {
  readonly site = SITE;
  readonly streamName = "events";
  readonly engine;
  readonly asked: StreamGrantRequest[] = [];
  protected readonly model: StreamModel;

  constructor(
    stack: TerraformStack,
    id: string,
    engine: StreamEngine,
    topic: Partial<TopicProps>,
    delivery?: "exactly-once",
  ) {
    super(stack, id);
    this.engine = STREAM_ENGINES[engine];
    this.model = resolve(topic, engine, { delivery });
    this.claimName();
  }

  protected grant(request: StreamGrantRequest): StreamGrant {
    this.asked.push(request);
    const facts = this.accessFacts(request, {
      topic: "at-site",
      schema: this.unregisteredSchema(request.topic),
    });
    return { resources: [], access: { kind: "kafka", auth: "mtls", bootstrapServers: "b:9093", ...facts } };
  }

  protected explainCluster(): readonly string[] {
    return ["cluster: because"];
  }
}

const fake = (engine: StreamEngine = "strimzi", topic: Partial<TopicProps> = {}, delivery?: "exactly-once") =>
  new FakeStream(new TerraformStack(testApp(), "stack"), "events", engine, topic, delivery);

describe("a stream", () => {
  test("fills in what was left out", () => {
    expect(resolve().topics[0]).toMatchObject({
      name: "bids",
      // 10 MB/s mean, 20 MB/s at peak, over 10 MB/s of a partition.
      partitions: 2,
      ordering: "none",
      compaction: false,
      pii: false,
      residency: Residency.ANYWHERE,
    });
    expect(resolve()).toMatchObject({ delivery: "at-least-once", schemaRegistry: false });
    expect(resolve({}, "msk-provisioned")).toMatchObject({ schemaRegistry: true });
  });

  test("sorts its topics, so that their order in the declaration does not matter", () => {
    const topics = [BIDS, { ...BIDS, name: "auctions" }];
    const names = (given: readonly TopicProps[]) =>
      resolve({}, "strimzi", { topics: given }).topics.map(({ name }) => name);
    expect(names(topics)).toEqual(["auctions", "bids"]);
    expect(names([...topics].reverse())).toEqual(names(topics));
  });

  test("refuses names that cannot be, and tokens", () => {
    expect(refusal({}, "strimzi", { name: "Events" }).codes).toEqual(["InvalidName"]);
    expect(refusal({}, "strimzi", { topics: [] }).codes).toEqual(["MissingValue"]);
    expect(refusal({ name: "a--b" }).codes).toEqual(["InvalidName"]);
    expect(refusal({ name: "constructor" }).codes).toEqual(["InvalidName"]);
    expect(refusal({ name: Token.asString({ a: 1 }) }).codes).toContain("TokenNotAllowed");
    expect(refusal({}, "strimzi", { topics: [BIDS, BIDS] }).codes).toEqual(["DuplicateValue"]);
  });

  test("refuses a topic that has the name of another's dead-letter topic", () => {
    const deadLetter = { maxDeliveries: 5, retentionHours: 24 };
    const topics = [
      { ...BIDS, deadLetter },
      { ...BIDS, name: "bids-dlq" },
    ];
    expect(refusal({}, "strimzi", { topics }).codes).toEqual(["TopicNameTaken"]);
  });

  test("refuses throughput that is no throughput", () => {
    const flow = (change: object) => refusal({ throughput: { ...BIDS.throughput, ...change } }).codes;
    expect(flow({ messagesPerSecond: 0 })).toEqual(["NumberOutOfRange"]);
    expect(flow({ meanBytes: Number.NaN })).toEqual(["NumberOutOfRange"]);
    expect(flow({ peakFactor: 0.5 })).toEqual(["NumberOutOfRange"]);
    expect(flow({ readers: 1.5 })).toEqual(["NumberOutOfRange"]);
    expect(flow({ meanBytes: undefined })).toEqual(["MissingValue"]);
    expect(refusal({ throughput: undefined as never }).codes).toEqual(["MissingValue"]);
  });

  test("refuses partitions that break the stated throughput, and says why", () => {
    const error = refusal({ partitions: 1 });
    expect(error.codes).toEqual(["TooFewPartitions"]);
    expect(error.findings[0]!.allowed).toMatch(/2 or more: .*20 MB\/s at peak/);
    expect(resolve({ partitions: 2 }).topics[0]!.partitions).toBe(2);
    // 20 000 records a second at peak, 1000 for each shard.
    expect(refusal({ partitions: 19 }, "kinesis").codes).toEqual(["TooFewPartitions"]);
    expect(refusal({ partitions: 20_001 }, "kinesis").codes).toEqual(["TooManyPartitions"]);
    expect(refusal({ partitions: 4 }, "pubsub").codes).toEqual(["UnsupportedByEngine"]);
  });

  test("refuses what the engine cannot hold", () => {
    expect(refusal({ retentionHours: 12 }, "kinesis").codes).toEqual(["RetentionUnsupported"]);
    expect(refusal({ retentionHours: 800 }, "pubsub").codes).toEqual(["RetentionUnsupported"]);
    expect(resolve({ retentionHours: 800 }).topics[0]!.retentionHours).toBe(800);
    const key = { field: "user", type: "string" } as const;
    expect(refusal({ key, compaction: true }, "kinesis").codes).toEqual(["UnsupportedByEngine"]);
    expect(refusal({ throughput: { messagesPerSecond: 1, meanBytes: 2_000_000 } }).codes).toEqual([
      "MessageTooLarge",
    ]);
    expect(refusal({ deadLetter: { maxDeliveries: 3, retentionHours: 24 } }, "pubsub").codes).toEqual([
      "NumberOutOfRange",
    ]);
    expect(refusal({ deadLetter: { maxDeliveries: 3, retentionHours: 9000 } }, "kinesis").codes).toEqual([
      "RetentionUnsupported",
    ]);
    const schema = { format: "json", fields: FIELDS } as const;
    expect(refusal({ schema }, "pubsub").codes).toEqual(["SchemaFormatUnsupported"]);
    expect(refusal({}, "strimzi", { schemaRegistry: true }).codes).toEqual(["UnsupportedByEngine"]);
  });

  test("refuses exactly-once where there are no transactions", () => {
    expect(refusal({}, "kinesis", { delivery: "exactly-once" }).codes).toEqual(["ExactlyOnceUnsupported"]);
    expect(resolve({}, "strimzi", { delivery: "exactly-once" }).delivery).toBe("exactly-once");
    const push = { pushTo: "https://example.com/in" };
    expect(
      captureValidationError(() =>
        fake("pubsub", {}, "exactly-once").topic("bids").grantConsume(READER, push),
      ).codes,
    ).toEqual(["ExactlyOnceUnsupported"]);
    expect(fake("pubsub").topic("bids").grantConsume(READER, push)).toBeDefined();
    expect(captureValidationError(() => fake().topic("bids").grantConsume(READER, push)).codes).toEqual([
      "UnsupportedByEngine",
    ]);
  });

  test("refuses keys that would not keep order", () => {
    const key = { field: "user", type: "string" } as const;
    const schema = { format: "avro", fields: FIELDS } as const;
    expect(refusal({ ordering: "per-key" }).codes).toEqual(["OrderingWithoutKey"]);
    expect(refusal({ compaction: true }).codes).toEqual(["CompactionWithoutKey"]);
    expect(refusal({ key: { field: "price", type: "double" } }).codes).toEqual(["KeyTypeNotOrdered"]);
    expect(refusal({ key: { ...key, field: "none" }, schema }).codes).toEqual(["KeyFieldMissing"]);
    expect(refusal({ key: { ...key, type: "long" }, schema }).codes).toEqual(["KeyTypeMismatch"]);
    const optional = [{ name: "user", type: "string", optional: true }] as const;
    expect(refusal({ key, schema: { format: "avro", fields: optional } }).codes).toEqual(["KeyTypeMismatch"]);
    expect(resolve({ key, schema, ordering: "per-key" }).topics[0]).toMatchObject({
      key,
      ordering: "per-key",
    });
  });

  test("keeps data in the countries that its residency allows", () => {
    expect(refusal({ residency: Residency.countries("US") }).codes).toEqual(["ResidencyViolation"]);
    expect(refusal({ residency: Residency.EEA }, "strimzi", { residency: Residency.EU }).codes).toEqual([
      "TopicResidencyWiderThanStream",
    ]);
    expect(resolve({ residency: Residency.EU }).topics[0]!.residency).toBe(Residency.EU);
  });
});

describe("the schema of a topic", () => {
  const text = (format: "avro" | "json" | "protobuf") =>
    resolve({ schema: { format, fields: FIELDS } }).topics[0]!.schema!.definition;

  test("is written in the language of its format", () => {
    expect(JSON.parse(text("avro"))).toEqual({
      type: "record",
      name: "Bids",
      fields: [
        { name: "user", type: "string" },
        { name: "at", type: { type: "long", logicalType: "timestamp-micros" } },
        { name: "price", type: ["null", "double"], default: null },
      ],
    });
    expect(JSON.parse(text("json"))).toMatchObject({
      type: "object",
      required: ["user", "at"],
      properties: { user: { type: "string" }, price: { type: "number" } },
    });
    expect(text("protobuf")).toBe(
      'syntax = "proto3";\n\nmessage Bids {\n  string user = 1;\n  int64 at = 2;\n  optional double price = 3;\n}\n',
    );
  });

  test("is refused when it is no schema", () => {
    const codes = (schema: object) => refusal({ schema: schema as never }).codes;
    expect(codes({ format: "avro" })).toEqual(["SchemaFormUnclear"]);
    expect(codes({ format: "avro", fields: [] })).toEqual(["SchemaFormUnclear"]);
    expect(codes({ format: "avro", fields: FIELDS, definition: "{}" })).toEqual(["SchemaFormUnclear"]);
    expect(codes({ format: "avro", definition: "{" })).toEqual(["InvalidSchemaDefinition"]);
    expect(codes({ format: "json", definition: "[]" })).toEqual(["InvalidSchemaDefinition"]);
    expect(codes({ format: "protobuf", definition: "{}" })).toEqual(["InvalidSchemaDefinition"]);
    expect(codes({ format: "xml", fields: FIELDS })).toEqual(["NotOneOf"]);
    expect(codes({ format: "avro", fields: FIELDS, compatibility: "some" })).toEqual(["NotOneOf"]);
    expect(codes({ format: "avro", fields: [{ name: "1st", type: "int" }] })).toEqual(["InvalidName"]);
    expect(codes({ format: "avro", fields: [{ name: "at", type: "date" }] })).toEqual(["NotOneOf"]);
    expect(codes({ format: "avro", fields: [FIELDS[0], FIELDS[0]] })).toEqual(["DuplicateValue"]);
  });
});

describe("topics", () => {
  test("are asked for by name", () => {
    expect(captureValidationError(() => fake().topic("clicks")).codes).toEqual(["UnknownTopic"]);
    expect(fake().topicNames).toEqual(["bids"]);
  });

  test("with personal data are read only by identities that may", () => {
    const topic = fake("strimzi", { pii: true }).topic("bids");
    expect(captureValidationError(() => topic.grantConsume(READER)).codes).toEqual(["PiiTopicNotGranted"]);
    expect(topic.grantConsume(READER, { includePii: true }).access.consumerGroup).toBe("reader");
    expect(topic.grantProduce(READER).access.consumerGroup).toBeUndefined();
  });

  test("tell clients all but secrets", () => {
    const deadLetter = { maxDeliveries: 5, retentionHours: 48 };
    const schema = { format: "avro", fields: FIELDS } as const;
    const { access } = fake("strimzi", { deadLetter, schema })
      .topic("bids")
      .grantConsume(READER, { group: "scorer" });
    expect(access).toMatchObject({
      kind: "kafka",
      topic: "at-site",
      partitions: 2,
      delivery: "at-least-once",
      consumerGroup: "scorer",
      deadLetter: { topic: "bids-dlq", maxDeliveries: 5, countedBy: "client" },
      schema: { registry: "none", format: "avro", compatibility: "backward" },
    });
    expect(
      captureValidationError(() => fake().topic("bids").grantConsume(READER, { group: "A" })).codes,
    ).toEqual(["InvalidName"]);
  });

  test("explain their size", () => {
    expect(fake().explain()).toEqual([
      "topic bids: 2 partition(s) for writes: 20 MB/s at peak / 10 MB/s of one partition",
      "topic bids: 1 partition(s) for reads: 20 MB/s by 1 group(s) at peak / 20 MB/s of one partition",
      "cluster: because",
    ]);
  });

  test("of two streams never share a name at one site", () => {
    const stack = new TerraformStack(testApp(), "stack");
    new FakeStream(stack, "one", "strimzi", {});
    new FakeStream(stack, "two", "strimzi", {});
    expect(() => Template.of(stack)).toThrow(/StreamNameTaken/);
  });
});
