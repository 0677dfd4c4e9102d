import type { TerraformStack } from "cdktf";
import { Problems } from "../lib/core/problems";
import type { AwsSite, GoogleSite, Site, SiteKind } from "../lib/fabric/site";
import type { ClusterAccess } from "../lib/kubernetes/cluster-access";
import { StackErrors } from "./errors";

/** Version constraints written to the output, by provider. */
export type ProviderVersions = Readonly<Partial<Record<"aws" | "google" | "kubernetes" | "helm", string>>>;

/** Ranges that start at the version the bindings were made from (cdktf itself would pin exactly that one). */
const DEFAULT_VERSIONS: Required<ProviderVersions> = {
  aws: "~> 6.25",
  google: "~> 6.50",
  kubernetes: "~> 2.38",
  helm: "~> 3.1",
};

/** Packages with the bindings that a kind of site needs; optional peers. */
const PEERS: Readonly<Record<SiteKind, readonly string[]>> = {
  aws: ["@cdktf/provider-aws"],
  google: ["@cdktf/provider-google"],
  kubernetes: ["@cdktf/provider-kubernetes", "@cdktf/provider-helm"],
};

/** Runs a lazy import; a missing optional peer becomes a coded error that names the package. */
export function withPeer<T>(where: string, kind: SiteKind, load: () => T): T {
  try {
    return load();
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
    const name = PEERS[kind].find((candidate) => String((error as Error).message).includes(candidate));
    if (!missing || name === undefined) {
      throw error;
    }
    const problems = new Problems(where);
    problems.add(StackErrors.ProviderPackageMissing, {
      subject: "provider package",
      given: "not installed",
      allowed: name,
      fix: `npm install ${name}`,
    });
    problems.throwIfAny();
    throw error;
  }
}

function awsProvider(stack: TerraformStack, site: AwsSite): void {
  const { AwsProvider } = withPeer(
    stack.node.path,
    "aws",
    () => require("@cdktf/provider-aws/lib/provider") as typeof import("@cdktf/provider-aws/lib/provider"),
  );
  new AwsProvider(stack, "aws", {
    region: site.region,
    ...(site.account === undefined ? {} : { allowedAccountIds: [site.account] }),
  });
}

function googleProvider(stack: TerraformStack, site: GoogleSite): void {
  const { GoogleProvider } = withPeer(
    stack.node.path,
    "google",
    () =>
      require("@cdktf/provider-google/lib/provider") as typeof import("@cdktf/provider-google/lib/provider"),
  );
  new GoogleProvider(stack, "google", { project: site.project, region: site.region });
}

function clusterProviders(stack: TerraformStack, access: ClusterAccess): void {
  const { attachCluster } = withPeer(
    stack.node.path,
    "kubernetes",
    () => require("../lib/kubernetes/providers") as typeof import("../lib/kubernetes/providers"),
  );
  attachCluster(stack, access);
}

/**
 * Configures the providers that a stack needs, and only those: nothing of the other clouds is loaded.
 *
 * @param cluster the cluster that the stack works in; the site's cloud without one
 * @param versions constraints to write instead of the default ranges
 * @throws ProviderPackageMissing
 */
export function configureProviders(
  stack: TerraformStack,
  site: Site,
  cluster: ClusterAccess | undefined,
  versions: ProviderVersions = {},
): void {
  const constrain = (provider: keyof ProviderVersions) =>
    stack.addOverride(
      `terraform.required_providers.${provider}.version`,
      versions[provider] ?? DEFAULT_VERSIONS[provider],
    );
  if (cluster) {
    clusterProviders(stack, cluster);
    constrain("kubernetes");
    constrain("helm");
  } else if (site.kind === "aws") {
    awsProvider(stack, site);
    constrain("aws");
  } else if (site.kind === "google") {
    googleProvider(stack, site);
    constrain("google");
  }
}
