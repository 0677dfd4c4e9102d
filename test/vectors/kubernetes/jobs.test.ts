import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answer, python, Recorder, type Request } from "../../python-jobs";

const JOBS = join(__dirname, "../../../lib/vectors/kubernetes/jobs");

let directory: string;
let recorder: Recorder;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "vector-jobs-"));
  recorder = new Recorder();
});

afterEach(async () => {
  await recorder.stop();
  rmSync(directory, { recursive: true });
});

function runJob(script: string, config: unknown, env: Record<string, string>) {
  const path = join(directory, "config.json");
  writeFileSync(path, JSON.stringify(config));
  return python([JOBS], [join(JOBS, script), path], env);
}

const asked = () => recorder.requests.map(({ method, url }) => `${method} ${url}`);
const body = (index: number) => JSON.parse(recorder.requests[index]?.body || "{}");

describe("the job that makes collections of Qdrant", () => {
  const DOCS = {
    name: "docs",
    body: { vectors: { size: 768, distance: "Cosine" } },
    fields: [{ field_name: "tenant", field_schema: "keyword" }],
  };
  const run = (endpoint: string) =>
    runJob("setup_qdrant.py", { endpoint, authority: "", collections: [DOCS] }, { QDRANT_API_KEY: "k" });
  const found = (size: number) => ({
    result: { config: { params: { vectors: { size, distance: "Cosine" } } } },
  });

  test("makes what is missing and indexes its fields", async () => {
    const endpoint = await recorder.start(({ method, url }) =>
      method === "GET" && url === "/collections/docs" ? [404] : [200, {}],
    );
    expect(await run(endpoint)).toEqual({ code: 0, output: "collection docs: made\n" });
    expect(asked()).toEqual([
      "GET /readyz",
      "GET /collections/docs",
      "PUT /collections/docs",
      "PUT /collections/docs/index?wait=true",
    ]);
    expect(body(2)).toEqual(DOCS.body);
    expect(body(3)).toEqual(DOCS.fields[0]);
    expect(recorder.requests[2]?.headers["api-key"]).toBe("k");
  });

  test("leaves vectors of an existing collection alone", async () => {
    const endpoint = await recorder.start(({ method }) => [200, method === "GET" ? found(768) : {}]);
    expect(await run(endpoint)).toEqual({ code: 0, output: "collection docs: already there\n" });
    expect(asked()).not.toContain("PUT /collections/docs");
  });

  test("fails, and changes nothing, if the dimension is another one", async () => {
    const endpoint = await recorder.start(() => [200, found(384)]);
    const { code, output } = await run(endpoint);
    expect(code).toBe(1);
    expect(output).toContain("collection docs: size is 384, declared is 768");
    expect(asked()).toEqual(["GET /readyz", "GET /collections/docs"]);
  });

  test("says what the server said", async () => {
    const endpoint = await recorder.start(({ url }) => (url === "/readyz" ? [200] : [403, "forbidden"]));
    const { code, output } = await run(endpoint);
    expect(code).toBe(1);
    expect(output).toContain("GET /collections/docs: HTTP 403: forbidden");
  });
});

describe("the job that sets up Milvus", () => {
  const DOCS = {
    collectionName: "docs",
    schema: { fields: [{ fieldName: "embedding", elementTypeParams: { dim: 768 } }] },
  };
  const USER = {
    name: "reader",
    passwordEnv: "USER_PASSWORD",
    rights: [{ collectionName: "docs", privilege: "CollectionReadOnly" }],
  };
  const run = (endpoint: string, config: { collections?: unknown[]; users?: unknown[] }) =>
    runJob(
      "setup_milvus.py",
      { endpoint, authority: "", collections: [], users: [], ...config },
      { MILVUS_ROOT_PASSWORD: "long", USER_PASSWORD: "secret" },
    );
  const path = (url: string) => url.replace("/v2/vectordb", "");

  /** Milvus with a root password and collections, as far as the job asks. */
  function milvus(password: string, collections: Readonly<Record<string, number>> = {}) {
    let current = password;
    return ({ url, headers, body: text }: Request): Answer => {
      if (headers.authorization !== `Bearer root:${current}`) {
        return [200, { code: 1800, message: "user hasn't authenticated" }];
      }
      const given = JSON.parse(text || "{}");
      switch (path(url)) {
        case "/collections/list":
          return [200, { code: 0, data: Object.keys(collections) }];
        case "/collections/describe": {
          const params = [{ key: "dim", value: String(collections[given.collectionName]) }];
          return [200, { code: 0, data: { fields: [{ name: "embedding", params }] } }];
        }
        case "/users/update_password":
          current = given.newPassword;
          return [200, { code: 0 }];
        case "/users/list":
        case "/roles/list":
          return [200, { code: 0, data: ["root"] }];
        default:
          return [200, { code: 0 }];
      }
    };
  }

  test("replaces the first password before anything else, then makes collections", async () => {
    const endpoint = await recorder.start(milvus("Milvus"));
    const { code, output } = await run(endpoint, { collections: [DOCS] });
    expect([code, output]).toEqual([0, "password of root: changed\ncollection docs: made\n"]);
    expect(recorder.requests.map(({ url }) => path(url))).toEqual([
      "/collections/list",
      "/collections/list",
      "/users/update_password",
      "/collections/list",
      "/collections/create",
    ]);
    expect(body(4)).toEqual(DOCS);
    expect(recorder.requests[4]?.headers.authorization).toBe("Bearer root:long");
  });

  test("fails, and changes nothing, if the dimension is another one", async () => {
    const endpoint = await recorder.start(milvus("long", { docs: 384 }));
    const { code, output } = await run(endpoint, { collections: [DOCS] });
    expect(code).toBe(1);
    expect(output).toContain("collection docs: dimension is 384, declared is 768");
    expect(recorder.requests.map(({ url }) => path(url))).not.toContain("/collections/create");
  });

  test("makes a user with its rights, and prints no password", async () => {
    const endpoint = await recorder.start(milvus("long"));
    const { code, output } = await run(endpoint, { users: [USER] });
    expect([code, output]).toEqual([0, "user reader: 1 rights\n"]);
    const sent = Object.fromEntries(
      recorder.requests.map((request) => [path(request.url), JSON.parse(request.body)]),
    );
    expect(sent["/users/create"]).toEqual({ userName: "reader", password: "secret" });
    expect(sent["/roles/grant_privilege_v2"]).toEqual({
      roleName: "reader",
      dbName: "default",
      collectionName: "docs",
      privilege: "CollectionReadOnly",
    });
    expect(sent["/users/grant_role"]).toEqual({ userName: "reader", roleName: "reader" });
  });
});

describe("the job that issues access", () => {
  function issue(api: string, config: Record<string, unknown>) {
    const authority = join(directory, "ca.crt");
    writeFileSync(authority, "CERTIFICATE");
    const whole = {
      holder: { namespace: "rag", name: "acme-docs" },
      authority,
      values: { endpoint: "https://q", username: "reader" },
      ...config,
    };
    const path = join(directory, "config.json");
    writeFileSync(path, JSON.stringify(whole));
    const program = `
import json, issue_access as job
cluster = job.Cluster("${api}", "token-of-pod", None)
job.issue(cluster, json.load(open("${path}")), {"SIGNING_KEY": "key"}, 1000)`;
    return python([JOBS], ["-c", program], {});
  }
  const values = (index: number): Record<string, string> =>
    Object.fromEntries(
      Object.entries(body(index).data as Record<string, string>).map(([key, text]) => [
        key,
        Buffer.from(text, "base64").toString(),
      ]),
    );

  test("signs a token for one collection that ends", async () => {
    const api = await recorder.start(() => [201, {}]);
    const access = [{ collection: "docs", access: "r" }];
    const { code, output } = await issue(api, { kind: "token", seconds: 60, access });
    expect([code, output]).toEqual([0, "secret rag/acme-docs: written\n"]);
    expect(asked()).toEqual(["POST /api/v1/namespaces/rag/secrets"]);
    expect(recorder.requests[0]?.headers.authorization).toBe("Bearer token-of-pod");
    const { token, ...rest } = values(0);
    expect(rest).toEqual({ endpoint: "https://q", username: "reader", "ca.crt": "CERTIFICATE" });
    const [head, claims, seal] = token!.split(".");
    expect(JSON.parse(Buffer.from(head!, "base64url").toString())).toEqual({ alg: "HS256", typ: "JWT" });
    expect(JSON.parse(Buffer.from(claims!, "base64url").toString())).toEqual({ exp: 1060, access });
    expect(seal).toBe(createHmac("sha256", "key").update(`${head}.${claims}`).digest("base64url"));
  });

  test("writes a new token into the Secret that exists", async () => {
    const api = await recorder.start(({ method }) => [method === "POST" ? 409 : 200, {}]);
    await issue(api, { kind: "token", seconds: 60, access: [] });
    expect(asked()).toEqual([
      "POST /api/v1/namespaces/rag/secrets",
      "PATCH /api/v1/namespaces/rag/secrets/acme-docs",
    ]);
    expect(Object.keys(body(1).data)).toContain("token");
  });

  const home = { namespace: "acme-vectors", name: "acme-login-docs" };

  test("makes a password once, for the server and for its holder", async () => {
    const api = await recorder.start(({ method }) => [method === "GET" ? 404 : 201, {}]);
    const { output } = await issue(api, { kind: "password", home });
    expect(asked()).toEqual([
      "GET /api/v1/namespaces/acme-vectors/secrets/acme-login-docs",
      "POST /api/v1/namespaces/acme-vectors/secrets",
      "POST /api/v1/namespaces/rag/secrets",
    ]);
    expect(body(1).type).toBe("kubernetes.io/basic-auth");
    expect(values(1)).toEqual({ username: "reader", password: values(2).password });
    expect(values(2).password!.length).toBeGreaterThan(40);
    expect(output).not.toContain(values(2).password!);
  });

  test("hands the kept password to a holder whose Secret is gone", async () => {
    const data = { password: Buffer.from("kept").toString("base64") };
    const api = await recorder.start(({ method }) => (method === "GET" ? [200, { data }] : [201, {}]));
    await issue(api, { kind: "password", home });
    expect(asked()).toHaveLength(2);
    expect(values(1).password).toBe("kept");
  });
});
