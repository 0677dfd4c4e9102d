import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { RedshiftserverlessNamespace } from "@cdktf/provider-aws/lib/redshiftserverless-namespace";
import type { RedshiftserverlessWorkgroup } from "@cdktf/provider-aws/lib/redshiftserverless-workgroup";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Construct } from "constructs";
import { serviceTrust } from "../../core/aws-policy";
import { resourceName } from "../../core/naming";
import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { type AwsRoleIdentity, Identity } from "../../fabric/identity";
import type { IAwsNetwork } from "../../network/network";
import { AwsLakehouseErrors } from "./errors";
import { engineName, roleName } from "./names";

/** Loaded on first use: the bindings are large, and many programs make none. */
const loadRedshiftserverlessWorkgroup = () =>
  (
    require("@cdktf/provider-aws/lib/redshiftserverless-workgroup") as typeof import("@cdktf/provider-aws/lib/redshiftserverless-workgroup")
  ).RedshiftserverlessWorkgroup;

/** A data warehouse on the lakehouse's tables: Redshift Serverless. */
export interface WarehouseOptions {
  /** At least three availability zones. */
  readonly network: IAwsNetwork;
  /** Redshift processing units when it works: 4, or a multiple of 8 from 8 to 1024. @default 8 */
  readonly baseCapacityRpu?: number;
  /** Most processing units, at least `baseCapacityRpu`, a multiple of 8. @default - four times the base */
  readonly maxCapacityRpu?: number;
  /** Port that clients connect to: 5431 to 5455 or 8191 to 8215. @default 5439 */
  readonly port?: number;
  /** Name of the first database. @default "lakehouse" */
  readonly databaseName?: string;
}

/** Source: https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html (read 2026-11-21) */
const RPU_STEP = 8;
const MAX_RPU = 1024;
const SMALLEST_RPU = 4;

const PORT_RANGES: readonly (readonly [number, number])[] = [
  [5431, 5455],
  [8191, 8215],
];

const DATABASE_NAME = {
  pattern: /^[a-z][a-z0-9_]*$/,
  maxLength: 64,
  form: "1 to 64 lower-case letters, digits and underscores, starting with a letter",
};

function maximum(options: WarehouseOptions): number {
  const base = options.baseCapacityRpu ?? RPU_STEP;
  return options.maxCapacityRpu ?? Math.min(MAX_RPU, Math.max(RPU_STEP, 4 * base));
}

/** Checks the options of the warehouse. */
export function checkWarehouse(problems: Problems, options: WarehouseOptions): void {
  const base = options.baseCapacityRpu ?? RPU_STEP;
  const checkUnits = (name: string, units: number, min: number): void => {
    if (!problems.literal(`warehouse.${name}`, units, "a literal number")) {
      return;
    }
    const stepped = units % RPU_STEP === 0 || (name === "baseCapacityRpu" && units === SMALLEST_RPU);
    problems.integer(`warehouse.${name}`, stepped ? units : Number.NaN, { min, max: MAX_RPU });
  };
  checkUnits("baseCapacityRpu", base, SMALLEST_RPU);
  if (options.maxCapacityRpu !== undefined) {
    checkUnits("maxCapacityRpu", options.maxCapacityRpu, isToken(base) ? RPU_STEP : Math.max(base, RPU_STEP));
  }
  const port = options.port ?? 5439;
  const range = PORT_RANGES.find(([min, max]) => port >= min && port <= max) ?? PORT_RANGES[0]!;
  problems.integer("warehouse.port", port, { min: range[0], max: range[1] });
  problems.name("warehouse.databaseName", options.databaseName ?? "lakehouse", DATABASE_NAME);
  if (
    problems.required("warehouse.network", options.network, "a network with three private subnets or more") &&
    options.network.privateSubnetIds.length < 3
  ) {
    problems.add(AwsLakehouseErrors.WarehouseNeedsThreeZones, {
      subject: "warehouse.network",
      given: `${options.network.privateSubnetIds.length} private subnets`,
      allowed: "3 or more, each in a zone of its own",
    });
  }
}

export interface AwsWarehouseProps {
  readonly namePrefix: string;
  readonly options: WarehouseOptions;
  readonly encryptionKeyArn: string;
  readonly protect: boolean;
}

/**
 * Redshift Serverless: private, encrypted with the lakehouse's key, its administrator's password kept and rotated by
 * Secrets Manager. It may read nothing until `AwsLakehouse.warehouse.identity` is granted something.
 *
 * Makes `aws_redshiftserverless_namespace`, `aws_redshiftserverless_workgroup`, `aws_iam_role`,
 * `aws_security_group`, `aws_vpc_security_group_ingress_rule` and `aws_vpc_security_group_egress_rule`.
 */
export class AwsWarehouse extends Construct {
  readonly namespace: RedshiftserverlessNamespace;
  readonly workgroup: RedshiftserverlessWorkgroup;
  readonly role: IamRole;
  /** The role as an identity, for grants. */
  readonly identity: AwsRoleIdentity;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, props: AwsWarehouseProps) {
    super(scope, id);
    const { options } = props;
    const name = resourceName([props.namePrefix, "warehouse"], { maxLength: 64 });
    const port = options.port ?? 5439;
    this.role = this.makeRole(props);
    this.identity = Identity.awsRole(engineName(props.namePrefix, "warehouse"), this.role.arn);
    this.securityGroup = this.clientsOf(options.network, name, port);
    this.namespace = new RedshiftserverlessNamespace(this, "namespace", {
      namespaceName: name,
      dbName: options.databaseName ?? "lakehouse",
      manageAdminPassword: true,
      adminPasswordSecretKmsKeyId: props.encryptionKeyArn,
      kmsKeyId: props.encryptionKeyArn,
      logExports: ["connectionlog", "useractivitylog", "userlog"],
      iamRoles: [this.role.arn],
      defaultIamRoleArn: this.role.arn,
      lifecycle: { preventDestroy: props.protect || undefined },
    });
    this.workgroup = new (loadRedshiftserverlessWorkgroup())(this, "workgroup", {
      namespaceName: this.namespace.namespaceName,
      workgroupName: name,
      baseCapacity: options.baseCapacityRpu ?? RPU_STEP,
      maxCapacity: maximum(options),
      port,
      publiclyAccessible: false,
      enhancedVpcRouting: true,
      subnetIds: [...options.network.privateSubnetIds],
      securityGroupIds: [this.securityGroup.id],
    });
  }

  private makeRole({ namePrefix }: AwsWarehouseProps): IamRole {
    return new IamRole(this, "role", {
      name: roleName(namePrefix, "warehouse"),
      description: "Redshift reads the lakehouse's tables with this role",
      assumeRolePolicy: serviceTrust(["redshift-serverless.amazonaws.com", "redshift.amazonaws.com"]),
    });
  }

  private clientsOf(network: IAwsNetwork, name: string, port: number): SecurityGroup {
    const group = new SecurityGroup(this, "security-group", {
      name,
      description: "Redshift Serverless: clients inside the network",
      vpcId: network.vpcId,
    });
    new VpcSecurityGroupIngressRule(this, "ingress", {
      securityGroupId: group.id,
      description: "Clients inside the network",
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
      cidrIpv4: network.cidrBlock,
    });
    new VpcSecurityGroupEgressRule(this, "egress", {
      securityGroupId: group.id,
      description: "Storage and catalogue, through the network",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      cidrIpv4: "0.0.0.0/0",
    });
    return group;
  }
}
