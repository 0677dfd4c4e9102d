import { ProjectIamCustomRole } from "@cdktf/provider-google/lib/project-iam-custom-role";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { ServiceAccountIamMember } from "@cdktf/provider-google/lib/service-account-iam-member";
import { VertexAiIndex } from "@cdktf/provider-google/lib/vertex-ai-index";
import { VertexAiIndexEndpoint } from "@cdktf/provider-google/lib/vertex-ai-index-endpoint";
import { VertexAiIndexEndpointDeployedIndex } from "@cdktf/provider-google/lib/vertex-ai-index-endpoint-deployed-index";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import { resourceName } from "../../core/naming";
import type { VectorCollectionModel, VectorMetric } from "../collections";
import { chosenIndex } from "../engines";
import { SCANN_LEAF } from "../sizing/bytes";
import type { VectorGrant } from "../vectors";
import { PrivateConnection } from "./connect";
import type { GoogleEngine, GoogleEngineProps, GoogleGrantee } from "./engine";

/** Port of queries behind Private Service Connect. Source: https://docs.cloud.google.com/vertex-ai/docs/vector-search/query-index-vpc (read 2026-11-24) */
const QUERY_PORT = 10_000;
const ACCOUNT_ID_LENGTH = 30;
const NAME_LENGTH = 63;
/** Source: https://docs.cloud.google.com/iam/docs/creating-custom-roles (read 2026-11-24) */
const ROLE_ID_LENGTH = 64;

/**
 * Google orders by cosine as the dot product of vectors of length one, which its index does faster.
 * Source: provider documentation of `google_vertex_ai_index` 6.50, distance_measure_type and feature_norm_type
 */
const DISTANCES: Readonly<Record<VectorMetric, { readonly measure: string; readonly norm: string }>> = {
  cosine: { measure: "DOT_PRODUCT_DISTANCE", norm: "UNIT_L2_NORM" },
  dot: { measure: "DOT_PRODUCT_DISTANCE", norm: "NONE" },
  euclidean: { measure: "SQUARED_L2_DISTANCE", norm: "NONE" },
};

/** Candidates that are ranked exactly before the best are returned. */
const MIN_CANDIDATES = 150;

/**
 * Vector Search of Vertex AI: per collection a streaming index, deployed on machines of its own behind one endpoint that
 * only the network reaches, unless it is public. Queries carry a token that a granted service account signed; an own account, which nobody uses,
 * keeps the endpoint closed while nothing is granted.
 *
 * Filterable fields are not declared in the index: each datapoint carries its restricts, tokens for texts and
 * `numeric_restricts` for numbers; `lookup()` says which.
 *
 * Makes `google_vertex_ai_index`, `_index_endpoint`, `_index_endpoint_deployed_index`, `google_compute_address`,
 * `google_compute_forwarding_rule`, `google_service_account`; for grants to write, and to read a public
 * endpoint, `google_project_iam_custom_role` and `google_project_iam_member`.
 */
export class GoogleVertexVectors extends Construct implements GoogleEngine {
  readonly endpoint: VertexAiIndexEndpoint;
  /** Never used: keeps the endpoints closed. Not with a public endpoint, which asks IAM. */
  readonly nobody?: ServiceAccount;
  /** By collection. */
  readonly indexes: Readonly<Record<string, VertexAiIndex>>;
  /** By collection. */
  readonly deployments: Readonly<Record<string, VertexAiIndexEndpointDeployedIndex>>;
  /** By collection; none with a public endpoint. */
  readonly connections: Readonly<Record<string, PrivateConnection>>;
  /** Set after the first grant, with a public endpoint. */
  readerRole?: ProjectIamCustomRole;
  /** Set after the first grant to write. */
  writerRole?: ProjectIamCustomRole;
  /** E-mail addresses of readers, by collection. */
  private readonly readers = new Map<string, Set<string>>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GoogleEngineProps,
  ) {
    super(scope, id);
    const { site, namePrefix, project, collections, publicEndpoint } = props;
    this.nobody = publicEndpoint ? undefined : this.makeNobody();
    this.endpoint = new VertexAiIndexEndpoint(this, "endpoint", {
      project: site.project,
      region: site.region,
      displayName: `${namePrefix}-vectors`,
      publicEndpointEnabled: publicEndpoint,
      privateServiceConnectConfig: publicEndpoint
        ? undefined
        : { enablePrivateServiceConnect: true, projectAllowlist: [site.project] },
      dependsOn: project.dependencies("aiplatform"),
    });
    this.indexes = byName(collections, (collection) => this.makeIndex(collection));
    this.deployments = byName(collections, (collection) => this.deploy(collection));
    this.connections = byName(publicEndpoint ? [] : collections, ({ name }) => {
      const deployment = this.deployments[name]!;
      return new PrivateConnection(this, `connection-${name}`, {
        ...props,
        name: resourceName([namePrefix, "vectors", name], { maxLength: NAME_LENGTH }),
        attachment: deployment.privateEndpoints.get(0).serviceAttachment,
      });
    });
  }

  /**
   * gRPC (`MatchService`): private endpoints that ask for a signed token answer nothing else. Source:
   * https://docs.cloud.google.com/vertex-ai/docs/vector-search/jwt-auth, "Limitations" (read 2026-11-24). Public ones answer
   * REST (`findNeighbors`) at a domain of their own, and ask for an access token. Source:
   * https://docs.cloud.google.com/vertex-ai/docs/vector-search/query-index-public-endpoint (read 2026-11-24)
   */
  readonly lookup: GoogleEngine["lookup"] = ({ name }) => {
    const where = { target: this.deploymentId(name), container: this.endpoint.id };
    return this.props.publicEndpoint
      ? {
          ...where,
          endpoint: `https://${this.endpoint.publicEndpointDomainName}`,
          auth: { kind: "google-oauth" },
        }
      : {
          ...where,
          endpoint: `${this.connections[name]!.address.address}:${QUERY_PORT}`,
          auth: { kind: "google-jwt", audience: this.audience },
        };
  };

  readonly grant = (
    grantee: GoogleGrantee,
    collection: VectorCollectionModel,
    access: "read" | "write",
  ): VectorGrant => {
    const resources = [
      ...grantee.resources,
      this.deployments[collection.name]!,
      this.props.publicEndpoint ? this.mayQuery(grantee) : this.mayAsk(grantee, collection),
    ];
    return {
      resources: access === "write" ? [...resources, this.mayWrite(grantee)] : resources,
      access: grantee.access,
    };
  };

  private get audience(): string {
    return `${this.props.namePrefix}-vectors`;
  }

  /** Letters, digits and underscores, unique in the project. */
  private deploymentId(collection: string): string {
    const { namePrefix, site } = this.props;
    return resourceName([namePrefix, collection, site.region], { maxLength: NAME_LENGTH, separator: "_" });
  }

  private makeIndex(collection: VectorCollectionModel): VertexAiIndex {
    const { site, namePrefix, project, sizing, destroyable } = this.props;
    const { deployment, searchParameters } = sizing.collections.find(({ name }) => name === collection.name)!;
    const { measure, norm } = DISTANCES[collection.metric];
    const flat = chosenIndex("vertex", collection).kind === "flat";
    return new VertexAiIndex(this, `index-${collection.name}`, {
      project: site.project,
      region: site.region,
      displayName: `${namePrefix}-${collection.name}`,
      description: `Filterable: ${collection.filterable.map(({ name, type }) => `${name} (${type})`).join(", ") || "nothing"}`,
      indexUpdateMethod: "STREAM_UPDATE",
      metadata: {
        config: {
          dimensions: collection.dimension,
          distanceMeasureType: measure,
          featureNormType: norm,
          shardSize: deployment!.shardSize,
          approximateNeighborsCount: Math.max(MIN_CANDIDATES, 10 * collection.topK),
          algorithmConfig: flat
            ? { bruteForceConfig: {} }
            : {
                treeAhConfig: {
                  leafNodeEmbeddingCount: SCANN_LEAF,
                  leafNodesToSearchPercent: searchParameters.leafNodesToSearchPercent,
                },
              },
        },
      },
      lifecycle: { preventDestroy: destroyable ? undefined : true },
      dependsOn: project.dependencies("aiplatform"),
    });
  }

  private deploy(collection: VectorCollectionModel): VertexAiIndexEndpointDeployedIndex {
    const { sizing } = this.props;
    const { deployment } = sizing.collections.find(({ name }) => name === collection.name)!;
    const { machineType, replicas } = deployment!;
    return new VertexAiIndexEndpointDeployedIndex(this, `deployment-${collection.name}`, {
      indexEndpoint: this.endpoint.id,
      index: this.indexes[collection.name]!.id,
      region: this.props.site.region,
      deployedIndexId: this.deploymentId(collection.name),
      displayName: collection.name,
      enableAccessLogging: true,
      dedicatedResources: {
        machineSpec: { machineType },
        minReplicaCount: replicas,
        // Room for a peak above the stated one.
        maxReplicaCount: 2 * replicas,
      },
      deployedIndexAuthConfig: this.nobody && {
        authProvider: {
          audiences: [this.audience],
          allowedIssuers: Lazy.listValue({
            produce: () => [this.nobody!.email, ...[...(this.readers.get(collection.name) ?? [])].sort()],
          }),
        },
      },
    });
  }

  private makeNobody(): ServiceAccount {
    const { site, namePrefix, project } = this.props;
    return new ServiceAccount(this, "nobody", {
      project: site.project,
      // Of the project, as are roles and ids of deployments: stores of two regions may have the same prefix.
      accountId: resourceName([namePrefix, "vectors", site.region], { maxLength: ACCOUNT_ID_LENGTH }),
      displayName: `Vector store ${namePrefix}: nobody`,
      description: "Never used. The only account that indexes take queries from while nothing is granted",
      dependsOn: project.dependencies("iam"),
    });
  }

  /** Takes signed queries of a service account on one index. */
  private mayAsk(grantee: GoogleGrantee, { name }: VectorCollectionModel): ServiceAccountIamMember {
    this.readers.set(name, new Set([...(this.readers.get(name) ?? []), grantee.email]));
    return this.maySign(grantee);
  }

  /** Lets a service account sign tokens in its own name. */
  private maySign({ name, email }: GoogleGrantee): ServiceAccountIamMember {
    const id = `signing-${name}`;
    const known = this.node.tryFindChild(id) as ServiceAccountIamMember | undefined;
    return (
      known ??
      new ServiceAccountIamMember(this, id, {
        serviceAccountId: `projects/-/serviceAccounts/${email}`,
        role: "roles/iam.serviceAccountTokenCreator",
        member: `serviceAccount:${email}`,
        dependsOn: this.props.project.dependencies("iam", "iamcredentials"),
      })
    );
  }

  /** Index endpoints take no policy of their own: who may query one of the project may query all. */
  private mayQuery(grantee: GoogleGrantee): ProjectIamMember {
    this.readerRole ??= this.role("reader", "Queries", ["aiplatform.indexEndpoints.queryVectors"]);
    return this.member("reader", this.readerRole, grantee);
  }

  /** Indexes take no policy of their own: who may write one of the project may write all. */
  private mayWrite(grantee: GoogleGrantee): ProjectIamMember {
    this.writerRole ??= this.role("writer", "Writes", [
      "aiplatform.indexes.get",
      "aiplatform.indexes.update",
    ]);
    return this.member("writer", this.writerRole, grantee);
  }

  private role(
    name: "reader" | "writer",
    does: string,
    permissions: readonly string[],
  ): ProjectIamCustomRole {
    const { site, namePrefix, project } = this.props;
    return new ProjectIamCustomRole(this, `${name}-role`, {
      project: site.project,
      roleId: resourceName([namePrefix, "vectors", site.region, name], {
        maxLength: ROLE_ID_LENGTH,
        separator: "_",
      }),
      title: `${does} vectors of ${namePrefix}`,
      permissions: [...permissions],
      dependsOn: project.dependencies("iam"),
    });
  }

  private member(
    kind: "reader" | "writer",
    role: ProjectIamCustomRole,
    { name, email }: GoogleGrantee,
  ): ProjectIamMember {
    const { site, project } = this.props;
    const id = `${kind}-${name}`;
    const known = this.node.tryFindChild(id) as ProjectIamMember | undefined;
    return (
      known ??
      new ProjectIamMember(this, id, {
        project: site.project,
        role: role.id,
        member: `serviceAccount:${email}`,
        dependsOn: project.dependencies("cloudresourcemanager"),
      })
    );
  }
}

function byName<T>(
  collections: readonly VectorCollectionModel[],
  make: (collection: VectorCollectionModel) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(collections.map((collection) => [collection.name, make(collection)]));
}
