import { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import { GoogleFederation, grantProjectRoles } from "../../core/google-federation";
import { checkKeyChoice, GoogleKey } from "../../core/google-key";
import { GoogleProject } from "../../core/google-project";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import type { Identity } from "../../fabric/identity";
import type { GoogleSite } from "../../fabric/site";
import { LakehouseErrors } from "../../lakehouse/index";
import type { VectorCollectionModel } from "../collections";
import { VectorErrors } from "../errors";
import { type PlannedVectorStore, resolveStore } from "../plan";
import { VectorStoreBase } from "../vector-store-base";
import type { VectorGrant, VectorGrantRequest, VectorLookup } from "../vectors";
import { GoogleAlloyDbVectors } from "./alloydb";
import type { GoogleEngine, GoogleEngineProps, GoogleGrantee } from "./engine";
import type { GoogleVectorEngine, GoogleVectorStoreProps } from "./props";
import { GoogleVertexVectors } from "./vertex";

/** What a grantee needs in the project to sign in at all. */
const PROJECT_ROLES: Readonly<Record<GoogleVectorEngine, readonly string[]>> = {
  vertex: ["roles/serviceusage.serviceUsageConsumer"],
  alloydb: ["roles/alloydb.client", "roles/alloydb.databaseUser", "roles/serviceusage.serviceUsageConsumer"],
};

/**
 * A vector store on Google Cloud: Vector Search of Vertex AI, or AlloyDB with pgvector and ScaNN. Reached from one network
 * by Private Service Connect; Vertex AI from anywhere with `publicEndpoint`.
 *
 * Grants go to service accounts, because both engines know nobody else: of Google Cloud, or of a cluster, which gets a
 * service account of its own by workload identity federation.
 *
 * Makes `google_project_service`, with AlloyDB `google_kms_key_ring`, `google_kms_crypto_key` and
 * `google_kms_crypto_key_iam_member`; {@link GoogleVertexVectors} or {@link GoogleAlloyDbVectors}; for grants what
 * {@link GoogleFederation} makes.
 *
 * @throws all errors of the contract, VectorOptionMismatch, PublicVectorsMixed, MissingValue, InvalidName, NoEffect, RemovalNeedsTwoKeys; of
 *   grants IdentityKindMismatch, MissingOidcIssuer, GrantNotApplicable, DuplicateValue; at synth VectorNamesTaken
 */
export class GoogleVectorStore extends VectorStoreBase {
  readonly site: GoogleSite;
  readonly engine: GoogleVectorEngine;
  readonly project: GoogleProject;
  /** Only with AlloyDB. */
  readonly key?: GoogleKey;
  /** Set with engine `vertex`. */
  readonly vertex?: GoogleVertexVectors;
  /** Set with engine `alloydb`. */
  readonly alloydb?: GoogleAlloyDbVectors;
  protected readonly planned: PlannedVectorStore;
  private readonly server: GoogleEngine;
  private readonly federation: GoogleFederation;
  private readonly grantees = new Construct(this, "grantees");
  private readonly meanings = new Map<string, string>();

  constructor(scope: Construct, id: string, props: GoogleVectorStoreProps) {
    super(scope, id);
    this.site = props.site;
    this.engine = props.engine;
    const problems = new Problems(this.node.path);
    checkOptions(problems, props);
    const destroyable = mayDestroy(this, props.removalPolicy, problems);
    this.planned = resolveStore(problems, props.engine, props);
    problems.throwIfAny();
    this.claimNames(props.namePrefix);
    const { site, namePrefix, engine, publicEndpoint = false } = props;
    // Undefined with a public endpoint only, which asks for none.
    const network = props.network!;
    this.project = new GoogleProject(this, "project", {
      site,
      apis:
        engine === "vertex"
          ? ["aiplatform", "cloudresourcemanager", "compute", "iam", "iamcredentials", "sts"]
          : ["alloydb", "cloudkms", "cloudresourcemanager", "compute", "iam", "iamcredentials", "sts"],
      enableServices: props.enableServices ?? true,
    });
    const { project } = this;
    const parts: GoogleEngineProps = {
      ...this.planned,
      site,
      namePrefix,
      project,
      network,
      destroyable,
      publicEndpoint,
    };
    if (engine === "vertex") {
      this.vertex = new GoogleVertexVectors(this, "vertex", parts);
    } else {
      this.key = new GoogleKey(this, "key", {
        site,
        namePrefix,
        project,
        agents: ["alloydb"],
        kmsKey: props.kmsKey,
        rotationDays: props.keyRotationDays ?? 90,
        protect: !destroyable,
        waitForAgents: true,
        purpose: "vectors",
      });
      const settings = props.alloydb!;
      this.alloydb = new GoogleAlloyDbVectors(this, "alloydb", { ...parts, key: this.key, settings });
    }
    this.server = (this.vertex ?? this.alloydb)!;
    this.federation = new GoogleFederation(this, "federation", {
      site,
      // Accounts and pools are of the project: stores of two regions may have the same prefix.
      namePrefix: `${namePrefix}-vec-${site.region}`,
      purpose: `vector store ${namePrefix}`,
      project,
      projectRoles: PROJECT_ROLES[engine],
      errors: LakehouseErrors,
    });
  }

  protected lookup(collection: VectorCollectionModel): VectorLookup {
    return { ...this.described(collection), ...this.server.lookup(collection) };
  }

  protected grant({ identity, collection, access }: VectorGrantRequest): VectorGrant {
    return this.server.grant(this.grantee(identity), collection, access);
  }

  private grantee(identity: Identity): GoogleGrantee {
    const problems = new Problems(this.node.path);
    const subject = `identity "${identity.name}"`;
    if (identity.kind === "aws-role") {
      problems.add(LakehouseErrors.IdentityKindMismatch, {
        subject,
        given: identity.kind,
        allowed: "google-member, kubernetes-service-account",
      });
      problems.throwIfAny();
    }
    const meaning =
      identity.kind === "google-member" ? identity.member : `${identity.kind}/${JSON.stringify(identity)}`;
    const before = this.meanings.get(identity.name) ?? meaning;
    if (before !== meaning) {
      problems.add(CoreErrors.DuplicateValue, {
        subject,
        given: meaning,
        allowed: `${before}, which already has this name; the name is part of ids`,
      });
    }
    if (identity.kind === "google-member" && !identity.member.startsWith("serviceAccount:")) {
      problems.add(LakehouseErrors.GrantNotApplicable, {
        subject,
        given: identity.member,
        allowed: "a service account: groups cannot sign queries or sign in to the database",
        fix: "grant to a service account, and let the group act as it",
      });
    }
    problems.throwIfAny();
    this.meanings.set(identity.name, meaning);
    const scope =
      (this.grantees.node.tryFindChild(identity.name) as Construct | undefined) ??
      new Construct(this.grantees, identity.name);
    return identity.kind === "google-member"
      ? this.forAccount(scope, identity.name, identity.member)
      : this.forCluster(scope, problems, identity as Extract<Identity, { issuer?: string }>);
  }

  private forAccount(scope: Construct, name: string, member: string): GoogleGrantee {
    const roles =
      scope.node.children.length > 0
        ? (scope.node.children as never[])
        : grantProjectRoles(scope, this.site.project, this.project, member, PROJECT_ROLES[this.engine]);
    return { name, email: member.slice("serviceAccount:".length), resources: roles };
  }

  private forCluster(
    scope: Construct,
    problems: Problems,
    identity: Extract<Identity, { issuer?: string }>,
  ): GoogleGrantee {
    const { resources, access } = this.federation.trust(scope, problems, identity);
    return { name: identity.name, email: access.serviceAccount, resources, access };
  }
}

function checkPublic(problems: Problems, { network, collections }: GoogleVectorStoreProps): void {
  if (network !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: "network",
      given: "a network",
      allowed: "nothing, with publicEndpoint",
    });
  }
  const personal = collections.filter(({ pii }) => pii).map(({ name }) => name);
  if (personal.length > 0 && personal.length < collections.length) {
    problems.add(VectorErrors.PublicVectorsMixed, {
      subject: "publicEndpoint",
      given: `personal data in ${personal.join(", ")} only`,
      allowed: "collections that all hold personal data, or none of them",
    });
  }
}

function checkOptions(problems: Problems, props: GoogleVectorStoreProps): void {
  const { engine, alloydb, kmsKey, keyRotationDays } = props;
  problems.oneOf("engine", engine, ["vertex", "alloydb"]);
  const { publicEndpoint = false, network } = props;
  if (!publicEndpoint) {
    problems.required("network", network, "a network");
  } else if (engine === "vertex") {
    checkPublic(problems, props);
  } else {
    problems.add(VectorErrors.VectorOptionMismatch, {
      subject: "publicEndpoint",
      given: true,
      allowed: "false, with engine alloydb",
    });
  }
  if (engine === "vertex") {
    for (const [subject, given] of Object.entries({ alloydb, kmsKey, keyRotationDays })) {
      if (given !== undefined) {
        problems.add(VectorErrors.VectorOptionMismatch, {
          subject,
          given,
          allowed: "nothing, with engine vertex",
        });
      }
    }
    return;
  }
  checkKeyChoice(problems, props.site, { kmsKey, keyRotationDays }, "the vector store");
  if (problems.required("alloydb.administrator", alloydb?.administrator, "a service account")) {
    const { kind, member } = alloydb!.administrator;
    if (kind !== "google-member" || !member.startsWith("serviceAccount:")) {
      problems.add(LakehouseErrors.IdentityKindMismatch, {
        subject: "alloydb.administrator",
        given: kind === "google-member" ? member : kind,
        allowed: "a service account of Google Cloud",
      });
    }
  }
  if (alloydb?.recoveryWindowDays !== undefined) {
    problems.literalInteger("alloydb.recoveryWindowDays", alloydb.recoveryWindowDays, { min: 1, max: 35 });
  }
}
