import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "./user-error";

const HOST = "registry.terraform.io";

const USUAL_PLACES = [
  "/opt/tf-plugins",
  "/opt/terraform/plugins",
  join(homedir(), ".terraform.d", "plugins"),
  join(homedir(), ".local", "share", "terraform", "plugins"),
  "/usr/local/share/terraform/plugins",
  "/usr/share/terraform/plugins",
];

/** Providers on this machine, by source, each with the versions that fit its platform. */
export interface Mirror {
  /** The folder that holds `registry.terraform.io`. */
  readonly directory: string;
  readonly versions: ReadonlyMap<string, readonly string[]>;
}

function platform(): string {
  const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };
  const systems: Readonly<Record<string, string>> = { win32: "windows" };
  const system = systems[process.platform] ?? process.platform;
  return `${system}_${architectures[process.arch] ?? process.arch}`;
}

function folders(path: string): string[] {
  return existsSync(path) ? readdirSync(path) : [];
}

/** Versions in a provider's folder: unpacked (`5.1.0/linux_amd64`) or packed (`terraform-provider-x_5.1.0_linux_amd64.zip`). */
function versionsIn(folder: string): string[] {
  const packed = new RegExp(`^terraform-provider-.+_(\\d[^_]*)_${platform()}\\.zip$`);
  return folders(folder).flatMap((entry) => {
    const zip = packed.exec(entry);
    return zip ? [zip[1]!] : existsSync(join(folder, entry, platform())) ? [entry] : [];
  });
}

function readMirror(directory: string): Mirror {
  const versions = new Map<string, readonly string[]>();
  for (const namespace of folders(join(directory, HOST))) {
    for (const type of folders(join(directory, HOST, namespace))) {
      const found = versionsIn(join(directory, HOST, namespace, type));
      if (found.length > 0) {
        versions.set(`${namespace}/${type}`, found);
      }
    }
  }
  return { directory, versions };
}

/**
 * The mirror that `TF_PLUGIN_MIRROR` names (the folder `registry.terraform.io` or the one that holds it), else the
 * first one in the usual places.
 *
 * @throws UserError if `TF_PLUGIN_MIRROR` is set but holds no mirror
 */
export function findMirror(
  environment: NodeJS.ProcessEnv = process.env,
  places: readonly string[] = USUAL_PLACES,
): Mirror | undefined {
  const named = environment.TF_PLUGIN_MIRROR;
  if (named) {
    const path = resolve(named);
    const directory = basename(path) === HOST ? dirname(path) : path;
    if (!existsSync(join(directory, HOST))) {
      throw new UserError(`TF_PLUGIN_MIRROR is ${named}, but there is no directory ${HOST} in it`);
    }
    return readMirror(directory);
  }
  const place = places.find((candidate) => existsSync(join(candidate, HOST)));
  return place === undefined ? undefined : readMirror(place);
}

/** Terraform's CLI configuration: what the mirror holds comes from there and nowhere else, the rest from the registry. */
export function cliConfig(mirror: Mirror): string {
  const held = JSON.stringify([...mirror.versions.keys()].map((source) => `${HOST}/${source}`));
  return [
    "provider_installation {",
    "  filesystem_mirror {",
    `    path    = ${JSON.stringify(mirror.directory)}`,
    `    include = ${held}`,
    "  }",
    "  direct {",
    `    exclude = ${held}`,
    "  }",
    "}",
    "",
  ].join("\n");
}

/** Writes the CLI configuration and returns the environment that makes Terraform use it. */
export function mirrorEnvironment(mirror: Mirror | undefined, directory: string): NodeJS.ProcessEnv {
  if (!mirror || mirror.versions.size === 0) {
    return {};
  }
  const file = join(directory, "terraform.rc");
  writeFileSync(file, cliConfig(mirror));
  return { TF_CLI_CONFIG_FILE: file };
}

/**
 * Where providers come from, and a cache so that each is fetched once. What is in the cache is used without a lock file:
 * otherwise every `init` puts the package there again, under the feet of those who run it.
 */
export function providerEnvironment(mirror: Mirror | undefined, directory: string): NodeJS.ProcessEnv {
  const cache = join(directory, "plugin-cache");
  mkdirSync(cache);
  return {
    TF_PLUGIN_CACHE_DIR: process.env.TF_PLUGIN_CACHE_DIR ?? cache,
    TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "1",
    ...mirrorEnvironment(mirror, directory),
  };
}
