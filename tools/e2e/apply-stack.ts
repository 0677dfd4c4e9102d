import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mirror } from "../lib/mirror";
import { AWS_CREDENTIALS, localBackend, pinToMirror, without } from "../lib/offline";
import type { Stack, StackJson } from "../lib/stacks";
import { showDiagnostic, Terraform, type TerraformEvent, type TerraformResult } from "../lib/terraform";
import { UserError } from "../lib/user-error";
import { type LeftOut, leaveOut } from "./left-out";
import type { LocalApi } from "./local-api";

/** Longest time that one resource may take; the local API answers at once, only the provider waits. */
const RESOURCE_LIMIT_SECONDS = 180;
const RUN_LIMIT_SECONDS = 900;

const DEFAULT_ACCOUNT = "111122223333";

/** The account that the providers of a stack insist on. */
export function accountOf(json: StackJson): string {
  const allowed = (json.provider?.aws ?? []).flatMap(
    (config) => config.allowed_account_ids ?? [],
  ) as string[];
  const accounts = [...new Set(allowed)];
  if (accounts.length > 1) {
    throw new UserError(`one local API holds one account, but the stack names ${accounts.join(", ")}`);
  }
  return accounts[0] ?? DEFAULT_ACCOUNT;
}

/**
 * Points every AWS provider of a stack at the local API: dummy keys, path-style S3. The account is asked for and
 * checked as in real life. The endpoint itself comes from `AWS_ENDPOINT_URL`, which holds for every service, so no
 * request can leave this machine.
 */
export function pointAtLocalApi(json: StackJson): StackJson {
  const dropped = AWS_CREDENTIALS.filter((key) => !key.endsWith("_account_ids"));
  const aws = (json.provider?.aws ?? [{}]).map((config) => ({
    ...without(config, [...dropped, "endpoints"]),
    access_key: "dummy",
    secret_key: "dummy",
    max_retries: 2,
    s3_use_path_style: true,
    skip_credentials_validation: true,
    skip_metadata_api_check: true,
    skip_requesting_account_id: false,
  }));
  return localBackend({ ...json, provider: { ...json.provider, aws } });
}

/** Addresses of buckets that Terraform must refuse to destroy, with their names. */
export function protectedBuckets(json: StackJson): { address: string; bucket: string }[] {
  return Object.entries(json.resource?.aws_s3_bucket ?? {})
    .filter(
      ([, body]) => (body.lifecycle as { prevent_destroy?: boolean } | undefined)?.prevent_destroy === true,
    )
    .map(([id, body]) => ({ address: `aws_s3_bucket.${id}`, bucket: String(body.bucket) }));
}

/** Addresses of everything that Terraform must refuse to destroy. */
export function protectedAddresses(json: StackJson): string[] {
  return Object.entries(json.resource ?? {}).flatMap(([type, named]) =>
    Object.entries(named)
      .filter(
        ([, body]) => (body.lifecycle as { prevent_destroy?: boolean } | undefined)?.prevent_destroy === true,
      )
      .map(([id]) => `${type}.${id}`),
  );
}

/** Names of all buckets of a stack. */
export function buckets(json: StackJson): string[] {
  return Object.values(json.resource?.aws_s3_bucket ?? {}).map((body) => String(body.bucket));
}

/** Names of roles that a stack gives rights to but does not make: they exist in real life. */
export function rolesTakenForGranted(json: StackJson): string[] {
  const policies = ["aws_iam_role_policy", "aws_iam_role_policy_attachment"].flatMap((type) =>
    Object.values(json.resource?.[type] ?? {}),
  );
  const literal = policies.map((body) => String(body.role)).filter((role) => !role.includes("${"));
  const made = Object.values(json.resource?.aws_iam_role ?? {}).map((body) => String(body.name));
  return [...new Set(literal)].filter((role) => !made.includes(role)).sort();
}

function slowResource(event: TerraformEvent): string | undefined {
  const { hook } = event;
  return hook?.elapsed_seconds !== undefined && hook.elapsed_seconds > RESOURCE_LIMIT_SECONDS
    ? `${hook.resource.addr} did not settle within ${RESOURCE_LIMIT_SECONDS} s`
    : undefined;
}

/** One stack in a folder of its own, applied to a local API. */
export class AppliedStack {
  readonly json: StackJson;
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly string[];
  private readonly terraform: Terraform;
  private readonly folder: string;

  constructor(
    stack: Stack,
    options: {
      readonly workDirectory: string;
      readonly mirror: Mirror | undefined;
      readonly environment: NodeJS.ProcessEnv;
      readonly api: LocalApi;
    },
  ) {
    this.folder = options.workDirectory;
    const pinned = pinToMirror(stack.json, options.mirror);
    const left = leaveOut(pointAtLocalApi(pinned.json));
    this.json = left.json;
    this.leftOut = left.leftOut;
    this.notes = pinned.notes;
    mkdirSync(this.folder, { recursive: true });
    cpSync(stack.directory, this.folder, { recursive: true });
    writeFileSync(join(this.folder, "cdk.tf.json"), JSON.stringify(this.json, null, 2));
    this.terraform = new Terraform(this.folder, {
      ...options.environment,
      AWS_ENDPOINT_URL: options.api.endpoint,
      AWS_EC2_METADATA_DISABLED: "true",
      NO_PROXY: "127.0.0.1",
      no_proxy: "127.0.0.1",
    });
  }

  /** One after the other: Terraform does not guard its cache of providers against a second `init`. */
  private static initialised: Promise<unknown> = Promise.resolve();

  private async initialise(): Promise<void> {
    const before = AppliedStack.initialised;
    const turn = before.catch(() => {}).then(() => this.expectSuccess("init", ["-input=false"]));
    AppliedStack.initialised = turn;
    await turn;
  }

  /** Applies and returns the number of resources made. @throws UserError */
  async apply(): Promise<number> {
    await this.initialise();
    const { events } = await this.expectSuccess("apply", ["-input=false", "-auto-approve"]);
    return events.filter(({ type }) => type === "change_summary").at(-1)?.changes?.add ?? 0;
  }

  /** @throws UserError with the addresses if a plan right after the apply wants to change anything */
  async expectEmptyPlan(): Promise<void> {
    const { code, errors, events } = await this.run("plan", ["-input=false", "-detailed-exitcode"]);
    if (code === 0) {
      return;
    }
    const changes = events.flatMap(({ type, change }) =>
      type === "planned_change" && change ? [`${change.action} ${change.resource.addr}`] : [],
    );
    throw new UserError(
      `the plan after the apply is not empty:\n${[...errors.map(showDiagnostic), ...changes].map((line) => `  ${line}`).join("\n")}`,
    );
  }

  /**
   * Tries to destroy everything and requires that `prevent_destroy` of one of the given addresses stops it before
   * anything is gone. Terraform stops at what depends on a bucket first, so it need not name all of them.
   *
   * @returns the number of resources that refused
   * @throws UserError if destroy was not refused, or not for that reason
   */
  async expectDestroyRefused(addresses: readonly string[]): Promise<number> {
    const before = this.held();
    const { code, errors } = await this.run("destroy", ["-input=false", "-auto-approve"]);
    const messages = errors.map(showDiagnostic);
    const refusals = messages.filter((message) => message.includes("lifecycle.prevent_destroy"));
    const named = addresses.filter((address) =>
      refusals.some((message) => message.includes(`${address} has`)),
    );
    if (code === 0 || named.length === 0) {
      throw new UserError(
        `destroy was not refused for any of ${addresses.join(", ")}:\n${messages.join("\n")}`,
      );
    }
    const gone = before.filter((address) => !this.held().includes(address));
    if (gone.length > 0) {
      throw new UserError(`destroy was refused, but these are gone: ${gone.join(", ")}`);
    }
    return refusals.length;
  }

  /** Destroys everything. @throws UserError if anything is left */
  async destroy(): Promise<void> {
    await this.expectSuccess("destroy", ["-input=false", "-auto-approve"]);
    if (this.held().length > 0) {
      throw new UserError(`destroy left ${this.held().join(", ")}`);
    }
  }

  /** Addresses of the resources in the state. */
  private held(): string[] {
    const state = JSON.parse(readFileSync(join(this.folder, "terraform.tfstate"), "utf8")) as {
      resources: { mode: string; type: string; name: string }[];
    };
    const managed = state.resources.filter(({ mode }) => mode === "managed");
    return managed.map(({ type, name }) => `${type}.${name}`);
  }

  private run(command: string, args: readonly string[]): Promise<TerraformResult> {
    return this.terraform.run([command, ...args], { limitSeconds: RUN_LIMIT_SECONDS, watch: slowResource });
  }

  private async expectSuccess(command: string, args: readonly string[]): Promise<TerraformResult> {
    const result = await this.run(command, args);
    if (result.code !== 0) {
      throw new UserError(`terraform ${command} failed:\n${result.errors.map(showDiagnostic).join("\n")}`);
    }
    return result;
  }
}
