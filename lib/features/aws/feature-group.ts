import { LakeformationResourceLfTag } from "@cdktf/provider-aws/lib/lakeformation-resource-lf-tag";
import {
  SagemakerFeatureGroup,
  type SagemakerFeatureGroupConfig,
  type SagemakerFeatureGroupFeatureDefinition,
} from "@cdktf/provider-aws/lib/sagemaker-feature-group";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { escapeTemplate } from "../../core/escape";
import { resourceName } from "../../core/naming";
import { type FeatureType, siteType } from "../feature-type";
import { type Feature, type FeatureView, holdsPii } from "../schema";
import type { AwsOnlineSize } from "./sizing";

export interface AwsFeatureGroupProps {
  readonly view: FeatureView;
  readonly groupName: string;
  readonly size: AwsOnlineSize;
  readonly encryptionKeyArn: string;
  readonly roleArn: string;
  /** @default - nothing is kept of what was written */
  readonly offline?: {
    /** `s3://bucket/prefix`. */
    readonly s3Uri: string;
    /** Key of the zone. */
    readonly kmsKeyArn: string;
    /** Glue database of the zone. */
    readonly database: string;
    readonly piiTagKey?: string;
  };
  readonly protect: boolean;
  readonly after: readonly ITerraformDependable[];
}

/** Longest description: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateFeatureGroup.html (read 2026-11) */
const MAX_DESCRIPTION = 128;

const UNITS = [
  ["Weeks", 604_800],
  ["Days", 86_400],
  ["Hours", 3600],
  ["Minutes", 60],
  ["Seconds", 1],
] as const;

/** Name of the feature group of a view. */
export function featureGroupName(namePrefix: string, view: string): string {
  return resourceName([namePrefix, view], { maxLength: 64 });
}

/** Name of the Glue table in which a group keeps what was written: SQL needs no quotes for it. */
function offlineTable(groupName: string): string {
  return resourceName([groupName], { maxLength: 128, separator: "_" });
}

function definition(
  name: string,
  type: FeatureType,
  feature?: Feature,
): SagemakerFeatureGroupFeatureDefinition {
  const embedding = feature?.embedding;
  return {
    featureName: name,
    featureType: siteType("aws", type),
    ...(type.list ? { collectionType: embedding ? "Vector" : "List" } : {}),
    ...(embedding ? { collectionConfig: { vectorConfig: { dimension: embedding.dimension } } } : {}),
  };
}

function ttlOf(seconds: number): { readonly unit: string; readonly value: number } {
  const [unit, size] = UNITS.find(([, each]) => seconds % each === 0)!;
  return { unit, value: seconds / size };
}

/**
 * The feature group of one view: key, event time (Unix seconds) and features, an encrypted online store, and what was
 * written as an Iceberg table in Glue.
 *
 * SageMaker adds features to a group but the provider would replace it, and lose all values. Definitions are therefore
 * left as they are once the group exists, and a postcondition stops the apply with the command that adds what is
 * missing.
 *
 * Makes `aws_sagemaker_feature_group`, and with a tag for personal data `aws_lakeformation_resource_lf_tag`.
 */
export class AwsFeatureGroup extends Construct {
  readonly group: SagemakerFeatureGroup;
  /** Set if columns of what is kept are marked as personal data. */
  readonly piiTag?: LakeformationResourceLfTag;

  constructor(scope: Construct, id: string, props: AwsFeatureGroupProps) {
    super(scope, id);
    const { view, offline } = props;
    const [key] = view.entity.keys;
    this.group = new SagemakerFeatureGroup(this, "group", {
      featureGroupName: props.groupName,
      description: describe(view),
      recordIdentifierFeatureName: key!.name,
      eventTimeFeatureName: view.source.eventTime,
      roleArn: props.roleArn,
      featureDefinition: [
        definition(key!.name, key!.type),
        { featureName: view.source.eventTime, featureType: "Fractional" },
        ...view.features.map((feature) => definition(feature.name, feature.type, feature)),
      ],
      onlineStoreConfig: {
        enableOnlineStore: true,
        storageType: props.size.storageType,
        securityConfig: { kmsKeyId: props.encryptionKeyArn },
        ttlDuration: view.ttlSeconds === undefined ? undefined : ttlOf(view.ttlSeconds),
      },
      offlineStoreConfig: offline && {
        tableFormat: "Iceberg",
        s3StorageConfig: { s3Uri: offline.s3Uri, kmsKeyId: offline.kmsKeyArn },
        dataCatalogConfig: {
          catalog: "AwsDataCatalog",
          database: offline.database,
          tableName: offlineTable(props.groupName),
        },
      },
      throughputConfig: {
        throughputMode: props.size.throughputMode,
        provisionedReadCapacityUnits: props.size.readCapacityUnits,
        provisionedWriteCapacityUnits: props.size.writeCapacityUnits,
      },
      lifecycle: {
        preventDestroy: props.protect || undefined,
        ignoreChanges: ["feature_definition"],
        postcondition: [hasAllFeatures(props)],
      },
      tags: tagsOf(view),
      dependsOn: [...props.after],
    });
    this.piiTag = this.tagPersonalData(props);
  }

  private tagPersonalData({
    view,
    offline,
    groupName,
  }: AwsFeatureGroupProps): LakeformationResourceLfTag | undefined {
    const columnNames = [...view.entity.keys, ...view.features]
      .filter(({ pii }) => pii)
      .map(({ name }) => name);
    if (offline?.piiTagKey === undefined || columnNames.length === 0) {
      return undefined;
    }
    return new LakeformationResourceLfTag(this, "pii", {
      tableWithColumns: [{ databaseName: offline.database, name: offlineTable(groupName), columnNames }],
      lfTag: [{ key: offline.piiTagKey, value: "true" }],
      dependsOn: [this.group],
    });
  }
}

/** Longest value of a tag: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html (read 2026-11) */
const MAX_TAG_VALUE = 256;

/** What Terraform cannot say of single features is said of the group. */
function tagsOf(view: FeatureView): Record<string, string> {
  const deprecated = view.features.filter((feature) => feature.deprecated).map(({ name }) => name);
  const names = deprecated.join(" ");
  return {
    entity: view.entity.name,
    ...(holdsPii(view) ? { pii: "true" } : {}),
    ...(deprecated.length === 0
      ? {}
      : { deprecated: names.length <= MAX_TAG_VALUE ? names : `${deprecated.length} features` }),
  };
}

function describe(view: FeatureView): string {
  const text = `${view.description ?? `Features of ${view.entity.name}`} (owner: ${view.owner})`;
  return escapeTemplate(text.length <= MAX_DESCRIPTION ? text : `${text.slice(0, MAX_DESCRIPTION - 1)}…`);
}

type Postcondition = NonNullable<
  NonNullable<SagemakerFeatureGroupConfig["lifecycle"]>["postcondition"]
>[number];

/** The group holds every feature of the schema: those that were added later, too. */
function hasAllFeatures({ view, groupName }: AwsFeatureGroupProps): Postcondition {
  const wanted = view.features.map(({ name, type }) => `${name}:${siteType("aws", type)}`);
  const additions = view.features.map(({ name }) => name).join(", ");
  return {
    condition: `\${length(setsubtract(toset(${JSON.stringify(wanted)}), toset([for d in self.feature_definition : format("%s:%s", d.feature_name, d.feature_type)]))) == 0}`,
    errorMessage: `Feature group ${groupName} lacks a feature of the schema (${additions}). Add it without losing values: aws sagemaker update-feature-group --feature-group-name ${groupName} --feature-additions FeatureName=NAME,FeatureType=TYPE - then apply again.`,
  };
}
