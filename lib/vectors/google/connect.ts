import { ComputeAddress } from "@cdktf/provider-google/lib/compute-address";
import { ComputeForwardingRule } from "@cdktf/provider-google/lib/compute-forwarding-rule";
import { Construct } from "constructs";
import type { GoogleEngineProps } from "./engine";

/**
 * An address in the network's subnet that leads to a service attachment (Private Service Connect).
 *
 * Makes `google_compute_address` and `google_compute_forwarding_rule`.
 */
export class PrivateConnection extends Construct {
  readonly address: ComputeAddress;
  readonly rule: ComputeForwardingRule;

  constructor(
    scope: Construct,
    id: string,
    props: Pick<GoogleEngineProps, "site" | "network" | "project"> & {
      readonly name: string;
      readonly attachment: string;
    },
  ) {
    super(scope, id);
    const { site, network, project, name, attachment } = props;
    const dependsOn = project.dependencies("compute");
    const path = `projects/${site.project}/global/networks/${network.networkName}`;
    this.address = new ComputeAddress(this, "address", {
      project: site.project,
      region: site.region,
      name,
      addressType: "INTERNAL",
      subnetwork: `projects/${site.project}/regions/${site.region}/subnetworks/${network.subnetworkName}`,
      dependsOn,
    });
    this.rule = new ComputeForwardingRule(this, "rule", {
      project: site.project,
      region: site.region,
      name,
      network: path,
      ipAddress: this.address.id,
      target: attachment,
      // Private Service Connect has no scheme of a load balancer; the provider wants the empty text.
      loadBalancingScheme: "",
      dependsOn,
    });
  }
}
