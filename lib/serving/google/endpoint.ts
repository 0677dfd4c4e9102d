import { ProjectIamCustomRole } from "@cdktf/provider-google/lib/project-iam-custom-role";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member";
import { VertexAiEndpoint } from "@cdktf/provider-google/lib/vertex-ai-endpoint";
import { VertexAiEndpointWithModelGardenDeployment } from "@cdktf/provider-google/lib/vertex-ai-endpoint-with-model-garden-deployment";
import { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { claimNames } from "../../core/claimed-names";
import { CoreErrors } from "../../core/errors";
import { GoogleFederation } from "../../core/google-federation";
import { checkKeyChoice, GoogleKey } from "../../core/google-key";
import { GoogleProject } from "../../core/google-project";
import { fingerprint, resourceName } from "../../core/naming";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import type { Identity } from "../../fabric/identity";
import type { GoogleSite } from "../../fabric/site";
import type { MetricsSource } from "../../kubernetes/metrics-source";
import { type Grant, LakehouseErrors } from "../../lakehouse/index";
import { EndpointErrors } from "../endpoint-errors";
import type { CloudMetrics, EndpointAccess, IModelEndpoint, TrafficClass } from "../serving";
import { deployCommands } from "./commands";
import { COMMAND, CONTAINER, containerArgs, scalingOf } from "./container";
import { type ResolvedVertex, resolveVertex } from "./plan";
import type { VertexEndpointProps } from "./props";

const NAME_LENGTH = 63;
const ACCOUNT_ID_LENGTH = 30;
const ROLE_ID_LENGTH = 64;
const VARIANT = "default";
const KEY_ROTATION_DAYS = 90;
/** Model Garden's own bound. */
const DEPLOYMENT_TIMEOUT = "7200s";

/**
 * A model behind an endpoint of Vertex AI, sized by the capacity model for its classes, called by its own name with tokens of
 * Google Cloud. What the provider cannot make is an output: with `commands`, the commands that deploy the model.
 *
 * Makes, with `model-garden`: `google_vertex_ai_endpoint_with_model_garden_deployment`; with `commands`:
 * `google_vertex_ai_endpoint`, {@link GoogleKey}, `google_service_account`, `google_storage_bucket_iam_member` and an output;
 * `google_project_service`; for grants `google_project_iam_custom_role`, `google_project_iam_member` and what
 * {@link GoogleFederation} makes.
 *
 * @throws VertexMachineUnknown, VertexMachineNotFilled, VertexWeightsUnsupported, VertexAdaptersUnsupported,
 *   VertexOptionUnsupported, RequestLogOfPersonalData, EndpointOutsideResidency, RemovalNeedsTwoKeys, NoEffect, InvalidName,
 *   MissingValue, DuplicateValue, NumberOutOfRange, NotOneOf, TokenNotAllowed, all errors of `planEndpoint`; of grants
 *   IdentityKindMismatch, MissingOidcIssuer, GrantNotApplicable, DuplicateValue; at synth EndpointNamesTaken
 */
export class VertexEndpoint extends Construct implements IModelEndpoint {
  readonly site: GoogleSite;
  readonly endpointName: string;
  readonly variantNames: readonly string[] = [VARIANT];
  readonly classes: readonly TrafficClass[];
  /** Empty: Cloud Monitoring keeps what Vertex AI measures. */
  readonly metrics: readonly MetricsSource[] = [];
  /** How it was sized, and why. */
  readonly sizing: ResolvedVertex;
  readonly project: GoogleProject;
  /** Set with `model-garden`. */
  readonly gardenDeployment?: VertexAiEndpointWithModelGardenDeployment;
  /** Set with `commands`. */
  readonly endpoint?: VertexAiEndpoint;
  /** Set with `commands`. */
  readonly key?: GoogleKey;
  /** As which the container reads its weights. Set with `commands`. */
  readonly serviceAccount?: ServiceAccount;
  readonly weightsReader?: StorageBucketIamMember;
  /** Set with `commands`. */
  readonly deployOutput?: TerraformOutput;
  /** Set after the first grant. */
  callerRole?: ProjectIamCustomRole;
  private readonly name: string;
  private readonly federation: GoogleFederation;
  private readonly grantees = new Construct(this, "grantees");
  private readonly meanings = new Map<string, string>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: VertexEndpointProps,
  ) {
    super(scope, id);
    const { site, namePrefix } = props;
    this.site = site;
    this.endpointName = props.endpointName;
    this.classes = props.classes;
    const problems = new Problems(this.node.path);
    checkKeyChoice(problems, site, { kmsKey: props.kmsKey }, "the endpoint");
    const destroyable = mayDestroy(this, props.removalPolicy, problems);
    this.sizing = resolveVertex(problems, props);
    this.name = resourceName([namePrefix, props.endpointName], { maxLength: NAME_LENGTH });
    claimNames(this, {
      key: `vertex/${site.project}/${site.region}/${this.name}`,
      error: EndpointErrors.EndpointNamesTaken,
      given: namePrefix,
    });
    this.project = new GoogleProject(this, "project", {
      site,
      apis: ["aiplatform", "cloudkms", "cloudresourcemanager", "iam", "iamcredentials", "storage", "sts"],
      enableServices: props.enableServices ?? true,
    });
    if (props.deployment.kind === "model-garden") {
      this.gardenDeployment = this.deployFromGarden(props.deployment);
    } else {
      this.key = new GoogleKey(this, "key", {
        site,
        namePrefix: this.name,
        project: this.project,
        agents: ["aiplatform"],
        kmsKey: props.kmsKey,
        rotationDays: KEY_ROTATION_DAYS,
        protect: !destroyable,
        waitForAgents: true,
        purpose: "endpoint",
      });
      this.serviceAccount = new ServiceAccount(this, "account", {
        project: site.project,
        accountId: resourceName([this.name, site.region], { maxLength: ACCOUNT_ID_LENGTH }),
        displayName: `Model of the endpoint ${this.name}`,
        dependsOn: this.project.dependencies("iam"),
      });
      this.weightsReader = this.readWeights(this.serviceAccount);
      this.endpoint = this.makeEndpoint(this.key, destroyable);
      this.deployOutput = new TerraformOutput(this, "deploy-commands", {
        description: `Commands that deploy the model onto ${this.name}: the provider has no resource that does`,
        value: deployCommands(props, this.sizing, {
          name: this.name,
          endpointId: this.endpoint.name,
          serviceAccount: this.serviceAccount.email,
          kmsKey: this.key.keyName,
        }),
      });
    }
    this.federation = new GoogleFederation(this, "federation", {
      site,
      namePrefix: `${namePrefix}-${props.endpointName}-${site.region}`,
      purpose: `endpoint ${this.name}`,
      project: this.project,
      projectRoles: [],
      errors: LakehouseErrors,
    });
  }

  get cloudMetrics(): CloudMetrics {
    return {
      kind: "cloud-monitoring",
      endpointId: this.gardenDeployment?.endpoint ?? this.endpoint!.nameInput!,
      private: this.props.privateAccess !== undefined,
    };
  }

  /** @throws UnknownVariant */
  access(variant = VARIANT): EndpointAccess {
    if (variant !== VARIANT) {
      const problems = new Problems(this.node.path);
      problems.add(EndpointErrors.UnknownVariant, { subject: "variant", given: variant, allowed: VARIANT });
      problems.throwIfAny();
    }
    const { model } = this.props;
    return {
      endpoint: this.endpointName,
      variant,
      model: model.name,
      adapters: [],
      site: this.site.name,
      country: this.site.country,
      contextTokens: model.contextTokens,
      reach: { kind: "https", host: this.host, port: 443, protocol: "vertex" },
      planned: this.sizing.plan.planned,
    };
  }

  /**
   * Lets `identity` ask endpoints of the project: the provider can give this right on a project only, so it is one on all
   * endpoints there. Keep endpoints of other audiences in projects of their own.
   *
   * @throws IdentityKindMismatch, MissingOidcIssuer, GrantNotApplicable, DuplicateValue
   */
  grantInvoke(identity: Identity): Grant {
    const problems = new Problems(this.node.path);
    const subject = `identity "${identity.name}"`;
    if (identity.kind === "aws-role") {
      problems.add(LakehouseErrors.IdentityKindMismatch, {
        subject,
        given: identity.kind,
        allowed: "google-member, kubernetes-service-account",
      });
    }
    const meaning = JSON.stringify(identity);
    const before = this.meanings.get(identity.name) ?? meaning;
    if (before !== meaning) {
      problems.add(CoreErrors.DuplicateValue, {
        subject,
        given: meaning,
        allowed: `${before}, which already has this name; the name is part of ids`,
      });
    }
    problems.throwIfAny();
    this.meanings.set(identity.name, meaning);
    const scope =
      (this.grantees.node.tryFindChild(identity.name) as Construct | undefined) ??
      new Construct(this.grantees, identity.name);
    if (identity.kind === "google-member") {
      return { resources: [this.mayCall(scope, identity.member)] };
    }
    const { member, access, resources } = this.federation.trust(
      scope,
      problems,
      identity as Extract<Identity, { issuer?: string }>,
    );
    return { resources: [...resources, this.mayCall(scope, member)], access };
  }

  /** With a name of its own. Source: Endpoint.dedicatedEndpointDns in the API of Vertex AI (read 2026-11) */
  private get host(): string {
    if (this.props.privateAccess !== undefined) {
      return this.props.privateAccess.host;
    }
    const id = this.gardenDeployment?.endpoint ?? this.endpoint!.name;
    return `${id}.${this.site.region}-${this.project.number()}.prediction.vertexai.goog`;
  }

  private deployFromGarden(
    garden: Extract<VertexEndpointProps["deployment"], { kind: "model-garden" }>,
  ): VertexAiEndpointWithModelGardenDeployment {
    const { model, image, site } = this.props;
    const { weights } = model;
    return new VertexAiEndpointWithModelGardenDeployment(this, "deployment", {
      project: site.project,
      location: site.region,
      huggingFaceModelId: weights.kind === "hub" ? weights.repository : undefined,
      endpointConfig: { dedicatedEndpointEnabled: true, endpointDisplayName: this.name },
      modelConfig: {
        acceptEula: garden.acceptEula ?? false,
        modelDisplayName: this.name,
        containerSpec: {
          imageUri: image,
          command: [...COMMAND],
          args: [...containerArgs(model, this.sizing)],
          ports: [{ containerPort: CONTAINER.port }],
          predictRoute: CONTAINER.predictRoute,
          healthRoute: CONTAINER.healthRoute,
          deploymentTimeout: DEPLOYMENT_TIMEOUT,
        },
      },
      deployConfig: {
        dedicatedResources: { ...scalingOf(this.props, this.sizing), spot: garden.spot },
      },
      dependsOn: this.project.dependencies("aiplatform"),
    });
  }

  private makeEndpoint(key: GoogleKey, destroyable: boolean): VertexAiEndpoint {
    const { site, privateAccess, requestLog } = this.props;
    return new VertexAiEndpoint(this, "endpoint", {
      project: site.project,
      location: site.region,
      region: site.region,
      name: endpointId(`${site.project}/${site.region}/${this.name}`),
      displayName: this.name,
      description: "Its model is deployed by the commands of the output deploy-commands",
      dedicatedEndpointEnabled: privateAccess === undefined ? true : undefined,
      encryptionSpec: { kmsKeyName: key.keyName },
      privateServiceConnectConfig: privateAccess && {
        enablePrivateServiceConnect: true,
        projectAllowlist: [...privateAccess.projects],
      },
      predictRequestResponseLoggingConfig: requestLog && {
        enabled: true,
        samplingRate: requestLog.samplePercent / 100,
        bigqueryDestination: { outputUri: requestLog.table },
      },
      // Whoever deploys a model decides which share of requests it gets.
      lifecycle: { ignoreChanges: ["traffic_split"], preventDestroy: destroyable ? undefined : true },
      dependsOn: [...this.project.dependencies("aiplatform"), ...key.dependencies("aiplatform")],
    });
  }

  /** The container reads its prefix, nothing else of the bucket. */
  private readWeights(account: ServiceAccount): StorageBucketIamMember {
    const { weights } = this.props.model;
    const [, bucket, path = ""] = /^gs:\/\/([^/]+)\/?(.*)$/.exec(
      weights.kind === "object-storage" ? weights.uri : "",
    )!;
    const prefix = path.replace(/\/+$/, "");
    const below = `projects/_/buckets/${bucket}/objects/${prefix === "" ? "" : `${prefix}/`}`;
    return new StorageBucketIamMember(this, "weights", {
      bucket: bucket!,
      role: "roles/storage.objectViewer",
      member: `serviceAccount:${account.email}`,
      condition: {
        title: "weights",
        description: `Weights of the endpoint ${this.name}`,
        expression: `resource.name.startsWith("${below}") || resource.type == "storage.googleapis.com/Bucket"`,
      },
    });
  }

  private mayCall(scope: Construct, member: string): ProjectIamMember {
    const { site, namePrefix, endpointName } = this.props;
    this.callerRole ??= new ProjectIamCustomRole(this, "caller-role", {
      project: site.project,
      roleId: resourceName([namePrefix, endpointName, site.region, "caller"], {
        maxLength: ROLE_ID_LENGTH,
        separator: "_",
      }),
      title: `Asks ${this.name}`,
      permissions: ["aiplatform.endpoints.predict"],
      dependsOn: this.project.dependencies("iam"),
    });
    const known = scope.node.tryFindChild("caller") as ProjectIamMember | undefined;
    return (
      known ??
      new ProjectIamMember(scope, "caller", {
        project: site.project,
        role: this.callerRole.id,
        member,
        dependsOn: this.project.dependencies("cloudresourcemanager"),
      })
    );
  }
}

const ID_DIGITS = 10;

/** Ten digits that do not start with 0, the same for the same name: the id of an endpoint, which callers know. */
function endpointId(name: string): string {
  const lowest = 10 ** (ID_DIGITS - 1);
  return String(lowest + (Number.parseInt(fingerprint(name, 12), 16) % (9 * lowest)));
}
