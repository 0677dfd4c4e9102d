import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Fn } from "cdktf";
import type { Construct } from "constructs";
import { type AwsFacts, awsFacts } from "../../core/aws-facts";
import { AwsKey } from "../../core/aws-key";
import { policyJson, serviceTrust } from "../../core/aws-policy";
import { resourceName } from "../../core/naming";
import { type NameRule, Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { Identity } from "../../fabric/identity";
import type { AwsSite } from "../../fabric/site";
import type { Grant } from "../../lakehouse/index";
import { FeatureErrors } from "../errors";
import { FeatureStoreBase, type FeatureStoreModel } from "../feature-store-base";
import type { OnlineLookup } from "../features";
import type { FeatureSchema, FeatureView } from "../schema";
import { AwsFreshnessAlarm } from "./alarms";
import { AwsFeatureErrors } from "./errors";
import { AwsFeatureGroup, featureGroupName } from "./feature-group";
import { AwsFeatureGrants } from "./grants";
import { AwsJobScript, AwsMaterialization } from "./materialization";
import type { AwsFeatureStoreProps } from "./props";
import { type AwsOnlineSize, awsOnlineSize } from "./sizing";

/** Source: https://docs.aws.amazon.com/emr-serverless/latest/APIReference/API_Application.html (read 2026-11) */
const APPLICATION_ID: NameRule = {
  pattern: /^[0-9a-z]+$/,
  maxLength: 64,
  form: "the id of an application of EMR Serverless: lower-case letters and digits",
};

/**
 * A feature store on AWS: one SageMaker feature group per view, filled from the lakehouse's tables by Spark jobs of EMR
 * Serverless, or by processors of streams.
 *
 * Names: feature groups `<namePrefix>-<view>`, roles `<namePrefix>-<view>-<use>`, cut and hashed where AWS allows less.
 * The history for training is the source table of a view; `offlineStore` keeps what was served beside it.
 *
 * Makes: `aws_kms_key`, `aws_kms_alias`; {@link AwsFeatureGroup}s; {@link AwsMaterialization}s; {@link AwsJobScript};
 * {@link AwsFreshnessAlarm}s; {@link AwsFeatureGrants}; an `aws_iam_role` with its policy for SageMaker.
 *
 * @throws IncompatibleSchema, TypeUnsupportedAtSite, UnsupportedAtSite, SourceTableMissing, SourceColumnMissing,
 *   SourceColumnType, KeyColumnMissing, EventTimeMissing, EventTimeType, PiiUnmarked, FreshnessUnreachable,
 *   OnlineUnreachable, OfflineZoneWithTables, SparkMissing, NoEffect, LakehouseOfOtherSite, RemovalNeedsTwoKeys,
 *   MissingValue, NotOneOf. Grants: PiiNotGranted, GrantToForeignIdentity, DuplicateValue.
 */
export class AwsFeatureStore extends FeatureStoreBase {
  readonly site: AwsSite;
  readonly schema: FeatureSchema;
  /** Set unless a key was adopted. */
  readonly key?: AwsKey;
  readonly encryptionKeyArn: string;
  /** Role with which SageMaker keeps what was written. */
  readonly role: IamRole;
  readonly rolePolicy: IamRolePolicy;
  /** By the name of the view. */
  readonly groups: Readonly<Record<string, AwsFeatureGroup>>;
  /** How each online store was sized, and why, by the name of the view. */
  readonly sizes: Readonly<Record<string, AwsOnlineSize>>;
  /** Set if a view comes from a table. */
  readonly script?: AwsJobScript;
  /** Of views that come from tables, by name. */
  readonly materializations: Readonly<Record<string, AwsMaterialization>>;
  /** By the name of the view. */
  readonly alarms: Readonly<Record<string, AwsFreshnessAlarm>>;
  /** CloudWatch name space in which writers report `Writes`, with the dimension `View`. */
  readonly metricNamespace: string;

  protected readonly model: FeatureStoreModel;
  private readonly facts: AwsFacts;
  private readonly grants: AwsFeatureGrants;

  constructor(
    scope: Construct,
    id: string,
    protected readonly storeProps: AwsFeatureStoreProps,
  ) {
    super(scope, id);
    const props = storeProps;
    this.site = props.site;
    this.schema = props.schema;
    const problems = new Problems(this.node.path);
    this.model = this.resolve(problems, "aws", props);
    this.sizes = this.check(problems, props);
    problems.throwIfAny();
    this.facts = awsFacts(this, props.site);
    this.metricNamespace = `FeatureStore/${props.namePrefix}`;
    const { protect } = this.model;
    if (props.encryptionKeyArn === undefined) {
      this.key = new AwsKey(this, "key", {
        facts: this.facts,
        aliasName: `${props.namePrefix}-features`,
        description: `Online values of the feature store ${props.namePrefix}`,
        protect,
      });
    }
    this.encryptionKeyArn = props.encryptionKeyArn ?? this.key!.key.arn;
    this.grants = new AwsFeatureGrants(this, "grants", {
      facts: this.facts,
      namePrefix: props.namePrefix,
      encryptionKeyArn: this.encryptionKeyArn,
      metricNamespace: this.metricNamespace,
    });
    this.role = new IamRole(this, "role", {
      name: resourceName([props.namePrefix, "feature-store"], { maxLength: 64 }),
      description: "SageMaker keeps what was written to online stores with this role",
      assumeRolePolicy: serviceTrust("sagemaker.amazonaws.com", {
        account: this.facts.account,
        sourceArn: `arn:${this.facts.partition}:sagemaker:*:${this.facts.account}:*`,
      }),
    });
    this.rolePolicy = this.makeRolePolicy();
    const kept = this.grantKeeping();
    this.groups = this.byView((view) => this.makeGroup(view, kept));
    this.script = this.makeScript();
    this.materializations = this.byView((view) => this.makeMaterialization(view));
    this.alarms = this.byView(
      (view) =>
        new AwsFreshnessAlarm(this, `alarm-${view.name}`, {
          namePrefix: props.namePrefix,
          view,
          plan: this.model.plans.get(view.name)!,
          metricNamespace: this.metricNamespace,
          topicArns: props.alarmTopicArns ?? [],
        }),
    );
  }

  protected lookup(view: FeatureView): OnlineLookup {
    const { region, dnsSuffix } = this.facts;
    return {
      kind: "sagemaker-feature-store",
      endpoint: `https://featurestore-runtime.sagemaker.${region}.${dnsSuffix}`,
      resource: this.groups[view.name]!.group.featureGroupName,
      ...this.fields("aws", view),
      eventTime: view.source.eventTime,
      auth: "aws-sigv4",
    };
  }

  protected giveRead(view: FeatureView, identity: Identity): Grant {
    return this.grants.grant("read", this.groupName(view), identity);
  }

  protected write(view: FeatureView, identity: Identity): Grant {
    return this.grants.grant("write", this.groupName(view), identity);
  }

  private groupName(view: FeatureView): string {
    return featureGroupName(this.storeProps.namePrefix, view.name);
  }

  private byView<T>(make: (view: FeatureView) => T | undefined): Readonly<Record<string, T>> {
    const made = this.model.views.map((view) => [view.name, make(view)] as const);
    return Object.fromEntries(made.filter((entry): entry is [string, T] => entry[1] !== undefined));
  }

  /** What only AWS refuses. Returns the sizes. */
  private check(problems: Problems, props: AwsFeatureStoreProps): Readonly<Record<string, AwsOnlineSize>> {
    for (const view of this.model.views) {
      if (view.entity.keys.length > 1) {
        problems.add(FeatureErrors.UnsupportedAtSite, {
          subject: `view "${view.name}" entity "${view.entity.name}"`,
          given: view.entity.keys.map(({ name }) => name),
          allowed: "one key: a SageMaker feature group has one record identifier",
          fix: "add a column that joins the keys, and make it the entity's one key",
        });
      }
    }
    if (props.encryptionKeyArn !== undefined) {
      problems.arn("encryptionKeyArn", props.encryptionKeyArn, "kms");
    }
    for (const [index, arn] of (props.alarmTopicArns ?? []).entries()) {
      problems.arn(`alarmTopicArns[${index}]`, arn, "sns");
    }
    this.checkOffline(problems, props);
    this.checkSpark(problems, props);
    return Object.fromEntries(
      this.model.loads.map((load) => [load.view.name, awsOnlineSize(problems, load)]),
    );
  }

  private checkOffline(problems: Problems, { offlineStore, lakehouse }: AwsFeatureStoreProps): void {
    if (
      !problems.required("offlineStore", offlineStore, "{ zone }, or false to keep nothing") ||
      !offlineStore
    ) {
      return;
    }
    if (!problems.oneOf("offlineStore.zone", offlineStore.zone, lakehouse.zoneNames)) {
      return;
    }
    const zone = lakehouse.zone(offlineStore.zone);
    if (zone.tableNames.length > 0) {
      problems.add(AwsFeatureErrors.OfflineZoneWithTables, {
        subject: `offlineStore.zone "${offlineStore.zone}"`,
        given: zone.tableNames,
        allowed: "a zone without tables",
      });
    }
    problems.required(
      `encryption key of zone "${offlineStore.zone}"`,
      zone.encryptionKey,
      "a lakehouse whose key is known (`encryptionKeyArn` when it is adopted)",
    );
  }

  private checkSpark(problems: Problems, { spark, lakehouse }: AwsFeatureStoreProps): void {
    const batch = this.model.views.filter(({ source }) => source.kind === "table");
    if (spark === undefined) {
      if (batch.length > 0) {
        problems.add(AwsFeatureErrors.SparkMissing, {
          subject: "spark",
          given: undefined,
          allowed: `a Spark application, for ${batch.map(({ name }) => name).join(", ")}`,
        });
      }
      return;
    }
    if (problems.required("spark.applicationId", spark.applicationId, APPLICATION_ID.form)) {
      // Tokens pass: the application is usually made beside the feature store.
      if (!isToken(spark.applicationId)) {
        problems.name("spark.applicationId", spark.applicationId, APPLICATION_ID);
      }
    }
    problems.literalInteger("spark.executorVcpu", spark.executorVcpu ?? 1, { min: 1, max: 16 });
    problems.literalInteger("spark.maxExecutors", spark.maxExecutors ?? 1, { min: 1, max: 1000 });
    for (const view of batch) {
      const zone = lakehouse.zoneNames.includes(view.source.zone)
        ? lakehouse.zone(view.source.zone)
        : undefined;
      if (zone !== undefined) {
        problems.required(
          `encryption key of zone "${view.source.zone}"`,
          zone.encryptionKey,
          "a lakehouse whose key is known (`encryptionKeyArn` when it is adopted)",
        );
      }
    }
  }

  private makeRolePolicy(): IamRolePolicy {
    return new IamRolePolicy(this, "role-policy", {
      name: "online-store",
      role: this.role.name,
      policy: policyJson([
        {
          Sid: "UseKeyOfOnlineStores",
          Effect: "Allow",
          Action: ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
          Resource: [this.encryptionKeyArn],
        },
        ...(this.storeProps.offlineStore
          ? [
              {
                Sid: "CheckBucket",
                Effect: "Allow" as const,
                Action: ["s3:GetBucketAcl"],
                Resource: [
                  `arn:${this.facts.partition}:s3:::${this.bucketOf(this.storeProps.offlineStore.zone)}`,
                ],
              },
            ]
          : []),
      ]),
    });
  }

  /** Lets SageMaker make and fill tables in the zone, by the lakehouse's own grant. */
  private grantKeeping(): Grant["resources"] {
    const { offlineStore, lakehouse, namePrefix } = this.storeProps;
    if (!offlineStore) {
      return [];
    }
    const name = resourceName([namePrefix, "sagemaker"], { maxLength: 32 });
    return lakehouse.zone(offlineStore.zone).grantWrite(Identity.awsRole(name, this.role.arn)).resources;
  }

  private bucketOf(zone: string): string {
    const { location } = this.storeProps.lakehouse.zone(zone);
    return isToken(location) ? Fn.trimprefix(location, "s3://") : location.replace(/^s3:\/\//, "");
  }

  private makeGroup(view: FeatureView, kept: Grant["resources"]): AwsFeatureGroup {
    const { offlineStore, lakehouse, namePrefix } = this.storeProps;
    const size = this.sizes[view.name]!;
    const endpoint = offlineStore ? lakehouse.catalogEndpoint(offlineStore.zone) : undefined;
    const keeps = offlineStore && size.storageType === "Standard" && endpoint?.kind === "glue";
    return new AwsFeatureGroup(this, `group-${view.name}`, {
      view,
      groupName: this.groupName(view),
      size,
      encryptionKeyArn: this.encryptionKeyArn,
      roleArn: this.role.arn,
      offline: keeps
        ? {
            s3Uri: `s3://${this.bucketOf(offlineStore.zone)}/feature-store/${namePrefix}`,
            kmsKeyArn: lakehouse.zone(offlineStore.zone).encryptionKey!,
            database: endpoint.database,
            piiTagKey: offlineStore.piiTagKey,
          }
        : undefined,
      protect: this.model.protect,
      after: [this.rolePolicy, ...kept],
    });
  }

  private makeScript(): AwsJobScript | undefined {
    const first = this.model.views.find(({ source }) => source.kind === "table");
    if (first === undefined) {
      return undefined;
    }
    const { zone } = first.source;
    return new AwsJobScript(this, "script", {
      facts: this.facts,
      namePrefix: this.storeProps.namePrefix,
      bucketName: this.bucketOf(zone),
      kmsKeyArn: this.storeProps.lakehouse.zone(zone).encryptionKey!,
    });
  }

  private makeMaterialization(view: FeatureView): AwsMaterialization | undefined {
    const plan = this.model.plans.get(view.name)!;
    if (plan.kind === "stream") {
      return undefined;
    }
    return new AwsMaterialization(this, `materialize-${view.name}`, {
      facts: this.facts,
      namePrefix: this.storeProps.namePrefix,
      view,
      plan,
      groupName: this.groupName(view),
      lakehouse: this.storeProps.lakehouse,
      spark: this.storeProps.spark!,
      script: this.script!,
      metricNamespace: this.metricNamespace,
      grantWrite: (identity) => this.write(view, identity),
    });
  }
}
