import type { Mirror } from "./mirror";
import { dropNewerArguments } from "./newer-arguments";
import { providerSource, providersOf, type StackJson } from "./stacks";
import { bestVersion, satisfies } from "./versions";

type Json = Record<string, unknown>;

/** What an offline check does with the blocks of one provider. */
interface OfflineProvider {
  readonly configure?: (config: Json) => Json;
  readonly what?: string;
  /** Data sources that answer without asking the provider's service. */
  readonly localData?: readonly string[];
  /** Why a plan is impossible without the user's own credentials or cluster. */
  readonly noPlan?: string;
}

/** Arguments of the AWS provider that choose or check credentials. */
export const AWS_CREDENTIALS = [
  ...["allowed_account_ids", "forbidden_account_ids", "assume_role", "assume_role_with_web_identity"],
  ...["profile", "shared_config_files", "shared_credentials_files", "token", "ec2_metadata_service_endpoint"],
];

/** A copy without some keys. */
export function without(config: Json, keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key)));
}

const OFFLINE: Readonly<Record<string, OfflineProvider>> = {
  "hashicorp/aws": {
    configure: (config) => ({
      ...without(config, AWS_CREDENTIALS),
      access_key: "dummy",
      secret_key: "dummy",
      max_retries: 1,
      skip_credentials_validation: true,
      skip_metadata_api_check: true,
      skip_region_validation: true,
      skip_requesting_account_id: true,
    }),
    what: "provider aws: dummy access key, no check of credentials, account or region, roles and profiles dropped",
    localData: [
      ...["aws_arn", "aws_billing_service_account", "aws_cloudtrail_service_account", "aws_default_tags"],
      ...["aws_elb_service_account", "aws_iam_policy_document", "aws_partition", "aws_region", "aws_service"],
      ...["aws_redshift_service_account", "aws_service_principal"],
    ],
  },
  "hashicorp/google": {
    configure: (config) => ({
      ...without(config, ["credentials", "impersonate_service_account"]),
      access_token: "dummy",
    }),
    what: "provider google: dummy access token",
    localData: ["google_client_config", "google_iam_policy"],
  },
  "hashicorp/kubernetes": { noPlan: "kubernetes asks the cluster at plan" },
  "hashicorp/helm": { noPlan: "helm asks the cluster and the chart's repository at plan" },
};

const NEEDS_NOTHING = ["archive", "null", "random", "time", "tls", "local"].map(
  (name) => `hashicorp/${name}`,
);

/** A stack made fit for a check without credentials, what was changed, and why it cannot be planned if so. */
export interface OfflineStack {
  readonly json: StackJson;
  readonly rewritten: readonly string[];
  readonly noPlan: readonly string[];
  /** Resources that stand for other stacks' states and must not be counted. */
  readonly standIns: readonly string[];
}

/** Puts the state beside the configuration: `terraform.tfstate` in the work folder. */
export function localBackend(json: StackJson): StackJson {
  return {
    ...json,
    terraform: { ...json.terraform, backend: { local: { path: "terraform.tfstate" } }, cloud: undefined },
  };
}

/** Pins every provider that the mirror holds to the best version there, and leaves out what an older one cannot know. */
export function pinToMirror(
  json: StackJson,
  mirror: Mirror | undefined,
): { json: StackJson; notes: readonly string[] } {
  const notes: string[] = [];
  let known = json;
  const pinned = Object.entries(json.terraform?.required_providers ?? {}).map(([name, entry]) => {
    const source = providerSource(entry.source);
    const version = bestVersion(mirror?.versions.get(source) ?? [], entry.version ?? "any");
    if (version === undefined) {
      return [name, entry];
    }
    if (!satisfies(version, entry.version ?? "any")) {
      notes.push(`provider ${source}: ${version} from the mirror instead of ${entry.version}`);
      const dropped = dropNewerArguments(known, source, version);
      known = dropped.json;
      notes.push(...dropped.notes);
    }
    return [name, { ...entry, version }];
  });
  return {
    json: { ...known, terraform: { ...json.terraform, required_providers: Object.fromEntries(pinned) } },
    notes,
  };
}

/**
 * Replaces the states of other stacks by values that are unknown until apply, as on the very first run: a
 * `terraform_data` whose id is not known yet stands for each, so a plan shows what it would show before anything exists.
 */
function unknownRemoteStates(json: StackJson): { json: StackJson; names: readonly string[] } {
  const states = Object.keys(json.data?.terraform_remote_state ?? {});
  if (states.length === 0) {
    return { json, names: [] };
  }
  const others = without(json.data!, ["terraform_remote_state"]) as StackJson["data"];
  const data = Object.keys(others!).length > 0 ? others : undefined;
  const locals: Json = { ...json.locals };
  const standIns: Record<string, Json> = { ...json.resource?.terraform_data };
  let text = JSON.stringify({ ...json, data });
  for (const state of states) {
    const outputs = new Set<string>();
    const reference = new RegExp(
      String.raw`data\.terraform_remote_state\.${state}\.outputs(?:\.([\w-]+)|\[\\"([^"\\]+)\\"\])`,
      "g",
    );
    const name = `remote_state_${state}`;
    text = text.replaceAll(reference, (_match, dotted?: string, quoted?: string) => {
      outputs.add((dotted ?? quoted)!);
      return `local.${name}[\\"${(dotted ?? quoted)!}\\"]`;
    });
    standIns[name] = {};
    const unknown = `\${jsondecode(terraform_data.${name}.id)}`;
    locals[name] = Object.fromEntries([...outputs].map((output) => [output, unknown]));
  }
  const rewritten = JSON.parse(text) as StackJson;
  return {
    json: { ...rewritten, locals, resource: { ...rewritten.resource, terraform_data: standIns } },
    names: states.map((state) => `remote_state_${state}`),
  };
}

/** Data that depends on a resource of the same stack is read at apply as long as that resource is not made. */
function waitsForResource(data: Json, json: StackJson): boolean {
  const after = (data.depends_on ?? []) as string[];
  return after.some((address) => {
    const [type = "", name = ""] = address.split(".");
    return json.resource?.[type]?.[name] !== undefined;
  });
}

function dataThatAsks(json: StackJson, source: string, rule: OfflineProvider): string[] {
  const prefix = `${source.split("/")[1]}_`;
  return Object.entries(json.data ?? {})
    .filter(([type]) => type.startsWith(prefix) && !rule.localData?.includes(type))
    .filter(([, named]) => Object.values(named).some((data) => !waitsForResource(data, json)))
    .map(([type]) => type);
}

/** Makes a stack fit for `init`, `validate` and, where possible, `plan` without credentials, backend or other stacks. */
export function makeOffline(original: StackJson, mirror: Mirror | undefined): OfflineStack {
  const pinned = pinToMirror(original, mirror);
  const states = unknownRemoteStates(localBackend(pinned.json));
  const rewritten = ["backend: local file in a temporary folder", ...pinned.notes];
  const noPlan: string[] = [];
  const provider: Record<string, Json[]> = { ...states.json.provider };
  for (const { name, source } of providersOf(original)) {
    const rule = OFFLINE[source.replace("google-beta", "google")];
    if (rule?.configure) {
      provider[name] = (provider[name] ?? [{}]).map(rule.configure);
      rewritten.push(rule.what!);
    }
    if (rule) {
      const asking = dataThatAsks(original, source, rule).map(
        (type) => `data ${type} asks the service at plan`,
      );
      noPlan.push(...(rule.noPlan ? [rule.noPlan] : []), ...asking);
    } else if (!NEEDS_NOTHING.includes(source)) {
      noPlan.push(`no dummy credentials are known for ${source}`);
    }
  }
  if (states.names.length > 0) {
    rewritten.push("outputs of other stacks: unknown, as before their first apply");
  }
  return { json: { ...states.json, provider }, rewritten, noPlan, standIns: states.names };
}
