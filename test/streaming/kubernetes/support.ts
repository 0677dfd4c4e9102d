import type { TerraformStack } from "cdktf";
import { Identity } from "../../../lib/fabric/identity";
import { KubernetesEventStream } from "../../../lib/streaming/kubernetes/event-stream";
import type { KubernetesEventStreamProps } from "../../../lib/streaming/kubernetes/props";
import type { TopicProps } from "../../../lib/streaming/topic";
import { Template } from "../../../lib/testing";
import { FRANKFURT, kubernetesStack } from "../../lakehouse/kubernetes/support";

export { FRANKFURT, kubernetesStack, objects } from "../../lakehouse/kubernetes/support";

export const BIDS: TopicProps = {
  name: "bids",
  throughput: { messagesPerSecond: 10_000, meanBytes: 1000 },
  retentionHours: 24,
  key: { field: "user", type: "string" },
  ordering: "per-key",
  schema: { format: "avro", fields: [{ name: "user", type: "string" }] },
  deadLetter: { maxDeliveries: 5, retentionHours: 168 },
};

export const PROFILES: TopicProps = {
  name: "profiles",
  throughput: { messagesPerSecond: 100, meanBytes: 500 },
  retentionHours: 48,
  key: { field: "user", type: "string" },
  compaction: true,
};

export const SCORER = Identity.kubernetesServiceAccount("scorer", {
  namespace: "bidding",
  serviceAccount: "scorer",
});
export const GATEWAY = Identity.kubernetesServiceAccount("gateway", {
  namespace: "bidding",
  serviceAccount: "gateway",
});
export const REMOTE = Identity.kubernetesServiceAccount("remote", {
  namespace: "ml",
  serviceAccount: "remote",
  issuer: "https://oidc.example.com/paris",
});

export function eventStream(
  props: Partial<KubernetesEventStreamProps> = {},
  stack: TerraformStack = kubernetesStack(),
): KubernetesEventStream {
  return new KubernetesEventStream(stack, "events", {
    site: FRANKFURT,
    name: "events",
    topics: [BIDS, PROFILES],
    ...props,
  });
}

export function synthesized(
  props: Partial<KubernetesEventStreamProps> = {},
  then: (stream: KubernetesEventStream) => void = () => undefined,
  context: Record<string, unknown> = {},
): Template {
  const stack = kubernetesStack(context);
  then(eventStream(props, stack));
  return Template.of(stack);
}
