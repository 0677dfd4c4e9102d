import type { GoogleSite } from "../../fabric/site";
import type { IGoogleNetwork } from "../../network/network";
import type { EventStreamProps } from "../streaming";

interface GoogleStreamCommon extends EventStreamProps<GoogleSite> {
  /** Full name of an existing key in the region of the site; may be a token. @default - a key of its own */
  readonly kmsKey?: string;
  /** Days after which the key is rotated. Refused with `kmsKey`. @default 90 */
  readonly keyRotationDays?: number;
  /** Switch the APIs on that the stream uses; they stay on when it is destroyed. @default true */
  readonly enableServices?: boolean;
}

/** Topics on a cluster of Google's Managed Service for Apache Kafka. */
export interface ManagedKafkaProps extends GoogleStreamCommon {
  readonly engine: "managed-kafka";
  /** Clients reach the brokers from its subnet and what is routed to it. */
  readonly network: IGoogleNetwork;
  /** Three at least. Refused when the throughput needs more. @default - computed */
  readonly vcpus?: number;
  /** 1 to 8 times `vcpus`. @default - 4 times */
  readonly memoryGiB?: number;
}

/** Topics of Pub/Sub, with a subscription for each group of consumers. */
export interface PubSubProps extends GoogleStreamCommon {
  readonly engine: "pubsub";
  /** Seconds that a consumer has for a message before it is delivered again, 10 to 600. @default 60 */
  readonly ackDeadlineSeconds?: number;
}

export type GoogleEventStreamProps = ManagedKafkaProps | PubSubProps;
