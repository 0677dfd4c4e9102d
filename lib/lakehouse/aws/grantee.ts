import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import {
  LakeformationPermissions,
  type LakeformationPermissionsConfig,
} from "@cdktf/provider-aws/lib/lakeformation-permissions";
import type { Expression, TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { AwsFacts } from "../../core/aws-facts";
import { type PolicyStatement, policyJson } from "../../core/aws-policy";
import type { Table } from "../table";
import {
  type AwsGrantEntry,
  type AwsGrantTarget,
  iamStatements,
  seesAll,
  type ZoneRights,
  zoneRights,
} from "./grant-policy";

/** A zone for grants, with the resources that Lake Formation's rights must wait for. */
export interface AwsGrantZone extends AwsGrantTarget {
  /** Databases, registered locations, settings. */
  readonly after: readonly TerraformResource[];
  /** By table name. */
  readonly tableResources: Readonly<Record<string, TerraformResource>>;
}

export interface AwsGranteeProps {
  readonly facts: AwsFacts;
  /** Whether Lake Formation governs the zones. */
  readonly lakeFormation: boolean;
  /** Name of the role that gets the IAM policy; may be a token. */
  readonly roleName: string;
  readonly roleArn: string;
  /** @default - known at synth */
  readonly sameAccount?: Expression;
  /** Name of the inline policy. Literal. */
  readonly policyName: string;
  /** Rights beside grants. @default - none */
  readonly statements?: readonly PolicyStatement[];
}

type PermissionConfig = Omit<LakeformationPermissionsConfig, "principal">;

const READ = ["DESCRIBE", "SELECT"];
const READ_AND_WRITE = ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"];

/**
 * Everything that one role was granted: one IAM policy, and one Lake Formation permission per database, location or
 * table. Grants add up; two resources for the same right would overwrite each other.
 *
 * Makes `aws_iam_role_policy` and `aws_lakeformation_permissions`.
 */
export class AwsGrantee extends Construct {
  /** Set after the first grant. */
  policy?: IamRolePolicy;
  readonly roleArn: string;

  private readonly entries = new Map<string, AwsGrantEntry>();
  private readonly zones = new Map<string, AwsGrantZone>();
  private readonly statements: PolicyStatement[];
  /** Zone of each Lake Formation permission, by construct id. */
  private readonly written = new Map<string, string>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AwsGranteeProps,
  ) {
    super(scope, id);
    this.roleArn = props.roleArn;
    this.statements = [...(props.statements ?? [])];
    if (this.statements.length > 0) {
      this.writePolicy();
    }
  }

  /** Adds a right, and says which resources carry it. */
  grant(zone: AwsGrantZone, entry: AwsGrantEntry): readonly TerraformResource[] {
    this.zones.set(zone.zone, zone);
    this.entries.set(entryKey(entry), entry);
    const rights = zoneRights([...this.entries.values()]);
    const policy = this.writePolicy(rights);
    const mine = rights.find((candidate) => candidate.target.zone === zone.zone)!;
    return [policy, ...this.writePermissions(mine, zone)];
  }

  /** Adds rights that are not about data, for example to run queries. */
  allow(statements: readonly PolicyStatement[]): IamRolePolicy {
    const known = new Set(this.statements.map((statement) => statement.Sid));
    this.statements.push(...statements.filter((statement) => !known.has(statement.Sid)));
    return this.writePolicy();
  }

  private writePolicy(rights: readonly ZoneRights[] = zoneRights([...this.entries.values()])): IamRolePolicy {
    const json = policyJson([
      ...iamStatements(this.props.facts, rights, this.props.lakeFormation),
      ...[...this.statements].sort((a, b) => (a.Sid < b.Sid ? -1 : 1)),
    ]);
    if (this.policy) {
      this.policy.policy = json;
    } else {
      this.policy = new IamRolePolicy(this, "policy", {
        name: this.props.policyName,
        role: this.props.roleName,
        policy: json,
        lifecycle: this.props.sameAccount && {
          precondition: [
            {
              condition: this.props.sameAccount,
              errorMessage: `The role of grantee ${this.node.id} is in another account, where this grant would do nothing. Grant to a role of the lakehouse's account.`,
            },
          ],
        },
      });
    }
    return this.policy;
  }

  private writePermissions(rights: ZoneRights, zone: AwsGrantZone): readonly TerraformResource[] {
    if (!this.props.lakeFormation || zone.tableBucketArn !== undefined) {
      return [];
    }
    const wanted = lakeFormationRights(rights, zone);
    const prefix = `${zone.zone}-`;
    for (const child of this.node.children) {
      const isOfZone = this.written.get(child.node.id) === zone.zone;
      if (isOfZone && !wanted.has(child.node.id.slice(prefix.length))) {
        this.node.tryRemoveChild(child.node.id);
        this.written.delete(child.node.id);
      }
    }
    return [...wanted].map(([suffix, config]) => this.permission(`${prefix}${suffix}`, zone.zone, config));
  }

  private permission(id: string, zone: string, config: PermissionConfig): LakeformationPermissions {
    const known = this.node.tryFindChild(id) as LakeformationPermissions | undefined;
    if (known) {
      known.permissions = [...config.permissions];
      if (config.tableWithColumns) {
        known.putTableWithColumns(config.tableWithColumns);
      }
      return known;
    }
    this.written.set(id, zone);
    return new LakeformationPermissions(this, id, { principal: this.roleArn, ...config });
  }
}

function entryKey({ target, table, access, visibleColumns }: AwsGrantEntry): string {
  const columns = [...visibleColumns].map(([name, visible]) => [name, [...visible].sort()]);
  return JSON.stringify([target.zone, table?.name ?? null, access, columns]);
}

/** Lake Formation's rights for one role in one zone, by the end of their construct id. */
function lakeFormationRights(rights: ZoneRights, zone: AwsGrantZone): ReadonlyMap<string, PermissionConfig> {
  const wanted = new Map<string, PermissionConfig>();
  const { databaseName } = zone;
  const dependsOn = [...zone.after];
  wanted.set("database", {
    permissions: rights.whole === "write" ? ["CREATE_TABLE", "DESCRIBE"] : ["DESCRIBE"],
    database: { name: databaseName },
    dependsOn,
  });
  if (rights.whole === "write") {
    wanted.set("location", {
      permissions: ["DATA_LOCATION_ACCESS"],
      dataLocation: { arn: zone.bucketArn },
      dependsOn,
    });
  }
  const everything =
    rights.whole !== undefined &&
    zone.tables.every((table) => seesAll(rights, table)) &&
    (rights.whole === "write" || rights.writable.size === 0);
  if (everything) {
    wanted.set("tables", {
      permissions: rights.whole === "write" ? READ_AND_WRITE : READ,
      table: { databaseName, wildcard: true },
      dependsOn,
    });
  }
  for (const table of everything ? [] : zone.tables) {
    const right = tableRight(rights, databaseName, table);
    const made = zone.tableResources[table.name];
    if (right) {
      wanted.set(right.idEnd, { ...right.config, dependsOn: made ? [...dependsOn, made] : dependsOn });
    }
  }
  return wanted;
}

/**
 * The right on one table. Columns are named one by one unless all may be seen, so that a column added later is not
 * open by accident. Lake Formation tells SELECT and the other rights on a table together, so both are one resource.
 */
function tableRight(
  rights: ZoneRights,
  databaseName: string,
  table: Table,
): { readonly idEnd: string; readonly config: PermissionConfig } | undefined {
  const visible = rights.visible.get(table.name);
  if (visible === undefined) {
    return undefined;
  }
  if (seesAll(rights, table)) {
    const permissions = rights.writable.has(table.name) ? READ_AND_WRITE : READ;
    return {
      idEnd: `${table.name}-table`,
      config: { permissions, table: { databaseName, name: table.name } },
    };
  }
  const columnNames = table.columns.map((column) => column.name).filter((name) => visible.has(name));
  return {
    idEnd: `${table.name}-columns`,
    config: { permissions: ["SELECT"], tableWithColumns: { databaseName, name: table.name, columnNames } },
  };
}
