import type { AwsSite } from "../../lib/fabric/site";
import { AwsEventStream } from "../../lib/streaming/aws/event-stream";
import type { AwsEventStreamProps } from "../../lib/streaming/aws/props";
import type { EventStreamProps, IEventStream } from "../../lib/streaming/streaming";
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
