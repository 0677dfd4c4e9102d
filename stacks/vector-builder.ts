import { resourceName } from "../lib/core/naming";
import type { Problems } from "../lib/core/problems";
import type { Site, SiteKind } from "../lib/fabric/site";
import { NAME_PREFIX_LENGTH, type VectorStoreProps } from "../lib/vectors/collections";
import type { IVectorStore } from "../lib/vectors/vectors";
import type { AwsVectorOptions } from "./compilers/aws-vectors";
import type { GoogleVectorOptions } from "./compilers/google-vectors";
import type { KubernetesVectorOptions } from "./compilers/kubernetes-vectors";
import type { PlatformContext } from "./platform-context";
import { PlatformParts } from "./platform-parts";
import { withPeer } from "./providers";
import { checkChoices, choicesFor, requireChoice, sitesOf } from "./site-choices";

/** The same collections at one or more sites of a platform. */
export interface PlatformVectorStoreProps extends Omit<VectorStoreProps, "site" | "namePrefix"> {
  /** Names of sites: each has a store of its own. */
  readonly at: readonly string[];
  /** Engine and choices of the AWS sites: needed there, refused elsewhere. */
  readonly aws?: AwsVectorOptions;
  /** Engine and choices of the Google sites: needed there, refused elsewhere. */
  readonly google?: GoogleVectorOptions;
  /** Engine and choices of the Kubernetes sites: needed there, refused elsewhere. */
  readonly kubernetes?: KubernetesVectorOptions;
  /** Choices for single sites, by name of the site, laid over those of its kind. @default - none */
  readonly perSite?: Readonly<
    Record<
      string,
      {
        /**
         * Start of the names of resources, as of `VectorStoreProps.namePrefix`. Two sites of the store in one region of one
         * account or project need different ones, else they are refused (VectorNamesTaken).
         * @default - name and environment of the platform, and the id of the store, shortened to 20 characters
         */
        readonly namePrefix?: string;
        readonly aws?: Partial<AwsVectorOptions>;
        readonly google?: Partial<GoogleVectorOptions>;
        readonly kubernetes?: Partial<KubernetesVectorOptions>;
      }
    >
  >;
}

/** A vector store at the sites of a platform. */
export type PlatformVectorStore = PlatformParts<IVectorStore>;

const ENGINES: Readonly<Record<SiteKind, string>> = {
  aws: 'aws: { engine: "s3-vectors" | "opensearch-serverless" | "aurora-pgvector", … }',
  google: 'google: { engine: "vertex" | "alloydb", network, … }',
  kubernetes: 'kubernetes: { engine: "qdrant" | "milvus" | "pgvector", … }',
};

const compilers = {
  aws: () =>
    withPeer(
      "AwsVectorStore",
      "aws",
      () => require("./compilers/aws-vectors") as typeof import("./compilers/aws-vectors"),
    ),
  google: () =>
    withPeer(
      "GoogleVectorStore",
      "google",
      () => require("./compilers/google-vectors") as typeof import("./compilers/google-vectors"),
    ),
  kubernetes: () =>
    withPeer(
      "KubernetesVectorStore",
      "kubernetes",
      () => require("./compilers/kubernetes-vectors") as typeof import("./compilers/kubernetes-vectors"),
    ),
};

function compile(
  platform: PlatformContext,
  id: string,
  site: Site,
  shared: Omit<VectorStoreProps, "site">,
  options: object,
): IVectorStore {
  switch (site.kind) {
    case "aws":
      return compilers.aws().compile(platform, id, { ...shared, site }, options as AwsVectorOptions);
    case "google":
      return compilers.google().compile(platform, id, { ...shared, site }, options as GoogleVectorOptions);
    case "kubernetes":
      return compilers
        .kubernetes()
        .compile(platform, id, { ...shared, site }, options as KubernetesVectorOptions);
  }
}

/** Checks the declaration as a whole, then builds the parts. */
export function buildVectorStore(
  problems: Problems,
  platform: PlatformContext,
  id: string,
  props: PlatformVectorStoreProps,
): PlatformVectorStore {
  const { at, aws: _a, google: _g, kubernetes: _k, perSite: _p, ...shared } = props;
  const used = sitesOf(problems, platform, at);
  checkChoices(problems, props, used);
  for (const site of used) {
    requireChoice(problems, props, site, "engine", ENGINES[site.kind]);
  }
  problems.throwIfAny();
  const namePrefix = resourceName([platform.name, platform.environment, id], {
    maxLength: NAME_PREFIX_LENGTH,
  });
  const parts = used.map((site) => {
    const own = { ...shared, namePrefix: props.perSite?.[site.name]?.namePrefix ?? namePrefix };
    const part = compile(platform, id, site, own, choicesFor(props, site));
    return [site.name, part] as const;
  });
  return new PlatformParts(id, "vector store", new Map(parts));
}
