import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import type { Parts } from "../src/exchange.js";
import { jsonLog } from "../src/log.js";
import { ExternalProcessor, type ProcessingRequest, type ProcessingResponse } from "../src/messages.js";
import type { Metrics } from "../src/metrics.js";
import { type Processor, serve } from "../src/processor.js";
import { until } from "./support/processes.js";
import { configOf } from "./support/program.js";

const QUIET: Metrics = {
  hit() {},
  missed() {},
  bypassed() {},
  storing() {},
  lookedUp() {},
};

let directory: string;
let processor: Processor;

/** A certificate for this host, as cert-manager would write it. */
function certificate(name: string): { readonly certificateFile: string; readonly privateKeyFile: string } {
  const files = {
    certificateFile: join(directory, `${name}.crt`),
    privateKeyFile: join(directory, `${name}.key`),
  };
  const { status, stderr } = spawnSync(
    "openssl",
    [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost".split(
        " ",
      ),
      ...[
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        files.privateKeyFile,
        "-out",
        files.certificateFile,
      ],
    ],
    { encoding: "utf8" },
  );
  assert.equal(status, 0, stderr);
  return files;
}

before(async () => {
  directory = mkdtempSync(join(tmpdir(), "response-cache-tls-"));
  processor = await serve(partsOf(certificate("own")), 100);
});

function partsOf(tls: { readonly certificateFile: string; readonly privateKeyFile: string }): Parts {
  return {
    config: configOf({ listen: { port: 0, tls } }),
    store: { get: async () => undefined, set: async () => undefined, close: async () => undefined },
    metrics: QUIET,
    log: jsonLog("error"),
    now: Date.now,
  };
}

after(async () => {
  await processor?.drain(0);
  rmSync(directory, { recursive: true });
});

function ask(authority: string): Promise<ProcessingResponse> {
  const client = new ExternalProcessor(
    `localhost:${processor.port}`,
    credentials.createSsl(readFileSync(authority)),
  );
  return new Promise<ProcessingResponse>((resolve, reject) => {
    const stream = client.process!() as ClientDuplexStream<ProcessingRequest, ProcessingResponse>;
    stream.once("data", resolve).once("error", reject);
    stream.write({ requestHeaders: { headers: { headers: [] }, endOfStream: false } });
    stream.once("data", () => stream.end());
  }).finally(() => client.close());
}

test("the program speaks TLS with the certificate of its files", async () => {
  let answer: ProcessingResponse = {};
  // Files are read beside, a moment after the port is open.
  await until("an answer by TLS", async () => {
    answer = await ask(join(directory, "own.crt"));
    return true;
  });
  assert.equal(answer.modeOverride?.responseHeaderMode, "SKIP");
});

test("who trusts another authority does not reach it", async () => {
  certificate("other");
  await assert.rejects(ask(join(directory, "other.crt")), /UNAVAILABLE|certificate/);
});

test("a renewed certificate is taken without a restart", async () => {
  certificate("own");
  // The old one is gone: what answers by the new one has read it.
  await until("an answer by the new certificate", async () => {
    await ask(join(directory, "own.crt"));
    return true;
  });
});

test("a certificate that is not there is said at once", async () => {
  const missing = join(directory, "missing");
  await assert.rejects(serve(partsOf({ certificateFile: missing, privateKeyFile: missing })), /ENOENT/);
});
