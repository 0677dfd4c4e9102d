import { readFileSync } from "node:fs";
import { join } from "node:path";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { S3Object } from "@cdktf/provider-aws/lib/s3-object";
import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import { type PolicyStatement, policyJson, serviceTrust } from "../../core/aws-policy";
import { escapeTemplate } from "../../core/escape";
import { stableJson } from "../../core/json";
import { fingerprint, resourceName } from "../../core/naming";
import { Identity } from "../../fabric/identity";
import type { ILakehouse } from "../../lakehouse/index";
import type { MaterializationPlan } from "../freshness";
import type { FeatureView } from "../schema";
import { grantSource } from "../source-grant";
import type { AwsMaterializationSpark } from "./props";

export interface AwsMaterializationProps {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  readonly view: FeatureView;
  readonly plan: MaterializationPlan;
  readonly groupName: string;
  readonly lakehouse: ILakehouse;
  readonly spark: AwsMaterializationSpark;
  readonly script: AwsJobScript;
  readonly metricNamespace: string;
  /** What the job may do beside reading its table; grants the role its rights on the group. */
  readonly grantWrite: (identity: Identity) => { readonly resources: readonly ITerraformDependable[] };
}

/** The job as text. */
export function materializeScript(): string {
  return readFileSync(join(__dirname, "jobs", "materialize.py"), "utf8");
}

/** A window of so many intervals: rows that were committed while a run was on, or while one failed, are taken again. */
const WINDOW_INTERVALS = 4;
const EXECUTOR_VCPU = 2;
const MAX_EXECUTORS = 4;
const MEMORY_GB_PER_VCPU = 3;

export interface AwsJobScriptProps {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  /** Literal name of the bucket, or a token. */
  readonly bucketName: string;
  readonly kmsKeyArn: string;
}

/**
 * The Spark program, kept in a zone of the lakehouse. Its name holds its fingerprint, so a job never runs half of it.
 *
 * Makes `aws_s3_object`.
 */
export class AwsJobScript extends Construct {
  readonly object: S3Object;
  readonly uri: string;
  /** What a job needs to read it. */
  readonly statements: readonly PolicyStatement[];

  constructor(scope: Construct, id: string, { facts, namePrefix, bucketName, kmsKeyArn }: AwsJobScriptProps) {
    super(scope, id);
    const text = materializeScript();
    const key = `_jobs/${namePrefix}/materialize-${fingerprint(text)}.py`;
    this.object = new S3Object(this, "object", {
      bucket: bucketName,
      key,
      content: escapeTemplate(text),
      contentType: "text/x-python",
      serverSideEncryption: "aws:kms",
      kmsKeyId: kmsKeyArn,
    });
    this.uri = `s3://${bucketName}/${key}`;
    this.statements = [
      {
        Sid: "ReadProgram",
        Effect: "Allow",
        Action: ["s3:GetObject"],
        Resource: [`arn:${facts.partition}:s3:::${bucketName}/${key}`],
      },
      {
        Sid: "DecryptProgram",
        Effect: "Allow",
        Action: ["kms:Decrypt"],
        Resource: [kmsKeyArn],
        Condition: { StringEquals: { "kms:ViaService": `s3.${facts.region}.${facts.dnsSuffix}` } },
      },
    ];
  }
}

/** Spark looks at these databases before it knows which one a query means. */
function findDatabases(facts: AwsFacts): PolicyStatement {
  return {
    Sid: "FindDatabasesOfSpark",
    Effect: "Allow",
    Action: ["glue:GetDatabase"],
    Resource: ["catalog", "database/default", "database/global_temp"].map((name) =>
      regionalArn(facts, "glue", name),
    ),
  };
}

/** Cron of EventBridge Scheduler: one of the two days is a question mark, and there are years. */
function schedulerExpression(cron: string): string {
  const [minute, hour, day, month] = cron.split(" ");
  return `cron(${minute!.replace("*/", "0/")} ${hour!.replace("*/", "0/")} ${day} ${month} ? *)`;
}

/**
 * A Spark job on EMR Serverless that EventBridge Scheduler starts: it reads one table, with a role that may read just
 * that table and write just one feature group.
 *
 * Makes `aws_iam_role`, `aws_iam_role_policy`, `aws_scheduler_schedule`, and what grants of the lakehouse make.
 */
export class AwsMaterialization extends Construct {
  readonly jobRole: IamRole;
  readonly jobPolicy: IamRolePolicy;
  readonly schedulerRole: IamRole;
  readonly schedulerPolicy: IamRolePolicy;
  readonly schedule: SchedulerSchedule;

  constructor(scope: Construct, id: string, props: AwsMaterializationProps) {
    super(scope, id);
    const { facts, namePrefix, view, script, plan } = props;
    const roleName = (use: string): string => resourceName([namePrefix, view.name, use], { maxLength: 64 });
    const application = regionalArn(facts, "emr-serverless", `/applications/${props.spark.applicationId}`);
    this.jobRole = new IamRole(this, "job-role", {
      name: roleName("materialize"),
      description: `Carries ${view.source.zone}.${view.source.table} into the online store`,
      assumeRolePolicy: serviceTrust("emr-serverless.amazonaws.com", {
        account: facts.account,
        sourceArn: regionalArn(facts, "emr-serverless", "/applications/*"),
      }),
    });
    this.jobPolicy = new IamRolePolicy(this, "job-policy", {
      name: "program",
      role: this.jobRole.name,
      policy: policyJson([...script.statements, findDatabases(facts)]),
    });
    const identity = Identity.awsRole(
      resourceName([namePrefix, view.name.replaceAll("_", "-"), "job"], { maxLength: 32 }),
      this.jobRole.arn,
    );
    // Files of Iceberg tables hold all columns: a job that reads files reads the whole table.
    const reads = grantSource(props.lakehouse, view.source, identity, { includePii: true });
    const writes = props.grantWrite(identity);
    this.schedulerRole = new IamRole(this, "scheduler-role", {
      name: roleName("schedule"),
      description: `Starts the materialization of ${view.name}`,
      assumeRolePolicy: serviceTrust("scheduler.amazonaws.com", {
        account: facts.account,
        sourceArn: regionalArn(facts, "scheduler", "schedule/default/*"),
      }),
    });
    this.schedulerPolicy = new IamRolePolicy(this, "scheduler-policy", {
      name: "start",
      role: this.schedulerRole.name,
      policy: policyJson([
        { Sid: "StartJob", Effect: "Allow", Action: ["emr-serverless:StartJobRun"], Resource: [application] },
        {
          Sid: "HandOverRole",
          Effect: "Allow",
          Action: ["iam:PassRole"],
          Resource: [this.jobRole.arn],
          Condition: { StringEquals: { "iam:PassedToService": "emr-serverless.amazonaws.com" } },
        },
      ]),
    });
    this.schedule = new SchedulerSchedule(this, "schedule", {
      name: roleName("materialize"),
      description: escapeTemplate(plan.because),
      scheduleExpression: schedulerExpression(plan.cron!),
      scheduleExpressionTimezone: "UTC",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: `arn:${facts.partition}:scheduler:::aws-sdk:emrserverless:startJobRun`,
        roleArn: this.schedulerRole.arn,
        input: jobInput(props, this.jobRole.arn),
        retryPolicy: { maximumEventAgeInSeconds: Math.max(60, plan.everySeconds!), maximumRetryAttempts: 3 },
      },
      dependsOn: [this.jobPolicy, this.schedulerPolicy, ...reads.resources, ...writes.resources],
    });
  }
}

function jobInput(props: AwsMaterializationProps, jobRoleArn: string): string {
  const { facts, view, plan, script, spark } = props;
  const vcpu = spark.executorVcpu ?? EXECUTOR_VCPU;
  const [key] = view.entity.keys;
  const endpoint = props.lakehouse.catalogEndpoint(view.source.zone);
  const database = endpoint.kind === "glue" ? endpoint.database : "";
  const config = {
    table: `${database}.${view.source.table}`,
    key: { name: key!.name, type: key!.type.scalar },
    eventTime: view.source.eventTime,
    createdTime: view.source.createdTime,
    features: view.features.map(({ name, column, type }) => ({
      name,
      column,
      scalar: type.scalar,
      list: type.list,
    })),
    featureGroup: props.groupName,
    region: facts.region,
    windowSeconds: WINDOW_INTERVALS * plan.everySeconds!,
    namespace: props.metricNamespace,
    view: view.name,
  };
  return stableJson({
    ApplicationId: spark.applicationId,
    // The scheduler fills in the id of the invocation: a retry does not start a second job.
    ClientToken: "<aws.scheduler.execution-id>",
    ExecutionRoleArn: jobRoleArn,
    ExecutionTimeoutMinutes: Math.max(5, Math.ceil(plan.everySeconds! / 60)),
    JobDriver: {
      SparkSubmit: {
        EntryPoint: script.uri,
        EntryPointArguments: [stableJson(config)],
        SparkSubmitParameters: [
          `--conf spark.executor.cores=${vcpu}`,
          `--conf spark.executor.memory=${vcpu * MEMORY_GB_PER_VCPU}g`,
          `--conf spark.dynamicAllocation.maxExecutors=${spark.maxExecutors ?? MAX_EXECUTORS}`,
        ].join(" "),
      },
    },
    Name: view.name,
  });
}
