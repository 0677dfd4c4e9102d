import type { Construct } from "constructs";
import { resourceName } from "../../core/naming";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import { Identity, type KubernetesIdentity } from "../../fabric/identity";
import type { KubernetesSite } from "../../fabric/site";
import { type Namespace, ownNamespace } from "../../kubernetes/namespace";
import type { KubernetesContext } from "../../kubernetes/room-context";
import { Task } from "../../kubernetes/task";
import { LakehouseErrors } from "../errors";
import {
  type Grant,
  type GrantRequest,
  type ILakehouse,
  type LakehouseModel,
  resolveLakehouse,
  type ZoneModel,
} from "../lakehouse";
import { LakehouseBase } from "../lakehouse-base";
import type { CatalogEndpoint } from "../sharing";
import { planSyntheticData, type SyntheticDataMaker, type SyntheticDataProps } from "../synthetic-data";
import type { Table } from "../table";
import { AccessRules, trinoUser } from "./access-rules";
import { AdoptedKubernetesLakehouse, type KubernetesLakehouseAttributes } from "./adopted";
import { KubernetesCatalog } from "./catalog";
import { checkKubernetesLakehouse, jwksUriOf } from "./checks";
import { restEndpoint } from "./context";
import { KubernetesCopies } from "./copies";
import { KubernetesNetwork } from "./network";
import type { KubernetesLakehouseProps } from "./props";
import { KubernetesSpark, sparkAccount } from "./spark";
import { KubernetesStorage } from "./storage";
import { syntheticSql } from "./synthetic-sql";
import { KubernetesTables, tablesAccount, trinoPod } from "./tables";
import { KubernetesTrino, trinoName } from "./trino";

const JOB_IMAGE = "docker.io/library/python:3.13.7-slim-bookworm";
const MAINTENANCE_SCHEDULE = "0 3 * * *";
const IDENTITY_NAME_LENGTH = 32;

type Names = Pick<KubernetesLakehouseProps, "namePrefix" | "namespace">;

/**
 * A lakehouse in a Kubernetes cluster, for the `workloads` stack: buckets of Rook Ceph or any S3-compatible store,
 * Lakekeeper as Iceberg REST catalogue on CloudNativePG, Trino with one catalogue per zone (schema `main`), Spark.
 *
 * Needs the operators of `KubernetesLakehouseOperators` (or the cluster's own). Rights are rules of Trino and end
 * there: no identity gets keys of the object store, so files are read and written through the engines only.
 *
 * `accessLogs` and `dataEvents` are on by default where the object store has them (`ObjectStore.newRook`, and a store
 * with `eventsTo`); asking for them elsewhere is refused. `accessLogRetentionDays` is refused: the cluster's log
 * collector decides. `tiering` needs `tierClasses` of the store.
 *
 * Terraform resource types: `kubernetes_namespace_v1`, `kubernetes_network_policy_v1`, `kubernetes_manifest`,
 * `helm_release`, `kubernetes_job_v1`, `kubernetes_cron_job_v1`, `kubernetes_config_map_v1`, `kubernetes_service_v1`,
 * `kubernetes_service_account_v1`, `kubernetes_role_v1`, `kubernetes_role_binding_v1`,
 * `kubernetes_pod_disruption_budget_v1`, `kubernetes_storage_class_v1`.
 *
 * @throws all errors of the contract, UnsupportedByCatalog, UnsupportedShare, MissingOidcIssuer, ContradictingOptions,
 *   PlainHttpEndpoint, UnknownZone, NotOneOf, RemovalNeedsTwoKeys
 */
export class KubernetesLakehouse extends LakehouseBase implements SyntheticDataMaker {
  /** A lakehouse that exists: its zones can be named, its rights not changed. */
  static fromAttributes(scope: Construct, id: string, attributes: KubernetesLakehouseAttributes): ILakehouse {
    return new AdoptedKubernetesLakehouse(scope, id, attributes);
  }

  /** The identity of Trino, to grant rights in a cloud before the lakehouse with that foreign catalogue is declared. */
  static queryIdentity(site: KubernetesSite, names: Names): KubernetesIdentity {
    return identityOf(site, names, trinoName({ prefix: names.namePrefix }), "trino");
  }

  /** The identity of copies, to grant rights in a cloud before the lakehouse with those copies is declared. */
  static copyIdentity(site: KubernetesSite, names: Names): KubernetesIdentity {
    return identityOf(site, names, sparkAccount({ prefix: names.namePrefix }), "spark");
  }

  readonly site: KubernetesSite;
  /** Name of the namespace. */
  readonly namespaceName: string;
  /** Undefined with `createNamespace: false`. */
  readonly namespace?: Namespace;
  readonly network: KubernetesNetwork;
  readonly storage: KubernetesStorage;
  readonly catalog: KubernetesCatalog;
  readonly query: KubernetesTrino;
  readonly spark: KubernetesSpark;
  readonly tables: KubernetesTables;
  readonly copies: KubernetesCopies;
  protected readonly model: LakehouseModel;
  private readonly context: KubernetesContext;
  private readonly rules: AccessRules;
  private readonly catalogUri?: string;
  private readonly foreignCatalogs: readonly string[];

  constructor(scope: Construct, id: string, props: KubernetesLakehouseProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    this.site = props.site;
    this.catalogUri = props.catalogUri;
    this.foreignCatalogs = (props.foreignCatalogs ?? []).map((catalog) => catalog.name);
    this.namespaceName = props.namespace ?? props.namePrefix;
    this.model = resolveLakehouse(problems, props);
    const destroyable = mayDestroy(this, props.removalPolicy, problems);
    checkKubernetesLakehouse(problems, this, props, this.model);
    problems.throwIfAny();
    this.claimNames(props.namePrefix);

    this.namespace = ownNamespace(this, this.namespaceName, props.namePrefix, props);
    const context: KubernetesContext = {
      prefix: props.namePrefix,
      namespace: this.namespaceName,
      after: this.namespace ? [this.namespace.resource] : [],
      destroyable,
    };
    this.context = context;
    const owner = { namespace: context.namespace, serviceAccount: tablesAccount(context) };
    this.rules = new AccessRules(this.model, trinoUser(owner), (props.administrators ?? []).map(trinoUser));
    const image = props.jobImage ?? JOB_IMAGE;
    const { objectStore: store } = props;

    this.storage = new KubernetesStorage(this, "storage", { context, store, model: this.model, image });
    const { buckets, access } = this.storage;
    this.network = new KubernetesNetwork(this, "network", {
      context,
      store: access,
      storeNamespace: store.spec.kind === "rook" ? store.spec.namespace : undefined,
      catalogClientCidrs: props.catalogClientCidrs ?? [],
    });
    this.catalog = new KubernetesCatalog(this, "catalog", {
      context,
      settings: props.catalog ?? {},
      buckets,
      store: access,
      external: props.catalogUri !== undefined,
      image,
      dependsOn: [this.storage.configuration.job],
    });
    this.query = new KubernetesTrino(this, "query", {
      context,
      settings: props.query ?? {},
      issuer: props.site.oidcIssuer,
      jwksUri: jwksUriOf(props) ?? "",
      buckets,
      store: access,
      foreignCatalogs: props.foreignCatalogs ?? [],
      rules: this.rules,
      dependsOn: [this.catalog.keys.job, this.catalog.warehouses.job],
    });
    this.spark = new KubernetesSpark(this, "spark", { context });
    this.tables = new KubernetesTables(this, "tables", {
      context,
      model: this.model,
      maintenanceSchedule: props.maintenanceSchedule ?? MAINTENANCE_SCHEDULE,
      dependsOn: [this.query.release.release, this.query.service],
    });
    this.copies = new KubernetesCopies(this, "copies", {
      context,
      model: this.model,
      copies: props.copies ?? [],
      settings: props.copySettings ?? {},
      buckets,
      store: access,
      dependsOn: [this.tables.tables.job, this.spark.roleBinding],
    });
  }

  catalogEndpoint(name: string): CatalogEndpoint {
    const zone = this.requireZone(name);
    return restEndpoint(this.node.path, zone.name, this.catalogUri);
  }

  /**
   * Lets an identity of this cluster read all tables of a foreign catalogue.
   *
   * @throws NotOneOf if there is no such catalogue, IdentityKindMismatch
   */
  grantForeignRead(catalog: string, identity: Identity): Grant {
    const problems = new Problems(this.node.path);
    problems.oneOf("foreign catalogue", catalog, this.foreignCatalogs);
    const user = requireUser(problems, identity);
    problems.throwIfAny();
    this.rules.grantForeign(user, catalog);
    return { resources: [this.query.rules] };
  }

  /**
   * A Job that fills a table with rows that look like those of another, made in Trino from the distribution of each column by
   * itself: connections between columns are lost, rare texts and the outermost percent of numbers are left out. Its source
   * must hold rows when it runs; a change of the declaration runs it again.
   *
   * Personal data is not looked at, unless `allowPii` names the column and the reason.
   *
   * Terraform resource types: `kubernetes_config_map_v1`, `kubernetes_job_v1`.
   *
   * @throws UnknownZone, UnknownTable, SyntheticPersonalData, SyntheticTypeUnsupported, SyntheticColumnsDiffer,
   *   NumberOutOfRange, NotOneOf, NoEffect, MissingValue
   */
  addSyntheticData(id: string, props: SyntheticDataProps): Task {
    const problems = new Problems(`${this.node.path}/${id}`);
    const source = this.requireTable(props.source);
    const target = this.requireTable(props.target);
    problems.name("id", id);
    const plan = planSyntheticData(problems, `synthetic data "${id}"`, source, target, props);
    problems.throwIfAny();
    return new Task(this, `synthetic-${id}`, {
      context: this.context,
      name: `synthetic-${id}`,
      files: { "synthetic.sql": syntheticSql(plan, props) },
      ...trinoPod(this.context, "synthetic.sql"),
      dependsOn: [this.tables.tables.job],
    });
  }

  private requireTable({ zone, table }: { readonly zone: string; readonly table: string }): Table {
    // Asks the contract first, which says what there is.
    this.zone(zone).table(table);
    return this.requireZone(zone).tables.find(({ name }) => name === table)!;
  }

  protected zoneLocation(zone: ZoneModel): string {
    const bucket = this.storage.buckets.find((candidate) => candidate.zone === zone.name);
    return `s3://${bucket?.name}`;
  }

  protected grant(request: GrantRequest): Grant {
    const problems = new Problems(this.node.path);
    const user = requireUser(problems, request.identity);
    const { zone, table } = request;
    if (zone.copyOf !== undefined && zone.tables.length === 0 && table === undefined && !request.includePii) {
      problems.add(LakehouseErrors.ColumnGrantUnsupported, {
        subject: `zone "${zone.name}"`,
        given: `a copy of a zone of "${zone.copyOf}", whose columns are not declared here`,
        allowed: "a grant with includePii, or a zone that declares its tables",
        fix: "grant with { includePii: true } if the copy holds nothing that must stay hidden",
      });
    }
    problems.throwIfAny();
    this.rules.grant(user, request);
    return { resources: [this.query.rules] };
  }
}

function identityOf(
  site: KubernetesSite,
  names: Names,
  serviceAccount: string,
  part: string,
): KubernetesIdentity {
  return Identity.kubernetesServiceAccount(
    resourceName([names.namePrefix, part], { maxLength: IDENTITY_NAME_LENGTH }),
    { namespace: names.namespace ?? names.namePrefix, serviceAccount, issuer: site.oidcIssuer },
  );
}

/** Trino's name of an identity; one of another kind goes to `problems`. */
function requireUser(problems: Problems, identity: Identity): string {
  if (identity.kind === "kubernetes-service-account") {
    return trinoUser(identity);
  }
  problems.add(LakehouseErrors.IdentityKindMismatch, {
    subject: `identity "${identity.name}"`,
    given: identity.kind,
    allowed: "kubernetes-service-account",
  });
  return "";
}
