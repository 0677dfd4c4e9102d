import { Labels } from "@cdktf/provider-kubernetes/lib/labels";
import { NodeTaint } from "@cdktf/provider-kubernetes/lib/node-taint";
import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { Taint } from "../../fabric/pool";

interface MachineLabelsProps {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

/** Owner of the fields, so that others can see who set them, and two clusters in one state do not meet. */
const FIELD_MANAGER = "hybrid-ai-pools";

/**
 * Labels and taints of one machine. They win over what is on the node already, and go when the machine leaves its pool.
 *
 * Terraform resource types: `kubernetes_labels`, `kubernetes_node_taint` (if there are taints).
 */
export class MachineLabels extends Construct {
  readonly labels: Labels;
  readonly taints?: NodeTaint;

  constructor(scope: Construct, id: string, props: MachineLabelsProps) {
    super(scope, id);
    const metadata = { name: props.name };
    this.labels = new Labels(this, "labels", {
      apiVersion: "v1",
      kind: "Node",
      metadata,
      labels: Object.fromEntries(Object.entries(props.labels).sort(([a], [b]) => (a < b ? -1 : 1))),
      force: true,
      fieldManager: FIELD_MANAGER,
    });
    if (props.taints.length > 0) {
      this.taints = new NodeTaint(this, "taints", {
        metadata,
        taint: props.taints.map(({ key, value = "", effect }) => ({ key, value, effect })),
        force: true,
        fieldManager: FIELD_MANAGER,
      });
    }
  }

  /** Both, for `dependsOn`. */
  get resources(): readonly TerraformResource[] {
    return this.taints === undefined ? [this.labels] : [this.labels, this.taints];
  }
}
