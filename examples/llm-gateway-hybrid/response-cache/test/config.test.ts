import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ConfigError, loadConfig, parseConfig } from "../src/config.js";
import { configOf } from "./support/program.js";

function refusal(json: unknown): readonly string[] {
  try {
    parseConfig(JSON.parse(JSON.stringify(json)));
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map(({ path }) => path);
  }
}

test("a whole configuration is read as it is", () => {
  assert.deepEqual(parseConfig(configOf()), configOf());
});

test("everything that is wrong is said at once", () => {
  const { store, classes } = configOf();
  const wrong = {
    ...configOf(),
    version: 2,
    store: { ...store, port: 0, passwordFile: "relative" },
    classes: { ...classes, chat: { ttlSeconds: 604_801, anyTemperature: false } },
    maxAnswerBytes: 1_023,
  };
  assert.deepEqual(refusal(wrong).toSorted(), [
    "classes.chat.ttlSeconds",
    "maxAnswerBytes",
    "store.passwordFile",
    "store.port",
    "version",
  ]);
});

for (const [path, json] of [
  ["(top)", { ...configOf(), typo: 1 }],
  ["classes", configOf({ classes: {} })],
  ["store.caFile", configOf({ store: { ...configOf().store, caFile: "/ca.crt" } })],
  ["store.budgetMs", configOf({ store: { ...configOf().store, budgetMs: 0 } })],
  ["logLevel", { ...configOf(), logLevel: "loud" }],
] as const) {
  test(`${path} is refused`, () => {
    assert.deepEqual(refusal(json), [path]);
  });
}

test("a file that is not named, not there or no JSON is refused", () => {
  const broken = join(mkdtempSync(join(tmpdir(), "response-cache-")), "config.json");
  writeFileSync(broken, "{");
  for (const RESPONSE_CACHE_CONFIG of [undefined, "/does/not/exist", broken]) {
    assert.throws(() => loadConfig({ RESPONSE_CACHE_CONFIG }), ConfigError);
  }
});

test("the program ends with 78 if its configuration is refused: a restart would not mend it", () => {
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, ["--import", "tsx", main], { encoding: "utf8" });
  assert.equal(status, 78);
  assert.match(stdout, /RESPONSE_CACHE_CONFIG/);
});
