import type { TraceSampling } from "../collector/config";
import type { TelemetryDataClass } from "../collector/redaction";
import type { LogTarget, TraceTarget } from "../collector/targets";

export interface TelemetryCollectorProps {
  /** Begins the names of all objects. */
  readonly namePrefix: string;
  /** @default "monitoring" */
  readonly namespace?: string;
  /**
   * OpenTelemetry's collector with the components of `contrib`, by digest: `registry/name@sha256:…`. The smaller
   * distributions lack tail sampling, redaction of logs and the exporters of clouds.
   */
  readonly image: string;
  /** @default - traces are not taken */
  readonly traces?: TraceTarget & { readonly sampling?: TraceSampling };
  /** @default - logs are not taken */
  readonly logs?: LogTarget;
  /** Also what containers write, from each node. Needs `logs`. @default true with `logs` */
  readonly podLogs?: boolean;
  /** Namespaces whose containers' logs are left alone. Needs `podLogs`. @default - that of the collector */
  readonly excludedNamespaces?: readonly string[];
  /** Namespaces that may send; all others are kept out by a network policy. */
  readonly clientNamespaces: readonly string[];
  /** Secret with `tls.crt` and `tls.key` for the receiver. @default - programs send without TLS, inside the cluster */
  readonly receiverTlsSecret?: string;
  /**
   * Classes of data that are kept as they are. `personal` and `payment` need `includePii`.
   * @default - none: all are masked
   */
  readonly keep?: readonly TelemetryDataClass[];
  /** Personal and payment data may be kept. @default false */
  readonly includePii?: boolean;
  /** Annotations of the service account: `eks.amazonaws.com/role-arn`, `iam.gke.io/gcp-service-account`. @default - none */
  readonly serviceAccountAnnotations?: Readonly<Record<string, string>>;
  /** Limit of each pod in MiB; half is asked for. @default 1024 */
  readonly memoryMebibytes?: number;
}
