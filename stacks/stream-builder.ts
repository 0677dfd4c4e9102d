import { CoreErrors } from "../lib/core/errors";
import { resourceName } from "../lib/core/naming";
import type { Problems } from "../lib/core/problems";
import type { Site, SiteKind } from "../lib/fabric/site";
import type { EventStreamProps, IEventStream } from "../lib/streaming/streaming";
import type { AwsStreamOptions, ReplicatorOptions } from "./compilers/aws-stream";
import type { GoogleStreamOptions } from "./compilers/google-stream";
import type { KubernetesStreamOptions, StreamMirrorOptions } from "./compilers/kubernetes-stream";
import { StackErrors } from "./errors";
import type { PlatformContext } from "./platform-context";
import { PlatformParts } from "./platform-parts";
import { withPeer } from "./providers";
import { checkChoices, choicesFor, requireChoice, sitesOf } from "./site-choices";

interface MirrorBetween {
  readonly from: string;
  readonly to: string;
  /** Names of topics; at the target `topic("<from>.<topic>")` gives the copies. */
  readonly topics: readonly string[];
}

/**
 * By MirrorMaker 2 beside the target, to a Kubernetes site of the stream. What is read is Strimzi with `external`, or MSK with
 * `clientCertificateAuthorityArns`.
 */
export interface ClusterMirrorProps extends StreamMirrorOptions, MirrorBetween {}

/** By MSK Replicator, between two AWS sites of the stream: MSK with chosen brokers on both sides. */
export interface ReplicatorMirrorProps extends ReplicatorOptions, MirrorBetween {
  readonly credentials?: undefined;
}

/** Topics that are copied from one site of the stream to another. */
export type StreamMirrorProps = ClusterMirrorProps | ReplicatorMirrorProps;

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

/** Options of MirrorMaker that MSK Replicator does not have, and the other way round. */
const MIRROR_OPTIONS = {
  kubernetes: ["credentials", "bootstrapServers", "caSecretName", "replicas", "tasks"],
  aws: ["startAt", "compression"],
} as const;

/** Adds MissingValue and NoEffect: who copies is decided by the kind of the target. */
function checkWay(
  problems: Problems,
  subject: string,
  mirror: StreamMirrorProps,
  to: SiteKind | undefined,
): void {
  if (to === "kubernetes") {
    problems.required(
      `${subject}.credentials`,
      mirror.credentials,
      "how MirrorMaker proves to the source who it is",
    );
  }
  const foreign = to === "kubernetes" ? "aws" : "kubernetes";
  for (const option of to === "kubernetes" || to === "aws" ? MIRROR_OPTIONS[foreign] : []) {
    const given = (mirror as unknown as Record<string, unknown>)[option];
    if (given !== undefined) {
      problems.add(CoreErrors.NoEffect, {
        subject: `${subject}.${option}`,
        given,
        allowed: `nothing, to a site of kind ${to}`,
      });
    }
  }
}

function checkMirrors(
  problems: Problems,
  { mirrors = [] }: PlatformStreamProps,
  used: readonly Site[],
): void {
  problems.unique(
    "mirrors",
    mirrors.map(({ from, to }) => `${from} to ${to}`),
  );
  mirrors.forEach((mirror, index) => {
    const { from, to } = mirror;
    const fromAws = used.some(({ name, kind }) => name === from && kind === "aws");
    const takes = ({ kind }: Site) => kind === "kubernetes" || (kind === "aws" && fromAws);
    checkWay(
      problems,
      `mirrors[${index}]`,
      mirror,
      used.find((each) => each.name === to && takes(each))?.kind,
    );
    for (const [end, name] of Object.entries({ from, to })) {
      const site = used.find((each) => each.name === name);
      if (site === undefined || (end === "to" && !takes(site))) {
        const able = used.filter((each) => end === "from" || takes(each));
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
    const name = resourceName(["from", from], { maxLength: 32 });
    const ends = [parts.get(from)!, parts.get(to)!] as const;
    if (platform.site(to).kind === "aws") {
      const chosen = { ...(options as ReplicatorMirrorProps), name };
      compilers.aws().mirror(platform, `${id}-from-${from}`, ...ends, chosen);
    } else {
      const chosen = { ...(options as ClusterMirrorProps), name };
      compilers.kubernetes().mirror(platform, `${id}-from-${from}`, ...ends, chosen);
    }
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
