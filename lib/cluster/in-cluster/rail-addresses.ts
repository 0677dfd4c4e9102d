import { Construct } from "constructs";
import { Problems } from "../../core/problems";
import { COMPONENTS } from "../../kubernetes/components";
import { CustomResource } from "../../kubernetes/custom-resource";
import type { IAcceleratorCluster } from "../cluster";
import { ClusterErrors } from "../errors";
import { poolsOf } from "./placement";

/** Addresses of one rail. */
export interface RailPool {
  /** Name of a rail of the cluster. */
  readonly rail: string;
  /** IPv4 CIDR block of the rail. May be a token. */
  readonly subnet: string;
  /** Addresses that each node keeps of it for its pods, 2 to 1,024. @default 32 */
  readonly perNode?: number;
  /** Router of the rail, for rails that are routed. May be a token. @default - none: the rail is one switched network */
  readonly gateway?: string;
}

export interface RailAddressesProps {
  readonly cluster: IAcceleratorCluster;
  /** One for each rail whose pods get addresses. */
  readonly rails: readonly RailPool[];
  /** Where the network operator works. @default "nvidia-network-operator" */
  readonly namespace?: string;
}

/**
 * Address pools of a rail network (`RdmaNetwork` in mode `sriov` with `addresses`), as IPPools of NVIDIA's IPAM plugin.
 *
 * The network operator serves their definition only after it has started the plugin, which the NicClusterPolicy of the
 * `workloads` stack tells it to: put this into a stack that is applied after that one.
 *
 * Terraform resource types: `kubernetes_manifest`.
 *
 * @throws UnknownRail, InvalidCidr, InvalidName, DuplicateValue, MissingValue, NumberOutOfRange
 */
export class RailAddresses extends Construct {
  /** IPPools by rail. */
  readonly pools: ReadonlyMap<string, CustomResource>;

  constructor(scope: Construct, id: string, props: RailAddressesProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    const known = new Set(
      poolsOf(props.cluster).flatMap(({ attachments = [] }) =>
        attachments.map(({ name }) => name.split("/").at(-1)!),
      ),
    );
    problems.required("rails", props.rails?.[0], "one rail or more");
    problems.unique(
      "rails",
      (props.rails ?? []).map(({ rail }) => rail),
    );
    for (const { rail, subnet, perNode } of props.rails ?? []) {
      if (problems.literal("rails", rail) && !known.has(rail)) {
        problems.add(ClusterErrors.UnknownRail, {
          subject: "rails",
          given: rail,
          allowed: known.size === 0 ? "nothing: the cluster has no rails" : [...known].sort().join(", "),
        });
      }
      problems.cidr(`rail "${rail}" subnet`, subnet);
      problems.literalInteger(`rail "${rail}" perNode`, perNode ?? 32, { min: 2, max: 1024 });
    }
    problems.throwIfAny();
    this.pools = new Map(
      props.rails.map(({ rail, subnet, perNode, gateway }) => [
        rail,
        new CustomResource(this, rail, {
          apiVersion: "nv-ipam.nvidia.com/v1alpha1",
          kind: "IPPool",
          name: rail,
          namespace: props.namespace ?? COMPONENTS.networkOperator.namespace,
          spec: { subnet, perNodeBlockSize: perNode ?? 32, ...(gateway === undefined ? {} : { gateway }) },
        }),
      ]),
    );
  }
}
