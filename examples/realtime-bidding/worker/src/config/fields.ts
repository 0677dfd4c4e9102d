import { decimal, flag, list, object, oneOf, optional, type Read, tagged, text, whole } from "./schema.js";

export const MINUTE_MS = 60_000;
export const url = () => text(/^https?:\/\/[^\s]+$/, "an http:// or https:// address");
const path = () => text(/^\//, "an absolute path in the container");
export const topic = () => text(/^[A-Za-z0-9._-]{1,249}$/, "the name of a topic");
export const name = () => text(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, "a name of letters, digits, _ and -");

/** A secret is never in the configuration: here is where it is read from. */
const secret = () =>
  tagged("from", {
    env: object({ name: text(/^[A-Z][A-Z0-9_]*$/, "the name of an environment variable") }),
    /** Read again when it changed on disk, so that a rotated secret needs no new pod. */
    file: object({ path: path() }),
  });

export const auth = () =>
  tagged("kind", {
    none: object({}),
    bearer: object({ token: secret() }),
    header: object({ name: text(/^[A-Za-z][A-Za-z0-9-]*$/, "the name of a header"), value: secret() }),
    /** `Authorization: Bearer <user>:<password>`, as Milvus takes it. */
    login: object({ user: text(/^[^\s:]+$/, "a name without a colon"), password: secret() }),
    /** Access token of the pod's Google service account, from the metadata server. */
    google: object({}),
    /** Signature V4 with the credentials of EKS Pod Identity, or those of the environment. */
    aws: object({ region: text(), service: text() }),
  });

/** User and password of a database. */
export const databaseLogin = () => tagged("kind", { login: object({ user: text(), password: secret() }) });

/** How brokers are reached; what is only for those who write in transactions is added by them. */
export const kafkaFields = {
  /** `host:port,…` */
  bootstrapServers: text(/^[^\s:,]+:\d{1,5}(,[^\s:,]+:\d{1,5})*$/, "host:port, separated by commas"),
  groupId: text(/^\S{1,255}$/, "the name of a consumer group"),
  tls: object({
    enabled: flag(),
    caFile: optional(path()),
    certificateFile: optional(path()),
    privateKeyFile: optional(path()),
  }),
  sasl: tagged("kind", {
    none: object({}),
    scram: object({
      mechanism: oneOf("SCRAM-SHA-256", "SCRAM-SHA-512"),
      username: text(),
      password: secret(),
    }),
    /** OAUTHBEARER with a token that Amazon MSK takes for IAM. */
    "aws-iam": object({ region: text() }),
    /** OAUTHBEARER with a token that Managed Service for Apache Kafka takes. */
    google: object({}),
  }),
  sessionTimeoutMs: whole(1_000, 30 * MINUTE_MS),
};

/** What every program of the image has, whatever it does. */
export const programFields = {
  /** Certificates of authorities that services may be signed by, beside the public ones. Read at start. */
  trustedCaFiles: list(path()),
  server: object({ port: whole(0, 65_535) }),
  drainMs: whole(0, 10 * MINUTE_MS),
  logLevel: oneOf("debug", "info", "warn", "error"),
};

const tracing = object({
  /** Of a collector that takes OTLP over HTTP, without the path. */
  endpoint: url(),
  /** Share of events that are traced where their writer did not decide about that. */
  sampleRate: decimal(0, 1),
  /** Certificates of authorities that the collector may be signed by, beside the public ones. */
  caFile: optional(path()),
});

/** How spans of a program are made and where they go. */
export const tracingField = () => optional(tracing);
export type TracingConfig = Read<typeof tracing>;

export const input = () => object({ topics: list(topic(), 1), startFrom: oneOf("earliest", "latest") });

const kafka = object(kafkaFields);

/** What no single field of the brokers can say. */
export function checkKafka(
  { tls, sasl }: Read<typeof kafka>,
  add: (at: string, message: string) => void,
): void {
  if ((tls.certificateFile === undefined) !== (tls.privateKeyFile === undefined)) {
    add("kafka.tls", "certificateFile and privateKeyFile go together");
  }
  if (!tls.enabled && sasl.kind !== "none") {
    add("kafka.tls.enabled", "must be true: credentials would cross the network in the clear");
  }
}
