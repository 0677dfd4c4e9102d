import type { TerraformStack } from "cdktf";
import type { IAcceleratorCluster } from "../../../lib/cluster";
import {
  ClusterQueues,
  type ClusterQueuesProps,
  type PoolQuota,
  type TeamProps,
} from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import * as clusters from "./clusters";
import { objectOf, objectsOf, stackOf } from "./synthesized";

export type Props = Partial<ClusterQueuesProps>;

export const VISION: TeamProps = { name: "vision", quotas: [{ pool: "train", accelerators: 16 }] };
export const SPEECH: TeamProps = {
  name: "speech",
  quotas: [
    { pool: "train", accelerators: 16, borrowingLimit: 8, lendingLimit: 4 },
    { pool: "system", nodes: 1 },
  ],
};

export function make(
  props: Props = {},
  cluster: IAcceleratorCluster = clusters.onPremCluster(),
  stack: TerraformStack = stackOf(),
) {
  const queues = new ClusterQueues(stack, "queues", { cluster, teams: [VISION, SPEECH], ...props });
  return { queues, stack };
}

export const codesOf = (props: Props, cluster?: IAcceleratorCluster) =>
  captureValidationError(() => make(props, cluster)).codes;
export const kindsOf = (stack: TerraformStack) =>
  objectsOf(stack).map(({ kind, metadata }) => `${kind} ${metadata.name}`);

export interface Group {
  readonly coveredResources: readonly string[];
  readonly flavors: readonly {
    readonly name: string;
    readonly resources: readonly Record<string, string>[];
  }[];
}
export const groupOf = (stack: TerraformStack, team: string) =>
  (objectOf(stack, "ClusterQueue", team).spec.resourceGroups as readonly Group[])[0]!;
/** Quotas of one flavor by resource. */
export const quotas = (quota: PoolQuota, cluster?: IAcceleratorCluster) => {
  const { stack } = make({ teams: [{ name: "one", quotas: [quota] }] }, cluster);
  const [flavor] = groupOf(stack, "one").flavors;
  return Object.fromEntries(flavor!.resources.map(({ name, ...rest }) => [name, rest]));
};
