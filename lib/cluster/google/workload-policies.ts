import type { ComputeResourcePolicy } from "@cdktf/provider-google/lib/compute-resource-policy";
import { Construct } from "constructs";
import type { GoogleProject } from "../../core/google-project";
import { resourceName } from "../../core/naming";
import type { GoogleSite } from "../../fabric/site";

/** Loaded on first use: the bindings are large, and few clusters need one. */
const loadPolicy = () =>
  (
    require("@cdktf/provider-google/lib/compute-resource-policy") as typeof import("@cdktf/provider-google/lib/compute-resource-policy")
  ).ComputeResourcePolicy;

/**
 * Workload policies by accelerator topology. A policy is named by its topology, so that a pool that is made again with
 * another one gets another policy instead of waiting for the old one to change.
 *
 * Makes `google_compute_resource_policy`, one per topology.
 */
export class GoogleWorkloadPolicies extends Construct {
  private readonly made = new Map<string, ComputeResourcePolicy>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: {
      readonly site: GoogleSite;
      readonly namePrefix: string;
      readonly project: GoogleProject;
    },
  ) {
    super(scope, id);
  }

  /** By topology, such as `4x4x4` and `1x72`. */
  get policies(): ReadonlyMap<string, ComputeResourcePolicy> {
    return this.made;
  }

  /** The policy of a topology, made when it is first asked for. */
  policy(topology: string): ComputeResourcePolicy {
    const known = this.made.get(topology);
    if (known !== undefined) {
      return known;
    }
    const { site, namePrefix, project } = this.props;
    const Policy = loadPolicy();
    const policy = new Policy(this, topology, {
      project: site.project,
      region: site.region,
      name: resourceName([namePrefix, topology], { maxLength: 63 }),
      description: `Accelerators of the cluster ${namePrefix} in the topology ${topology}`,
      workloadPolicy: { type: "HIGH_THROUGHPUT", acceleratorTopology: topology },
      dependsOn: project.dependencies("compute"),
    });
    this.made.set(topology, policy);
    return policy;
  }
}
