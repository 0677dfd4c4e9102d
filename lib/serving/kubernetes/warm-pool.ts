import { PriorityClassV1 } from "@cdktf/provider-kubernetes/lib/priority-class-v1";
import { Construct } from "constructs";
import { CustomResource } from "../../kubernetes/custom-resource";
import { partOf } from "../../kubernetes/room-context";
import { POD_SECURITY, placementOf, resourcesOf } from "./pods";
import type { EndpointContext, ResolvedVariant } from "./variant";
import { LOCKED_DOWN } from "./weights";

/** Below every pod that says nothing (0): these are the first to go, and make nobody go. */
const PRIORITY = -1000;

export interface WarmPoolProps {
  readonly context: EndpointContext;
  readonly variant: ResolvedVariant;
}

/**
 * Pods that do nothing but hold the accelerators of replicas to come, so that an autoscaler keeps their nodes. The
 * scheduler removes them at once when an engine needs the place.
 *
 * Nodes cost the same whether they are warm or at work.
 *
 * Terraform resource types: `kubernetes_manifest` (Deployment), `kubernetes_priority_class_v1`.
 */
export class WarmPool extends Construct {
  readonly priorityClass: PriorityClassV1;
  readonly deployment: CustomResource;

  constructor(scope: Construct, id: string, { context, variant }: WarmPoolProps) {
    super(scope, id);
    const name = `${variant.object}-warm`;
    const part = variant.parts.at(-1)!;
    const labels = {
      ...partOf(context, "warm-pool"),
      "app.kubernetes.io/instance": name,
    };
    this.priorityClass = new PriorityClassV1(this, "priority", {
      metadata: { name: `${context.namespace}-${name}`, labels: partOf(context, "warm-pool") },
      value: PRIORITY,
      globalDefault: false,
      preemptionPolicy: "Never",
      description: "Pods that hold accelerators for replicas to come",
    });
    this.deployment = new CustomResource(this, "deployment", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      name,
      namespace: context.namespace,
      labels,
      spec: {
        replicas: variant.props.warmReplicas! * variant.props.plan.nodesPerReplica,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            priorityClassName: this.priorityClass.metadata.name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 0,
            securityContext: POD_SECURITY,
            ...placementOf(variant, part),
            containers: [
              {
                name: "pause",
                image: context.pauseImage,
                // As much as an engine takes, so that its node fits it.
                resources: resourcesOf(variant, part, 0),
                securityContext: LOCKED_DOWN,
              },
            ],
          },
        },
      },
      dependsOn: context.after,
    });
  }
}
