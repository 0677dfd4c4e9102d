import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1";
import { Construct } from "constructs";
import { renderFinding } from "../../core/errors";
import { escapeTemplate } from "../../core/escape";
import { fingerprint, resourceName } from "../../core/naming";
import { type NameRule, Problems } from "../../core/problems";
import { Identity, type KubernetesIdentity } from "../../fabric/identity";
import type { KubernetesSite } from "../../fabric/site";
import { CustomResource } from "../../kubernetes/custom-resource";
import { installedComponents } from "../../kubernetes/installed-component";
import { partOf } from "../../kubernetes/room-context";
import type { Grant } from "../../lakehouse/index";
import { FeatureErrors } from "../errors";
import { FeatureStoreBase, type FeatureStoreModel } from "../feature-store-base";
import type { OnlineLookup } from "../features";
import type { FeatureSchema, FeatureView } from "../schema";
import { type FeatureContext, objectName } from "./context";
import { feastDefinitions, type ViewRoles } from "./definitions";
import { KubernetesFeatureErrors } from "./errors";
import { feastSpec } from "./feast";
import { KubernetesFeatureNetwork } from "./network";
import type { KubernetesFeatureStoreProps } from "./props";
import { freshnessRules } from "./rules";
import { type KubernetesOnlineSize, kubernetesOnlineSize } from "./sizing";
import { KubernetesFeatureStores, onlineService, tlsSecretName } from "./stores";

const API_GROUP = "feast.dev";

const HTTPS_WITH_PORT: NameRule = {
  pattern: /^https:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?:[1-9][0-9]{1,4}$/,
  maxLength: 300,
  form: "https://<host>:<port>",
};
const PLAIN_WORD: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9_.-]*[a-z0-9])?$/,
  maxLength: 128,
  form: "lower-case letters, digits, hyphens, underscores and dots",
};
const SUBDOMAIN: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
  maxLength: 253,
  form: "a DNS subdomain",
};
const SECRET_KEY: NameRule = {
  pattern: /^[A-Za-z0-9._-]+$/,
  maxLength: 253,
  form: "the key of a Secret: letters, digits, dots, underscores and hyphens",
};

/**
 * A feature store in a Kubernetes cluster, for the `workloads` stack: Feast by its operator, the registry on
 * CloudNativePG, online values in Valkey, and the lakehouse's Trino for the history.
 *
 * The feature repository is Python made from the schema, in a ConfigMap. Feast's server asks the API server who a token
 * belongs to and lets in who has the role of a view; grants bind roles.
 *
 * Terraform resource types: `kubernetes_manifest` (FeatureStore, Cluster, Database, Certificate, PrometheusRule),
 * `helm_release`, `kubernetes_config_map_v1`, `kubernetes_secret_v1`, `kubernetes_network_policy_v1`,
 * `kubernetes_role_binding_v1`.
 *
 * @throws all errors of the contract, TrinoCertificateUntrusted; at synth FeastOperatorMissing. Grants: PiiNotGranted,
 *   GrantToForeignIdentity.
 */
export class KubernetesFeatureStore extends FeatureStoreBase {
  readonly site: KubernetesSite;
  readonly schema: FeatureSchema;
  readonly size: KubernetesOnlineSize;
  readonly network: KubernetesFeatureNetwork;
  readonly stores: KubernetesFeatureStores;
  /** The feature repository. */
  readonly definitions: ConfigMapV1;
  readonly feast: CustomResource;
  readonly alerts: CustomResource;
  /** Feast's own identity, for grants in the lakehouse. */
  readonly identity: KubernetesIdentity;

  protected readonly model: FeatureStoreModel;
  private readonly context: FeatureContext;
  private readonly bindings = new Construct(this, "bindings");

  constructor(
    scope: Construct,
    id: string,
    protected readonly storeProps: KubernetesFeatureStoreProps,
  ) {
    super(scope, id);
    const props = storeProps;
    this.site = props.site;
    this.schema = props.schema;
    const problems = new Problems(this.node.path);
    this.model = this.resolve(problems, "kubernetes", props);
    this.check(problems, props);
    this.size = kubernetesOnlineSize(problems, this.model.loads);
    problems.throwIfAny();
    this.node.addValidation({ validate: () => this.operatorProblems() });

    const context = { prefix: props.namePrefix, namespace: props.namespace };
    this.context = context;
    this.identity = Identity.kubernetesServiceAccount(
      resourceName([props.namePrefix, "feast"], { maxLength: 32 }),
      {
        namespace: props.namespace,
        serviceAccount: `feast-${props.namePrefix}`,
        issuer: props.site.oidcIssuer,
      },
    );
    const { views, protect, plans } = this.model;
    const { port } = new URL(props.trino.uri);
    this.network = new KubernetesFeatureNetwork(this, "network", {
      context,
      trinoNamespace: props.trino.namespace,
      trinoPort: port,
      clientNamespaces: props.clientNamespaces,
    });
    this.stores = new KubernetesFeatureStores(this, "stores", {
      context,
      size: this.size,
      trino: props.trino,
      trinoUser: `system:serviceaccount:${props.namespace}:feast-${props.namePrefix}`,
      password: props.valkeyPassword,
      issuer: props.certificateIssuer,
      storageClass: props.storageClass,
      registryInstances: props.registryInstances ?? 3,
      protect,
      keyTtlSeconds: longestTtl(views),
    });
    const python = feastDefinitions({
      views,
      table: (view) => this.trinoTable(view),
      roles: (view) => this.roles(view),
    });
    this.definitions = new ConfigMapV1(this, "definitions", {
      metadata: {
        name: objectName(context, "definitions"),
        namespace: context.namespace,
        labels: partOf(context, "definitions"),
      },
      data: { "features.py": escapeTemplate(python) },
    });
    this.feast = new CustomResource(this, "feast", {
      apiVersion: `${API_GROUP}/v1`,
      kind: "FeatureStore",
      name: props.namePrefix,
      namespace: props.namespace,
      labels: partOf(context, "feast"),
      spec: feastSpec({
        context,
        size: this.size,
        views,
        plans,
        definitionsName: objectName(context, "definitions"),
        fingerprint: fingerprint(python),
        roles: views.flatMap((view) => Object.values(this.roles(view))),
        password: props.valkeyPassword,
        trinoAudience: props.trino.audience,
      }),
      waitFor: { fields: { "status.phase": "Ready" } },
      timeouts: { create: "20m", update: "20m" },
      dependsOn: [this.definitions, this.network.inside, ...this.stores.dependencies],
    });
    this.alerts = new CustomResource(this, "alerts", {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      name: objectName(context, "freshness"),
      namespace: context.namespace,
      labels: { ...props.ruleLabels, ...partOf(context, "alerts") },
      spec: {
        groups: [
          { name: `${context.prefix}-feature-freshness`, rules: freshnessRules(this.project, views, plans) },
        ],
      },
    });
    this.readHistoryOfViews();
  }

  /** Name of the project in Feast. */
  get project(): string {
    return this.storeProps.namePrefix.replaceAll("-", "_");
  }

  protected lookup(view: FeatureView): OnlineLookup {
    return {
      kind: "feast",
      endpoint: `https://${onlineService(this.context)}.${this.context.namespace}.svc`,
      resource: view.name,
      ...this.fields("kubernetes", view),
      caSecret: { namespace: this.context.namespace, name: tlsSecretName(this.context, "feast") },
      auth: "kubernetes-token",
    };
  }

  protected giveRead(view: FeatureView, identity: Identity): Grant {
    return this.bind("reader", view, identity);
  }

  protected write(view: FeatureView, identity: Identity): Grant {
    return this.bind("writer", view, identity);
  }

  private roles(view: FeatureView): ViewRoles {
    return {
      reader: objectName(this.context, view.name, "reader"),
      writer: objectName(this.context, view.name, "writer"),
    };
  }

  /** The roles of a view are made by the operator, in the namespace of the feature store. */
  private bind(use: keyof ViewRoles, view: FeatureView, identity: Identity): Grant {
    const problems = new Problems(this.node.path);
    if (identity.kind !== "kubernetes-service-account") {
      problems.add(FeatureErrors.GrantToForeignIdentity, {
        subject: `identity "${identity.name}"`,
        given: identity.kind,
        allowed: "kubernetes-service-account",
      });
      problems.throwIfAny();
    }
    const { namespace, serviceAccount } = identity as KubernetesIdentity;
    const id = `${view.name}-${use}-${namespace}-${serviceAccount}`;
    const known = this.bindings.node.tryFindChild(id) as RoleBindingV1 | undefined;
    const role = this.roles(view)[use];
    const binding =
      known ??
      new RoleBindingV1(this.bindings, id, {
        metadata: {
          name: `${role}-${fingerprint(`${namespace}/${serviceAccount}`)}`,
          namespace: this.context.namespace,
          labels: partOf(this.context, "access"),
        },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role },
        subject: [{ kind: "ServiceAccount", name: serviceAccount, namespace }],
        dependsOn: [this.feast.manifest],
      });
    return { resources: [binding] };
  }

  private trinoTable({ source }: FeatureView): string {
    const { catalogs, schema } = this.storeProps.trino;
    return `${catalogs[source.zone]}.${schema}.${source.table}`;
  }

  /** Feast reads just the columns of its views, by the lakehouse's own grants. */
  private readHistoryOfViews(): void {
    for (const view of this.model.views) {
      this.view(view.name).grantReadHistory(this.identity, { includePii: true });
    }
  }

  private check(problems: Problems, props: KubernetesFeatureStoreProps): void {
    problems.name("namespace", props.namespace);
    const issuer = ({ name, kind }: { name: string; kind?: string }) => `${kind ?? "ClusterIssuer"} ${name}`;
    if (problems.required("certificateIssuer", props.certificateIssuer, "an issuer of cert-manager")) {
      problems.name("certificateIssuer.name", props.certificateIssuer.name, SUBDOMAIN);
      problems.oneOf("certificateIssuer.kind", props.certificateIssuer.kind ?? "ClusterIssuer", [
        "ClusterIssuer",
        "Issuer",
      ]);
    }
    if (problems.required("trino", props.trino, "lakehouse.query.endpoint") && props.certificateIssuer) {
      problems.name("trino.uri", props.trino.uri, HTTPS_WITH_PORT);
      problems.name("trino.namespace", props.trino.namespace);
      for (const part of ["audience", "schema"] as const) {
        problems.name(`trino.${part}`, props.trino[part], PLAIN_WORD);
      }
      for (const [zone, catalog] of Object.entries(props.trino.catalogs)) {
        problems.name(`trino.catalogs "${zone}"`, catalog, PLAIN_WORD);
      }
      const trinos = props.trino.certificateIssuer;
      if (trinos === undefined || issuer(trinos) !== issuer(props.certificateIssuer)) {
        problems.add(KubernetesFeatureErrors.TrinoCertificateUntrusted, {
          subject: "trino.certificateIssuer",
          given: trinos === undefined ? "an authority of the lakehouse's own" : issuer(trinos),
          allowed: issuer(props.certificateIssuer),
        });
      }
      for (const view of this.model.views) {
        problems.oneOf(`zone of view "${view.name}"`, view.source.zone, Object.keys(props.trino.catalogs));
      }
    }
    if (problems.required("valkeyPassword", props.valkeyPassword, "{ secretName }")) {
      problems.name("valkeyPassword.secretName", props.valkeyPassword.secretName, SUBDOMAIN);
      problems.name("valkeyPassword.key", props.valkeyPassword.key ?? "password", SECRET_KEY);
    }
    problems.literalInteger("registryInstances", props.registryInstances ?? 3, { min: 1, max: 9 });
    problems.unique("clientNamespaces", props.clientNamespaces ?? []);
    for (const namespace of props.clientNamespaces ?? []) {
      problems.name(`clientNamespaces "${namespace}"`, namespace);
    }
  }

  private operatorProblems(): string[] {
    const installed = installedComponents(this.node.root).some(({ facts }) =>
      facts.apiGroups?.includes(API_GROUP),
    );
    return installed || this.storeProps.operatorInstalled
      ? []
      : [
          renderFinding({
            error: KubernetesFeatureErrors.FeastOperatorMissing,
            subject: this.node.path,
            given: "no component with the API group feast.dev",
            allowed: "a component of this app, or operatorInstalled: true",
          }),
        ];
  }
}

/** Keys are forgotten by Valkey after the longest time to live; undefined if one view keeps for ever. */
function longestTtl(views: readonly FeatureView[]): number | undefined {
  const ttls = views.map(({ ttlSeconds }) => ttlSeconds);
  return ttls.includes(undefined) ? undefined : Math.max(...(ttls as number[]));
}
