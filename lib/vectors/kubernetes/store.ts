import type { Construct } from "constructs";
import { type NameRule, Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import type { KubernetesIdentity } from "../../fabric/identity";
import type { KubernetesSite } from "../../fabric/site";
import { DNS_LABEL, OBJECT_NAME } from "../../kubernetes/metadata";
import { type Namespace, ownNamespace } from "../../kubernetes/namespace";
import type { KubernetesContext } from "../../kubernetes/room-context";
import { LakehouseErrors } from "../../lakehouse/index";
import type { VectorCollectionModel } from "../collections";
import { VectorErrors } from "../errors";
import { type PlannedVectorStore, resolveStore } from "../plan";
import { VectorStoreBase } from "../vector-store-base";
import type { VectorGrant, VectorGrantRequest, VectorLookup } from "../vectors";
import { VectorAccess } from "./access";
import type { ClusterEngine, EngineProps } from "./engine";
import { MILVUS_PORT, VectorMilvus } from "./milvus";
import { VectorNetwork, type VectorNetworkProps } from "./network";
import { POSTGRES_PORT, postgresName, VectorPostgres } from "./pgvector";
import type { KubernetesVectorEngine, KubernetesVectorStoreProps } from "./props";
import { QDRANT_GRPC_PORT, QDRANT_HTTP_PORT, VectorQdrant } from "./qdrant";

const JOB_IMAGE = "docker.io/library/python:3.13.7-slim-bookworm";

const ENDPOINT: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9]\d{0,4})?$/,
  maxLength: 253,
  form: "a host, and a port if it is not 443, without a scheme, for example s3.example.com:9000",
};

/**
 * A vector store in a Kubernetes cluster, for the `workloads` stack: Qdrant, Milvus or PostgreSQL with pgvector, in a
 * namespace of its own that is closed but for identities that were granted something.
 *
 * Needs the operators of `KubernetesVectorOperators` (or the cluster's own). A right puts a Secret into the namespace of
 * the identity: a token for one collection that ends after a day (Qdrant), or a user (Milvus, PostgreSQL).
 *
 * Terraform resource types: `kubernetes_namespace_v1`, `kubernetes_network_policy_v1`, and those of {@link VectorQdrant},
 * {@link VectorMilvus} or {@link VectorPostgres}, and of {@link VectorAccess}.
 *
 * @throws all errors of the contract, VectorOptionMismatch, MissingValue, RemovalNeedsTwoKeys; of grants
 *   IdentityKindMismatch; at synth VectorNamesTaken
 */
export class KubernetesVectorStore extends VectorStoreBase {
  readonly site: KubernetesSite;
  readonly engine: KubernetesVectorEngine;
  readonly namespaceName: string;
  /** Undefined with `createNamespace: false`. */
  readonly namespace?: Namespace;
  readonly network: VectorNetwork;
  readonly access: VectorAccess;
  /** Set with engine `qdrant`. */
  readonly qdrant?: VectorQdrant;
  /** Set with engine `milvus`. */
  readonly milvus?: VectorMilvus;
  /** Set with engine `pgvector`. */
  readonly postgres?: VectorPostgres;
  protected readonly planned: PlannedVectorStore;
  private readonly server: ClusterEngine;

  constructor(scope: Construct, id: string, props: KubernetesVectorStoreProps) {
    super(scope, id);
    this.site = props.site;
    this.engine = props.engine;
    const problems = new Problems(this.node.path);
    this.namespaceName = props.namespace ?? `${props.namePrefix}-vectors`;
    checkOptions(problems, props);
    const destroyable = mayDestroy(this, props.removalPolicy, problems);
    this.planned = resolveStore(problems, props.engine, props, props.limits);
    problems.throwIfAny();
    this.claimNames(props.namePrefix, this.namespaceName);
    this.namespace = ownNamespace(this, this.namespaceName, props.namePrefix, props);
    const context: KubernetesContext = {
      prefix: props.namePrefix,
      namespace: this.namespaceName,
      after: this.namespace ? [this.namespace.resource] : [],
      destroyable,
    };
    const jobImage = props.jobImage ?? JOB_IMAGE;
    const parts: EngineProps = {
      context,
      ...this.planned,
      storageClass: props.storageClass,
      issuer: props.certificateIssuer,
      jobImage,
    };
    this.network = new VectorNetwork(this, "network", { context, ...reach(context, props) });
    if (props.engine === "qdrant") {
      this.qdrant = new VectorQdrant(this, "qdrant", { ...parts, settings: props.qdrant ?? {} });
    } else if (props.engine === "milvus") {
      this.milvus = new VectorMilvus(this, "milvus", { ...parts, settings: props.milvus! });
    } else {
      this.postgres = new VectorPostgres(this, "postgres", { ...parts, settings: props.pgvector ?? {} });
    }
    this.server = (this.qdrant ?? this.milvus ?? this.postgres)!;
    this.access = new VectorAccess(this, "access", {
      context,
      engine: this.server,
      network: this.network,
      jobImage,
      lookup: (collection) => this.lookup(collection),
    });
  }

  protected lookup(collection: VectorCollectionModel): VectorLookup {
    return {
      ...this.described(collection),
      ...this.server.lookup(collection),
      auth: {
        kind: "kubernetes-secret",
        header: this.server.header,
        caSecret: { namespace: this.namespaceName, name: this.server.caSecret },
      },
    };
  }

  protected grant({ identity, collection, access }: VectorGrantRequest): VectorGrant {
    if (identity.kind !== "kubernetes-service-account") {
      const problems = new Problems(this.node.path);
      problems.add(LakehouseErrors.IdentityKindMismatch, {
        subject: `identity "${identity.name}"`,
        given: identity.kind,
        allowed: "kubernetes-service-account",
      });
      problems.throwIfAny();
    }
    return this.access.grant({ identity: identity as KubernetesIdentity, collection, access });
  }
}

/** Which pods clients call, and what these pods call. */
function reach(
  context: KubernetesContext,
  props: KubernetesVectorStoreProps,
): Omit<VectorNetworkProps, "context"> {
  switch (props.engine) {
    case "qdrant":
      return {
        servers: { "app.kubernetes.io/name": "qdrant" },
        ports: [QDRANT_HTTP_PORT, QDRANT_GRPC_PORT],
        outboundPorts: [],
        databaseOperator: false,
      };
    case "milvus": {
      const port = /:(\d+)$/.exec(props.milvus!.objectStorage.endpoint)?.[1];
      return {
        servers: { "app.kubernetes.io/component": "proxy" },
        ports: [MILVUS_PORT],
        outboundPorts: port === undefined || port === "443" ? [] : [port],
        databaseOperator: false,
      };
    }
    case "pgvector":
      return {
        servers: { "cnpg.io/cluster": postgresName(context) },
        ports: [POSTGRES_PORT],
        outboundPorts: [],
        databaseOperator: true,
      };
  }
}

function checkOptions(problems: Problems, props: KubernetesVectorStoreProps): void {
  problems.oneOf("engine", props.engine, ["qdrant", "milvus", "pgvector"]);
  if (props.namespace !== undefined) {
    problems.name("namespace", props.namespace, DNS_LABEL);
  }
  for (const engine of ["qdrant", "milvus", "pgvector"] as const) {
    if (props[engine] !== undefined && props.engine !== engine) {
      problems.add(VectorErrors.VectorOptionMismatch, {
        subject: engine,
        given: props[engine],
        allowed: `nothing, with engine ${props.engine}`,
      });
    }
  }
  if (props.engine === "pgvector" && props.certificateIssuer !== undefined) {
    problems.add(VectorErrors.VectorOptionMismatch, {
      subject: "certificateIssuer",
      given: props.certificateIssuer,
      allowed: "nothing, with engine pgvector: CloudNativePG has an authority of its own",
    });
  }
  for (const [name, value] of Object.entries(props.limits ?? {})) {
    problems.literalInteger(`limits.${name}`, value, { min: 1, max: 100_000 });
  }
  if (props.engine === "milvus") {
    checkMilvus(problems, props);
  }
}

function checkMilvus(problems: Problems, { milvus }: KubernetesVectorStoreProps): void {
  const storage = milvus?.objectStorage;
  if (!problems.required("milvus.objectStorage", storage, "{ endpoint, bucket, credentialsSecret }")) {
    // Nothing else of Milvus can be checked.
    problems.throwIfAny();
  }
  problems.name("milvus.objectStorage.endpoint", storage!.endpoint, ENDPOINT);
  problems.required("milvus.objectStorage.bucket", storage!.bucket, "the name of a bucket");
  problems.name("milvus.objectStorage.credentialsSecret", storage!.credentialsSecret, OBJECT_NAME);
  if (milvus!.etcdStorageGib !== undefined) {
    problems.literalInteger("milvus.etcdStorageGib", milvus!.etcdStorageGib, { min: 1, max: 1024 });
  }
}
