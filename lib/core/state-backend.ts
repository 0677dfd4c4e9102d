import { TerraformBackend, TerraformRemoteState, type TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { defineErrors } from "./errors";
import { Problems } from "./problems";

export const StateErrors = defineErrors({
  AbsoluteStatePath: {
    meaning: "the state directory is an absolute path, which would tie the output to one machine",
    fix: "give a directory relative to the stack's folder, for example ../../../state",
  },
  LocalBackendWithCrossStackReferences: {
    meaning:
      "a stack reads outputs of another stack, but state is kept in local files that only one machine sees",
    fix: "use StateBackend.s3, .gcs, .kubernetes or .http, or StateBackend.local({ allowCrossStackReferences: true }) for a trial on one machine",
  },
});

interface BackendSpec {
  readonly type: "local" | "s3" | "gcs" | "kubernetes" | "http";
  /** Arguments of the backend block for the state named `key`. */
  readonly arguments: (key: string) => Record<string, string | boolean | number>;
  readonly crossStackReferences: boolean;
  /** For reports, without secrets: where the state named `key` is. */
  readonly location: (key: string) => string;
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
    return this.spec.arguments(this.key);
  }

  protected override synthesizeHclAttributes() {
    return Object.fromEntries(
      Object.entries(this.spec.arguments(this.key)).map(([name, value]) => [
        name,
        { value, type: "simple", storageClassType: typeof value },
      ]),
    );
  }

  override getRemoteStateDataSource(scope: Construct, name: string, fromStack: string): TerraformRemoteState {
    return new RemoteState(scope, name, this.spec, fromStack);
  }
}

class RemoteState extends TerraformRemoteState {
  constructor(
    scope: Construct,
    id: string,
    private readonly spec: BackendSpec,
    private readonly key: string,
  ) {
    super(scope, id, spec.type, {});
  }

  // The base class would turn map keys of backends that it does not know to snake case; ours are final.
  override toTerraform() {
    return {
      data: {
        terraform_remote_state: {
          [this.friendlyUniqueId]: { backend: this.spec.type, config: this.spec.arguments(this.key) },
        },
      },
    };
  }
}

/** Where the state of every stack of a platform is kept. Each stack gets its own state, named after the stack. */
export class StateBackend {
  /**
   * Files on this machine. For trials: state may hold secrets, has no lock across machines and no history.
   *
   * @param options.directory relative to the folder of the stack's `cdk.tf.json`. @default "../../../state"
   * @param options.allowCrossStackReferences @default false
   * @throws AbsoluteStatePath
   */
  static local(
    options: { readonly directory?: string; readonly allowCrossStackReferences?: boolean } = {},
  ): StateBackend {
    const directory = options.directory ?? "../../../state";
    const problems = new Problems("StateBackend.local");
    if (problems.literal("directory", directory) && /^([/\\~]|[A-Za-z]:)/.test(directory)) {
      problems.add(StateErrors.AbsoluteStatePath, {
        subject: "directory",
        given: directory,
        allowed: "a relative path",
      });
    }
    problems.throwIfAny();
    const path = (key: string) => `${directory}/${key}.tfstate`;
    return new StateBackend({
      type: "local",
      arguments: (key) => ({ path: path(key) }),
      crossStackReferences: options.allowCrossStackReferences ?? false,
      location: path,
    });
  }

  /**
   * Amazon S3 with its own lock file (Terraform >= 1.10, no DynamoDB table), encrypted.
   *
   * @param options.bucket an existing, versioned bucket
   * @param options.prefix key prefix. @default "hybrid-ai"
   * @param options.kmsKeyId customer key for the state objects. @default - the bucket's default encryption
   */
  static s3(options: {
    readonly bucket: string;
    readonly region: string;
    readonly prefix?: string;
    readonly kmsKeyId?: string;
  }): StateBackend {
    const problems = new Problems("StateBackend.s3");
    problems.literal("bucket", options.bucket);
    problems.literal("region", options.region);
    problems.required("bucket", options.bucket, "the name of an existing bucket");
    problems.required("region", options.region, "the region of that bucket");
    problems.throwIfAny();
    const object = (key: string) => `${options.prefix ?? "hybrid-ai"}/${key}.tfstate`;
    return new StateBackend({
      type: "s3",
      arguments: (key) => ({
        bucket: options.bucket,
        encrypt: true,
        key: object(key),
        ...(options.kmsKeyId ? { kms_key_id: options.kmsKeyId } : {}),
        region: options.region,
        use_lockfile: true,
      }),
      crossStackReferences: true,
      location: (key) => `s3://${options.bucket}/${object(key)}`,
    });
  }

  /**
   * Google Cloud Storage (locks by itself).
   *
   * @param options.prefix @default "hybrid-ai"
   * @param options.kmsEncryptionKey Cloud KMS key name. @default - the bucket's default encryption
   */
  static gcs(options: {
    readonly bucket: string;
    readonly prefix?: string;
    readonly kmsEncryptionKey?: string;
  }): StateBackend {
    const problems = new Problems("StateBackend.gcs");
    problems.literal("bucket", options.bucket);
    problems.required("bucket", options.bucket, "the name of an existing bucket");
    problems.throwIfAny();
    const prefix = (key: string) => `${options.prefix ?? "hybrid-ai"}/${key}`;
    return new StateBackend({
      type: "gcs",
      arguments: (key) => ({
        bucket: options.bucket,
        ...(options.kmsEncryptionKey ? { kms_encryption_key: options.kmsEncryptionKey } : {}),
        prefix: prefix(key),
      }),
      crossStackReferences: true,
      location: (key) => `gs://${options.bucket}/${prefix(key)}`,
    });
  }

  /**
   * A Secret in a Kubernetes cluster (locks by a Lease). For sites without any cloud.
   *
   * @param options.context kubeconfig context
   * @param options.namespace @default "terraform-state"
   * @param options.configPath kubeconfig file. @default "~/.kube/config"
   */
  static kubernetes(options: {
    readonly context: string;
    readonly namespace?: string;
    readonly configPath?: string;
  }): StateBackend {
    const problems = new Problems("StateBackend.kubernetes");
    problems.literal("context", options.context);
    problems.required("context", options.context, "a kubeconfig context");
    problems.throwIfAny();
    const namespace = options.namespace ?? "terraform-state";
    return new StateBackend({
      type: "kubernetes",
      arguments: (key) => ({
        config_context: options.context,
        config_path: options.configPath ?? "~/.kube/config",
        namespace,
        secret_suffix: key,
      }),
      crossStackReferences: true,
      location: (key) => `kubernetes secret ${namespace}/tfstate-default-${key} in ${options.context}`,
    });
  }

  /**
   * Any server that speaks Terraform's HTTP state protocol (GitLab and others). Credentials come from
   * `TF_HTTP_USERNAME` and `TF_HTTP_PASSWORD`, never from code.
   *
   * @param options.address base address; the stack's name is appended
   */
  static http(options: { readonly address: string }): StateBackend {
    const problems = new Problems("StateBackend.http");
    problems.literal("address", options.address);
    problems.required("address", options.address, "an https:// address");
    problems.throwIfAny();
    const address = (key: string) => `${options.address.replace(/\/$/, "")}/${key}`;
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
    });
  }

  private constructor(private readonly spec: BackendSpec) {}

  /** True if one stack may read another's outputs through this backend. */
  get allowsCrossStackReferences(): boolean {
    return this.spec.crossStackReferences;
  }

  /** Where the state of a stack is, for people. Holds no secret. */
  describe(stackName: string): string {
    return this.spec.location(stackName);
  }

  /** Gives `stack` its state. */
  attach(stack: TerraformStack, stackName: string): void {
    new Backend(stack, this.spec, stackName);
  }

  /** A data source in `scope` that reads the outputs of the stack named `stackName`. */
  read(scope: Construct, id: string, stackName: string): TerraformRemoteState {
    return new RemoteState(scope, id, this.spec, stackName);
  }
}
