import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack } from "cdktf";
import { ALLOW_DESTROY_CONTEXT } from "../../../lib/core/removal-policy";
import { Identity } from "../../../lib/fabric/identity";
import { Site } from "../../../lib/fabric/site";
import type { IGoogleNetwork } from "../../../lib/network/network";
import { GoogleEventStream } from "../../../lib/streaming/google/event-stream";
import type {
  GoogleEventStreamProps,
  ManagedKafkaProps,
  PubSubProps,
} from "../../../lib/streaming/google/props";
import type { StreamGrant } from "../../../lib/streaming/streaming";
import type { TopicProps } from "../../../lib/streaming/topic";
import { captureValidationError, Template, testApp } from "../../../lib/testing";

const SITE = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456",
});
const NETWORK = { subnetworkName: "acme-nodes" } as IGoogleNetwork;
const BIDS: TopicProps = {
  name: "bids",
  throughput: { messagesPerSecond: 20_000, meanBytes: 1000 },
  retentionHours: 96,
  key: { field: "user", type: "string" },
  ordering: "per-key",
  schema: { format: "avro", fields: [{ name: "user", type: "string" }] },
  deadLetter: { maxDeliveries: 5, retentionHours: 168 },
};
const COMMON = { site: SITE, name: "events", topics: [BIDS] };
const KAFKA: ManagedKafkaProps = { ...COMMON, engine: "managed-kafka", network: NETWORK };
const PUBSUB: PubSubProps = { ...COMMON, engine: "pubsub" };

const SCORER = Identity.googleServiceAccount("scorer", "scorer@acme-ai.iam.gserviceaccount.com");
const TEAM = Identity.googleGroup("team", "team@example.com");
const POD = Identity.kubernetesServiceAccount("gateway", {
  namespace: "bidding",
  serviceAccount: "gateway",
  issuer: "https://oidc.example.com/fra",
});
const PUSH = { pushTo: "https://scorer.example.com/bids" };

function newStack(context: Record<string, unknown> = {}): TerraformStack {
  const stack = new TerraformStack(testApp(context), "data");
  new GoogleProvider(stack, "google", { project: "acme-ai", region: "europe-west4" });
  return stack;
}

const stream = (props: GoogleEventStreamProps, stack = newStack()) =>
  new GoogleEventStream(stack, "events", props);

function synthesized(
  props: GoogleEventStreamProps,
  then: (stream: GoogleEventStream) => void = () => undefined,
  context: Record<string, unknown> = {},
): Template {
  const stack = newStack(context);
  then(stream(props, stack));
  return Template.of(stack);
}

const refusal = (props: GoogleEventStreamProps) => captureValidationError(() => stream(props)).codes;

function refusedGrant(
  props: GoogleEventStreamProps,
  give: (stream: GoogleEventStream) => unknown,
): readonly string[] {
  return captureValidationError(() => give(stream(props))).codes;
}

describe("a stream on Managed Kafka", () => {
  test("is a cluster in the network, sized from the throughput, with a customer key", () => {
    const template = synthesized(KAFKA);
    expect(template.resource("google_managed_kafka_cluster")).toMatchObject({
      cluster_id: "events",
      location: "europe-west4",
      // 40 MB/s x 3 copies + (40 + 80) / 4, / 16 MB/s of one vCPU.
      capacity_config: { vcpu_count: "10", memory_bytes: "42949672960" },
      gcp_config: {
        kms_key: expect.stringContaining("google_kms_crypto_key"),
        access_config: {
          network_configs: [{ subnet: "projects/acme-ai/regions/europe-west4/subnetworks/acme-nodes" }],
        },
      },
      lifecycle: { prevent_destroy: true },
    });
    expect(template.resource("google_managed_kafka_topic", "topic-bids_")).toMatchObject({
      topic_id: "bids",
      partition_count: 4,
      replication_factor: 3,
      configs: { "cleanup.policy": "delete", "retention.ms": "345600000" },
    });
    expect(template.resource("google_managed_kafka_topic", "topic-bids-dlq")).toMatchObject({
      partition_count: 1,
    });
  });

  test("is refused when it cannot carry the throughput", () => {
    expect(refusal({ ...KAFKA, vcpus: 9 })).toEqual(["CapacityTooSmall"]);
    expect(refusal({ ...KAFKA, vcpus: 2 })).toEqual(["NumberOutOfRange"]);
    expect(refusal({ ...KAFKA, memoryGiB: 81 })).toEqual(["NumberOutOfRange"]);
    expect(refusal({ ...KAFKA, network: undefined as never })).toEqual(["MissingValue"]);
    expect(refusal({ ...KAFKA, ackDeadlineSeconds: 60 } as never)).toEqual(["NoEffect"]);
  });

  test("gives rights by ACLs of each topic and group", () => {
    const given: StreamGrant[] = [];
    const template = synthesized({ ...KAFKA, delivery: "exactly-once" }, (events) => {
      given.push(events.topic("bids").grantConsume(SCORER), events.topic("bids").grantProduce(POD));
    });
    const acls = Object.fromEntries(
      Object.values(template.resources("google_managed_kafka_acl")).map(({ acl_id, acl_entries }) => [
        acl_id,
        (acl_entries as { principal: string; operation: string }[]).map(
          ({ principal, operation }) =>
            `${principal.startsWith("User:scorer@") ? "scorer" : "gateway"} ${operation}`,
        ),
      ]),
    );
    expect(acls).toEqual({
      "topic/bids": ["gateway DESCRIBE", "gateway WRITE", "scorer DESCRIBE", "scorer READ"],
      "topic/bids-dlq": ["scorer DESCRIBE", "scorer WRITE"],
      "consumerGroup/scorer": ["scorer DESCRIBE", "scorer READ"],
      "transactionalIdPrefixed/gateway-": ["gateway DESCRIBE", "gateway WRITE"],
    });
    expect(Object.values(template.resources("google_project_iam_member")).map(({ role }) => role)).toEqual([
      "roles/managedkafka.client",
      "roles/managedkafka.client",
    ]);
    expect(given[0]!.access).toMatchObject({
      kind: "kafka",
      auth: "oauthbearer",
      bootstrapServers: "bootstrap.events.europe-west4.managedkafka.acme-ai.cloud.goog:9092",
      schema: { registry: "none" },
    });
    expect(given[1]).toMatchObject({
      federation: { kind: "google" },
      access: { transactionalIdPrefix: "gateway-" },
    });
  });

  test("knows no groups", () => {
    expect(refusedGrant(KAFKA, (events) => events.topic("bids").grantConsume(TEAM))).toEqual([
      "GrantNotApplicable",
    ]);
  });
});

describe("a stream on Pub/Sub", () => {
  test("keeps messages in the region, with a customer key and a schema", () => {
    const template = synthesized(PUBSUB);
    expect(template.resource("google_pubsub_topic", "topic-bids_")).toMatchObject({
      name: "events-bids",
      kms_key_name: expect.stringContaining("google_kms_crypto_key"),
      message_retention_duration: "345600s",
      message_storage_policy: { allowed_persistence_regions: ["europe-west4"], enforce_in_transit: true },
      schema_settings: { encoding: "BINARY", schema: expect.stringContaining("google_pubsub_schema") },
      lifecycle: { prevent_destroy: true },
    });
    expect(template.resource("google_pubsub_schema")).toMatchObject({ name: "events-bids", type: "AVRO" });
    // Somebody must be able to look at the dead letters.
    expect(template.resource("google_pubsub_subscription")).toMatchObject({ name: "events-bids-dlq-kept" });
  });

  test("makes a subscription for each group, in order and with dead letters", () => {
    const given: StreamGrant[] = [];
    const template = synthesized(
      { ...PUBSUB, delivery: "exactly-once", ackDeadlineSeconds: 30 },
      (events) => {
        given.push(events.topic("bids").grantConsume(SCORER), events.topic("bids").grantProduce(POD));
        events.topic("bids").grantConsume(TEAM, { group: "scorer" });
      },
    );
    const subscription = template.resource("google_pubsub_subscription", "subscription-bids-scorer");
    expect(subscription).toMatchObject({
      name: "events-bids-scorer",
      ack_deadline_seconds: 30,
      enable_message_ordering: true,
      enable_exactly_once_delivery: true,
      expiration_policy: { ttl: "" },
      dead_letter_policy: { max_delivery_attempts: 5 },
    });
    const roles = (type: string) =>
      Object.values(template.resources(type)).map(({ role, member }) => `${role} ${member}`);
    expect(roles("google_pubsub_subscription_iam_member").sort()).toEqual([
      "roles/pubsub.subscriber group:team@example.com",
      "roles/pubsub.subscriber serviceAccount:scorer@acme-ai.iam.gserviceaccount.com",
      "roles/pubsub.subscriber serviceAccount:service-123456@gcp-sa-pubsub.iam.gserviceaccount.com",
    ]);
    expect(roles("google_pubsub_topic_iam_member")).toHaveLength(2);
    expect(given[0]!.access).toMatchObject({
      kind: "pubsub",
      topic: "events-bids",
      endpoint: "europe-west4-pubsub.googleapis.com:443",
      consumerGroup: "scorer",
      deadLetter: { topic: "events-bids-dlq", countedBy: "service" },
      schema: { registry: "pubsub" },
    });
    expect(given[1]!.access).not.toHaveProperty("subscription", expect.any(String));
  });

  test("pushes where it is asked to, one address for each group", () => {
    const template = synthesized(PUBSUB, (events) => events.topic("bids").grantConsume(SCORER, PUSH));
    expect(template.resource("google_pubsub_subscription", "subscription-bids-scorer").push_config).toEqual({
      push_endpoint: PUSH.pushTo,
      oidc_token: { service_account_email: "scorer@acme-ai.iam.gserviceaccount.com", audience: PUSH.pushTo },
    });
    const grants = (options: object) => (events: GoogleEventStream) => {
      events.topic("bids").grantConsume(SCORER, PUSH);
      events.topic("bids").grantConsume(POD, { group: "scorer", ...options });
    };
    expect(refusedGrant(PUBSUB, grants({}))).toEqual(["GrantNotApplicable"]);
    expect(refusedGrant(PUBSUB, grants(PUSH))).toEqual(["GrantNotApplicable"]);
    expect(refusedGrant(PUBSUB, (events) => events.topic("bids").grantConsume(TEAM, PUSH))).toEqual([
      "GrantNotApplicable",
    ]);
    const plain = { pushTo: "http://scorer" };
    expect(refusedGrant(PUBSUB, (events) => events.topic("bids").grantConsume(SCORER, plain))).toEqual([
      "InvalidName",
    ]);
  });

  test("is refused where it cannot be", () => {
    expect(refusal({ ...PUBSUB, network: NETWORK } as never)).toEqual(["NoEffect"]);
    expect(refusal({ ...PUBSUB, ackDeadlineSeconds: 5 })).toEqual(["NumberOutOfRange"]);
    expect(refusal({ ...PUBSUB, name: "goog-events" })).toEqual(["InvalidName"]);
    expect(refusal({ ...PUBSUB, engine: "lite" as never })[0]).toBe("NotOneOf");
    expect(refusal({ ...PUBSUB, kmsKey: "key" })).toEqual(["InvalidName"]);
  });
});

describe("grants on a stream of Google Cloud", () => {
  test("are refused to who means nothing there", () => {
    const role = Identity.awsRole("role", "arn:aws:iam::111122223333:role/r");
    const anonymous = Identity.kubernetesServiceAccount("k", { namespace: "n", serviceAccount: "s" });
    expect(refusedGrant(PUBSUB, (events) => events.topic("bids").grantProduce(role))).toEqual([
      "IdentityKindMismatch",
    ]);
    expect(refusedGrant(PUBSUB, (events) => events.topic("bids").grantProduce(anonymous))).toEqual([
      "MissingOidcIssuer",
    ]);
    const twin = Identity.googleServiceAccount("scorer", "other@acme-ai.iam.gserviceaccount.com");
    expect(
      refusedGrant(PUBSUB, (events) => {
        events.topic("bids").grantProduce(SCORER);
        events.topic("bids").grantProduce(twin);
      }),
    ).toEqual(["DuplicateValue"]);
  });
});

test("a stream is kept when the declaration goes, unless both keys are turned", () => {
  const allowed = { [ALLOW_DESTROY_CONTEXT]: true };
  const kept = (props: GoogleEventStreamProps) =>
    JSON.stringify(synthesized(props, undefined, allowed)).includes('"prevent_destroy":true');
  for (const props of [KAFKA, PUBSUB]) {
    expect(kept(props)).toBe(true);
    expect(kept({ ...props, removalPolicy: "destroy" })).toBe(false);
    expect(refusal({ ...props, removalPolicy: "destroy" })).toEqual(["RemovalNeedsTwoKeys"]);
  }
});
