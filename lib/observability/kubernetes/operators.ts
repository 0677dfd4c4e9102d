import { Construct } from "constructs";
import { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { COMPONENTS } from "../../kubernetes/components";
import { HelmComponent } from "../../kubernetes/helm-component";
import { mergeValues } from "../../kubernetes/helm-values";
import { OBJECT_NAME } from "../../kubernetes/metadata";
import { ObservabilityErrors } from "../errors";
import { storageGib } from "../sizing";
import { DASHBOARD_LABEL } from "./dashboard-label";

/** A store that samples are also sent to. */
export interface RemoteWrite {
  /** `https://…`. May be a token, such as the endpoint of a workspace of Amazon Managed Prometheus. */
  readonly url: string;
  /** Region, to sign requests for the service `aps`; Prometheus' service account needs the right. @default - not signed */
  readonly sigv4Region?: string;
}

/** What Prometheus keeps. */
export interface PrometheusStorage {
  /** Series at a time: see `estimateSeries`, then what `prometheus_tsdb_head_series` measures. */
  readonly activeSeries: number;
  /** @default 15 */
  readonly retentionDays?: number;
  /** @default 30 */
  readonly scrapeIntervalSeconds?: number;
  /** @default - the default class of the cluster */
  readonly storageClass?: string;
  /** @default 2: each keeps everything */
  readonly replicas?: number;
}

export interface ObservabilityOperatorsProps {
  readonly storage: PrometheusStorage;
  /** Secret in the namespace `monitoring` with `admin-user` and `admin-password` for Grafana. */
  readonly grafanaAdminSecret: string;
  /** @default - samples stay in the cluster */
  readonly remoteWrite?: readonly RemoteWrite[];
  /** The operator of OpenTelemetry's collectors. @default true */
  readonly opentelemetry?: boolean;
  /** cert-manager, which the operator of OpenTelemetry needs. @default - false: it is there already */
  readonly certManager?: boolean;
  /** Values for the chart of Prometheus, laid over those of the library. @default - none */
  readonly values?: Readonly<Record<string, unknown>>;
}

const DEFAULTS = { retentionDays: 15, scrapeIntervalSeconds: 30, replicas: 2 };

/** Share of the volume at which the oldest blocks go, so that it never fills. */
const RETENTION_SHARE = 0.85;

/** Where images of collectors come from unless a collector names its own. */
const COLLECTOR_IMAGE =
  "ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-contrib";

/**
 * kube-prometheus-stack (Prometheus, Alertmanager, Grafana, exporters of nodes and objects) and the operator of
 * OpenTelemetry's collectors, for the `platform` stack.
 *
 * The chart would select only objects that carry the label of its own release; here Prometheus takes all monitors and rules
 * of the cluster. Configurations of Alertmanager that lie beside it see alerts of all namespaces, others those of their own.
 * Grafana loads dashboards from ConfigMaps of all namespaces.
 *
 * Terraform resource types: `helm_release`.
 *
 * @throws InvalidName, NumberOutOfRange, TokenNotAllowed, InvalidTarget; at synth ComponentRequirementMissing,
 *   ComponentConflict
 */
export class ObservabilityOperators extends Construct {
  readonly prometheus: HelmComponent;
  readonly opentelemetry?: HelmComponent;
  readonly certManager?: HelmComponent;
  /** Size of each volume of Prometheus, by the estimate. */
  readonly volumeGib: number;

  constructor(scope: Construct, id: string, props: ObservabilityOperatorsProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    checkProps(problems, props);
    problems.throwIfAny();
    const storage = resolved(props.storage);
    this.volumeGib = storageGib(storage);
    this.prometheus = new HelmComponent(this, "prometheus", {
      component: COMPONENTS.kubePrometheusStack,
      values: mergeValues(prometheusValues(props, storage, this.volumeGib), props.values ?? {}),
    });
    if (props.certManager ?? false) {
      this.certManager = new HelmComponent(this, "cert-manager", { component: COMPONENTS.certManager });
    }
    if (props.opentelemetry ?? true) {
      this.opentelemetry = new HelmComponent(this, "opentelemetry", {
        component: COMPONENTS.opentelemetryOperator,
        values: { manager: { collectorImage: { repository: COLLECTOR_IMAGE } } },
        alreadyInstalled: props.certManager ? [] : ["cert-manager"],
        dependsOn: this.certManager ? [this.certManager.release] : undefined,
      });
    }
  }
}

function checkProps(problems: Problems, props: ObservabilityOperatorsProps): void {
  const { storage } = props;
  problems.literalInteger("storage.activeSeries", storage.activeSeries, { min: 1, max: 1_000_000_000 });
  for (const [name, max] of [
    ["retentionDays", 3650],
    ["scrapeIntervalSeconds", 600],
    ["replicas", 10],
  ] as const) {
    const value = storage[name];
    if (value !== undefined) {
      problems.literalInteger(`storage.${name}`, value, { min: 1, max });
    }
  }
  problems.name("grafanaAdminSecret", props.grafanaAdminSecret, OBJECT_NAME);
  props.remoteWrite?.forEach(({ url }, index) => {
    if (!isToken(url) && !/^https:\/\/[^\s/]+/.test(url)) {
      problems.add(ObservabilityErrors.InvalidTarget, {
        subject: `remoteWrite[${index}].url`,
        given: url,
        allowed: "https://host/path",
      });
    }
  });
}

type Resolved = typeof DEFAULTS & PrometheusStorage;

function resolved(storage: PrometheusStorage): Resolved {
  const given = Object.entries(storage).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...(Object.fromEntries(given) as unknown as PrometheusStorage) } as Resolved;
}

function prometheusValues(
  props: ObservabilityOperatorsProps,
  { retentionDays, scrapeIntervalSeconds, replicas, storageClass }: Resolved,
  gib: number,
): Record<string, unknown> {
  const interval = `${scrapeIntervalSeconds}s`;
  return {
    prometheus: {
      prometheusSpec: {
        podMonitorSelectorNilUsesHelmValues: false,
        serviceMonitorSelectorNilUsesHelmValues: false,
        probeSelectorNilUsesHelmValues: false,
        ruleSelectorNilUsesHelmValues: false,
        scrapeConfigSelectorNilUsesHelmValues: false,
        replicas,
        scrapeInterval: interval,
        evaluationInterval: interval,
        retention: `${retentionDays}d`,
        retentionSize: `${Math.max(1, Math.floor(gib * 1024 * RETENTION_SHARE))}MB`,
        storageSpec: {
          volumeClaimTemplate: {
            spec: {
              ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
              accessModes: ["ReadWriteOnce"],
              resources: { requests: { storage: `${gib}Gi` } },
            },
          },
        },
        ...(props.remoteWrite ? { remoteWrite: props.remoteWrite.map(remoteWrite) } : {}),
      },
    },
    alertmanager: {
      alertmanagerSpec: {
        replicas: 2,
        alertmanagerConfigMatcherStrategy: { type: "OnNamespaceExceptForAlertmanagerNamespace" },
      },
    },
    grafana: {
      admin: {
        existingSecret: props.grafanaAdminSecret,
        userKey: "admin-user",
        passwordKey: "admin-password",
      },
      sidecar: {
        dashboards: {
          enabled: true,
          label: DASHBOARD_LABEL.key,
          labelValue: DASHBOARD_LABEL.value,
          searchNamespace: "ALL",
        },
      },
    },
  };
}

function remoteWrite({ url, sigv4Region }: RemoteWrite): Record<string, unknown> {
  return { url, ...(sigv4Region === undefined ? {} : { sigv4: { region: sigv4Region } }) };
}
