import { TerraformRemoteState, TerraformResource, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { renderFinding } from "../lib/core/errors";
import { Problems } from "../lib/core/problems";
import { type StateBackend, StateErrors } from "../lib/core/state-backend";
import { type Ownership, tagStack } from "../lib/core/tags";
import { addWarning } from "../lib/core/warnings";
import type { KubernetesSite, Site } from "../lib/fabric/site";
import { type ClusterAccess, clusterAccessOf } from "../lib/kubernetes/cluster-access";
import { StackErrors } from "./errors";
import { isForeign, type Phase, phasesOf } from "./phase";
import { configureProviders, type ProviderVersions } from "./providers";
import { StackWarnings } from "./warnings";

/** What every stack of this library needs to know. */
export interface SiteStackProps<S extends Site = Site> extends Ownership {
  readonly site: S;
  /** Where the state is kept; the state is named after the stack. */
  readonly backend: StateBackend;
  /** Version constraints for the output. @default - a range from the version of the bindings on, same major */
  readonly providerVersions?: ProviderVersions;
}

/**
 * How a stack inside a cluster of a cloud site reaches it. Called with the stack, so that values can be read from the
 * state of the stack that makes the cluster.
 */
export type ClusterReach = (stack: SiteStack) => ClusterAccess;

/**
 * One Terraform root: one site, one phase, explicit state, configured providers, ownership on every resource.
 *
 * Phases inside a cluster of a cloud site take a `reach`, which `ClusterStack` gives; clusters of Kubernetes sites are
 * reached by the site's kubeconfig.
 *
 * @throws PhaseNotAtSite, ProviderPackageMissing, InvalidName
 */
export class SiteStack<S extends Site = Site> extends TerraformStack {
  readonly site: S;
  readonly phase: Phase;
  readonly backend: StateBackend;

  constructor(scope: Construct, id: string, phase: Phase, props: SiteStackProps<S>, reach?: ClusterReach) {
    super(scope, id);
    this.site = props.site;
    this.phase = phase;
    this.backend = props.backend;
    const problems = new Problems(id);
    problems.required("site", props.site, "Site.aws, Site.google or Site.kubernetes");
    problems.required("backend", props.backend, "a StateBackend");
    problems.throwIfAny();
    const allowed = phasesOf(props.site.kind);
    if (!allowed.includes(phase)) {
      problems.add(StackErrors.PhaseNotAtSite, {
        subject: `phase at site "${props.site.name}"`,
        given: phase,
        allowed: allowed.join(", "),
      });
      problems.throwIfAny();
    }
    if (phase !== "foundation" && props.site.kind !== "kubernetes") {
      problems.required("reach", reach, "a way to reach a cluster at the site: use ClusterStack");
      problems.throwIfAny();
    }
    props.backend.attach(this, id);
    configureProviders(this, props.site, this.clusterAccess(reach), props.providerVersions);
    tagStack(this, props);
    this.addOverride("//.metadata.hybridAi", {
      phase,
      site: props.site.name,
      siteKind: props.site.kind,
      ...(props.site.kind === "kubernetes" ? { siteOperator: props.site.operator } : {}),
      state: props.backend.describe(id),
    });
    this.node.addValidation({ validate: () => this.refuseLocalStateAcrossStacks() });
    this.node.addValidation({ validate: () => this.refuseResourcesOfOtherSites() });
    this.node.addValidation({ validate: () => this.refuseConstructsOfOtherSites() });
    if (props.backend.isLocal) {
      addWarning(this, StackWarnings.LocalState, props.backend.describe(id));
    }
  }

  /** The cluster that this stack works in, if it works in one. */
  private clusterAccess(reach?: ClusterReach): ClusterAccess | undefined {
    if (this.phase === "foundation") {
      return undefined;
    }
    return reach?.(this) ?? clusterAccessOf(this.site as Site as KubernetesSite);
  }

  /** The declaration's residency holds for the site that a construct names; the stack decides where it is made. */
  private refuseConstructsOfOtherSites(): string[] {
    return this.node
      .findAll()
      .flatMap((node) => {
        const site = (node as { readonly site?: Partial<Site> }).site;
        return site?.kind !== undefined && site.name !== this.site.name
          ? [{ path: node.node.path, site }]
          : [];
      })
      .map(({ path, site }) =>
        renderFinding({
          error: StackErrors.ResourceOfOtherSite,
          subject: path,
          given: `site "${site.name}"`,
          allowed: `site "${this.site.name}", whose stack this is`,
        }),
      );
  }

  private refuseResourcesOfOtherSites(): string[] {
    return this.node
      .findAll()
      .filter((node) => TerraformResource.isTerraformResource(node))
      .filter((resource) => isForeign(this.site.kind, this.phase, resource.terraformResourceType))
      .map((resource) =>
        renderFinding({
          error: StackErrors.ResourceOfOtherSite,
          subject: resource.node.path,
          given: resource.terraformResourceType,
          allowed: `resources of site "${this.site.name}" (${this.site.kind}), phase ${this.phase}`,
        }),
      );
  }

  private refuseLocalStateAcrossStacks(): string[] {
    if (this.backend.allowsCrossStackReferences) {
      return [];
    }
    return this.node
      .findAll()
      .filter((node) => node instanceof TerraformRemoteState)
      .map((node) =>
        renderFinding({
          error: StateErrors.LocalBackendWithCrossStackReferences,
          subject: node.node.path,
          given: this.backend.describe(this.node.id),
          allowed: "a backend that both stacks reach",
        }),
      );
  }
}
