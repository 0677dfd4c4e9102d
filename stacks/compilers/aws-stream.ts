import type { AwsSite } from "../../lib/fabric/site";
import { AwsEventStream } from "../../lib/streaming/aws/event-stream";
import { AwsStreamMirror, type AwsStreamMirrorProps } from "../../lib/streaming/aws/mirror";
import type { AwsEventStreamProps } from "../../lib/streaming/aws/props";
import type { EventStreamProps, IEventStream } from "../../lib/streaming/streaming";
import { carryDeep, outputName } from "../cross-stack";
import type { PlatformContext } from "../platform-context";
import type { Particular } from "../site-choices";

/** What is particular to AWS; see `AwsEventStreamProps`. */
export type AwsStreamOptions = Particular<AwsEventStreamProps, EventStreamProps>;

export function compile(
  platform: PlatformContext,
  id: string,
  shared: EventStreamProps<AwsSite>,
  options: AwsStreamOptions,
): IEventStream {
  const stack = platform.stack(shared.site.name, "foundation");
  return new AwsEventStream(stack, id, { ...options, ...shared } as AwsEventStreamProps);
}

/** How MSK Replicator works; see `AwsStreamMirrorProps`. */
export type ReplicatorOptions = Omit<
  AwsStreamMirrorProps,
  "name" | "source" | "sourceEnd" | "target" | "topics"
>;

/** MSK Replicator beside the target. @throws what `AwsStreamMirror` throws */
export function mirror(
  platform: PlatformContext,
  id: string,
  source: IEventStream,
  target: IEventStream,
  options: Omit<AwsStreamMirrorProps, "source" | "sourceEnd" | "target">,
): void {
  const consumer = platform.stack(target.site.name, "foundation");
  const producer = platform.stack(source.site.name, "foundation");
  const from = source as AwsEventStream;
  const end =
    from.kafka &&
    carryDeep(consumer, producer, outputName(`${source.node.id}_replication`), from.replication());
  new AwsStreamMirror(consumer, id, {
    ...options,
    source: from,
    sourceEnd: end,
    target: target as AwsEventStream,
  });
}
