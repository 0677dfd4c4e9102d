import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import { Construct } from "constructs";
import { awsFacts } from "../../core/aws-facts";
import { AwsGrantees } from "../../core/aws-grantees";
import { AwsKey } from "../../core/aws-key";
import { policyJson } from "../../core/aws-policy";
import { stableJson } from "../../core/json";
import { resourceName } from "../../core/naming";
import { Problems } from "../../core/problems";
import { SiteErrors } from "../../fabric/errors";
import type { Identity } from "../../fabric/identity";
import { LakehouseErrors } from "../errors";
import type { Grant } from "../lakehouse";
import { checkKeyPrefix } from "../object-queue";
import type { AwsLakehouse } from "./lakehouse";

/** New objects of a zone as messages, for example for jobs that compute embeddings. */
export interface AwsObjectQueueProps {
  readonly lakehouse: AwsLakehouse;
  /** Zone of the lakehouse. */
  readonly zone: string;
  /** Start of the names of queue, rule and key, unique in the account: 2 to 48 lower-case letters, digits and hyphens. */
  readonly namePrefix: string;
  /** Only objects whose key starts so, for example `images/`. Needed in a zone with tables, whose files are objects too. @default - all */
  readonly keyPrefix?: string;
  /** Seconds that a consumer has for one message before another gets it, 30 to 43200. @default 300 */
  readonly visibilitySeconds?: number;
  /** Tries after which a message goes to the queue of those that nobody could handle, 1 to 1000. @default 5 */
  readonly maxReceives?: number;
  /** ARNs of IAM OIDC providers that exist, by issuer. @default - one is made per issuer of a granted identity */
  readonly oidcProviderArns?: Readonly<Record<string, string>>;
}

/** Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html (read 2026-11-24) */
const RETENTION_SECONDS = 14 * 86_400;
const NAME_LENGTH = 64;

/**
 * A queue of new objects of one zone: EventBridge, which the lakehouse's `dataEvents` tell of them, puts one message per
 * object into SQS. What fails again and again waits in a queue of its own.
 *
 * Makes `aws_sqs_queue` (two), `aws_sqs_queue_policy`, `aws_cloudwatch_event_rule`, `aws_cloudwatch_event_target`,
 * `aws_kms_key`, `aws_kms_alias`; for grants `aws_iam_role_policy` and the like.
 *
 * @throws UnknownZone, NoEventsToQueue, QueueSeesTables, InvalidName, NumberOutOfRange; of grants IdentityKindMismatch,
 *   MissingOidcIssuer, GrantNotApplicable, InvalidPrincipal, DuplicateValue
 */
export class AwsObjectQueue extends Construct {
  readonly key: AwsKey;
  readonly queue: SqsQueue;
  /** Messages that nobody could handle. */
  readonly deadLetters: SqsQueue;
  readonly rule: CloudwatchEventRule;
  readonly target: CloudwatchEventTarget;
  readonly policy: SqsQueuePolicy;
  private readonly grantees: AwsGrantees;

  constructor(scope: Construct, id: string, props: AwsObjectQueueProps) {
    super(scope, id);
    const { lakehouse, zone } = props;
    const bucket = this.check(props);
    const name = resourceName([props.namePrefix, zone, "objects"], { maxLength: NAME_LENGTH });
    const facts = awsFacts(this, lakehouse.site);
    this.key = new AwsKey(this, "key", {
      facts,
      aliasName: name,
      description: `Queue of new objects of zone ${zone}`,
      // Messages are copies: the objects stay.
      protect: false,
      statements: [
        {
          Sid: "EventsOfThisAccount",
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: ["kms:Decrypt", "kms:GenerateDataKey"],
          Resource: ["*"],
          Condition: { StringEquals: { "aws:SourceAccount": facts.account } },
        },
      ],
    });
    const shared = { kmsMasterKeyId: this.key.key.arn, messageRetentionSeconds: RETENTION_SECONDS };
    this.deadLetters = new SqsQueue(this, "dead-letters", { name: `${name}-failed`, ...shared });
    this.queue = new SqsQueue(this, "queue", {
      name,
      ...shared,
      visibilityTimeoutSeconds: props.visibilitySeconds ?? 300,
      redrivePolicy: stableJson({
        deadLetterTargetArn: this.deadLetters.arn,
        maxReceiveCount: props.maxReceives ?? 5,
      }),
    });
    const key = props.keyPrefix === undefined ? {} : { object: { key: [{ prefix: props.keyPrefix }] } };
    this.rule = new CloudwatchEventRule(this, "rule", {
      name,
      description: `New objects of zone ${zone}`,
      eventPattern: stableJson({
        source: ["aws.s3"],
        "detail-type": ["Object Created"],
        detail: { bucket: { name: [bucket] }, ...key },
      }),
    });
    this.policy = new SqsQueuePolicy(this, "policy", {
      queueUrl: this.queue.url,
      policy: policyJson([
        {
          Sid: "MessagesOfTheRule",
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: ["sqs:SendMessage"],
          Resource: [this.queue.arn],
          Condition: { ArnEquals: { "aws:SourceArn": this.rule.arn } },
        },
        {
          Sid: "OnlyTls",
          Effect: "Deny",
          Principal: "*",
          Action: ["sqs:*"],
          Resource: [this.queue.arn],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ]),
    });
    this.target = new CloudwatchEventTarget(this, "target", {
      rule: this.rule.name,
      arn: this.queue.arn,
      dependsOn: [this.policy],
    });
    this.grantees = new AwsGrantees(this, "grantees", {
      facts,
      nameParts: [props.namePrefix, zone, "objects"],
      oidcProviderArns: props.oidcProviderArns ?? {},
      errors: { ...LakehouseErrors, ...SiteErrors },
    });
  }

  /** Lets an identity take messages. Rights on the objects come from the zone. */
  grantConsume(identity: Identity): Grant {
    const { resources, access } = this.grantees.allow(identity, [
      {
        Sid: "TakeMessages",
        Effect: "Allow",
        Action: [
          "sqs:ChangeMessageVisibility",
          "sqs:DeleteMessage",
          "sqs:GetQueueAttributes",
          "sqs:ReceiveMessage",
        ],
        Resource: [this.queue.arn],
      },
      { Sid: "ReadMessages", Effect: "Allow", Action: ["kms:Decrypt"], Resource: [this.key.key.arn] },
    ]);
    return { resources, access };
  }

  /** Name of the zone's bucket. */
  private check(props: AwsObjectQueueProps): string {
    const problems = new Problems(this.node.path);
    // Throws for a zone that does not exist.
    props.lakehouse.zone(props.zone);
    const { bucket, tables } = props.lakehouse.zones[props.zone]!;
    if (bucket.notification === undefined) {
      problems.add(LakehouseErrors.NoEventsToQueue, {
        subject: `zone "${props.zone}"`,
        given: "a lakehouse without dataEvents",
        allowed: "a lakehouse with dataEvents",
      });
    }
    problems.name("namePrefix", props.namePrefix, {
      pattern: /^[a-z](-?[a-z0-9])+$/,
      maxLength: 48,
      form: "2 to 48 lower-case letters, digits and single hyphens, starting with a letter",
    });
    // In a Glue database a table is a folder of the zone's bucket; S3 Tables have buckets of their own.
    checkKeyPrefix(
      problems,
      props.keyPrefix,
      Object.keys(tables).map((table) => `${table}/`),
    );
    problems.literalInteger("visibilitySeconds", props.visibilitySeconds ?? 300, { min: 30, max: 43_200 });
    problems.literalInteger("maxReceives", props.maxReceives ?? 5, { min: 1, max: 1000 });
    problems.throwIfAny();
    return bucket.bucketName;
  }
}
