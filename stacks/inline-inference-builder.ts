import type { IAcceleratorCluster } from "../lib/cluster/cluster";
import type { Problems } from "../lib/core/problems";
import type { InlineInferenceProcessor } from "../lib/streaming/inline/processor";
import { StackErrors } from "./errors";
import type { PlatformInlineInferenceProps } from "./inline-inference-props";
import type { PlatformContext } from "./platform-context";
import { withPeer } from "./providers";

/** Adds NoPartAtSite. */
function checkParts(problems: Problems, props: PlatformInlineInferenceProps): void {
  const parts = [
    [`stream "${props.stream.name}"`, props.stream] as const,
    ...(props.features ?? []).map(({ store }) => [`feature store "${store.name}"`, store] as const),
    ...(props.log?.table
      ? [[`lakehouse "${props.log.table.lakehouse.name}"`, props.log.table.lakehouse] as const]
      : []),
    ...(props.vectors ?? []).map(({ store }) => [`vector store "${store.name}"`, store] as const),
  ];
  for (const [subject, { sites }] of parts) {
    if (!sites.includes(props.at)) {
      problems.add(StackErrors.NoPartAtSite, {
        subject,
        given: `site "${props.at}"`,
        allowed: sites.join(", "),
      });
    }
  }
}

/** @param cluster the platform's cluster at the site; Kubernetes sites need none */
export function buildInlineInference(
  problems: Problems,
  platform: PlatformContext,
  id: string,
  props: PlatformInlineInferenceProps,
  cluster: IAcceleratorCluster | undefined,
): InlineInferenceProcessor {
  platform.site(props.at);
  checkParts(problems, props);
  problems.throwIfAny();
  const { compile } = withPeer(
    "InlineInferenceProcessor",
    "kubernetes",
    () => require("./compilers/inline-inference") as typeof import("./compilers/inline-inference"),
  );
  return compile(problems, platform, id, props, cluster);
}
