import { DataAwsLakeformationDataLakeSettings } from "@cdktf/provider-aws/lib/data-aws-lakeformation-data-lake-settings";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { LakeformationDataLakeSettings } from "@cdktf/provider-aws/lib/lakeformation-data-lake-settings";
import { LakeformationLfTag } from "@cdktf/provider-aws/lib/lakeformation-lf-tag";
import { LakeformationResource } from "@cdktf/provider-aws/lib/lakeformation-resource";
import { LakeformationResourceLfTag } from "@cdktf/provider-aws/lib/lakeformation-resource-lf-tag";
import { type TerraformResource, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import type { AwsFacts } from "../../core/aws-facts";
import { policyJson, serviceTrust } from "../../core/aws-policy";
import { resourceName } from "../../core/naming";
import type { ZoneModel } from "../lakehouse";
import { roleName } from "./names";
import type { AwsZone } from "./zone";

/** How Lake Formation governs the lakehouse. */
export interface LakeFormationOptions {
  /**
   * ARNs of the administrators of Lake Formation, the role that runs Terraform among them. May be tokens.
   *
   * The settings of Lake Formation exist once per account and region, and Terraform writes them as a whole: every
   * administrator that is not listed here loses the right. They also stop Lake Formation from opening new databases
   * and tables to everybody with an IAM policy. Give it in one lakehouse of an account and region only.
   *
   * @default - the account's settings stay as they are; a Terraform check warns if they leave new tables open
   */
  readonly administrators?: readonly string[];
}

export interface AwsGovernanceProps {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  readonly zones: readonly { readonly model: ZoneModel; readonly zone: AwsZone }[];
  readonly encryptionKeyArn: string;
  readonly options: LakeFormationOptions;
}

/**
 * Lake Formation over the zones of a lakehouse: it hands out access to registered locations, and its tags say in
 * which zone a table is and whether a column holds personal data.
 *
 * Tag keys are `<namePrefix>-zone` and `<namePrefix>-pii`, because tags are shared by the whole account.
 *
 * Makes `aws_lakeformation_resource` per zone, `aws_lakeformation_lf_tag`, `aws_lakeformation_resource_lf_tag`, one
 * `aws_iam_role` with its `aws_iam_role_policy`, and with `administrators` `aws_lakeformation_data_lake_settings`,
 * without them
 * `data.aws_lakeformation_data_lake_settings` and one `check`.
 */
export class AwsGovernance extends Construct {
  /** Set with `administrators`. */
  readonly settings?: LakeformationDataLakeSettings;
  /** What the account has set; unset with `administrators`. */
  readonly accountSettings?: DataAwsLakeformationDataLakeSettings;
  /** Role by which Lake Formation reads and writes the zones. */
  readonly role: IamRole;
  readonly rolePolicy: IamRolePolicy;
  readonly zoneTag: LakeformationLfTag;
  readonly piiTag: LakeformationLfTag;
  /** Registered locations by zone. */
  readonly locations: Readonly<Record<string, LakeformationResource>>;
  /** What tells databases and columns from each other. */
  readonly assignments: readonly LakeformationResourceLfTag[];

  constructor(scope: Construct, id: string, props: AwsGovernanceProps) {
    super(scope, id);
    const { options, zones } = props;
    if (options.administrators) {
      this.settings = new LakeformationDataLakeSettings(this, "settings", {
        admins: [...options.administrators],
      });
    }
    this.role = new IamRole(this, "role", {
      name: roleName(props.namePrefix, "lake-formation"),
      description: "Lake Formation hands out access to the zones of the lakehouse with this role",
      assumeRolePolicy: serviceTrust("lakeformation.amazonaws.com"),
    });
    this.rolePolicy = this.writePolicy(props);
    this.locations = Object.fromEntries(
      zones.map(({ model, zone }) => [
        model.name,
        new LakeformationResource(this, `location-${model.name}`, {
          arn: zone.bucket.bucket.arn,
          roleArn: this.role.arn,
          dependsOn: [this.rolePolicy, ...this.settingsIfAny()],
        }),
      ]),
    );
    this.zoneTag = this.tag(
      "zone-tag",
      [props.namePrefix, "zone"],
      zones.map(({ model }) => model.name).sort(),
    );
    this.piiTag = this.tag("pii-tag", [props.namePrefix, "pii"], ["false", "true"]);
    this.assignments = zones.flatMap(({ model, zone }) => this.assign(model, zone));
    if (!options.administrators) {
      this.accountSettings = this.checkAccount();
    }
  }

  /** What rights on a zone must wait for. */
  rightsAfter(zone: string): readonly TerraformResource[] {
    const location = this.locations[zone];
    return [...(location ? [location] : []), ...this.settingsIfAny()];
  }

  private settingsIfAny(): TerraformResource[] {
    return this.settings ? [this.settings] : [];
  }

  private writePolicy(props: AwsGovernanceProps): IamRolePolicy {
    const { facts, zones } = props;
    const buckets = zones.map(({ zone }) => zone.bucket.literalArn);
    return new IamRolePolicy(this, "role-policy", {
      name: "zones",
      role: this.role.name,
      policy: policyJson([
        {
          Sid: "ListZones",
          Effect: "Allow",
          Action: ["s3:GetBucketLocation", "s3:ListBucket"],
          Resource: buckets,
        },
        {
          Sid: "ReadAndWriteZones",
          Effect: "Allow",
          Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
          Resource: buckets.map((arn) => `${arn}/*`),
        },
        {
          Sid: "UseKey",
          Effect: "Allow",
          Action: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
          Resource: [props.encryptionKeyArn],
          Condition: { StringEquals: { "kms:ViaService": `s3.${facts.region}.${facts.dnsSuffix}` } },
        },
      ]),
    });
  }

  private tag(id: string, key: readonly string[], values: readonly string[]): LakeformationLfTag {
    return new LakeformationLfTag(this, id, {
      key: resourceName(key, { maxLength: 128 }),
      values: [...values],
      dependsOn: this.settingsIfAny(),
    });
  }

  private assign(model: ZoneModel, zone: AwsZone): readonly LakeformationResourceLfTag[] {
    const database = [{ name: zone.databaseName }];
    const onDatabase = (id: string, tag: LakeformationLfTag, value: string): LakeformationResourceLfTag =>
      new LakeformationResourceLfTag(this, id, {
        database,
        lfTag: [{ key: tag.key, value }],
        dependsOn: [zone.database!],
      });
    return [
      onDatabase(`zone-of-${model.name}`, this.zoneTag, model.name),
      onDatabase(`pii-of-${model.name}`, this.piiTag, "false"),
      ...model.tables.flatMap((table) => {
        const made = zone.tables[table.name];
        const columnNames = table.columns.filter((column) => column.pii).map((column) => column.name);
        return made === undefined || columnNames.length === 0
          ? []
          : [
              new LakeformationResourceLfTag(this, `pii-of-${model.name}-${table.name}`, {
                tableWithColumns: [{ databaseName: zone.databaseName, name: table.name, columnNames }],
                lfTag: [{ key: this.piiTag.key, value: "true" }],
                dependsOn: [made.table],
              }),
            ];
      }),
    ];
  }

  /**
   * While the account's settings give new tables to IAM_ALLOWED_PRINCIPALS, an IAM policy alone opens every column.
   */
  private checkAccount(): DataAwsLakeformationDataLakeSettings {
    const settings = new DataAwsLakeformationDataLakeSettings(this, "account-settings", {
      dependsOn: [this.piiTag],
    });
    const id = settings.friendlyUniqueId;
    TerraformStack.of(this).addOverride(`check.${id}`, {
      assert: [
        {
          condition: `\${length([for p in data.aws_lakeformation_data_lake_settings.${id}.create_table_default_permissions : p if p.principal == "IAM_ALLOWED_PRINCIPALS" && length(p.permissions) > 0]) == 0}`,
          error_message:
            "Lake Formation gives new tables to everybody with an IAM policy (IAM_ALLOWED_PRINCIPALS), so limits on columns do not hold. Set lakeFormation.administrators in one lakehouse of this account and region, or switch off the default permissions in the Lake Formation console, and revoke IAM_ALLOWED_PRINCIPALS on tables that exist.",
        },
      ],
    });
    return settings;
  }
}
