import { resourceName } from "../lib/core/naming";
import type { Problems } from "../lib/core/problems";
import type { Site, SiteKind } from "../lib/fabric/site";
import type { EventStreamProps, IEventStream } from "../lib/streaming/streaming";
import type { AwsStreamOptions } from "./compilers/aws-stream";
import type { GoogleStreamOptions } from "./compilers/google-stream";
import type { KubernetesStreamOptions, StreamMirrorOptions } from "./compilers/kubernetes-stream";
import { StackErrors } from "./errors";
import type { PlatformContext } from "./platform-context";
import { PlatformParts } from "./platform-parts";
import { withPeer } from "./providers";
import { checkChoices, choicesFor, requireChoice, sitesOf } from "./site-choices";

/** Topics that are copied from one site of the stream to another, by MirrorMaker 2 beside the target. */
export interface StreamMirrorProps extends StreamMirrorOptions {
  /** Site that is read: Strimzi with `external`, or MSK with `clientCertificateAuthorityArns`. */
  readonly from: string;
  /** A Kubernetes site of the stream. */
  readonly to: string;
  /** Names of topics; at the target they are `<from>.<topic>`. */
  readonly topics: readonly string[];
}

/** The same topics at one or more sites of a platform. */
export interface PlatformStreamProps extends Omit<EventStreamProps, "site" | "name"> {
  /** Names of sites: each has brokers of its own. */
  readonly at: readonly string[];
  /** What flows between the sites. @default - nothing */
  readonly mirrors?: readonly StreamMirrorProps[];
  /** Engine and choices of the AWS sites: needed there, refused elsewhere. */
  readonly aws?: AwsStreamOptions;
  /** Engine and choices of the Google sites: needed there, refused elsewhere. */
  readonly google?: GoogleStreamOptions;
  /** Choices of the Kubernetes sites. @default - the defaults of KubernetesEventStream */
  readonly kubernetes?: KubernetesStreamOptions;
  /** Choices for single sites, by name of the site, laid over those of its kind. @default - none */
  readonly perSite?: Readonly<
    Record<
      string,
      {
        readonly aws?: Partial<AwsStreamOptions>;
        readonly google?: Partial<GoogleStreamOptions>;
        readonly kubernetes?: Partial<KubernetesStreamOptions>;
      }
    >
  >;
}

/** A stream at the sites of a platform. */
export type PlatformStream = PlatformParts<IEventStream>;

const ENGINES: Readonly<Record<Exclude<SiteKind, "kubernetes">, string>> = {
  aws: 'aws: { engine: "msk-provisioned" | "msk-serverless" | "kinesis", … }',
  google: 'google: { engine: "managed-kafka" | "pubsub", … }',
};

const compilers = {
  aws: () =>
    withPeer(
      "AwsEventStream",
      "aws",
      () => require("./compilers/aws-stream") as typeof import("./compilers/aws-stream"),
    ),
  google: () =>
    withPeer(
      "GoogleEventStream",
      "google",
      () => require("./compilers/google-stream") as typeof import("./compilers/google-stream"),
    ),
  kubernetes: () =>
    withPeer(
      "KubernetesEventStream",
      "kubernetes",
      () => require("./compilers/kubernetes-stream") as typeof import("./compilers/kubernetes-stream"),
    ),
};

function checkMirrors(
  problems: Problems,
  { mirrors = [] }: PlatformStreamProps,
  used: readonly Site[],
): void {
  problems.unique(
    "mirrors",
    mirrors.map(({ from, to }) => `${from} to ${to}`),
  );
  mirrors.forEach(({ from, to }, index) => {
    for (const [end, name] of Object.entries({ from, to })) {
      const site = used.find((each) => each.name === name);
      if (site === undefined || (end === "to" && site.kind !== "kubernetes")) {
        const able = used.filter(({ kind }) => end === "from" || kind === "kubernetes");
        problems.add(StackErrors.MirrorNotAtSite, {
          subject: `mirrors[${index}].${end}`,
          given: name,
          allowed: able.map((each) => each.name).join(", ") || "none of the stream's sites",
        });
      }
    }
  });
}

/** Checks the declaration as a whole, then builds the parts and what flows between them. */
export function buildStream(
  problems: Problems,
  platform: PlatformContext,
  id: string,
  props: PlatformStreamProps,
): PlatformStream {
  const { at, mirrors = [], aws: _a, google: _g, kubernetes: _k, perSite: _p, ...shared } = props;
  const used = sitesOf(problems, platform, at);
  checkChoices(problems, props, used);
  checkMirrors(problems, props, used);
  for (const site of used) {
    if (site.kind !== "kubernetes") {
      requireChoice(problems, props, site, "engine", ENGINES[site.kind]);
    }
  }
  problems.throwIfAny();
  const parts = new Map<string, IEventStream>();
  for (const site of used) {
    // The site is part of it: names of roles are those of an account, in which more than one site can be.
    const name = resourceName([platform.name, platform.environment, id, site.name], { maxLength: 32 });
    parts.set(site.name, compile(platform, id, site, { ...shared, name }, choicesFor(props, site)));
  }
  for (const mirror of mirrors) {
    const { from, to, ...options } = mirror;
    compilers.kubernetes().mirror(platform, `${id}-from-${from}`, parts.get(from)!, parts.get(to)!, {
      ...options,
      name: resourceName(["from", from], { maxLength: 32 }),
    });
  }
  return new PlatformParts(id, "stream", parts);
}

function compile(
  platform: PlatformContext,
  id: string,
  site: Site,
  shared: Omit<EventStreamProps, "site">,
  options: object,
): IEventStream {
  switch (site.kind) {
    case "aws":
      return compilers.aws().compile(platform, id, { ...shared, site }, options as AwsStreamOptions);
    case "google":
      return compilers.google().compile(platform, id, { ...shared, site }, options as GoogleStreamOptions);
    case "kubernetes":
      return compilers
        .kubernetes()
        .compile(platform, id, { ...shared, site }, options as KubernetesStreamOptions);
  }
}
