import type { IConstruct } from "constructs";
import { CoreErrors } from "../../lib/core/errors";
import { Problems } from "../../lib/core/problems";
import type { KubernetesSite } from "../../lib/fabric/site";
import { COMPONENTS } from "../../lib/kubernetes/components";
import { KubernetesEventStream } from "../../lib/streaming/kubernetes/event-stream";
import {
  KubernetesStreamMirror,
  type KubernetesStreamMirrorProps,
  type MirrorSource,
} from "../../lib/streaming/kubernetes/mirror";
import {
  KubernetesStreamOperators,
  type KubernetesStreamOperatorsProps,
} from "../../lib/streaming/kubernetes/operators";
import type { KubernetesEventStreamProps } from "../../lib/streaming/kubernetes/props";
import type { EventStreamProps, IEventStream } from "../../lib/streaming/streaming";
import type { PlatformContext } from "../platform-context";
import { isInstalled } from "./installed";

/** What is particular to Kubernetes; see `KubernetesEventStreamProps`. */
export interface KubernetesStreamOptions extends Omit<KubernetesEventStreamProps, keyof EventStreamProps> {
  /**
   * Operators to install in the `platform` stack: the first stream at a site decides, and no other may.
   * @default - Strimzi, if nothing of the platform installs it there
   */
  readonly operators?: KubernetesStreamOperatorsProps;
}

/** How the mirror reaches the source, and how it works; see `KubernetesStreamMirrorProps`. */
export interface StreamMirrorOptions
  extends Omit<KubernetesStreamMirrorProps, "name" | "source" | "target">,
    Omit<MirrorSource, "stream" | "bootstrapServers"> {
  /** `host:port,…` as seen from the target's cluster. @default - `external.bootstrap` of a source that Strimzi runs */
  readonly bootstrapServers?: string;
}

/** What is not there yet, and what is asked for. @throws NoEffect */
function installOperators(
  stack: IConstruct,
  stream: string,
  operators: KubernetesStreamOperatorsProps | undefined,
): void {
  const there = isInstalled(stack, COMPONENTS.strimzi);
  if (stack.node.tryFindChild("stream-operators") !== undefined) {
    const problems = new Problems(`stream "${stream}"`);
    if (operators !== undefined) {
      problems.add(CoreErrors.NoEffect, {
        subject: "kubernetes.operators",
        given: operators,
        allowed: "nothing: an earlier stream at the site has decided",
      });
    }
    problems.throwIfAny();
  } else if (operators !== undefined || !there) {
    const certManager =
      operators?.certManager ?? (operators?.flink ? !isInstalled(stack, COMPONENTS.certManager) : undefined);
    new KubernetesStreamOperators(stack, "stream-operators", {
      ...operators,
      strimzi: operators?.strimzi ?? !there,
      certManager,
    });
  }
}

/** Strimzi in the platform stack, the rest in the workloads stack. */
export function compile(
  platform: PlatformContext,
  id: string,
  shared: EventStreamProps<KubernetesSite>,
  { operators, ...options }: KubernetesStreamOptions,
): IEventStream {
  installOperators(platform.stack(shared.site.name, "platform"), id, operators);
  const workloads = platform.stack(shared.site.name, "workloads");
  return new KubernetesEventStream(workloads, id, { ...options, ...shared });
}

/** MirrorMaker beside the target. @throws MissingValue, and what `KubernetesStreamMirror` throws */
export function mirror(
  platform: PlatformContext,
  id: string,
  source: IEventStream,
  target: IEventStream,
  options: StreamMirrorOptions & { readonly name: string },
): void {
  const { bootstrapServers, credentials, caSecretName, ...rest } = options;
  const outside = source instanceof KubernetesEventStream ? source.externalBootstrapServers : undefined;
  const address = bootstrapServers ?? outside;
  if (address === undefined) {
    const problems = new Problems(`stream "${source.streamName}" mirror "${options.name}"`);
    problems.add(CoreErrors.MissingValue, {
      subject: "bootstrapServers",
      given: undefined,
      allowed: "host:port as seen from the target, or `external` on the source",
    });
    problems.throwIfAny();
  }
  new KubernetesStreamMirror(platform.stack(target.site.name, "workloads"), id, {
    ...rest,
    source: { stream: source, bootstrapServers: address!, credentials, caSecretName },
    target: target as KubernetesEventStream,
  });
}
