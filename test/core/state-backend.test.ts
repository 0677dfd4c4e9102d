import { TerraformLocal, TerraformOutput, TerraformStack, Token } from "cdktf";
import fc from "fast-check";
import { StateBackend, StateErrors } from "../../lib/core/state-backend";
import { captureValidationError, synthStack, testApp } from "../../lib/testing";
import { hostileText } from "../hostile-text";

const token = Token.asString({ a: 1 });

/** Backend block and remote state of a stack that keeps its state there and reads that of `producer`. */
function synthesized(backend: StateBackend) {
  const stack = new TerraformStack(testApp(), "acme-site-a");
  backend.attach(stack, "acme-site-a");
  const state = backend.read(stack, "state-of-producer", "producer");
  new TerraformOutput(stack, "read", { value: state.getString("bucket_arn") });
  const { terraform, data, output } = synthStack(stack);
  expect(output?.read).toEqual({
    value: "${data.terraform_remote_state.state-of-producer.outputs.bucket_arn}",
  });
  return { backend: terraform?.backend, read: data?.terraform_remote_state?.["state-of-producer"] };
}

const codes = (body: () => unknown) => captureValidationError(body).codes;

describe("local", () => {
  test("by default a folder beside the output, read by nobody else", () => {
    const backend = StateBackend.local();
    expect(synthesized(backend)).toEqual({
      backend: { local: { path: "../../../state/acme-site-a.tfstate" } },
      read: { backend: "local", config: { path: "../../../state/producer.tfstate" } },
    });
    expect(backend.allowsCrossStackReferences).toBe(false);
    expect(backend.describe("x")).toBe("../../../state/x.tfstate");
  });

  test("another folder, cross-stack references on request", () => {
    const backend = StateBackend.local({ directory: "state/", allowCrossStackReferences: true });
    expect(synthesized(backend).backend).toEqual({ local: { path: "state/acme-site-a.tfstate" } });
    expect(backend.allowsCrossStackReferences).toBe(true);
  });

  // Terraform 1.11.4 takes a backend block literally and interpolates the data source; both then mean one file.
  test("a hostile folder name means the same file in the backend and in the data source", () => {
    expect(synthesized(StateBackend.local({ directory: "st-${HOME}" }))).toEqual({
      backend: { local: { path: "st-${HOME}/acme-site-a.tfstate" } },
      read: { backend: "local", config: { path: "st-$${HOME}/producer.tfstate" } },
    });
  });

  test.each([
    "/state",
    "/",
    "\\state",
    "\\\\server\\share",
    "C:\\state",
    "c:/state",
    "C:",
    "~",
    "~/state",
    "~bob/state",
  ])("refuses %s, which is absolute", (directory) => {
    const error = captureValidationError(() => StateBackend.local({ directory }));
    expect(error.findings.map((finding) => finding.error)).toEqual([StateErrors.AbsoluteStatePath]);
  });

  test.each(["state", "./state", "../state", "..", "a/~b", "ab:c"])(
    "accepts %s, which is relative",
    (directory) => {
      expect(StateBackend.local({ directory }).describe("x")).toBe(`${directory}/x.tfstate`);
    },
  );

  test("refuses tokens and nothing", () => {
    expect(codes(() => StateBackend.local({ directory: token }))).toEqual(["TokenNotAllowed"]);
    expect(codes(() => StateBackend.local({ directory: "" }))).toEqual(["MissingValue"]);
  });
});

describe("s3", () => {
  const props = { bucket: "acme-tf-state", region: "eu-west-1" };

  test("encrypted, with its own lock file", () => {
    const block = { bucket: "acme-tf-state", encrypt: true, region: "eu-west-1", use_lockfile: true };
    const backend = StateBackend.s3(props);
    expect(synthesized(backend)).toEqual({
      backend: { s3: { ...block, key: "hybrid-ai/acme-site-a.tfstate" } },
      read: { backend: "s3", config: { ...block, key: "hybrid-ai/producer.tfstate" } },
    });
    expect(backend.describe("x")).toBe("s3://acme-tf-state/hybrid-ai/x.tfstate");
    expect(backend.allowsCrossStackReferences).toBe(true);
  });

  test("another prefix and a customer key", () => {
    const backend = StateBackend.s3({ ...props, prefix: "team/prod", kmsKeyId: "alias/state" });
    expect(synthesized(backend).backend).toEqual({
      s3: {
        bucket: "acme-tf-state",
        encrypt: true,
        key: "team/prod/acme-site-a.tfstate",
        kms_key_id: "alias/state",
        region: "eu-west-1",
        use_lockfile: true,
      },
    });
  });

  test.each([
    ["bucket", "", "InvalidName"],
    ["bucket", "ab", "InvalidName"],
    ["bucket", "Acme", "InvalidName"],
    ["bucket", "a_b_c", "InvalidName"],
    ["bucket", "x".repeat(64), "InvalidName"],
    ["bucket", "${x}", "InvalidName"],
    ["bucket", token, "TokenNotAllowed"],
    ["region", "", "InvalidName"],
    ["region", "Ireland", "InvalidName"],
    ["region", token, "TokenNotAllowed"],
    ["prefix", "", "InvalidName"],
    ["prefix", "/a", "InvalidName"],
    ["prefix", "a/", "InvalidName"],
    ["prefix", "a//b", "InvalidName"],
    ["prefix", token, "TokenNotAllowed"],
    ["kmsKeyId", "", "MissingValue"],
    ["kmsKeyId", token, "TokenNotAllowed"],
  ])("refuses %s %j", (key, value, code) => {
    expect(codes(() => StateBackend.s3({ ...props, [key]: value }))).toEqual([code]);
  });

  test("accepts bucket names at both limits", () => {
    expect(StateBackend.s3({ ...props, bucket: "abc" }).describe("x")).toContain("s3://abc/");
    expect(StateBackend.s3({ ...props, bucket: "x".repeat(63) }).describe("x")).toContain("xxx");
  });

  test("says everything that is wrong at once", () => {
    expect(codes(() => StateBackend.s3({ bucket: "", region: token, prefix: "/" }))).toEqual([
      "InvalidName",
      "TokenNotAllowed",
      "InvalidName",
    ]);
  });
});

describe("gcs", () => {
  test("a prefix per stack", () => {
    const backend = StateBackend.gcs({ bucket: "acme_tf.state" });
    expect(synthesized(backend)).toEqual({
      backend: { gcs: { bucket: "acme_tf.state", prefix: "hybrid-ai/acme-site-a" } },
      read: { backend: "gcs", config: { bucket: "acme_tf.state", prefix: "hybrid-ai/producer" } },
    });
    expect(backend.describe("x")).toBe("gs://acme_tf.state/hybrid-ai/x");
    expect(backend.allowsCrossStackReferences).toBe(true);
  });

  test("another prefix and a customer key", () => {
    const kmsEncryptionKey = "projects/p/locations/l/keyRings/r/cryptoKeys/k";
    expect(synthesized(StateBackend.gcs({ bucket: "acme", prefix: "p", kmsEncryptionKey })).backend).toEqual({
      gcs: { bucket: "acme", kms_encryption_key: kmsEncryptionKey, prefix: "p/acme-site-a" },
    });
  });

  test.each([
    ["bucket", "Acme", "InvalidName"],
    ["bucket", token, "TokenNotAllowed"],
    ["prefix", "/p", "InvalidName"],
    ["kmsEncryptionKey", " ", "MissingValue"],
    ["kmsEncryptionKey", token, "TokenNotAllowed"],
  ])("refuses %s %j", (key, value, code) => {
    expect(codes(() => StateBackend.gcs({ bucket: "acme", [key]: value }))).toEqual([code]);
  });
});

describe("kubernetes", () => {
  test("a Secret per stack, by a kubeconfig context", () => {
    const backend = StateBackend.kubernetes({ context: "fra" });
    const block = { config_context: "fra", config_path: "~/.kube/config", namespace: "terraform-state" };
    expect(synthesized(backend)).toEqual({
      backend: { kubernetes: { ...block, secret_suffix: "acme-site-a" } },
      read: { backend: "kubernetes", config: { ...block, secret_suffix: "producer" } },
    });
    expect(backend.describe("x")).toBe("kubernetes secret terraform-state/tfstate-default-x in fra");
    expect(backend.allowsCrossStackReferences).toBe(true);
  });

  test("another namespace and kubeconfig", () => {
    const backend = StateBackend.kubernetes({ context: "c", namespace: "n", configPath: "./kubeconfig" });
    expect(synthesized(backend).backend).toEqual({
      kubernetes: {
        config_context: "c",
        config_path: "./kubeconfig",
        namespace: "n",
        secret_suffix: "acme-site-a",
      },
    });
  });

  test.each([
    ["context", "", "MissingValue"],
    ["context", token, "TokenNotAllowed"],
    ["namespace", "A", "InvalidName"],
    ["namespace", token, "TokenNotAllowed"],
    ["configPath", "/etc/kubeconfig", "AbsoluteStatePath"],
    ["configPath", "C:\\kubeconfig", "AbsoluteStatePath"],
    ["configPath", "~bob/config", "AbsoluteStatePath"],
    ["configPath", "", "MissingValue"],
    ["configPath", token, "TokenNotAllowed"],
  ])("refuses %s %j", (key, value, code) => {
    expect(codes(() => StateBackend.kubernetes({ context: "c", [key]: value }))).toEqual([code]);
  });

  test.each(["acme-site-1", "A", "a_b", "-a", "a-", "x".repeat(64), "", "1-0"])(
    "refuses the stack name %j, which cannot be the suffix of a state Secret",
    (name) => {
      const backend = StateBackend.kubernetes({ context: "c" });
      const stack = new TerraformStack(testApp(), "stack");
      expect(codes(() => backend.attach(stack, name))).toEqual(["InvalidName"]);
      expect(codes(() => backend.read(stack, "state", name))).toEqual(["InvalidName"]);
    },
  );

  test.each(["site1", "acme-1-foundation", "a.b", "x".repeat(63), "1"])(
    "accepts the stack name %j",
    (name) => {
      const stack = new TerraformStack(testApp(), "stack");
      StateBackend.kubernetes({ context: "c" }).attach(stack, name);
      expect(synthStack(stack).terraform?.backend?.kubernetes).toMatchObject({ secret_suffix: name });
    },
  );
});

describe("http", () => {
  test("one address per stack, with its lock", () => {
    const block = (name: string) => ({
      address: `https://gitlab.acme.test/state/${name}`,
      lock_address: `https://gitlab.acme.test/state/${name}/lock`,
      lock_method: "POST",
      unlock_address: `https://gitlab.acme.test/state/${name}/lock`,
      unlock_method: "DELETE",
    });
    const backend = StateBackend.http({ address: "https://gitlab.acme.test/state/" });
    expect(synthesized(backend)).toEqual({
      backend: { http: block("acme-site-a") },
      read: { backend: "http", config: block("producer") },
    });
    expect(backend.describe("x")).toBe("https://gitlab.acme.test/state/x");
    expect(backend.allowsCrossStackReferences).toBe(true);
  });

  test.each(["https://a", "https://a:8443/b", "http://localhost:8080/state", "http://127.0.0.1"])(
    "accepts %s",
    (address) => {
      expect(StateBackend.http({ address }).describe("x")).toBe(`${address}/x`);
    },
  );

  test.each([
    "",
    "gitlab.acme.test",
    "http://gitlab.acme.test",
    "http://localhost.evil.test",
    "https://user:secret@gitlab.acme.test",
    "https://gitlab.acme.test?private_token=secret",
    "https://gitlab.acme.test/#x",
    "https://gitlab.acme.test/${x}",
    "ftp://x",
    "https://a b",
  ])("refuses %j and keeps what may be a secret out of the message", (address) => {
    const error = captureValidationError(() => StateBackend.http({ address }));
    expect(error.codes).toEqual(["InvalidStateAddress"]);
    expect(error.message).not.toContain("secret@");
    expect(error.message).not.toContain("private_token");
  });

  test("refuses tokens", () => {
    expect(codes(() => StateBackend.http({ address: token }))).toEqual(["TokenNotAllowed"]);
  });
});

test("names of states hold no path", () => {
  const stack = new TerraformStack(testApp(), "stack");
  const nasty = fc.oneof(hostileText, fc.constantFrom("../x", "a/b", "${x}", ".", ""));
  fc.assert(
    fc.property(nasty, (name) => {
      fc.pre(!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name));
      expect(codes(() => StateBackend.local().attach(stack, name))).toEqual(["InvalidName"]);
    }),
  );
});

test("overrides of the backend and of the data source survive synth", () => {
  const stack = new TerraformStack(testApp(), "stack");
  const backend = StateBackend.s3({ bucket: "acme-tf-state", region: "eu-west-1" });
  backend.attach(stack, "stack");
  const state = backend.read(stack, "other", "other");
  state.addOverride("config.region", "eu-central-1");
  state.addOverride("workspace", "blue");
  stack.addOverride("terraform.backend.s3.assume_role.role_arn", "arn:aws:iam::111122223333:role/state");
  const { terraform, data } = synthStack(stack);
  expect(terraform?.backend?.s3).toMatchObject({
    bucket: "acme-tf-state",
    assume_role: { role_arn: "arn:aws:iam::111122223333:role/state" },
  });
  expect(data?.terraform_remote_state?.other).toMatchObject({
    workspace: "blue",
    config: { bucket: "acme-tf-state", region: "eu-central-1" },
  });
});

test("cdktf's own cross-stack references read the state under the name it was given", () => {
  const app = testApp();
  const backend = StateBackend.gcs({ bucket: "acme" });
  const producer = new TerraformStack(app, "producer");
  const consumer = new TerraformStack(app, "consumer");
  backend.attach(producer, "acme-producer");
  backend.attach(consumer, "acme-consumer");
  const made = new TerraformLocal(producer, "made", "value");
  new TerraformOutput(consumer, "used", { value: made.asString });
  expect(synthStack(consumer).data?.terraform_remote_state).toEqual({
    "cross-stack-reference-input-producer": {
      backend: "gcs",
      config: { bucket: "acme", prefix: "hybrid-ai/acme-producer" },
      workspace: undefined,
    },
  });
});

test("the backend can be written as HCL", () => {
  const stack = new TerraformStack(testApp(), "stack");
  StateBackend.s3({ bucket: "acme", region: "eu-west-1" }).attach(stack, "stack");
  expect(stack.toHclTerraform().hcl).toContain("use_lockfile");
});
