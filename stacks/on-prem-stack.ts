import type { Construct } from "constructs";
import type { KubernetesSite } from "../lib/fabric/site";
import { SiteStack, type SiteStackProps } from "./site-stack";

export interface OnPremStackProps extends SiteStackProps<KubernetesSite> {
  /** `platform` for operators, `workloads` for everything that needs their custom resources. */
  readonly phase: "platform" | "workloads";
  /** Stacks to apply before this one. @default - none */
  readonly after?: readonly SiteStack[];
}

/**
 * One phase of a Kubernetes site, ready for constructs: Kubernetes and Helm providers by kubeconfig context, state,
 * ownership labels. Serves on-prem, neocloud and edge clusters alike.
 */
export class OnPremStack extends SiteStack<KubernetesSite> {
  constructor(scope: Construct, id: string, props: OnPremStackProps) {
    super(scope, id, props.phase, props);
    for (const stack of props.after ?? []) {
      this.addDependency(stack);
    }
  }
}
