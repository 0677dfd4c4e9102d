import type { GoogleSite } from "../../lib/fabric/site";
import { GoogleEventStream } from "../../lib/streaming/google/event-stream";
import type { GoogleEventStreamProps } from "../../lib/streaming/google/props";
import type { EventStreamProps, IEventStream } from "../../lib/streaming/streaming";
import type { PlatformContext } from "../platform-context";
import type { Particular } from "../site-choices";

/** What is particular to Google Cloud; see `GoogleEventStreamProps`. */
export type GoogleStreamOptions = Particular<GoogleEventStreamProps, EventStreamProps>;

export function compile(
  platform: PlatformContext,
  id: string,
  shared: EventStreamProps<GoogleSite>,
  options: GoogleStreamOptions,
): IEventStream {
  const stack = platform.stack(shared.site.name, "foundation");
  return new GoogleEventStream(stack, id, { ...options, ...shared } as GoogleEventStreamProps);
}
