import { existsSync, readFileSync } from "node:fs";
import { resourceName } from "../lib/core/naming";
import type { Problems } from "../lib/core/problems";
import type { Site, SiteKind } from "../lib/fabric/site";
import type { FeatureStoreProps, IFeatureStore } from "../lib/features/features";
import { type FeatureSchemaLock, lockText, parseSchemaLock, schemaLock } from "../lib/features/schema-lock";
import type { AwsFeatureOptions } from "./compilers/aws-features";
import type { GoogleFeatureOptions } from "./compilers/google-features";
import type { KubernetesFeatureOptions } from "./compilers/kubernetes-features";
import { StackErrors } from "./errors";
import { replaceLockFile } from "./lock-file";
import type { PlatformContext } from "./platform-context";
import type { PlatformLakehouse } from "./platform-lakehouse";
import { PlatformParts } from "./platform-parts";
import { withPeer } from "./providers";
import { checkChoices, choicesFor, requireChoice, sitesOf } from "./site-choices";

/** One schema, served at one or more sites of a platform. */
export interface PlatformFeatureStoreProps
  extends Omit<FeatureStoreProps, "site" | "namePrefix" | "lakehouse" | "lock"> {
  /** Names of sites: each has an online store of its own. */
  readonly at: readonly string[];
  /** Lakehouse with a part at each of the sites: its tables, copies included, are the history of every view. */
  readonly lakehouse: PlatformLakehouse;
  /**
   * File that keeps what was promised. Read when the store is declared, if it is there; a schema that breaks it is refused.
   * Written by `HybridPlatform.writeLock`. A relative path starts at the directory in which the program runs:
   * `join(__dirname, "features.lock.json")` is the file beside it. @default - nothing is kept
   */
  readonly lockFile?: string;
  /** Choices of the AWS sites: needed there, refused elsewhere. `spark` and the tag of personal data follow from the lakehouse. */
  readonly aws?: AwsFeatureOptions;
  /** Choices of the Google sites. @default - the defaults of GoogleFeatureStore */
  readonly google?: GoogleFeatureOptions;
  /** Choices of the Kubernetes sites: needed there, refused elsewhere. `trino` follows from the lakehouse. */
  readonly kubernetes?: KubernetesFeatureOptions;
  /** Choices for single sites, by name of the site, laid over those of its kind. @default - none */
  readonly perSite?: Readonly<
    Record<
      string,
      {
        readonly aws?: Partial<AwsFeatureOptions>;
        readonly google?: Partial<GoogleFeatureOptions>;
        readonly kubernetes?: Partial<KubernetesFeatureOptions>;
      }
    >
  >;
}

/** A feature store at the sites of a platform. */
export class PlatformFeatureStore extends PlatformParts<IFeatureStore> {
  constructor(
    name: string,
    parts: ReadonlyMap<string, IFeatureStore>,
    private readonly lock: {
      readonly file?: string;
      readonly before?: FeatureSchemaLock;
      readonly schema: FeatureStoreProps["schema"];
    },
  ) {
    super(name, "feature store", parts);
  }

  /** Writes the lock. False without a file for it. */
  writeLock(): boolean {
    const { file, before, schema } = this.lock;
    if (file !== undefined) {
      replaceLockFile(file, lockText(schemaLock(schema, before)));
    }
    return file !== undefined;
  }
}

const NEEDED: Readonly<Partial<Record<SiteKind, readonly [string, string]>>> = {
  aws: ["offlineStore", 'aws: { offlineStore: { zone: "…" } } or { offlineStore: false }'],
  kubernetes: ["namespace", "kubernetes: { namespace, valkeyPassword, certificateIssuer }"],
};

const compilers = {
  aws: () =>
    withPeer(
      "AwsFeatureStore",
      "aws",
      () => require("./compilers/aws-features") as typeof import("./compilers/aws-features"),
    ),
  google: () =>
    withPeer(
      "GoogleFeatureStore",
      "google",
      () => require("./compilers/google-features") as typeof import("./compilers/google-features"),
    ),
  kubernetes: () =>
    withPeer(
      "KubernetesFeatureStore",
      "kubernetes",
      () => require("./compilers/kubernetes-features") as typeof import("./compilers/kubernetes-features"),
    ),
};

function compile(
  platform: PlatformContext,
  id: string,
  site: Site,
  shared: Omit<FeatureStoreProps, "site">,
  options: object,
): IFeatureStore {
  switch (site.kind) {
    case "aws":
      return compilers.aws().compile(platform, id, { ...shared, site }, options as AwsFeatureOptions);
    case "google":
      return compilers.google().compile(platform, id, { ...shared, site }, options as GoogleFeatureOptions);
    case "kubernetes":
      return compilers
        .kubernetes()
        .compile(platform, id, { ...shared, site }, options as KubernetesFeatureOptions);
  }
}

function checkSites(problems: Problems, props: PlatformFeatureStoreProps, used: readonly Site[]): void {
  for (const site of used) {
    const needed = NEEDED[site.kind];
    if (needed !== undefined) {
      requireChoice(problems, props, site, ...needed);
    }
    if (!props.lakehouse.sites.includes(site.name)) {
      problems.add(StackErrors.NoPartAtSite, {
        subject: `lakehouse "${props.lakehouse.name}"`,
        given: `site "${site.name}"`,
        allowed: props.lakehouse.sites.join(", "),
      });
    }
  }
}

/** Checks the declaration as a whole, then builds the parts. */
export function buildFeatureStore(
  problems: Problems,
  platform: PlatformContext,
  id: string,
  props: PlatformFeatureStoreProps,
): PlatformFeatureStore {
  const { at, lakehouse, lockFile, aws: _a, google: _g, kubernetes: _k, perSite: _p, ...shared } = props;
  const used = sitesOf(problems, platform, at);
  checkChoices(problems, props, used);
  checkSites(problems, props, used);
  problems.throwIfAny();
  const lock =
    lockFile !== undefined && existsSync(lockFile)
      ? parseSchemaLock(readFileSync(lockFile, "utf8"))
      : undefined;
  const parts = used.map((site) => {
    // The site is part of it: names of roles are those of an account, in which more than one site can be.
    const namePrefix = resourceName([platform.name, platform.environment, id, site.name], { maxLength: 32 });
    const given = { ...shared, lock, namePrefix, lakehouse: lakehouse.at(site.name) };
    return [site.name, compile(platform, id, site, given, choicesFor(props, site))] as const;
  });
  return new PlatformFeatureStore(id, new Map(parts), {
    file: lockFile,
    before: lock,
    schema: props.schema,
  });
}
