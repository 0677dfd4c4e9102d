import { DbSubnetGroup } from "@cdktf/provider-aws/lib/db-subnet-group";
import { RdsCluster } from "@cdktf/provider-aws/lib/rds-cluster";
import { RdsClusterInstance } from "@cdktf/provider-aws/lib/rds-cluster-instance";
import { RdsClusterParameterGroup } from "@cdktf/provider-aws/lib/rds-cluster-parameter-group";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import type { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { regionalArn } from "../../core/aws-facts";
import { resourceName } from "../../core/naming";
import type { VectorCollectionModel } from "../collections";
import { type PgvectorSql, pgvectorSql, rightsRole, tableName } from "../pgvector-sql";
import { sqlOutputs, withGrants } from "../sql-outputs";
import type { VectorGrant, VectorGrantRequest } from "../vectors";
import { type AwsEngine, type AwsNetworkedEngineProps, sidOf } from "./engine";
import type { AuroraOptions } from "./props";

const DATABASE = "vectors";
const MASTER = "vectors_admin";
const PORT = 5432;
const ENGINE = "aurora-postgresql";
const VERSION = "17.5";
/** Source: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html (read 2026-11-24) */
const IDENTIFIER_LENGTH = 63;
const ROLE_NAME_LENGTH = 63;
const INSIGHTS_DAYS = 7;

export interface AwsAuroraVectorsProps extends AwsNetworkedEngineProps {
  readonly settings: AuroraOptions;
}

/**
 * Aurora PostgreSQL Serverless v2 with pgvector, reached from one network only. Identities sign in with tokens of IAM; the
 * password of the administrator is made and rotated by RDS and is neither in the program nor in the state.
 *
 * Terraform cannot run SQL: tables, indexes, users and rights are the SQL of `sql` and of the output `schema-sql`, to be run
 * once after each change, for example through the Data API, which is on.
 *
 * Makes `aws_rds_cluster`, `aws_rds_cluster_instance`, `aws_rds_cluster_parameter_group`, `aws_db_subnet_group`,
 * `aws_security_group`, `aws_vpc_security_group_ingress_rule` and outputs.
 */
export class AwsAuroraVectors extends Construct implements AwsEngine {
  readonly subnetGroup: DbSubnetGroup;
  readonly securityGroup: SecurityGroup;
  readonly ingress: VpcSecurityGroupIngressRule;
  readonly parameters: RdsClusterParameterGroup;
  readonly cluster: RdsCluster;
  /** The first may become the writer; so may all others. */
  readonly instances: readonly RdsClusterInstance[];
  readonly schemaOutput: TerraformOutput;
  /** Only if an index has to be built after the first load. */
  readonly afterLoadOutput?: TerraformOutput;
  /** Users of grants with their statements, in the order of their names. */
  private readonly users = new Map<string, string>();
  private readonly statements: PgvectorSql;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AwsAuroraVectorsProps,
  ) {
    super(scope, id);
    const { namePrefix, network, collections, settings } = props;
    const name = resourceName([namePrefix, "vectors"], { maxLength: IDENTIFIER_LENGTH });
    this.statements = pgvectorSql("aurora-pgvector", collections, { extensions: true, roles: true });
    this.subnetGroup = new DbSubnetGroup(this, "subnets", {
      name,
      description: "Private subnets of the vector store",
      subnetIds: [...network.privateSubnetIds],
    });
    this.securityGroup = new SecurityGroup(this, "security-group", {
      name,
      description: "PostgreSQL from the network",
      vpcId: network.vpcId,
    });
    this.ingress = new VpcSecurityGroupIngressRule(this, "ingress", {
      securityGroupId: this.securityGroup.id,
      description: "PostgreSQL from the network",
      ipProtocol: "tcp",
      fromPort: PORT,
      toPort: PORT,
      cidrIpv4: network.cidrBlock,
    });
    const version = settings.engineVersion ?? VERSION;
    this.parameters = new RdsClusterParameterGroup(this, "parameters", {
      name,
      family: `${ENGINE}${version.split(".")[0]}`,
      description: "TLS only",
      parameter: [{ name: "rds.force_ssl", value: "1" }],
    });
    this.cluster = this.makeCluster(name, version);
    this.instances = Array.from({ length: props.sizing.capacity.count }, (_, index) =>
      this.makeInstance(name, index),
    );
    const { afterLoad } = this.statements;
    const outputs = sqlOutputs(this, "Tables, indexes, users and rights", afterLoad, () => this.sql);
    this.schemaOutput = outputs.schemaOutput;
    this.afterLoadOutput = outputs.afterLoadOutput;
  }

  /** Statements for the database, users of all grants so far included. */
  get sql(): PgvectorSql {
    return withGrants(this.statements, this.users);
  }

  readonly lookup = ({ name }: VectorCollectionModel) => ({
    endpoint: this.cluster.readerEndpoint,
    target: tableName(name),
    container: DATABASE,
    auth: { kind: "rds-iam", region: this.props.facts.region } as const,
  });

  readonly grant = ({ identity, collection, access }: VectorGrantRequest): VectorGrant => {
    const { facts, grantees } = this.props;
    const user = resourceName([identity.name], { maxLength: ROLE_NAME_LENGTH, separator: "_" });
    const dbUser = `dbuser:${this.cluster.clusterResourceId}/${user}`;
    const { resources, access: federated } = grantees.allow(identity, [
      {
        Sid: sidOf("ConnectToVectors"),
        Effect: "Allow",
        Action: ["rds-db:connect"],
        Resource: [regionalArn(facts, "rds-db", dbUser)],
      },
    ]);
    const role = rightsRole(collection.name, access);
    this.users.set(
      `${user}/${role}`,
      [
        `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${user}') THEN CREATE ROLE "${user}" LOGIN; END IF; END $$;`,
        `GRANT rds_iam TO "${user}";`,
        `GRANT "${role}" TO "${user}";`,
        "",
      ].join("\n"),
    );
    return { resources, access: federated, databaseUser: user };
  };

  private makeCluster(name: string, version: string): RdsCluster {
    const { keyArn, destroyable, settings, sizing } = this.props;
    return new RdsCluster(this, "cluster", {
      clusterIdentifier: name,
      engine: ENGINE,
      engineMode: "provisioned",
      engineVersion: version,
      databaseName: DATABASE,
      masterUsername: MASTER,
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: keyArn,
      iamDatabaseAuthenticationEnabled: true,
      enableHttpEndpoint: true,
      storageEncrypted: true,
      kmsKeyId: keyArn,
      port: PORT,
      dbSubnetGroupName: this.subnetGroup.name,
      vpcSecurityGroupIds: [this.securityGroup.id],
      dbClusterParameterGroupName: this.parameters.name,
      enabledCloudwatchLogsExports: ["postgresql"],
      backupRetentionPeriod: settings.backupRetentionDays ?? 14,
      copyTagsToSnapshot: true,
      deletionProtection: !destroyable,
      skipFinalSnapshot: destroyable,
      finalSnapshotIdentifier: destroyable ? undefined : `${name}-final`,
      serverlessv2ScalingConfiguration: {
        minCapacity: sizing.capacity.minUnits!,
        maxCapacity: sizing.capacity.maxUnits!,
      },
      lifecycle: { preventDestroy: destroyable ? undefined : true },
    });
  }

  private makeInstance(name: string, index: number): RdsClusterInstance {
    const { keyArn } = this.props;
    return new RdsClusterInstance(this, `instance-${index}`, {
      identifier: `${name}-${index}`,
      clusterIdentifier: this.cluster.id,
      instanceClass: "db.serverless",
      engine: ENGINE,
      engineVersion: this.cluster.engineVersion,
      // A reader in the tiers 0 and 1 grows with the writer, so that it can take over.
      promotionTier: index === 0 ? 0 : 1,
      publiclyAccessible: false,
      performanceInsightsEnabled: true,
      performanceInsightsKmsKeyId: keyArn,
      performanceInsightsRetentionPeriod: INSIGHTS_DAYS,
    });
  }
}
