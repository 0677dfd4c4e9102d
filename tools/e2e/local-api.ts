import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../lib/user-error";

const PYTHON = process.env.PYTHON ?? "python3";
const READY_WITHIN_SECONDS = 60;

/** The pip line that installs what the local API needs, undefined if it is installed. */
export function missingLocalApi(): string | undefined {
  const { status } = spawnSync(PYTHON, ["-c", "import moto.server, flask"], { stdio: "ignore" });
  return status === 0 ? undefined : `${PYTHON} -m pip install 'moto[server]==5.2.1'`;
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.on("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** A local AWS API for one account, empty at start. */
export class LocalApi {
  private static readonly running = new Set<LocalApi>();

  /** Stops every server that still runs, for signals. */
  static stopAll(): void {
    for (const api of LocalApi.running) {
      api.stop();
    }
  }

  /**
   * Starts one on a free port of the loopback interface.
   *
   * @throws UserError if it does not answer in time
   */
  static async start(account: string): Promise<LocalApi> {
    const port = await freePort();
    const child = spawn(PYTHON, [join(__dirname, "local_aws.py"), "--port", String(port)], {
      // With the policies of AWS: a role that has one that does not exist is refused, as in real life.
      env: { ...process.env, MOTO_ACCOUNT_ID: account, MOTO_IAM_LOAD_MANAGED_POLICIES: "true" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const api = new LocalApi(child, `http://127.0.0.1:${port}`);
    LocalApi.running.add(api);
    try {
      await api.untilReady();
    } catch (error) {
      api.stop();
      throw error;
    }
    return api;
  }

  /** What was added to moto for the services that must not be left out. */
  additions: readonly string[] = [];

  private constructor(
    private readonly child: ChildProcess,
    readonly endpoint: string,
  ) {
    createInterface({ input: child.stdout! }).once("line", (line) => {
      this.additions = (JSON.parse(line) as { added: string[] }).added;
    });
  }

  stop(): void {
    LocalApi.running.delete(this);
    this.child.kill("SIGKILL");
  }

  /** HTTP status of a bucket: 200 if it exists, 404 if not. */
  async bucketStatus(bucket: string): Promise<number> {
    return (await fetch(`${this.endpoint}/${bucket}`, { method: "HEAD" })).status;
  }

  /** Puts a small object into a bucket. */
  async putObject(bucket: string, key: string): Promise<void> {
    const { ok, status } = await fetch(`${this.endpoint}/${bucket}/${key}`, { method: "PUT", body: "data" });
    if (!ok) {
      throw new Error(`the local API refused an object in ${bucket}: ${status}`);
    }
  }

  /** Makes a role that a stack takes for granted. */
  async createRole(name: string): Promise<void> {
    const trust = { Version: "2012-10-17", Statement: [] };
    const { ok, status } = await fetch(this.endpoint, {
      method: "POST",
      // The local API checks no signature, but tells services apart by the scope in it.
      headers: { Authorization: "AWS4-HMAC-SHA256 Credential=dummy/20260101/us-east-1/iam/aws4_request" },
      body: new URLSearchParams({
        Action: "CreateRole",
        Version: "2010-05-08",
        RoleName: name,
        AssumeRolePolicyDocument: JSON.stringify(trust),
      }),
    });
    if (!ok) {
      throw new Error(`the local API refused the role ${name}: ${status}`);
    }
  }

  private async untilReady(): Promise<void> {
    const end = Date.now() + READY_WITHIN_SECONDS * 1000;
    while (Date.now() < end && this.child.exitCode === null) {
      try {
        await fetch(`${this.endpoint}/moto-api/data.json`);
        return;
      } catch {
        await sleep(100);
      }
    }
    throw new UserError(`the local AWS API did not start within ${READY_WITHIN_SECONDS} s`);
  }
}
