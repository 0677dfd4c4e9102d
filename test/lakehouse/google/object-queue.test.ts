import { Identity, multimodalZone } from "../../../lib";
import { GoogleObjectQueue, type GoogleObjectQueueProps } from "../../../lib/google";
import { codes } from "../../vectors/fixture";
import { lakehouse } from "./fixture";

const APP = Identity.googleServiceAccount("embedder", "embedder@acme-ai.iam.gserviceaccount.com");

function make(props: Partial<GoogleObjectQueueProps> = {}, dataEvents = true) {
  const { stack, lake, template } = lakehouse({ dataEvents, zones: [{ name: "images" }], etl: false });
  const queue = () =>
    new GoogleObjectQueue(stack, "queue", { lakehouse: lake, zone: "images", namePrefix: "jobs", ...props });
  return { queue, template };
}

test("a subscription to new objects, with a topic for what nobody could handle", () => {
  const { queue, template } = make({ keyPrefix: "photos/", ackSeconds: 600, maxDeliveries: 10 });
  queue();
  const made = template();
  expect(made.resource("google_pubsub_subscription", "queue_subscription")).toMatchObject({
    name: "jobs-images-objects",
    topic: expect.stringContaining("google_pubsub_topic.lake_zone-images_topic"),
    filter: 'hasPrefix(attributes.objectId, "photos/")',
    ack_deadline_seconds: 600,
    dead_letter_policy: { max_delivery_attempts: 10 },
    expiration_policy: { ttl: "" },
  });
  expect(made.resource("google_pubsub_topic", "dead-letter-topic").kms_key_name).toContain(
    "google_kms_crypto_key",
  );
});

test("a consumer may take messages; asking twice gives the same right", () => {
  const { queue, template } = make();
  const made = queue();
  expect(made.grantConsume(APP).resources).toEqual(made.grantConsume(APP).resources);
  expect(template().resource("google_pubsub_subscription_iam_member", "consumer-embedder")).toMatchObject({
    role: "roles/pubsub.subscriber",
    member: APP.member,
  });
  expect(codes(() => made.grantConsume(Identity.awsRole("a", "arn:aws:iam::111122223333:role/a")))).toEqual([
    "IdentityKindMismatch",
  ]);
});

test.each<[string, Partial<GoogleObjectQueueProps>, boolean, string]>([
  ["a lakehouse that tells nobody", {}, false, "NoEventsToQueue"],
  ["a zone that is not there", { zone: "other" }, true, "UnknownZone"],
  ["a prefix of nothing", { keyPrefix: "" }, true, "MissingValue"],
  ["no time", { ackSeconds: 1 }, true, "NumberOutOfRange"],
  ["fewer tries than Pub/Sub counts", { maxDeliveries: 4 }, true, "NumberOutOfRange"],
  ["a name with capitals", { namePrefix: "Jobs" }, true, "InvalidName"],
])("refuses %s", (_what, props, events, code) => {
  expect(codes(make(props, events).queue)).toEqual([code]);
});

test.each<[string | undefined, readonly string[]]>([
  ["files/", []],
  [undefined, ["QueueSeesTables"]],
  ["acme_images/objects/", ["QueueSeesTables"]],
  ["acme", ["QueueSeesTables"]],
])("a queue of a zone with tables does not see their files: prefix %s", (keyPrefix, refused) => {
  const { stack, lake } = lakehouse({
    zones: [multimodalZone({ name: "images" })],
    etl: false,
    partitioning: "cluster",
    sorting: "cluster",
  });
  const queue = () =>
    new GoogleObjectQueue(stack, "queue", { lakehouse: lake, zone: "images", namePrefix: "jobs", keyPrefix });
  expect(codes(queue)).toEqual(refused);
});
