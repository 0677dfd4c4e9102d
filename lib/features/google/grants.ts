import { ProjectIamCustomRole } from "@cdktf/provider-google/lib/project-iam-custom-role";
import { type TerraformElement, TerraformProvider, TerraformResource, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { Problems } from "../../core/problems";
import type { Identity } from "../../fabric/identity";
import type { GoogleSite } from "../../fabric/site";
import type { Grant } from "../../lakehouse/index";
import { FeatureErrors } from "../errors";
import { vertexId } from "./names";

/** The line of the bindings' provider; rights on one feature view are in its beta only. */
const BETA = { name: "google-beta", source: "hashicorp/google-beta", version: "~> 6.50" } as const;

/** The beta provider, as far as this room needs it: no bindings of thousands of files for one resource. */
class GoogleBetaProvider extends TerraformProvider {
  constructor(
    scope: Construct,
    id: string,
    private readonly site: GoogleSite,
  ) {
    super(scope, id, {
      terraformResourceType: BETA.name,
      terraformProviderSource: BETA.source,
      terraformGeneratorMetadata: { providerName: BETA.name, providerVersionConstraint: BETA.version },
    });
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { project: this.site.project, region: this.site.region };
  }
}

interface MemberConfig {
  readonly provider: TerraformProvider;
  readonly site: GoogleSite;
  readonly featureOnlineStore: string;
  readonly featureView: string;
  readonly role: string;
  readonly member: string;
}

/** `google_vertex_ai_feature_online_store_featureview_iam_member`: one member of one role on one feature view. */
class FeatureViewIamMember extends TerraformResource {
  constructor(
    scope: Construct,
    id: string,
    private readonly config: MemberConfig,
  ) {
    super(scope, id, {
      terraformResourceType: "google_vertex_ai_feature_online_store_featureview_iam_member",
      terraformGeneratorMetadata: { providerName: BETA.name, providerVersionConstraint: BETA.version },
      provider: config.provider,
    });
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    const { site, featureOnlineStore, featureView, role, member } = this.config;
    return {
      project: site.project,
      region: site.region,
      feature_online_store: featureOnlineStore,
      feature_view: featureView,
      role,
      member,
    };
  }
}

export interface GoogleFeatureGrantsProps {
  readonly site: GoogleSite;
  readonly namePrefix: string;
}

/**
 * Rights on single feature views, by a role that can look values up and nothing else.
 *
 * Makes `google_project_iam_custom_role`, and by the provider google-beta, which it adds to the stack if there is none,
 * `google_vertex_ai_feature_online_store_featureview_iam_member`.
 */
export class GoogleFeatureGrants extends Construct {
  /** Set after the first grant. */
  role?: ProjectIamCustomRole;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GoogleFeatureGrantsProps,
  ) {
    super(scope, id);
  }

  /** @throws GrantToForeignIdentity */
  grantRead(view: string, onlineStore: string, featureView: string, identity: Identity): Grant {
    const problems = new Problems(this.node.path);
    if (identity.kind !== "google-member") {
      problems.add(FeatureErrors.GrantToForeignIdentity, {
        subject: `identity "${identity.name}"`,
        given: identity.kind,
        allowed: "google-member: pods act for a service account, and it is granted",
      });
      problems.throwIfAny();
      return { resources: [] };
    }
    const id = `${view}-${identity.name}`;
    const known = this.node.tryFindChild(id) as FeatureViewIamMember | undefined;
    const member =
      known ??
      new FeatureViewIamMember(this, id, {
        provider: this.betaProvider(),
        site: this.props.site,
        featureOnlineStore: onlineStore,
        featureView,
        role: this.lookUpRole().id,
        member: identity.member,
      });
    return { resources: [member] };
  }

  private lookUpRole(): ProjectIamCustomRole {
    this.role ??= new ProjectIamCustomRole(this, "look-up", {
      project: this.props.site.project,
      roleId: vertexId(this.props.namePrefix, "look_up_features"),
      title: `Look up features of ${this.props.namePrefix}`,
      permissions: ["aiplatform.featureViews.fetchFeatureValues"],
    });
    return this.role;
  }

  private betaProvider(): TerraformProvider {
    const stack = TerraformStack.of(this);
    const found = stack.node
      .findAll()
      .find(
        (node): node is TerraformProvider & TerraformElement =>
          TerraformProvider.isTerraformProvider(node) && node.terraformResourceType === BETA.name,
      );
    return found ?? new GoogleBetaProvider(this, "beta", this.props.site);
  }
}
