import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createServer, type Server } from "node:tls";
import { type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import type { Parts } from "../src/exchange.js";
import { jsonLog } from "../src/log.js";
import { ExternalProcessor, type ProcessingRequest, type ProcessingResponse } from "../src/messages.js";
import type { Metrics } from "../src/metrics.js";
import { type Processor, serve } from "../src/processor.js";
import { RemoteStore } from "../src/store.js";
import { until } from "./support/processes.js";
import { configOf } from "./support/program.js";
import type { StoreServer } from "./support/store-server.js";
import { PASSWORD, startStore } from "./support/valkey.js";

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

describe("a store by TLS", () => {
  let store: StoreServer;
  let front: Server;
  let trusted: ReturnType<typeof certificate>;
  const passwordFile = () => join(directory, "password");

  before(async () => {
    store = await startStore();
    trusted = certificate("store");
    writeFileSync(passwordFile(), PASSWORD);
    const identity = {
      cert: readFileSync(trusted.certificateFile),
      key: readFileSync(trusted.privateKeyFile),
    };
    front = createServer(identity, (socket) => {
      const plain = createConnection(store.port, "127.0.0.1");
      socket.pipe(plain).pipe(socket);
      socket.on("error", () => plain.destroy());
      plain.on("error", () => socket.destroy());
    }).listen(0, "localhost");
    await once(front, "listening");
  });

  after(async () => {
    front?.close();
    await store?.stop();
  });

  const storeOf = (caFile: string) =>
    new RemoteStore(
      {
        host: "localhost",
        port: (front.address() as AddressInfo).port,
        tls: true,
        caFile,
        passwordFile: passwordFile(),
        budgetMs: 1_000,
      },
      "test:",
      () => undefined,
    );
  const kept = { contentType: "application/json", storedAt: 1, tokens: 2, body: Buffer.from([0, 10, 255]) };

  test("gives back what it was given, byte by byte, by a certificate of the authority that is named", async () => {
    const remote = storeOf(trusted.certificateFile);
    await until("the store", async () => {
      await remote.set("key", kept, 60);
      return true;
    });
    assert.deepEqual(await remote.get("key"), kept);
    assert.equal(await remote.get("other"), undefined);
    await remote.close();
  });

  test("is not spoken to with a certificate of somebody else: each look-up fails at once", async () => {
    const remote = storeOf(certificate("stranger").certificateFile);
    const started = Date.now();
    await assert.rejects(remote.get("key"));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await assert.rejects(remote.get("key"));
    assert.ok(Date.now() - started < 900);
    await remote.close();
  });
});
