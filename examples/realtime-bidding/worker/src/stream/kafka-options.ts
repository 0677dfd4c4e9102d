import { readFileSync } from "node:fs";
import type { BaseOptions } from "@platformatic/kafka";
import { AwsV4Signer } from "aws4fetch";
import type { KafkaConfig } from "../config/config.js";
import { awsCredentials, googleTokens } from "../http/credentials.js";
import type { Http } from "../http/http.js";
import { secretOf } from "../http/secrets.js";

const base64Url = (text: string): string => Buffer.from(text, "utf8").toString("base64url");
const TOKEN_SECONDS = 900;

/**
 * Token that Amazon MSK takes for IAM: an address that is signed by query, in base64.
 * https://github.com/aws/aws-msk-iam-sasl-signer-js, read 2026-10.
 */
function mskTokens(region: string, http: Http): () => Promise<string> {
  const credentials = awsCredentials(http);
  return async () => {
    const url = `https://kafka.${region}.amazonaws.com/?Action=kafka-cluster%3AConnect&X-Amz-Expires=${TOKEN_SECONDS}`;
    const signer = new AwsV4Signer({
      ...(await credentials()),
      method: "GET",
      url,
      region,
      service: "kafka-cluster",
      signQuery: true,
    });
    const signed = (await signer.sign()).url;
    signed.searchParams.append("User-Agent", "inline-inference-worker");
    return base64Url(signed.toString());
  };
}

/**
 * Token that Managed Service for Apache Kafka takes: three parts, the last is the access token.
 * https://cloud.google.com/managed-service-for-apache-kafka/docs/authentication-kafka, read 2026-10.
 */
function googleKafkaTokens(http: Http): () => Promise<string> {
  const tokens = googleTokens(http);
  return async () => {
    const { token, email, until } = await tokens();
    const now = Math.floor(Date.now() / 1_000);
    const header = { typ: "JWT", alg: "GOOG_OAUTH2_TOKEN" };
    const claims = { exp: Math.floor(until / 1_000), iat: now, iss: "Google", scope: "kafka", sub: email };
    return [JSON.stringify(header), JSON.stringify(claims), token].map(base64Url).join(".");
  };
}

function saslOf(sasl: KafkaConfig["sasl"], http: Http): BaseOptions["sasl"] {
  switch (sasl.kind) {
    case "none":
      return undefined;
    case "scram":
      return {
        mechanism: sasl.mechanism,
        username: sasl.username,
        password: secretOf(sasl.password),
      };
    case "aws-iam":
      return { mechanism: "OAUTHBEARER", token: mskTokens(sasl.region, http) };
    case "google":
      return { mechanism: "OAUTHBEARER", token: googleKafkaTokens(http) };
  }
}

/** What all clients of the broker share. */
export function kafkaOptions(config: KafkaConfig, clientId: string, http: Http): BaseOptions {
  const { tls } = config;
  const file = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path, "utf8"));
  return {
    clientId,
    bootstrapBrokers: config.bootstrapServers.split(","),
    tls: tls.enabled
      ? { ca: file(tls.caFile), cert: file(tls.certificateFile), key: file(tls.privateKeyFile) }
      : undefined,
    // Brokers are known by the names that their certificates carry.
    tlsServerName: tls.enabled ? true : undefined,
    sasl: saslOf(config.sasl, http),
    // A coordinator that still writes the markers of the last transaction says so; it takes milliseconds, not a second.
    retries: 40,
    retryDelay: (_client: object, _operation: string, attempt: number) => Math.min(2 ** attempt, 500),
  };
}
