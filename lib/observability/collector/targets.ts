/** Value of a Secret in the namespace of the collector, given to it as environment variable. */
export interface CollectorSecret {
  readonly name: string;
  readonly key: string;
}

/** Where traces go. */
export type TraceTarget =
  | {
      /** Tempo, Jaeger, another collector: OTLP over gRPC with TLS. */
      readonly kind: "otlp";
      /** `host:port`. */
      readonly endpoint: string;
      /** Value of the header `authorization`. @default - none is sent */
      readonly authorization?: CollectorSecret;
      /** Secret with `ca.crt`. @default - authorities of the image */
      readonly caSecret?: string;
    }
  | {
      /** AWS X-Ray; the service account needs `AWSXRayDaemonWriteAccess`. */
      readonly kind: "xray";
      readonly region: string;
    }
  | {
      /** Cloud Trace; the service account needs `roles/cloudtrace.agent`. */
      readonly kind: "cloud-trace";
      readonly project: string;
    };

/** Where logs go: a log zone of the lakehouse, or a topic that feeds one. */
export type LogTarget =
  | {
      /** Objects of lines of JSON, gzip, by hour. Any store with the API of S3. Maturity of the exporter: alpha. */
      readonly kind: "s3";
      /** May be a token. */
      readonly bucket: string;
      readonly region: string;
      /** Begins the names of objects. @default "logs" */
      readonly prefix?: string;
      /** `https://…` of a store that is not AWS. @default - AWS */
      readonly endpoint?: string;
    }
  | {
      /** A topic of Kafka. Maturity of the exporter: beta. */
      readonly kind: "kafka";
      /** `host:port`. */
      readonly brokers: readonly string[];
      readonly topic: string;
      /** Secret with `ca.crt` of the brokers. @default - authorities of the image */
      readonly caSecret?: string;
      /** SCRAM-SHA-512. @default - no sign-in */
      readonly user?: { readonly name: string; readonly password: CollectorSecret };
    };

/** A Secret that is mounted as directory. */
export interface MountedSecret {
  readonly secret: string;
  readonly path: string;
}

/** A target as the collector's configuration knows it. */
export interface ExporterConfig {
  /** Name of the exporter in the configuration. */
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly env: readonly { readonly variable: string; readonly secret: CollectorSecret }[];
  readonly mounts: readonly MountedSecret[];
}

const CA_PATH = "/etc/collector-ca";
const QUEUE = { enabled: true, queue_size: 5000 };

function authority(caSecret: string | undefined, kind: string) {
  const path = `${CA_PATH}/${kind}`;
  return caSecret === undefined
    ? { tls: { insecure: false }, mounts: [] }
    : { tls: { insecure: false, ca_file: `${path}/ca.crt` }, mounts: [{ secret: caSecret, path }] };
}

/** The exporter of traces. Names: opentelemetry-collector-contrib v0.158 README of each exporter (read 2026-11). */
export function traceExporter(target: TraceTarget): ExporterConfig {
  switch (target.kind) {
    case "otlp": {
      const { tls, mounts } = authority(target.caSecret, "traces");
      return {
        name: "otlp/traces",
        config: {
          endpoint: target.endpoint,
          tls,
          sending_queue: QUEUE,
          ...(target.authorization ? { headers: { authorization: "${env:TRACES_AUTHORIZATION}" } } : {}),
        },
        env: target.authorization ? [{ variable: "TRACES_AUTHORIZATION", secret: target.authorization }] : [],
        mounts,
      };
    }
    case "xray":
      return { name: "awsxray", config: { region: target.region }, env: [], mounts: [] };
    case "cloud-trace":
      return { name: "googlecloud", config: { project: target.project }, env: [], mounts: [] };
  }
}

/** The exporter of logs. */
export function logExporter(target: LogTarget): ExporterConfig {
  if (target.kind === "s3") {
    return {
      name: "awss3",
      config: {
        s3uploader: {
          region: target.region,
          s3_bucket: target.bucket,
          s3_prefix: target.prefix ?? "logs",
          s3_partition_format: "year=%Y/month=%m/day=%d/hour=%H",
          compression: "gzip",
          // Two collectors must never write one object.
          unique_key_func_name: "uuidv7",
          ...(target.endpoint === undefined ? {} : { endpoint: target.endpoint, s3_force_path_style: true }),
        },
        marshaler: "otlp_json",
        sending_queue: QUEUE,
      },
      env: [],
      mounts: [],
    };
  }
  const { tls, mounts } = authority(target.caSecret, "logs");
  return {
    name: "kafka",
    config: {
      brokers: [...target.brokers],
      logs: { topic: target.topic, encoding: "otlp_json" },
      tls,
      producer: { required_acks: -1, compression: "zstd", allow_auto_topic_creation: false },
      sending_queue: QUEUE,
      ...(target.user
        ? {
            auth: {
              sasl: {
                mechanism: "SCRAM-SHA-512",
                username: target.user.name,
                password: "${env:LOGS_PASSWORD}",
              },
            },
          }
        : {}),
    },
    env: target.user ? [{ variable: "LOGS_PASSWORD", secret: target.user.password }] : [],
    mounts,
  };
}
