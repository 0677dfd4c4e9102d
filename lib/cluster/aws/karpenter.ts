import type { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import type { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { EksAccessEntry } from "@cdktf/provider-aws/lib/eks-access-entry";
import { IamInstanceProfile } from "@cdktf/provider-aws/lib/iam-instance-profile";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import { policyJson } from "../../core/aws-policy";
import { stableJson } from "../../core/json";
import { resourceName } from "../../core/naming";
import { karpenterPolicies } from "./karpenter-policy";
import { AwsNodeRole } from "./node-role";
import { AwsPodRole } from "./pod-role";

/** Loaded on first use: the bindings are large, and a cluster without elastic pools makes none. */
const loadEventRule = () =>
  (
    require("@cdktf/provider-aws/lib/cloudwatch-event-rule") as typeof import("@cdktf/provider-aws/lib/cloudwatch-event-rule")
  ).CloudwatchEventRule;
const loadEventTarget = () =>
  (
    require("@cdktf/provider-aws/lib/cloudwatch-event-target") as typeof import("@cdktf/provider-aws/lib/cloudwatch-event-target")
  ).CloudwatchEventTarget;

/** Where the chart of the controller is installed. */
const CONTROLLER = { namespace: "kube-system", serviceAccount: "karpenter" } as const;

/** Seconds after which nobody needs to hear of an interruption any more. */
const MESSAGE_SECONDS = 300;

/**
 * What EC2 says before it takes an instance away.
 * Source: github.com/aws/karpenter-provider-aws v1.14 cloudformation.yaml (read 2026-11-24)
 */
const EVENTS: Readonly<Record<string, { readonly source: string; readonly type: string }>> = {
  "scheduled-change": { source: "aws.health", type: "AWS Health Event" },
  "spot-interruption": { source: "aws.ec2", type: "EC2 Spot Instance Interruption Warning" },
  rebalance: { source: "aws.ec2", type: "EC2 Instance Rebalance Recommendation" },
  "state-change": { source: "aws.ec2", type: "EC2 Instance State-change Notification" },
  "reservation-end": { source: "aws.ec2", type: "EC2 Capacity Reservation Instance Interruption Warning" },
};

export interface AwsKarpenterProps {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  /** Token. */
  readonly clusterName: string;
  readonly encryptionKeyArn: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * What Karpenter needs in AWS: the role of its controller, the identity of its nodes, and a queue in which EC2 tells it
 * of instances that will be taken away. Messages hold nothing but ids, so the queue is encrypted with the key of SQS.
 *
 * Makes `aws_iam_role`, `aws_iam_role_policy`, `aws_eks_pod_identity_association`, `aws_iam_instance_profile`,
 * `aws_iam_role_policy_attachment`, `aws_eks_access_entry`, `aws_sqs_queue`, `aws_sqs_queue_policy`,
 * `aws_cloudwatch_event_rule`, `aws_cloudwatch_event_target`.
 */
export class AwsKarpenter extends Construct {
  readonly controllerRole: AwsPodRole;
  /** Of the nodes that Karpenter launches; EKS makes no access entry for it, as it does for managed node groups. */
  readonly nodeRole: AwsNodeRole;
  readonly instanceProfile: IamInstanceProfile;
  /** Literal. */
  readonly instanceProfileName: string;
  readonly accessEntry: EksAccessEntry;
  readonly queue: SqsQueue;
  readonly queuePolicy: SqsQueuePolicy;
  /** By event. */
  readonly rules: Readonly<Record<string, CloudwatchEventRule>>;
  /** By event. */
  readonly targets: Readonly<Record<string, CloudwatchEventTarget>>;

  constructor(scope: Construct, id: string, props: AwsKarpenterProps) {
    super(scope, id);
    const { facts, namePrefix } = props;
    const nodeRole = new AwsNodeRole(this, "node-role", { facts, namePrefix, use: "karpenter-node" });
    this.nodeRole = nodeRole;
    this.instanceProfileName = resourceName([namePrefix, "karpenter-node"], { maxLength: 128 });
    this.instanceProfile = new IamInstanceProfile(this, "instance-profile", {
      name: this.instanceProfileName,
      role: nodeRole.role.name,
    });
    this.accessEntry = new EksAccessEntry(this, "access", {
      clusterName: props.clusterName,
      principalArn: nodeRole.role.arn,
      type: "EC2_LINUX",
    });
    this.queue = new SqsQueue(this, "queue", {
      name: resourceName([namePrefix, "karpenter"], { maxLength: 80 }),
      messageRetentionSeconds: MESSAGE_SECONDS,
      sqsManagedSseEnabled: true,
    });
    this.rules = this.listen(props);
    this.targets = Object.fromEntries(
      Object.entries(this.rules).map(([event, rule]) => [
        event,
        new (loadEventTarget())(this, `target-${event}`, { rule: rule.name, arn: this.queue.arn }),
      ]),
    );
    this.queuePolicy = this.allowEvents(props);
    this.controllerRole = new AwsPodRole(this, "controller", {
      facts,
      namePrefix,
      ...CONTROLLER,
      clusterName: props.clusterName,
      policies: karpenterPolicies({
        facts,
        clusterName: namePrefix,
        queueArn: this.queue.arn,
        nodeRoleArn: nodeRole.role.arn,
        instanceProfileArn: this.instanceProfile.arn,
        encryptionKeyArn: props.encryptionKeyArn,
      }),
      dependsOn: props.dependsOn,
    });
  }

  private ruleName(namePrefix: string, event: string): string {
    return resourceName([namePrefix, "karpenter", event], { maxLength: 64 });
  }

  private listen({ namePrefix }: AwsKarpenterProps): Record<string, CloudwatchEventRule> {
    return Object.fromEntries(
      Object.entries(EVENTS).map(([event, { source, type }]) => [
        event,
        new (loadEventRule())(this, `rule-${event}`, {
          name: this.ruleName(namePrefix, event),
          description: `Tells Karpenter of the cluster ${namePrefix}: ${type}`,
          eventPattern: stableJson({ source: [source], "detail-type": [type] }),
        }),
      ]),
    );
  }

  private allowEvents({ facts, namePrefix }: AwsKarpenterProps): SqsQueuePolicy {
    const rules = Object.keys(EVENTS).map((event) =>
      regionalArn(facts, "events", `rule/${this.ruleName(namePrefix, event)}`),
    );
    return new SqsQueuePolicy(this, "queue-policy", {
      queueUrl: this.queue.id,
      policy: policyJson([
        {
          Sid: "RulesOfThisCluster",
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: ["sqs:SendMessage"],
          Resource: [this.queue.arn],
          Condition: { ArnEquals: { "aws:SourceArn": rules } },
        },
        {
          Sid: "RefusePlainHttp",
          Effect: "Deny",
          Principal: "*",
          Action: ["sqs:*"],
          Resource: [this.queue.arn],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ]),
    });
  }
}
