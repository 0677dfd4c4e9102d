import { Token } from "cdktf";
import { type MetricsSource, planObservability } from "../../lib/observability";
import { scrapeConfiguration } from "../../lib/observability/aws/scrape-config";
import { codes } from "./codes";
import { source } from "./fixture";

const CA = { kind: "secret", name: "kueue-ca", key: "ca.crt" } as const;
const TOKEN = { name: "reader", key: "token" } as const;
const plan = (over: Partial<MetricsSource>) =>
  codes(() => planObservability({ sources: [source("kueue", over)] }));

test.each<[string, Partial<MetricsSource>]>([
  ["an authority in a Secret", { tls: { ca: CA } }],
  [
    "an authority in a ConfigMap, and the name that it is for",
    { tls: { ca: { ...CA, kind: "config-map" }, serverName: "k" } },
  ],
  ["a public authority", { tls: { serverName: "metrics.example.com" } }],
  ["any certificate, by choice", { tls: { insecureSkipVerify: true } }],
  ["a token in a Secret", { tls: { ca: CA }, bearerToken: TOKEN }],
  ["the token of the collector", { tls: { ca: CA }, bearerToken: "service-account" }],
])("a source may have %s", (_, over) => {
  expect(plan(over)).toEqual([]);
});

test.each<[string, Partial<MetricsSource>, readonly string[]]>([
  ["TLS that believes nobody", { tls: {} }, ["MissingValue"]],
  ["TLS that is told not to believe anybody", { tls: { insecureSkipVerify: false } }, ["MissingValue"]],
  ["an authority that is not asked", { tls: { ca: CA, insecureSkipVerify: true } }, ["NoEffect"]],
  ["an authority of another kind", { tls: { ca: { ...CA, kind: "file" as "secret" } } }, ["NotOneOf"]],
  ["an authority without a name", { tls: { ca: { ...CA, name: "A_B" } } }, ["InvalidName"]],
  ["an authority without a key", { tls: { ca: { ...CA, key: "" } } }, ["InvalidName"]],
  ["a name that is a token", { tls: { serverName: Token.asString({ x: 1 }) } }, ["TokenNotAllowed"]],
  ["a token in the clear", { bearerToken: TOKEN }, ["MissingValue"]],
  ["a token as text", { tls: { ca: CA }, bearerToken: "eyJhbGciOi" as "service-account" }, ["SecretAsText"]],
  [
    "a token without its key",
    { tls: { ca: CA }, bearerToken: { name: "reader", key: "" } },
    ["SecretAsText"],
  ],
])("refused: %s", (_, over, expected) => {
  expect(plan(over)).toEqual(expected);
});

test("a token given as text is not shown", () => {
  const declare = () =>
    planObservability({
      sources: [source("kueue", { tls: { ca: CA }, bearerToken: "eyJhbGciOi" as "service-account" })],
    });
  expect(declare).toThrow("SecretAsText");
  expect(declare).not.toThrow("eyJhbGciOi");
});

test("the managed scraper asks by TLS, with its own token", () => {
  const jobs = (over: Partial<MetricsSource>) =>
    JSON.parse(scrapeConfiguration([source("kueue", over)], "30s")).scrape_configs;
  expect(jobs({ tls: { insecureSkipVerify: true }, bearerToken: "service-account" })).toMatchObject([
    {
      scheme: "https",
      tls_config: { insecure_skip_verify: true },
      bearer_token_file: "/var/run/secrets/kubernetes.io/serviceaccount/token",
    },
  ]);
  expect(jobs({ tls: { serverName: "k" } })[0].tls_config).toEqual({ server_name: "k" });
  expect(Object.keys(jobs({})[0])).not.toEqual(expect.arrayContaining(["scheme"]));
});
