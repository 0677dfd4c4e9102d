import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseConfig } from "../src/config/config.js";
import { ConfigError } from "../src/config/load.js";
import { configOf } from "./support/config.js";

const plain = (): Record<string, never> => JSON.parse(JSON.stringify(configOf()));

/** Sets `a.b.c`; undefined takes it away. */
function changed(path: string, value: unknown): unknown {
  const config = plain();
  const steps = path.split(".");
  const last = steps.pop()!;
  const holder = steps.reduce<Record<string, unknown>>(
    (at, step) => at[step] as Record<string, unknown>,
    config,
  );
  holder[last] = value;
  return JSON.parse(JSON.stringify(config));
}

function refusal(config: unknown): readonly string[] {
  try {
    parseConfig(config);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.errors.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

test("a whole configuration is read as it is", () => {
  assert.deepEqual(parseConfig(plain()), plain());
});

const VECTORS = {
  kind: "s3-vectors",
  name: "ads",
  endpoint: "https://s3vectors.eu-west-1.api.aws",
  timeoutMs: 10,
  auth: { kind: "none" },
  onMissing: "default",
  vector: "embedding",
  bucket: "b",
  index: "i",
  topK: 1,
  payload: [],
};

const REFUSED: readonly (readonly [path: string, value: unknown, says: RegExp])[] = [
  ["version", 2, /^version: a whole number from 1 to 1/],
  ["typo", 1, /^typo: is not a field/],
  ["kafka.bootstrapServers", "broker", /bootstrapServers: host:port/],
  [
    "kafka.sasl",
    { kind: "scram", mechanism: "SCRAM-SHA-512", username: "me", password: "text" },
    /kafka.sasl.*from/,
  ],
  ["kafka.sasl", { kind: "aws-iam", region: "eu-west-1" }, /kafka.tls.enabled: must be true/],
  ["kafka.transactionalIdPrefix", undefined, /transactionalIdPrefix: is needed for exactly-once/],
  ["kafka.tls.certificateFile", "/tls/crt", /kafka.tls: certificateFile and privateKeyFile/],
  ["input.topics", ["decisions"], /input.topics: "decisions" is written to/],
  ["log", { topic: "log", sampleRate: 1.5 }, /log.sampleRate: a number from 0 to 1/],
  ["delivery", "at-most-once", /delivery: one of exactly-once, at-least-once/],
  ["batch.size", 401, /batch.maxInFlight: must be at least batch.size/],
  ["breaker.window", 4, /breaker.minimumCalls: must be at most breaker.window/],
  ["request.timeoutMs", 4_000, /deadline.ms: is 5000, but .* may take 8505 ms/],
  ["fallback", undefined, /fallback: is needed: the deadline is hard/],
  ["model.inputs.0.from", ["features.user.age"], /model: "features.user.age" is looked up by nobody/],
  ["model.auth", { kind: "bearer", token: "secret" }, /model.auth.token.from: one of env, file/],
  ["vectors", [{ ...VECTORS, kind: "alloydb" }], /vectors\[0\].kind: one of qdrant, s3-vectors/],
  ["vectors", [{ ...VECTORS, topK: 101 }], /vectors\[0\].topK: a whole number from 1 to 100/],
  ["vectors", [{ ...VECTORS, collection: "c" }], /vectors\[0\].collection: is not a field/],
  ["tracing", { endpoint: "otlp:4318", sampleRate: 1 }, /tracing.endpoint: an http/],
  ["tracing", { endpoint: "http://otlp:4318", sampleRate: 2 }, /tracing.sampleRate: a number from 0 to 1/],
  ["vectors", [{ ...VECTORS, kind: "pgvector" }], /vectors\[0\].endpoint: postgresql:.* is expected/],
  ["vectors", [{ ...VECTORS, kind: "pgvector" }], /vectors\[0\].auth.kind: one of login is expected/],
  [
    "vectors",
    [{ ...VECTORS, kind: "vertex", indexEndpoint: "7" }],
    /vectors\[0\].indexEndpoint: projects.* is expected/,
  ],
];

for (const [path, value, says] of REFUSED) {
  test(`refused: ${path} = ${JSON.stringify(value)}`, () => {
    const problems = refusal(changed(path, value));
    assert.ok(
      problems.some((problem) => says.test(problem)),
      problems.join("\n"),
    );
  });
}

test("all that is wrong is said at once", () => {
  const config = { ...plain(), version: 3, delivery: "?", drainMs: -1 };
  assert.equal(refusal(config).length, 3);
});

test("the program ends with 78 and names the field, and does not try the broker", () => {
  const file = join(mkdtempSync(join(tmpdir(), "worker-")), "config.json");
  writeFileSync(file, JSON.stringify(changed("batch.size", 0)));
  const main = join(import.meta.dirname, "../src/main.ts");
  const { status, stdout } = spawnSync(process.execPath, ["--import", "tsx", main], {
    env: { ...process.env, INLINE_INFERENCE_CONFIG: file },
    encoding: "utf8",
  });
  assert.equal(status, 78);
  assert.equal(JSON.parse(stdout).field, "batch.size");
});
