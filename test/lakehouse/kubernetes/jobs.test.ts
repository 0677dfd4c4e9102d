import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answer, python as pythonWith, Recorder } from "../../python-jobs";

const JOBS = join(__dirname, "../../../lib/lakehouse/kubernetes/jobs");
const SHARED_JOBS = join(__dirname, "../../../lib/kubernetes/jobs");

const python = (args: readonly string[], env: Record<string, string>) =>
  pythonWith([JOBS, SHARED_JOBS], args, env);

const KEYS = { RAW_ACCESS_KEY: "access-of-raw", RAW_SECRET_KEY: "secret-of-raw" };

let directory: string;
let recorder: Recorder;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lakehouse-jobs-"));
  recorder = new Recorder();
});

afterEach(async () => {
  await recorder.stop();
  rmSync(directory, { recursive: true });
});

function runJob(script: string, config: unknown) {
  const path = join(directory, "config.json");
  writeFileSync(path, JSON.stringify(config));
  return python([join(JOBS, script), path], KEYS);
}

describe("the job that prepares warehouses", () => {
  const config = (catalog: string) => ({
    catalog,
    endpoint: "https://s3",
    region: "fra",
    stsEnabled: false,
    remoteSigningEnabled: true,
    warehouses: [
      { name: "raw", bucket: "acme-raw", accessKeyEnv: "RAW_ACCESS_KEY", secretKeyEnv: "RAW_SECRET_KEY" },
    ],
  });
  const profile = {
    type: "s3",
    bucket: "acme-raw",
    region: "fra",
    endpoint: "https://s3",
    "path-style-access": true,
    flavor: "s3-compat",
    "sts-enabled": false,
    "remote-signing-enabled": true,
  };
  const credential = {
    type: "s3",
    "credential-type": "access-key",
    "aws-access-key-id": "access-of-raw",
    "aws-secret-access-key": "secret-of-raw",
  };

  test("bootstraps a new catalogue and makes the warehouses", async () => {
    const answers: Record<string, Answer> = {
      "GET /health": [200],
      "GET /management/v1/info": [200, { bootstrapped: false }],
      "POST /management/v1/bootstrap": [204],
      "GET /management/v1/warehouse": [200, { warehouses: [] }],
      "POST /management/v1/warehouse": [201, { "warehouse-id": "1" }],
    };
    const uri = await recorder.start(({ method, url }) => answers[`${method} ${url}`] ?? [404]);
    const { code, output } = await runJob("prepare_warehouses.py", config(uri));
    expect([code, output]).toEqual([0, "bootstrapped\nwarehouse raw: made\n"]);
    expect(recorder.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(Object.keys(answers));
    expect(JSON.parse(recorder.requests[2]?.body ?? "")).toEqual({ "accept-terms-of-use": true });
    expect(JSON.parse(recorder.requests[4]?.body ?? "")).toEqual({
      "warehouse-name": "raw",
      "storage-profile": profile,
      "storage-credential": credential,
      "delete-profile": { type: "hard" },
    });
  });

  test("refreshes the credential of a warehouse that exists, and prints none", async () => {
    const answers: Record<string, Answer> = {
      "GET /health": [200],
      "GET /management/v1/info": [200, { bootstrapped: true }],
      "GET /management/v1/warehouse": [200, { warehouses: [{ name: "raw", id: "7" }] }],
      "POST /management/v1/warehouse/7/storage": [200],
    };
    const uri = await recorder.start(({ method, url }) => answers[`${method} ${url}`] ?? [404]);
    const { code, output } = await runJob("prepare_warehouses.py", config(uri));
    expect([code, output]).toEqual([0, "warehouse raw: refreshed\n"]);
    expect(JSON.parse(recorder.requests.at(-1)?.body ?? "")).toEqual({
      "storage-profile": profile,
      "storage-credential": credential,
    });
  });

  test("waits for a catalogue that is not there yet", async () => {
    let asked = 0;
    const uri = await recorder.start(({ url }) => {
      asked += url === "/health" ? 1 : 0;
      return url === "/health" && asked < 3 ? [503] : [200, { bootstrapped: true, warehouses: [] }];
    });
    const path = join(directory, "config.json");
    writeFileSync(path, JSON.stringify({ ...config(uri), warehouses: [] }));
    const program = `import prepare_warehouses as job; job.PAUSE_SECONDS = 0; job.main("${path}")`;
    expect(await python(["-c", program], KEYS)).toEqual({ code: 0, output: "" });
    expect(asked).toBe(3);
  });

  test("gives up on a catalogue that never answers", async () => {
    const uri = await recorder.start(() => [200]);
    await recorder.stop();
    const program = `
import prepare_warehouses as job
job.ATTEMPTS, job.PAUSE_SECONDS = 2, 0
job.wait_for("${uri}")`;
    const { code, output } = await python(["-c", program], KEYS);
    expect(code).toBe(1);
    expect(output).toContain(`TimeoutError: ${uri} has not answered`);
  });

  test("fails, saying why, when the catalogue refuses", async () => {
    const uri = await recorder.start(({ url }) =>
      url.endsWith("/warehouse") ? [503, { error: "no database" }] : [200, { bootstrapped: true }],
    );
    const { code, output } = await runJob("prepare_warehouses.py", config(uri));
    expect(code).toBe(1);
    expect(output).toContain('GET /warehouse: HTTP 503: {"error":"no database"}');
    expect(output).not.toContain("secret-of-raw");
  });
});

/** The parts of Iceberg that the copy asks, in Python. */
const ICEBERG = `
import sys, types
sql = types.ModuleType("pyspark.sql")
sql.SparkSession = object
functions = types.ModuleType("pyspark.sql.functions")
functions.col = functions.lit = None
sys.modules.update({"pyspark": types.ModuleType("pyspark"), "pyspark.sql": sql, "pyspark.sql.functions": functions})
import copy_zone as job

class Snapshot:
    def __init__(self, id, parent, operation, source):
        self.values = (id, parent, operation, {} if source is None else {job.COPIED_SNAPSHOT: str(source)})
    def snapshotId(self): return self.values[0]
    def parentId(self): return self.values[1]
    def operation(self): return self.values[2]
    def summary(self): return self.values[3]

# Snapshots from the oldest on; the parent of the oldest has expired.
class Table:
    def __init__(self, *snapshots):
        self.all = {id: Snapshot(id, id - 1, operation, source) for id, operation, source in snapshots}
        self.newest = max(self.all, default=None)
    def snapshot(self, id): return self.all.get(id)
    def currentSnapshot(self): return self.all.get(self.newest)
`;

describe("the job that copies a zone", () => {
  test.each<[string, string, string]>([
    ["nothing, from an empty table", "Table()", "None"],
    ["what its newest commit says", 'Table((1, "append", 40), (2, "append", 41))', "41"],
    ["what it held before it was compacted", 'Table((1, "append", 41), (2, "replace", None))', "41"],
    [
      "nothing known, once somebody else wrote to it",
      'Table((1, "append", 41), (2, "append", None))',
      "None",
    ],
    ["nothing known, once the commit has expired", 'Table((2, "replace", None))', "None"],
  ])("knows what the copy holds: %s", async (_name, table, expected) => {
    const { code, output } = await python(["-c", `${ICEBERG}print(job.copied_snapshot(${table}))`], {});
    expect([code, output]).toEqual([0, `${expected}\n`]);
  });

  test.each<[string, string, boolean]>([
    ["rows were added", '(1, "append", None), (2, "append", None), (3, "replace", None)', true],
    ["rows were changed", '(1, "append", None), (2, "overwrite", None), (3, "append", None)', false],
    ["rows were deleted", '(1, "append", None), (2, "delete", None)', false],
    ["the copied snapshot has expired", '(2, "append", None), (3, "append", None)', false],
  ])("appends only what is certainly all: %s", async (_name, snapshots, expected) => {
    const program = `${ICEBERG}print(job.added_since(Table(${snapshots}), 1))`;
    const { code, output } = await python(["-c", program], {});
    expect([code, output]).toEqual([0, expected ? "True\n" : "False\n"]);
  });

  test("lets columns be empty that the source has dropped, and only those", async () => {
    const program = `${ICEBERG}
from unittest.mock import MagicMock

def column(name, required):
    field = MagicMock()
    field.name.return_value, field.isRequired.return_value = name, required
    return field

source, catalog = MagicMock(), MagicMock()
source.schema().findField.side_effect = lambda name: object() if name == "kept" else None
target = catalog.loadTable.return_value
target.schema().columns.return_value = [column("kept", True), column("gone", True), column("free", False)]
update = target.updateSchema().unionByNameWith.return_value
update.makeColumnOptional.return_value = update
job.target_catalog = lambda spark: catalog
assert job.ensure_target(MagicMock(), source, "curated", "bids") is target
print(update.makeColumnOptional.call_args_list, update.commit.call_count)`;
    expect(await python(["-c", program], {})).toEqual({ code: 0, output: "[call('gone')] 1\n" });
  });
});

describe("the job that configures buckets", () => {
  const bucket = {
    name: "acme-raw",
    accessKeyEnv: "RAW_ACCESS_KEY",
    secretKeyEnv: "RAW_SECRET_KEY",
    encrypted: true,
    noncurrentVersionDays: 30,
    retentionDays: 400,
    transitions: [{ tier: "warm", days: 60, storageClass: "STANDARD_IA" }],
  };

  test("sets versioning, lifecycle and encryption with signed requests", async () => {
    const endpoint = await recorder.start(() => [200]);
    const { code, output } = await runJob("configure_buckets.py", {
      endpoint,
      region: "fra",
      buckets: [bucket],
    });
    expect([code, output]).toEqual([0, "bucket acme-raw: configured\n"]);
    expect(recorder.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "PUT /acme-raw?versioning=",
      "PUT /acme-raw?lifecycle=",
      "PUT /acme-raw?encryption=",
    ]);
    const [versioning, lifecycle, encryption] = recorder.requests;
    expect(versioning?.body).toContain("<Status>Enabled</Status>");
    expect(lifecycle?.body).toContain("<NoncurrentDays>30</NoncurrentDays>");
    expect(lifecycle?.body).toContain("<Days>60</Days><StorageClass>STANDARD_IA</StorageClass>");
    expect(lifecycle?.body).toContain("<Expiration><Days>400</Days></Expiration>");
    expect(encryption?.body).toContain("<SSEAlgorithm>AES256</SSEAlgorithm>");
    expect(versioning?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=access-of-raw\/\d{8}\/fra\/s3\/aws4_request, SignedHeaders=content-md5;host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
    );
  });

  test("leaves out what is not declared", async () => {
    const endpoint = await recorder.start(() => [200]);
    const plain = { ...bucket, encrypted: false, retentionDays: undefined, transitions: [] };
    await runJob("configure_buckets.py", { endpoint, region: "fra", buckets: [plain] });
    expect(recorder.requests).toHaveLength(2);
    expect(recorder.requests[1]?.body).not.toMatch(/<Transition>|<Expiration>/);
  });

  describe("puts the data class on a bucket as a tag", () => {
    const config = (endpoint: string) => ({
      endpoint,
      region: "fra",
      buckets: [{ ...bucket, encrypted: false, dataClass: "confidential" }],
    });
    const tag = (key: string, value: string) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`;
    const tagging = (tags: string) =>
      `<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>${tags}</TagSet></Tagging>`;

    test.each([
      ["that has none", 404, "<Error><Code>NoSuchTagSet</Code></Error>", ""],
      [
        "and leaves the others as they are",
        200,
        tagging(`${tag("data-class", "internal")}${tag("team", "R&amp;D")}`),
        tag("team", "R&amp;D"),
      ],
    ])("%s", async (_name, status, answer, others) => {
      const endpoint = await recorder.start(({ method }) => (method === "GET" ? [status, answer] : [200]));
      const { code, output } = await runJob("configure_buckets.py", config(endpoint));
      expect([code, output]).toEqual([0, "bucket acme-raw: configured\n"]);
      expect(recorder.requests.slice(2).map(({ method, url }) => `${method} ${url}`)).toEqual([
        "GET /acme-raw?tagging=",
        "PUT /acme-raw?tagging=",
      ]);
      expect(recorder.requests.at(-1)?.body).toBe(tagging(`${tag("data-class", "confidential")}${others}`));
    });

    test("and fails when it may not read the others", async () => {
      const endpoint = await recorder.start(({ method }) =>
        method === "GET" ? [403, "AccessDenied"] : [200],
      );
      const path = join(directory, "config.json");
      writeFileSync(path, JSON.stringify(config(endpoint)));
      const program = `import configure_buckets as job; job.ATTEMPTS = 1; job.main("${path}")`;
      const { code, output } = await python(["-c", program], KEYS);
      expect(code).toBe(1);
      expect(output).toContain("acme-raw: GET tagging: HTTP 403: AccessDenied");
      expect(recorder.requests.at(-1)?.method).toBe("GET");
    });
  });

  // The expected value was made by botocore's S3SigV4Auth for the same request.
  test("signs as AWS describes it", async () => {
    await recorder.start(() => [200]);
    const program = `
import datetime, configure_buckets as job
now = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
url = "https://s3.example.com:9000/acme-raw?versioning="
print(job.signed_headers("PUT", url, "us-east-1", "AK", "SK", b"<x/>", now)["authorization"][-64:])`;
    const { output } = await python(["-c", program], {});
    expect(output.trim()).toBe("f68194c57bd3080a205d39a4f34ea841e01c7bee785ecf2468d13e2c2e841e13");
  });
});

describe("the job that makes keys", () => {
  const program = (api: string) => `
import create_keys as job
print(job.create("${api}", "lake", "token-of-pod", None, job.secret_object("keys", ["a", "b"])))`;

  test("makes a Secret with long random values", async () => {
    const api = await recorder.start(() => [201, {}]);
    expect((await python(["-c", program(api)], {})).output).toBe("True\n");
    const [request] = recorder.requests;
    expect(`${request?.method} ${request?.url}`).toBe("POST /api/v1/namespaces/lake/secrets");
    expect(request?.headers.authorization).toBe("Bearer token-of-pod");
    const secret = JSON.parse(request?.body ?? "{}");
    expect(secret).toMatchObject({ kind: "Secret", metadata: { name: "keys" }, type: "Opaque" });
    const values = Object.values(secret.data as Record<string, string>);
    expect(values).toHaveLength(2);
    expect(new Set(values.map((value) => Buffer.from(value, "base64").length))).toEqual(new Set([64]));
    expect(values[0]).not.toBe(values[1]);
  });

  test("leaves a Secret that exists alone", async () => {
    const api = await recorder.start(() => [409, {}]);
    expect((await python(["-c", program(api)], {})).output).toBe("False\n");
  });

  test("fails on anything else", async () => {
    const api = await recorder.start(() => [403, {}]);
    const { code, output } = await python(["-c", program(api)], {});
    expect(code).toBe(1);
    expect(output).toContain("HTTP Error 403");
  });
});
