/** Connections, over real sockets. The test of TLS needs openssl. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { keepAliveHttp, NoAnswer } from "../src/http/http.js";
import { certificates } from "./support/certificates.js";

const HANDSHAKE_MS = 150;
const open = new Set<Socket>();
const servers: Server[] = [];

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on("connection", (socket) => open.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

/** Passes everything on, the first bytes late. */
function slowToBegin(port: number): Server {
  return createServer(async (outside) => {
    const inside = connect(port, "127.0.0.1");
    open.add(inside);
    outside.on("error", () => inside.destroy()).on("close", () => inside.destroy());
    inside.on("error", () => outside.destroy()).on("close", () => outside.destroy());
    await sleep(HANDSHAKE_MS);
    outside.pipe(inside).pipe(outside);
  });
}

const folder = mkdtempSync(join(tmpdir(), "http-"));

after(() => {
  rmSync(folder, { recursive: true });
  for (const socket of open) {
    socket.destroy();
  }
  for (const server of servers) {
    server.close();
  }
});

const get = (url: string, timeoutMs: number) => ({ method: "GET", url, timeoutMs }) as const;

test("a handshake that is longer than the time for an answer ends all the same, and the next request finds the connection", async () => {
  certificates(folder);
  const file = (name: string) => readFileSync(join(folder, name), "utf8");
  const asked: string[] = [];
  let connections = 0;
  const server = createHttps({ key: file("server.key"), cert: file("server.crt") }, (request, response) => {
    asked.push(request.url!);
    response.end("answer");
  });
  server.on("connection", () => {
    connections += 1;
  });
  const port = await listen(slowToBegin(await listen(server)));
  const http = keepAliveHttp([file("ca.crt")]);
  const url = (path: string) => `https://localhost:${port}${path}`;

  // Certificates of the public authorities are read with the first request: it is not timed.
  await assert.rejects(http(get("https://127.0.0.1:1/", 1_000)), NoAnswer);
  const started = performance.now();
  await assert.rejects(http(get(url("/given-up"), 30)), NoAnswer);
  assert.ok(performance.now() - started < HANDSHAKE_MS, "who waits is told in time, not after the handshake");
  await sleep(3 * HANDSHAKE_MS);
  assert.deepEqual(await http(get(url("/second"), 100)), { status: 200, body: "answer" });
  assert.deepEqual(asked, ["/second"], "what was given up is never sent");
  assert.equal(connections, 1);
});

test("a connection that fails is told at once", async () => {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  const started = performance.now();
  await assert.rejects(keepAliveHttp()(get(`http://127.0.0.1:${port}/`, 3_000)), /ECONNREFUSED/);
  assert.ok(performance.now() - started < 1_000);
});

test("more requests than connections may be made at once are all answered", async () => {
  let connections = 0;
  const server = createHttp((_, response) => setTimeout(() => response.end("answer"), 20));
  server.on("connection", () => {
    connections += 1;
  });
  const port = await listen(server);
  const http = keepAliveHttp();
  const answers = await Promise.all(
    Array.from({ length: 700 }, () => http(get(`http://127.0.0.1:${port}/`, 10_000))),
  );
  assert.ok(answers.every(({ status }) => status === 200));
  assert.ok(connections <= 700);
  assert.equal((await http(get(`http://127.0.0.1:${port}/`, 1_000))).status, 200);
});
