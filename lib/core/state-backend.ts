import { TerraformBackend, TerraformRemoteState, type TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { escapeTemplate } from "./escape";
import { type NameRule, Problems } from "./problems";
import { StateErrors } from "./state-errors";

export { StateErrors } from "./state-errors";

type Arguments = Readonly<Record<string, string | boolean>>;

interface BackendSpec {
  readonly type: "local" | "s3" | "gcs" | "kubernetes" | "http";
  /** Arguments of the backend block for the state named `key`. */
  readonly arguments: (key: string) => Arguments;
  readonly crossStackReferences: boolean;
  /** For reports, without secrets: where the state named `key` is. */
  readonly location: (key: string) => string;
  /** What the name of a state may be. */
  readonly keyRule: NameRule;
}

class Backend extends TerraformBackend {
  constructor(
    scope: Construct,
    private readonly spec: BackendSpec,
    private readonly key: string,
  ) {
    super(scope, "backend", spec.type);
  }

  protected override synthesizeAttributes() {
    return { ...this.spec.arguments(this.key) };
  }

  protected override synthesizeHclAttributes() {
    return Object.fromEntries(
      Object.entries(this.spec.arguments(this.key)).map(([name, value]) => [
        name,
        { value, type: "simple", storageClassType: typeof value },
      ]),
    );
  }

  /** Asked by cdktf for its own cross-stack references; this backend is that of the stack which is read. */
  override getRemoteStateDataSource(scope: Construct, name: string): TerraformRemoteState {
    return readState(scope, name, this.spec, this.key);
  }
}

class RemoteState extends TerraformRemoteState {}

/** Terraform takes a backend block literally, but interpolates the configuration of the data source. */
function readState(scope: Construct, id: string, spec: BackendSpec, key: string): TerraformRemoteState {
  const config = Object.fromEntries(
    Object.entries(spec.arguments(key)).map(([name, value]) => [
      name,
      typeof value === "string" ? escapeTemplate(value) : value,
    ]),
  );
  return new RemoteState(scope, id, spec.type, config);
}

const STATE_NAME: NameRule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  maxLength: 200,
  form: "1 to 200 letters, digits, dots, underscores and hyphens, starting with a letter or digit",
};

/**
 * The suffix becomes part of a Secret's name and the value of a label; a number at the end would be read as the index
 * of a part of a large state.
 * Source: https://developer.hashicorp.com/terraform/language/backend/kubernetes,
 * https://github.com/hashicorp/terraform/pull/35666 (read 2026-11)
 */
const SECRET_SUFFIX: NameRule = {
  pattern: /^(?!.*-\d+$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
  maxLength: 63,
  form: "1 to 63 lower-case letters, digits, dots and hyphens, starting and ending alphanumeric, not ending with a hyphen and a number",
};

const PREFIX: NameRule = {
  pattern: /^[A-Za-z0-9._=-]+(\/[A-Za-z0-9._=-]+)*$/,
  maxLength: 512,
  form: "letters, digits and . _ = - in segments separated by single slashes, without a slash at either end",
};

const S3_BUCKET: NameRule = {
  pattern: /^[a-z0-9][a-z0-9.-]+[a-z0-9]$/,
  maxLength: 63,
  form: "the name of an existing bucket: 3 to 63 lower-case letters, digits, dots and hyphens",
};

const GCS_BUCKET: NameRule = {
  pattern: /^[a-z0-9][a-z0-9._-]+[a-z0-9]$/,
  maxLength: 222,
  form: "the name of an existing bucket: 3 to 222 lower-case letters, digits, dots, underscores and hyphens",
};

const REGION: NameRule = {
  pattern: /^[a-z]+(-[a-z0-9]+)+$/,
  maxLength: 32,
  form: "the region of that bucket, for example eu-west-1",
};

const NAMESPACE: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  maxLength: 63,
  form: "a DNS label: 1 to 63 lower-case letters, digits and hyphens",
};

/** Also matches the home of another user (`~bob`), which Terraform does not expand. */
const TIED_TO_ONE_MACHINE = /^([/\\]|~(?!\/)|[A-Za-z]:)/;

function checkPath(problems: Problems, subject: string, path: string, homeAllowed: boolean): void {
  const allowed = homeAllowed ? "a path that starts with ~/ or is relative" : "a relative path";
  if (!problems.literal(subject, path, allowed) || !problems.required(subject, path, allowed)) {
    return;
  }
  if (TIED_TO_ONE_MACHINE.test(path) || (!homeAllowed && path.startsWith("~"))) {
    problems.add(StateErrors.AbsoluteStatePath, { subject, given: path, allowed });
  }
}

function checkOptionalLiteral(problems: Problems, subject: string, value: string | undefined): void {
  if (value !== undefined && problems.literal(subject, value)) {
    problems.required(subject, value, "a value, or leave it out");
  }
}

/** Where the state of every stack of a platform is kept. Each stack gets its own state, named after the stack. */
export class StateBackend {
  /**
   * Files on this machine. For trials: state may hold secrets, has no lock across machines and no history.
   *
   * @param options.directory relative to the folder of the stack's `cdk.tf.json`. @default "../../../state"
   * @param options.allowCrossStackReferences @default false
   * @throws AbsoluteStatePath, TokenNotAllowed, MissingValue
   */
  static local(
    options: { readonly directory?: string; readonly allowCrossStackReferences?: boolean } = {},
  ): StateBackend {
    const directory = options.directory ?? "../../../state";
    const problems = new Problems("StateBackend.local");
    checkPath(problems, "directory", directory, false);
    problems.throwIfAny();
    const path = (key: string) => `${directory.replace(/\/+$/, "")}/${key}.tfstate`;
    return new StateBackend({
      type: "local",
      arguments: (key) => ({ path: path(key) }),
      crossStackReferences: options.allowCrossStackReferences ?? false,
      location: path,
      keyRule: STATE_NAME,
    });
  }

  /**
   * Amazon S3 with its own lock file (Terraform >= 1.10, no DynamoDB table), encrypted.
   *
   * @param options.bucket an existing, versioned bucket
   * @param options.prefix key prefix. @default "hybrid-ai"
   * @param options.kmsKeyId customer key for the state objects. @default - the bucket's default encryption
   * @throws InvalidName, TokenNotAllowed, MissingValue
   */
  static s3(options: {
    readonly bucket: string;
    readonly region: string;
    readonly prefix?: string;
    readonly kmsKeyId?: string;
  }): StateBackend {
    const prefix = options.prefix ?? "hybrid-ai";
    const problems = new Problems("StateBackend.s3");
    problems.name("bucket", options.bucket, S3_BUCKET);
    problems.name("region", options.region, REGION);
    problems.name("prefix", prefix, PREFIX);
    checkOptionalLiteral(problems, "kmsKeyId", options.kmsKeyId);
    problems.throwIfAny();
    const object = (key: string) => `${prefix}/${key}.tfstate`;
    return new StateBackend({
      type: "s3",
      arguments: (key) => ({
        bucket: options.bucket,
        encrypt: true,
        key: object(key),
        ...(options.kmsKeyId === undefined ? {} : { kms_key_id: options.kmsKeyId }),
        region: options.region,
        use_lockfile: true,
      }),
      crossStackReferences: true,
      location: (key) => `s3://${options.bucket}/${object(key)}`,
      keyRule: STATE_NAME,
    });
  }

  /**
   * Google Cloud Storage (locks by itself).
   *
   * @param options.prefix @default "hybrid-ai"
   * @param options.kmsEncryptionKey Cloud KMS key name. @default - the bucket's default encryption
   * @throws InvalidName, TokenNotAllowed, MissingValue
   */
  static gcs(options: {
    readonly bucket: string;
    readonly prefix?: string;
    readonly kmsEncryptionKey?: string;
  }): StateBackend {
    const root = options.prefix ?? "hybrid-ai";
    const problems = new Problems("StateBackend.gcs");
    problems.name("bucket", options.bucket, GCS_BUCKET);
    problems.name("prefix", root, PREFIX);
    checkOptionalLiteral(problems, "kmsEncryptionKey", options.kmsEncryptionKey);
    problems.throwIfAny();
    const prefix = (key: string) => `${root}/${key}`;
    return new StateBackend({
      type: "gcs",
      arguments: (key) => ({
        bucket: options.bucket,
        ...(options.kmsEncryptionKey === undefined ? {} : { kms_encryption_key: options.kmsEncryptionKey }),
        prefix: prefix(key),
      }),
      crossStackReferences: true,
      location: (key) => `gs://${options.bucket}/${prefix(key)}`,
      keyRule: STATE_NAME,
    });
  }

  /**
   * A Secret in a Kubernetes cluster (locks by a Lease). For sites without any cloud.
   *
   * @param options.context kubeconfig context
   * @param options.namespace @default "terraform-state"
   * @param options.configPath kubeconfig file, not absolute. @default "~/.kube/config"
   * @throws InvalidName, TokenNotAllowed, MissingValue, AbsoluteStatePath
   */
  static kubernetes(options: {
    readonly context: string;
    readonly namespace?: string;
    readonly configPath?: string;
  }): StateBackend {
    const namespace = options.namespace ?? "terraform-state";
    const configPath = options.configPath ?? "~/.kube/config";
    const problems = new Problems("StateBackend.kubernetes");
    problems.literal("context", options.context);
    problems.required("context", options.context, "a kubeconfig context");
    problems.name("namespace", namespace, NAMESPACE);
    checkPath(problems, "configPath", configPath, true);
    problems.throwIfAny();
    return new StateBackend({
      type: "kubernetes",
      arguments: (key) => ({
        config_context: options.context,
        config_path: configPath,
        namespace,
        secret_suffix: key,
      }),
      crossStackReferences: true,
      location: (key) => `kubernetes secret ${namespace}/tfstate-default-${key} in ${options.context}`,
      keyRule: SECRET_SUFFIX,
    });
  }

  /**
   * Any server that speaks Terraform's HTTP state protocol (GitLab and others). Credentials come from
   * `TF_HTTP_USERNAME` and `TF_HTTP_PASSWORD`, never from code.
   *
   * @param options.address base address; the stack's name is appended. `http://` only on the loopback interface
   * @throws InvalidStateAddress, TokenNotAllowed
   */
  static http(options: { readonly address: string }): StateBackend {
    const problems = new Problems("StateBackend.http");
    const allowed = "https://host[:port][/path], or http:// on localhost or 127.0.0.1";
    const form = /^(https:\/\/[^\s?#@/"$%{}]+|http:\/\/(localhost|127\.0\.0\.1)(:\d+)?)(\/[^\s?#@"$%{}]*)?$/;
    if (problems.literal("address", options.address, allowed) && !form.test(options.address)) {
      problems.add(StateErrors.InvalidStateAddress, { subject: "address", given: "(hidden)", allowed });
    }
    problems.throwIfAny();
    const address = (key: string) => `${options.address.replace(/\/+$/, "")}/${key}`;
    return new StateBackend({
      type: "http",
      arguments: (key) => ({
        address: address(key),
        lock_address: `${address(key)}/lock`,
        lock_method: "POST",
        unlock_address: `${address(key)}/lock`,
        unlock_method: "DELETE",
      }),
      crossStackReferences: true,
      location: address,
      keyRule: STATE_NAME,
    });
  }

  private constructor(private readonly spec: BackendSpec) {}

  /** True if the state is a file of the machine on which Terraform runs. */
  get isLocal(): boolean {
    return this.spec.type === "local";
  }

  /** True if one stack may read another's outputs through this backend. */
  get allowsCrossStackReferences(): boolean {
    return this.spec.crossStackReferences;
  }

  /** Where the state of a stack is, for people. Holds no secret. */
  describe(stackName: string): string {
    return this.spec.location(stackName);
  }

  /** Gives `stack` its state. @throws InvalidName if the backend cannot keep a state of that name */
  attach(stack: TerraformStack, stackName: string): void {
    this.checkName(stack, stackName);
    new Backend(stack, this.spec, stackName);
  }

  /**
   * A data source in `scope` that reads the outputs of the stack named `stackName`.
   *
   * @throws InvalidName if the backend cannot keep a state of that name
   */
  read(scope: Construct, id: string, stackName: string): TerraformRemoteState {
    this.checkName(scope, stackName);
    return readState(scope, id, this.spec, stackName);
  }

  private checkName(scope: Construct, stackName: string): void {
    const problems = new Problems(scope.node.path);
    problems.name(`name of a state (${this.spec.type})`, stackName, this.spec.keyRule);
    problems.throwIfAny();
  }
}
