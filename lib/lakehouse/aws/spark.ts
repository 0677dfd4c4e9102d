import { EmrserverlessApplication } from "@cdktf/provider-aws/lib/emrserverless-application";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import { type PolicyStatement, serviceTrust } from "../../core/aws-policy";
import type { NameRule, Problems } from "../../core/problems";
import { type AwsRoleIdentity, Identity } from "../../fabric/identity";
import type { IAwsNetwork } from "../../network/network";
import type { ForeignCatalog } from "../sharing";
import { engineName, roleName } from "./names";
import { assumableRoles, type S3TablesCatalog, sparkDefaults } from "./spark-catalogs";

/** Spark for ETL, without servers: EMR Serverless. */
export interface SparkOptions {
  /** @default "emr-7.10.0" */
  readonly releaseLabel?: string;
  /** @default "ARM64" */
  readonly architecture?: "ARM64" | "X86_64";
  /** Most vCPUs that all jobs together use at a time. @default 64 */
  readonly maximumVcpu?: number;
  /** Most memory that all jobs together use at a time, in GB. @default 4 per vCPU */
  readonly maximumMemoryGb?: number;
  /** Most disk that all jobs together use at a time, in GB. @default 20 per vCPU */
  readonly maximumDiskGb?: number;
  /** Minutes without a job after which the application stops. @default 15 */
  readonly idleTimeoutMinutes?: number;
  /**
   * Zones that jobs may read and write. More rights come from grants to `AwsLakehouse.spark.identity`.
   * @default - every zone
   */
  readonly writeZones?: readonly string[];
  /** Run jobs in this network, to reach catalogues that are not on the internet. @default - outside any network */
  readonly network?: IAwsNetwork;
}

const RELEASE_LABEL: NameRule = {
  pattern: /^emr-\d{1,2}\.\d{1,2}\.\d{1,2}$/,
  maxLength: 32,
  form: "emr-<major>.<minor>.<patch>, for example emr-7.10.0",
};

const DEFAULT_VCPU = 64;

interface Capacity {
  readonly vcpu: number;
  readonly memoryGb: number;
  readonly diskGb: number;
}

function capacity(options: SparkOptions): Capacity {
  const vcpu = options.maximumVcpu ?? DEFAULT_VCPU;
  return {
    vcpu,
    memoryGb: options.maximumMemoryGb ?? 4 * vcpu,
    diskGb: options.maximumDiskGb ?? 20 * vcpu,
  };
}

/** Checks the options of Spark. */
export function checkSpark(problems: Problems, options: SparkOptions): void {
  if (options.releaseLabel !== undefined) {
    problems.name("spark.releaseLabel", options.releaseLabel, RELEASE_LABEL);
  }
  problems.oneOf("spark.architecture", options.architecture ?? "ARM64", ["ARM64", "X86_64"]);
  for (const name of ["maximumVcpu", "maximumMemoryGb", "maximumDiskGb"] as const) {
    problems.literalInteger(`spark.${name}`, options[name] ?? 1, { min: 1, max: 1_000_000 });
  }
  problems.integer("spark.idleTimeoutMinutes", options.idleTimeoutMinutes ?? 15, { min: 1, max: 10_080 });
}

export interface AwsSparkProps {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  readonly options: SparkOptions;
  /** `s3://` address for tables that no database has a place for. @default - no zones, no own catalogue */
  readonly warehouse?: string;
  /** Table buckets of S3 Tables. */
  readonly tableBuckets: readonly S3TablesCatalog[];
  readonly foreignCatalogs: readonly ForeignCatalog[];
}

/** Spark looks at these databases before it knows which one a query means. */
const DATABASES_OF_SPARK = ["default", "global_temp"];

/**
 * An EMR Serverless application for Spark, and the role that its jobs run with. The lakehouse's tables are the
 * default catalogue, named `lakehouse` (with S3 Tables one catalogue per zone, `lakehouse_<zone>`); foreign catalogues have their own names.
 *
 * The settings of the catalogues are in `runtime_configuration`, which the provider has since version 6.
 *
 * Makes `aws_emrserverless_application`, `aws_iam_role`, and with a network `aws_security_group` and
 * `aws_vpc_security_group_egress_rule`. The role's policy is among the lakehouse's grants.
 */
export class AwsSpark extends Construct {
  readonly application: EmrserverlessApplication;
  /** Role of the jobs: pass its ARN as `executionRoleArn` when a job is started. */
  readonly runtimeRole: IamRole;
  /** The role as an identity, for grants here and in other lakehouses. */
  readonly identity: AwsRoleIdentity;
  /** Set with a network: lets jobs out, and nobody in. */
  readonly securityGroup?: SecurityGroup;
  /** What the role may do beside its grants. */
  readonly statements: readonly PolicyStatement[];

  constructor(scope: Construct, id: string, props: AwsSparkProps) {
    super(scope, id);
    const { facts, namePrefix, options } = props;
    const most = capacity(options);
    this.runtimeRole = new IamRole(this, "role", {
      name: roleName(namePrefix, "spark"),
      description: "Spark jobs of the lakehouse",
      assumeRolePolicy: serviceTrust("emr-serverless.amazonaws.com", {
        account: facts.account,
        sourceArn: regionalArn(facts, "emr-serverless", "/applications/*"),
      }),
    });
    this.identity = Identity.awsRole(engineName(namePrefix, "spark"), this.runtimeRole.arn);
    this.statements = this.jobStatements(props);
    const network = options.network;
    if (network) {
      this.securityGroup = this.outboundOnly(network, namePrefix);
    }
    this.application = new EmrserverlessApplication(this, "application", {
      name: namePrefix,
      type: "spark",
      releaseLabel: options.releaseLabel ?? "emr-7.10.0",
      architecture: options.architecture ?? "ARM64",
      autoStartConfiguration: { enabled: true },
      autoStopConfiguration: { enabled: true, idleTimeoutMinutes: options.idleTimeoutMinutes ?? 15 },
      maximumCapacity: {
        cpu: `${most.vcpu} vCPU`,
        memory: `${most.memoryGb} GB`,
        disk: `${most.diskGb} GB`,
      },
      networkConfiguration: network && {
        subnetIds: [...network.privateSubnetIds],
        securityGroupIds: [this.securityGroup!.id],
      },
      runtimeConfiguration: [
        {
          classification: "spark-defaults",
          properties: sparkDefaults(props),
        },
      ],
    });
  }

  private jobStatements(props: AwsSparkProps): readonly PolicyStatement[] {
    const { facts } = props;
    const roles = assumableRoles(props.foreignCatalogs);
    return [
      {
        Sid: "FindDatabasesOfSpark",
        Effect: "Allow",
        Action: ["glue:GetDatabase"],
        Resource: [
          regionalArn(facts, "glue", "catalog"),
          ...DATABASES_OF_SPARK.map((name) => regionalArn(facts, "glue", `database/${name}`)),
        ],
      },
      ...(roles.length === 0
        ? []
        : [
            {
              Sid: "EnterForeignCatalogs",
              Effect: "Allow" as const,
              Action: ["sts:AssumeRole"],
              Resource: roles,
            },
          ]),
    ];
  }

  private outboundOnly(network: IAwsNetwork, namePrefix: string): SecurityGroup {
    const group = new SecurityGroup(this, "security-group", {
      name: `${namePrefix}-spark`,
      description: "Spark jobs of the lakehouse: nobody gets in",
      vpcId: network.vpcId,
    });
    new VpcSecurityGroupEgressRule(this, "egress", {
      securityGroupId: group.id,
      description: "Storage, catalogues and workers of the same application",
      ipProtocol: "-1",
      cidrIpv4: "0.0.0.0/0",
    });
    return group;
  }
}
