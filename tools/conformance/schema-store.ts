import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../lib/user-error";
import type { Schema } from "./schema";

/** What is published about one kind in one version. */
export interface KindSchema {
  readonly apiVersion: string;
  readonly kind: string;
  readonly scope: "Namespaced" | "Cluster";
  readonly served: boolean;
  readonly deprecated: boolean;
  readonly origin:
    | { readonly type: "core"; readonly definition: string }
    | {
        readonly type: "custom";
        readonly schema: Schema;
        readonly source: string;
        /** Not a published schema: this project wrote down what the source says. */
        readonly transcribed: boolean;
      };
}

interface CustomResourceFile {
  readonly kind: string;
  readonly scope: "Namespaced" | "Cluster";
  readonly project: string;
  readonly projectVersion: string;
  readonly versions: readonly {
    readonly name: string;
    readonly served: boolean;
    readonly deprecated?: boolean;
    readonly schema: Schema;
  }[];
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/**
 * Built-in kinds without a namespace. The published definitions do not say; source: `kubectl api-resources
 * --namespaced=false` of Kubernetes 1.34.
 */
const CLUSTER_SCOPED = new Set([
  "APIService",
  "CertificateSigningRequest",
  "ClusterRole",
  "ClusterRoleBinding",
  "ClusterTrustBundle",
  "CSIDriver",
  "CSINode",
  "CustomResourceDefinition",
  "DeviceClass",
  "DeviceTaintRule",
  "FlowSchema",
  "IngressClass",
  "IPAddress",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionPolicyBinding",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "PriorityLevelConfiguration",
  "ResourceSlice",
  "RuntimeClass",
  "ServiceCIDR",
  "StorageClass",
  "StorageVersionMigration",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
  "VolumeAttributesClass",
]);

function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return slash === -1
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** Finds the published schema of a kind: built-in definitions first, then CRDs. */
export class SchemaStore {
  /** Where a CRD's file is, by `group/kind`. */
  private readonly files = new Map<string, { readonly path: string; readonly transcribed: boolean }>();
  /** Definition of a built-in kind, by `group/version/kind`. */
  private readonly core = new Map<string, string>();
  private readonly read = new Map<string, CustomResourceFile>();

  /**
   * @param directory holds `INDEX.tsv` (columns `group`, `kind`, `file` among others) and the files it names
   * @param definitions the built-in kinds, by definition name
   * @param own as `directory`, with schemas that this project wrote down for kinds that no published set has
   */
  constructor(
    directory: string,
    readonly definitions: Readonly<Record<string, Schema>>,
    own?: string,
  ) {
    if (own !== undefined) {
      this.readIndex(own, true);
    }
    // Published schemas win over our own.
    this.readIndex(directory, false);
    for (const [name, definition] of Object.entries(definitions)) {
      const kinds = (definition["x-kubernetes-group-version-kind"] ?? []) as readonly GroupVersionKind[];
      for (const each of kinds) {
        this.core.set(`${each.group}/${each.version}/${each.kind}`, name);
      }
    }
  }

  /** Opens the schemas that `CRD_SCHEMA_DIR` and `KUBERNETES_DEFINITIONS` point to. */
  static open(directory: string, definitionsFile: string, own?: string): SchemaStore {
    if (!existsSync(join(directory, "INDEX.tsv"))) {
      throw new UserError(`CRD_SCHEMA_DIR: there is no INDEX.tsv in ${directory}`);
    }
    if (!existsSync(definitionsFile)) {
      throw new UserError(
        `${definitionsFile} is missing; set KUBERNETES_DEFINITIONS to the definitions of Kubernetes`,
      );
    }
    const { definitions } = JSON.parse(readFileSync(definitionsFile, "utf8")) as {
      definitions: Record<string, Schema>;
    };
    return new SchemaStore(directory, definitions, own);
  }

  private readIndex(directory: string, transcribed: boolean): void {
    const index = join(directory, "INDEX.tsv");
    const [header, ...rows] = readFileSync(index, "utf8").trimEnd().split("\n");
    const columns = header!.split("\t");
    const [group, kind, file] = ["group", "kind", "file"].map((name) => columns.indexOf(name));
    if (group === -1 || kind === -1 || file === -1) {
      throw new UserError(`${index} needs the columns group, kind and file`);
    }
    for (const row of rows) {
      const cells = row.split("\t");
      this.files.set(`${cells[group!]}/${cells[kind!]}`, {
        path: join(directory, cells[file!]!),
        transcribed,
      });
    }
  }

  /** @returns undefined if nothing is published about this kind in this version */
  find(apiVersion: string, kind: string): KindSchema | undefined {
    const { group, version } = splitApiVersion(apiVersion);
    const definition = this.core.get(`${group}/${version}/${kind}`);
    if (definition) {
      return {
        apiVersion,
        kind,
        scope: CLUSTER_SCOPED.has(kind) ? "Cluster" : "Namespaced",
        served: true,
        deprecated: false,
        origin: { type: "core", definition },
      };
    }
    const file = this.files.get(`${group}/${kind}`);
    const custom = file === undefined ? undefined : this.customResource(file.path);
    const published = custom?.versions.find(({ name }) => name === version);
    if (!file || !custom || !published) {
      return undefined;
    }
    return {
      apiVersion,
      kind,
      scope: custom.scope,
      served: published.served,
      deprecated: published.deprecated ?? false,
      origin: {
        type: "custom",
        schema: published.schema,
        source: `${custom.project} ${custom.projectVersion}`,
        transcribed: file.transcribed,
      },
    };
  }

  /** Versions in which a kind is published, for messages. */
  versions(apiVersion: string, kind: string): readonly string[] {
    const { group } = splitApiVersion(apiVersion);
    const file = this.files.get(`${group}/${kind}`);
    const custom = file === undefined ? [] : this.customResource(file.path).versions.map(({ name }) => name);
    const core = [...this.core.keys()]
      .filter((key) => key.startsWith(`${group}/`) && key.endsWith(`/${kind}`))
      .map((key) => key.split("/")[1]!);
    return [...core, ...custom];
  }

  /**
   * The built-in kind whose name is `name` but for case, newest stable version first.
   *
   * @param version only this version
   */
  coreKind(
    name: string,
    version?: string,
  ): { readonly apiVersion: string; readonly kind: string } | undefined {
    const [found] = [...this.core.keys()]
      .map((key) => key.split("/") as [string, string, string])
      .filter(([, v, kind]) => kind.toLowerCase() === name && (version === undefined || v === version))
      .sort(([, a], [, b]) =>
        /^v\d+$/.test(a) === /^v\d+$/.test(b) ? a.localeCompare(b) : /^v\d+$/.test(a) ? -1 : 1,
      );
    return found && { apiVersion: found[0] === "" ? found[1] : `${found[0]}/${found[1]}`, kind: found[2] };
  }

  private customResource(file: string): CustomResourceFile {
    let custom = this.read.get(file);
    if (!custom) {
      custom = JSON.parse(readFileSync(file, "utf8")) as CustomResourceFile;
      this.read.set(file, custom);
    }
    return custom;
  }
}
