import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { CloudwatchLogStream } from "@cdktf/provider-aws/lib/cloudwatch-log-stream";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Kinesisanalyticsv2Application } from "@cdktf/provider-aws/lib/kinesisanalyticsv2-application";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { Construct } from "constructs";
import { type AwsFacts, awsFacts } from "../../core/aws-facts";
import { AwsKey, logsMayUseKey } from "../../core/aws-key";
import { LOG_RETENTION_DAYS } from "../../core/aws-log-retention";
import { type PolicyStatement, policyJson, serviceTrust } from "../../core/aws-policy";
import { escapeTemplate } from "../../core/escape";
import { stableJson } from "../../core/json";
import { resourceName } from "../../core/naming";
import { type NameRule, Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { type AwsRoleIdentity, Identity } from "../../fabric/identity";
import type { AwsSite } from "../../fabric/site";
import type { IAwsNetwork } from "../../network/network";
import {
  grantProcessor,
  type IStreamProcessor,
  type ProcessorModel,
  resolveProcessor,
  type StreamProcessorProps,
} from "../processor";
import type { TopicAccess } from "../streaming";
import { MSK_IAM_PORT, MSK_TLS_PORT } from "./msk-network";

/** The job as an object of S3 that exists. */
export interface S3Artefact {
  /** May be a token. */
  readonly bucketArn: string;
  /** Key of the jar, or of a zip for Python. Literal. */
  readonly key: string;
  /** Version of the object: without it a changed object is not noticed. @default - the newest when it is applied */
  readonly objectVersion?: string;
  /** ARN of the KMS key of the object; may be a token. @default - S3's own */
  readonly encryptionKeyArn?: string;
}

export interface AwsStreamProcessorProps extends StreamProcessorProps<AwsSite> {
  readonly artefact: S3Artefact;
  /** Where the brokers are. Needed for sources or sinks on MSK. @default - outside of any network of yours */
  readonly network?: IAwsNetwork;
  /** @default "FLINK-1_20" */
  readonly runtime?: (typeof RUNTIMES)[number];
  /** Seconds between checkpoints, which the service keeps; `false` for none. @default 60 */
  readonly checkpointIntervalSeconds?: number | false;
  /** Parallel subtasks to start with. */
  readonly parallelism: number;
  /** Subtasks of one Kinesis processing unit (1 vCPU, 4 GiB), 1 to 8. @default 1 */
  readonly parallelismPerKpu?: number;
  /** `autoscaler`: the service scales by CPU load. @default "autoscaler" */
  readonly scaling?: "autoscaler" | "fixed";
  /** Texts for the job, in the property group `job`. Never put secrets here. @default - none */
  readonly properties?: Readonly<Record<string, string>>;
  /** Days for which logs are kept. @default 90 */
  readonly logRetentionDays?: number;
  /** Start the job when it is made. @default true */
  readonly start?: boolean;
}

/** Source: https://docs.aws.amazon.com/cdk/api/v2/docs/@aws-cdk_aws-kinesisanalytics-flink-alpha.Runtime.html (read 2026-11-24) */
const RUNTIMES = ["FLINK-1_19", "FLINK-1_20"] as const;

const HTTPS_PORT = 443;

const BUCKET_ARN: NameRule = {
  pattern: /^arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  maxLength: 100,
  form: "arn:aws:s3:::bucket",
};

const OBJECT_KEY: NameRule = {
  pattern: /^[A-Za-z0-9!_.()/-]+$/,
  maxLength: 1024,
  form: "the key of a jar or a zip: letters, digits and ! _ . ( ) / -",
};

const OBJECT_VERSION: NameRule = {
  pattern: /^[A-Za-z0-9._-]+$/,
  maxLength: 1024,
  form: "the version id of an object",
};

/**
 * A job of Managed Service for Apache Flink. State is kept by the service: snapshots are taken when the job is changed, and
 * it goes on from them. What the job needs to connect is in the property group `stream`: `sources` and `sinks`, lists of
 * `TopicAccess` as JSON, and `delivery`; the mode of checkpoints is set by the job's code.
 *
 * Makes `aws_kinesisanalyticsv2_application`, `aws_iam_role`, `aws_iam_role_policy`, `aws_cloudwatch_log_group`,
 * `aws_cloudwatch_log_stream`, `aws_kms_key`, `aws_kms_alias`, and with a network `aws_security_group`,
 * `aws_vpc_security_group_egress_rule`.
 *
 * @throws SavepointWithoutCheckpoints, ExactlyOnceUnsupported, SourceAndSink, MissingValue, InvalidName, NotOneOf,
 *   NumberOutOfRange, and what grants throw; at synth ProviderOfOtherPlace
 */
export class AwsStreamProcessor extends Construct implements IStreamProcessor {
  readonly site: AwsSite;
  readonly processorName: string;
  readonly identity: AwsRoleIdentity;
  readonly sources: readonly TopicAccess[];
  readonly sinks: readonly TopicAccess[];
  readonly role: IamRole;
  readonly rolePolicy: IamRolePolicy;
  readonly key: AwsKey;
  readonly logGroup: CloudwatchLogGroup;
  readonly logStream: CloudwatchLogStream;
  /** Undefined without a network. */
  readonly securityGroup?: SecurityGroup;
  readonly application: Kinesisanalyticsv2Application;

  constructor(scope: Construct, id: string, props: AwsStreamProcessorProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    this.site = props.site;
    this.processorName = props.name;
    const model = resolveProcessor(problems, props, props.checkpointIntervalSeconds !== false);
    checkFlink(problems, props);
    problems.throwIfAny();
    const { name } = props;
    const facts = awsFacts(this, props.site);
    this.key = new AwsKey(this, "key", {
      facts,
      aliasName: `${name}-processor`,
      description: `Logs of processor ${name}`,
      protect: false,
      statements: [logsMayUseKey(facts)],
    });
    this.logGroup = new CloudwatchLogGroup(this, "logs", {
      name: `/aws/kinesis-analytics/${name}`,
      retentionInDays: props.logRetentionDays ?? 90,
      kmsKeyId: this.key.key.arn,
    });
    this.logStream = new CloudwatchLogStream(this, "log-stream", {
      name: "flink",
      logGroupName: this.logGroup.name,
    });
    this.role = new IamRole(this, "role", {
      name: resourceName([name, "processor"], { maxLength: 64 }),
      description: `Processor ${name}`,
      assumeRolePolicy: serviceTrust("kinesisanalytics.amazonaws.com", {
        account: facts.account,
        sourceArn: `arn:${facts.partition}:kinesisanalytics:${facts.region}:${facts.account}:application/${name}`,
      }),
    });
    this.rolePolicy = new IamRolePolicy(this, "policy", {
      name: "job",
      role: this.role.name,
      policy: policyJson(ownRights(facts, props, this.logGroup.arn)),
    });
    this.identity = Identity.awsRole(name, this.role.arn);
    const granted = grantProcessor(props, this.identity);
    this.sources = granted.sources.map(({ access }) => access);
    this.sinks = granted.sinks.map(({ access }) => access);
    this.securityGroup = props.network && this.makeSecurityGroup(name, props.network);
    this.application = new Kinesisanalyticsv2Application(this, "application", {
      name,
      description: `Processor ${name}`,
      runtimeEnvironment: props.runtime ?? "FLINK-1_20",
      applicationMode: "STREAMING",
      serviceExecutionRole: this.role.arn,
      startApplication: props.start ?? true,
      cloudwatchLoggingOptions: { logStreamArn: this.logStream.arn },
      applicationConfiguration: this.configuration(props, model),
      // A job that starts before it may read fails.
      dependsOn: [
        this.rolePolicy,
        ...[...granted.sources, ...granted.sinks].flatMap(({ resources }) => resources),
      ],
    });
  }

  private configuration(props: AwsStreamProcessorProps, model: ProcessorModel) {
    const { artefact, network } = props;
    const interval = props.checkpointIntervalSeconds ?? 60;
    return {
      applicationCodeConfiguration: {
        codeContentType: "ZIPFILE",
        codeContent: {
          s3ContentLocation: {
            bucketArn: artefact.bucketArn,
            fileKey: artefact.key,
            objectVersion: artefact.objectVersion,
          },
        },
      },
      applicationSnapshotConfiguration: { snapshotsEnabled: model.upgrade === "savepoint" },
      runConfiguration: {
        applicationRestoreConfiguration: {
          applicationRestoreType:
            model.upgrade === "savepoint" ? "RESTORE_FROM_LATEST_SNAPSHOT" : "SKIP_RESTORE_FROM_SNAPSHOT",
        },
        flinkRunConfiguration: { allowNonRestoredState: false },
      },
      environmentProperties: {
        propertyGroup: [
          ...(props.properties ? [{ propertyGroupId: "job", propertyMap: escaped(props.properties) }] : []),
          {
            propertyGroupId: "stream",
            propertyMap: {
              delivery: model.delivery,
              sinks: stableJson(this.sinks),
              sources: stableJson(this.sources),
            },
          },
        ],
      },
      flinkApplicationConfiguration: {
        checkpointConfiguration: {
          configurationType: "CUSTOM",
          checkpointingEnabled: interval !== false,
          checkpointInterval: interval === false ? undefined : interval * 1000,
        },
        monitoringConfiguration: {
          configurationType: "CUSTOM",
          logLevel: "INFO",
          metricsLevel: "OPERATOR",
        },
        parallelismConfiguration: {
          configurationType: "CUSTOM",
          parallelism: props.parallelism,
          parallelismPerKpu: props.parallelismPerKpu ?? 1,
          autoScalingEnabled: (props.scaling ?? "autoscaler") === "autoscaler",
        },
      },
      vpcConfiguration: network && {
        subnetIds: [...network.privateSubnetIds],
        securityGroupIds: [this.securityGroup!.id],
      },
    };
  }

  private makeSecurityGroup(name: string, network: IAwsNetwork): SecurityGroup {
    const group = new SecurityGroup(this, "security-group", {
      name: `${name}-processor`,
      description: `Processor ${name}`,
      vpcId: network.vpcId,
      revokeRulesOnDelete: true,
      tags: { Name: `${name}-processor` },
    });
    const rule = (id: string, description: string, cidrIpv4: string, fromPort: number, toPort: number) =>
      new VpcSecurityGroupEgressRule(this, id, {
        securityGroupId: group.id,
        description,
        cidrIpv4,
        ipProtocol: "tcp",
        fromPort,
        toPort,
      });
    // The gateway to S3 is no address of the network.
    rule("services", "Services of AWS", "0.0.0.0/0", HTTPS_PORT, HTTPS_PORT);
    rule("brokers", "Brokers", network.cidrBlock, MSK_TLS_PORT, MSK_IAM_PORT);
    return group;
  }
}

/** What the service needs to run any job, whatever it reads and writes. */
function ownRights(
  facts: AwsFacts,
  props: AwsStreamProcessorProps,
  logGroupArn: string,
): readonly PolicyStatement[] {
  const { artefact } = props;
  const statements: PolicyStatement[] = [
    {
      Sid: "ReadTheJob",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: [`${artefact.bucketArn}/${artefact.key}`],
    },
    {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: ["logs:DescribeLogStreams", "logs:PutLogEvents"],
      Resource: [logGroupArn, `${logGroupArn}:log-stream:*`],
    },
    { Sid: "FindLogs", Effect: "Allow", Action: ["logs:DescribeLogGroups"], Resource: ["*"] },
  ];
  if (artefact.encryptionKeyArn !== undefined) {
    statements.push({
      Sid: "DecryptTheJob",
      Effect: "Allow",
      Action: ["kms:Decrypt"],
      Resource: [artefact.encryptionKeyArn],
    });
  }
  if (props.network) {
    // Source: https://docs.aws.amazon.com/managed-flink/latest/java/vpc-permissions.html (2026-11)
    statements.push({
      Sid: "ReachTheNetwork",
      Effect: "Allow",
      Action: [
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
      ],
      Resource: ["*"],
      Condition: { StringEquals: { "aws:RequestedRegion": facts.region } },
    });
  }
  return statements;
}

function checkFlink(problems: Problems, props: AwsStreamProcessorProps): void {
  const { artefact, parallelismPerKpu = 1, checkpointIntervalSeconds = 60 } = props;
  if (
    problems.required("artefact.bucketArn", artefact.bucketArn, BUCKET_ARN.form) &&
    !isToken(artefact.bucketArn)
  ) {
    problems.name("artefact.bucketArn", artefact.bucketArn, BUCKET_ARN);
  }
  if (problems.required("artefact.key", artefact.key, OBJECT_KEY.form)) {
    problems.name("artefact.key", artefact.key, OBJECT_KEY);
  }
  if (artefact.objectVersion !== undefined && !isToken(artefact.objectVersion)) {
    problems.name("artefact.objectVersion", artefact.objectVersion, OBJECT_VERSION);
  }
  if (artefact.encryptionKeyArn !== undefined) {
    problems.arn("artefact.encryptionKeyArn", artefact.encryptionKeyArn, "kms");
  }
  problems.oneOf("runtime", props.runtime ?? "FLINK-1_20", RUNTIMES);
  problems.oneOf("scaling", props.scaling ?? "autoscaler", ["autoscaler", "fixed"]);
  problems.oneOf("logRetentionDays", `${props.logRetentionDays ?? 90}`, LOG_RETENTION_DAYS.map(String));
  const known = problems.literalInteger("parallelism", props.parallelism, { min: 1, max: 1024 });
  if (problems.literalInteger("parallelismPerKpu", parallelismPerKpu, { min: 1, max: 8 }) && known) {
    problems.literalInteger("parallelismPerKpu", parallelismPerKpu, {
      min: 1,
      max: Math.min(8, props.parallelism),
    });
  }
  if (checkpointIntervalSeconds !== false) {
    problems.literalInteger("checkpointIntervalSeconds", checkpointIntervalSeconds, { min: 1, max: 3600 });
  }
  const sinks = (props.sinks ?? []).flatMap((sink) => ("stream" in sink ? [sink.stream] : []));
  const streams = [...(props.sources ?? []).map(({ stream }) => stream), ...sinks];
  if (streams.some(({ engine }) => engine.protocol === "kafka") && props.network === undefined) {
    problems.required("network", props.network, "the network from which the brokers are reached");
  }
  for (const key of Object.keys(props.properties ?? {})) {
    problems.literal(`properties "${key}"`, key, "a literal key");
  }
}

/** Texts of the user, as they are: Terraform must not interpolate them. */
function escaped(properties: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [escapeTemplate(key), escapeTemplate(value)]),
  );
}
