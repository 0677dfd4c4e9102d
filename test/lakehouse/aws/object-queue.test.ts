import { Identity, multimodalZone } from "../../../lib";
import { AwsObjectQueue, type AwsObjectQueueProps } from "../../../lib/aws";
import { codes } from "../../vectors/fixture";
import { ACCOUNT, lakehouse, QUIET } from "./fixture";

const APP = Identity.awsRole("embedder", `arn:aws:iam::${ACCOUNT}:role/embedder`);

function make(props: Partial<AwsObjectQueueProps> = {}, dataEvents = true) {
  const { stack, lake, template } = lakehouse({ ...QUIET, dataEvents, zones: [{ name: "images" }] });
  const queue = () =>
    new AwsObjectQueue(stack, "queue", { lakehouse: lake, zone: "images", namePrefix: "acme", ...props });
  return { queue, template };
}

test("one message per new object of the zone, encrypted, with a queue for what nobody could handle", () => {
  const { queue, template } = make({ keyPrefix: "photos/", visibilitySeconds: 900, maxReceives: 3 });
  queue();
  const made = template();
  expect(JSON.parse(made.resource("aws_cloudwatch_event_rule").event_pattern as string)).toEqual({
    source: ["aws.s3"],
    "detail-type": ["Object Created"],
    detail: { bucket: { name: ["acme-images"] }, object: { key: [{ prefix: "photos/" }] } },
  });
  const main = made.resource("aws_sqs_queue", "queue_1") as Record<string, string>;
  expect(main.visibility_timeout_seconds).toBe(900);
  expect(main.kms_master_key_id).toContain("aws_kms_key.queue_key");
  expect(JSON.parse(main.redrive_policy!).maxReceiveCount).toBe(3);
  expect(made.resource("aws_sqs_queue_policy").policy).toContain("events.amazonaws.com");
  expect(made.resource("aws_kms_key", "queue_key").policy).toContain("events.amazonaws.com");
});

test("a consumer may take messages and decrypt them, and no more", () => {
  const { queue, template } = make();
  queue().grantConsume(APP);
  const { policy } = template().resource("aws_iam_role_policy", "queue_grantees") as { policy: string };
  expect(policy).toContain("sqs:ReceiveMessage");
  expect(policy).not.toContain("sqs:SendMessage");
  expect(codes(() => make().queue().grantConsume(Identity.googleGroup("g", "g@example.com")))).toEqual([
    "IdentityKindMismatch",
  ]);
});

test.each<[string, Partial<AwsObjectQueueProps>, boolean, string]>([
  ["a lakehouse that tells nobody", {}, false, "NoEventsToQueue"],
  ["a zone that is not there", { zone: "other" }, true, "UnknownZone"],
  ["a prefix of nothing", { keyPrefix: "" }, true, "MissingValue"],
  ["no time", { visibilitySeconds: 1 }, true, "NumberOutOfRange"],
  ["no try", { maxReceives: 0 }, true, "NumberOutOfRange"],
  ["a name with capitals", { namePrefix: "Acme" }, true, "InvalidName"],
])("refuses %s", (_what, props, events, code) => {
  expect(codes(make(props, events).queue)).toEqual([code]);
});

test.each<[string | undefined, readonly string[]]>([
  ["files/", []],
  ["objects-of-2026/", []],
  [undefined, ["QueueSeesTables"]],
  ["objects/", ["QueueSeesTables"]],
  ["objects/data/", ["QueueSeesTables"]],
  ["obj", ["QueueSeesTables"]],
])("a queue of a zone with tables does not see their files: prefix %s", (keyPrefix, refused) => {
  const { stack, lake } = lakehouse({
    ...QUIET,
    dataEvents: true,
    zones: [multimodalZone({ name: "images" })],
  });
  const queue = () =>
    new AwsObjectQueue(stack, "queue", { lakehouse: lake, zone: "images", namePrefix: "acme", keyPrefix });
  expect(codes(queue)).toEqual(refused);
});
