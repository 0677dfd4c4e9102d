import { AlloydbCluster } from "@cdktf/provider-google/lib/alloydb-cluster";
import { AlloydbInstance } from "@cdktf/provider-google/lib/alloydb-instance";
import { AlloydbUser } from "@cdktf/provider-google/lib/alloydb-user";
import { Fn, type TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import type { GoogleKey } from "../../core/google-key";
import { resourceName } from "../../core/naming";
import { isToken } from "../../core/tokens";
import type { VectorCollectionModel } from "../collections";
import { type PgvectorSql, pgvectorSql, rightsRole, tableName } from "../pgvector-sql";
import { sqlOutputs, withGrants } from "../sql-outputs";
import type { VectorGrant } from "../vectors";
import { PrivateConnection } from "./connect";
import type { GoogleEngine, GoogleEngineProps, GoogleGrantee } from "./engine";
import type { AlloyDbOptions } from "./props";

const ID_LENGTH = 40;
/** The database that every cluster has. */
const DATABASE = "postgres";
const MEMBER_ENDING = ".gserviceaccount.com";

export interface GoogleAlloyDbProps extends GoogleEngineProps {
  readonly key: GoogleKey;
  readonly settings: AlloyDbOptions;
}

/**
 * AlloyDB with pgvector and ScaNN, reached from one network only, by Private Service Connect. Identities sign in with
 * access tokens of IAM; no password exists.
 *
 * Terraform cannot run SQL: extensions, tables, indexes and rights are the SQL of `sql` and of the output `schema-sql`, to be
 * run by the administrator once after each change.
 *
 * Makes `google_alloydb_cluster`, `google_alloydb_instance` (primary, read pool if more than one node answers),
 * `google_alloydb_user`, `google_compute_address`, `google_compute_forwarding_rule` and outputs.
 */
export class GoogleAlloyDbVectors extends Construct implements GoogleEngine {
  readonly cluster: AlloydbCluster;
  readonly primary: AlloydbInstance;
  /** Set if more than one node answers queries. */
  readonly readPool?: AlloydbInstance;
  readonly administrator: AlloydbUser;
  readonly connection: PrivateConnection;
  readonly readConnection?: PrivateConnection;
  readonly schemaOutput: TerraformOutput;
  /** Only if an index has to be built after the first load. */
  readonly afterLoadOutput?: TerraformOutput;
  private readonly statements: PgvectorSql;
  private readonly users = new Map<string, string>();
  private readonly name: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GoogleAlloyDbProps,
  ) {
    super(scope, id);
    const { namePrefix, collections, sizing, settings } = props;
    this.name = resourceName([namePrefix, "vectors"], { maxLength: ID_LENGTH });
    this.statements = pgvectorSql("alloydb", collections, { extensions: true, roles: true });
    this.cluster = this.makeCluster();
    this.primary = this.makeInstance("primary", { instanceType: "PRIMARY", availabilityType: "REGIONAL" });
    const { count } = sizing.capacity;
    if (count > 1) {
      const readPoolConfig = { nodeCount: count };
      this.readPool = this.makeInstance("read-pool", { instanceType: "READ_POOL", readPoolConfig });
    }
    this.connection = this.connect("connection", this.name, this.primary);
    this.readConnection =
      this.readPool && this.connect("read-connection", `${this.name}-read`, this.readPool);
    this.administrator = this.user("administrator", userOf(settings.administrator.member.split(":")[1]!), [
      "alloydbiamuser",
      "alloydbsuperuser",
    ]);
    const { afterLoad } = this.statements;
    const outputs = sqlOutputs(this, "Extensions, tables, indexes and rights", afterLoad, () => this.sql);
    this.schemaOutput = outputs.schemaOutput;
    this.afterLoadOutput = outputs.afterLoadOutput;
  }

  /** Statements for the database, rights of all grants so far included. */
  get sql(): PgvectorSql {
    return withGrants(this.statements, this.users);
  }

  readonly lookup = ({ name }: VectorCollectionModel) => ({
    endpoint: (this.readConnection ?? this.connection).address.address,
    target: tableName(name),
    container: DATABASE,
    auth: { kind: "google-oauth" } as const,
  });

  readonly grant = (
    grantee: GoogleGrantee,
    collection: VectorCollectionModel,
    access: "read" | "write",
  ): VectorGrant => {
    const databaseUser = userOf(grantee.email);
    const role = rightsRole(collection.name, access);
    const id = `user-${grantee.name}`;
    const known = this.node.tryFindChild(id) as AlloydbUser | undefined;
    const user = known ?? this.user(id, databaseUser, ["alloydbiamuser"]);
    this.users.set(`${grantee.name}/${role}`, `GRANT "${role}" TO "${databaseUser}";\n`);
    return { resources: [...grantee.resources, user], access: grantee.access, databaseUser };
  };

  private makeCluster(): AlloydbCluster {
    const { site, project, key, destroyable, settings } = this.props;
    const encryptionConfig = { kmsKeyName: key.keyName };
    return new AlloydbCluster(this, "cluster", {
      project: site.project,
      location: site.region,
      clusterId: this.name,
      displayName: this.name,
      encryptionConfig,
      pscConfig: { pscEnabled: true },
      continuousBackupConfig: {
        enabled: true,
        recoveryWindowDays: settings.recoveryWindowDays ?? 14,
        encryptionConfig,
      },
      automatedBackupPolicy: { enabled: true, encryptionConfig },
      deletionPolicy: destroyable ? "FORCE" : "DEFAULT",
      lifecycle: { preventDestroy: destroyable ? undefined : true },
      dependsOn: [...project.dependencies("alloydb"), ...key.dependencies("alloydb")],
    });
  }

  private makeInstance(
    id: string,
    kind: Pick<
      ConstructorParameters<typeof AlloydbInstance>[2],
      "instanceType" | "availabilityType" | "readPoolConfig"
    >,
  ): AlloydbInstance {
    const { sizing, project } = this.props;
    return new AlloydbInstance(this, id, {
      cluster: this.cluster.name,
      instanceId: `${this.name}-${id}`,
      ...kind,
      machineConfig: { cpuCount: sizing.capacity.vcpusPerNode },
      databaseFlags: { "alloydb.iam_authentication": "on" },
      clientConnectionConfig: { requireConnectors: false, sslConfig: { sslMode: "ENCRYPTED_ONLY" } },
      pscInstanceConfig: { allowedConsumerProjects: [project.number()] },
      // A read pool needs the primary.
      dependsOn: id === "primary" ? undefined : [this.primary],
    });
  }

  private connect(id: string, name: string, instance: AlloydbInstance): PrivateConnection {
    const attachment = instance.pscInstanceConfig.serviceAttachmentLink;
    return new PrivateConnection(this, id, { ...this.props, name, attachment });
  }

  private user(id: string, userId: string, databaseRoles: string[]): AlloydbUser {
    return new AlloydbUser(this, id, {
      cluster: this.cluster.name,
      userId,
      userType: "ALLOYDB_IAM_USER",
      databaseRoles,
      dependsOn: [this.primary],
    });
  }
}

/** The database user of a service account: its address without the common ending. */
function userOf(email: string): string {
  return isToken(email) ? Fn.trimsuffix(email, MEMBER_ENDING) : email.replace(/\.gserviceaccount\.com$/, "");
}
