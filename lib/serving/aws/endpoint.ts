import { DataAwsEc2ManagedPrefixList } from "@cdktf/provider-aws/lib/data-aws-ec2-managed-prefix-list";
import { SagemakerEndpoint } from "@cdktf/provider-aws/lib/sagemaker-endpoint";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type AwsFacts, awsFacts, regionalArn } from "../../core/aws-facts";
import { AwsGrantees } from "../../core/aws-grantees";
import { claimNames } from "../../core/claimed-names";
import { resourceName } from "../../core/naming";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import { SiteErrors } from "../../fabric/errors";
import { Identity } from "../../fabric/identity";
import type { AwsSite } from "../../fabric/site";
import type { MetricsSource } from "../../kubernetes/metrics-source";
import { type Grant, LakehouseErrors } from "../../lakehouse/index";
import { EndpointErrors } from "../endpoint-errors";
import type { CloudMetrics, EndpointAccess, IModelEndpoint, TrafficClass } from "../serving";
import { SageMakerAlarms } from "./alarms";
import { checkEndpoint } from "./check";
import { SageMakerConfiguration } from "./configuration";
import { deploymentConfig, type ResolvedDeployment, resolveDeployment } from "./deployment";
import { SageMakerModel } from "./model";
import { resolveVariant } from "./plan";
import type { SageMakerEndpointProps } from "./props";
import { SageMakerRole } from "./role";
import { SageMakerVariantScaling } from "./scaling";
import type { ResolvedVariant } from "./variants";

/** Of endpoints. Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html (read 2026-11) */
const NAME_LENGTH = 63;
const IDENTITY_NAME_LENGTH = 32;

/** All that an endpoint is made from, checked and sized. */
interface Resolved {
  readonly variants: readonly ResolvedVariant[];
  readonly shadow?: ResolvedVariant;
  readonly deployment: ResolvedDeployment;
  readonly destroyable: boolean;
}

/**
 * A model behind an endpoint of SageMaker: weights of S3, an image of ECR by digest, variants that share the requests, a shadow
 * that gets copies, answers at once or through a queue. Sized by the capacity model for its classes. Needs one `AwsProvider` in
 * the stack, for the region and account of the site.
 *
 * Names: the endpoint is `<namePrefix>-<endpointName>` for ever; models carry a fingerprint and configurations a mark of the
 * provider's, so that new ones stand beside old ones until traffic has moved.
 *
 * Makes `aws_sagemaker_endpoint`; {@link SageMakerConfiguration}; a {@link SageMakerModel} and {@link SageMakerAlarms} per
 * variant, a {@link SageMakerVariantScaling} where asked for; {@link SageMakerRole}; `aws_security_group`,
 * `aws_vpc_security_group_egress_rule`, `data.aws_ec2_managed_prefix_list` where the network does not know it; `aws_iam_role_policy` and the like for grants.
 *
 * @throws SageMakerMachineUnknown, SageMakerImageForm, SageMakerInstanceNotFilled, SageMakerAdaptersUnsupported, WeightsNotInS3,
 *   TrafficPercentsDoNotSum, ShadowNotPossible, ScaleToZeroNotPossible, AnswerTooLong, CaptureOfPersonalData,
 *   PayloadZoneWithTables, PayloadZoneWithoutKey, DeploymentNotPossible, EnvironmentTaken, AsyncVariants,
 *   EndpointOutsideResidency, RemovalNeedsTwoKeys, NoEffect, InvalidName, InvalidArn, MissingValue, DuplicateValue,
 *   NumberOutOfRange, NotOneOf, TokenNotAllowed, all errors of `planEndpoint`; of grants IdentityKindMismatch,
 *   MissingOidcIssuer, GrantNotApplicable, InvalidPrincipal, DuplicateValue; at synth EndpointNamesTaken, TwoScalersOfVariant,
 *   ProviderOfOtherPlace
 */
export class SageMakerEndpoint extends Construct implements IModelEndpoint {
  readonly site: AwsSite;
  readonly endpointName: string;
  readonly variantNames: readonly string[];
  readonly classes: readonly TrafficClass[];
  /** Empty: CloudWatch keeps what SageMaker measures. */
  readonly metrics: readonly MetricsSource[] = [];
  readonly cloudMetrics: CloudMetrics;
  /** How each variant was sized, and why, by its name. */
  readonly variants: Readonly<Record<string, ResolvedVariant>>;
  /** Name by which the endpoint is called. */
  readonly name: string;
  /** Path of an invocation at once, or through the queue; of the host in `access()`. */
  readonly invocationPath: string;
  readonly role: SageMakerRole;
  readonly securityGroup: SecurityGroup;
  readonly egressToS3: VpcSecurityGroupEgressRule;
  /** By the name of the variant, the shadow's included. */
  readonly models: Readonly<Record<string, SageMakerModel>>;
  readonly configuration: SageMakerConfiguration;
  /** By the name of the variant. */
  readonly alarms: Readonly<Record<string, SageMakerAlarms>>;
  readonly endpoint: SagemakerEndpoint;
  /** By the name of the variant. */
  readonly scaling: Readonly<Record<string, SageMakerVariantScaling>>;
  private readonly facts: AwsFacts;
  private readonly grantees: AwsGrantees;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SageMakerEndpointProps,
  ) {
    super(scope, id);
    this.site = props.site;
    this.endpointName = props.endpointName;
    this.classes = props.classes;
    const resolved = this.resolve();
    const { variants, shadow } = resolved;
    this.variantNames = variants.map(({ name }) => name);
    this.variants = byName(variants, (variant) => variant);
    this.name = resourceName([props.namePrefix, props.endpointName], { maxLength: NAME_LENGTH });
    this.invocationPath = `/endpoints/${this.name}/${props.async ? "async-invocations" : "invocations"}`;
    this.cloudMetrics = {
      kind: "cloudwatch",
      endpointName: this.name,
      queued: props.async !== undefined,
      variants: variants.map(({ name, machine }) => ({
        name,
        acceleratorsPerInstance: machine.acceleratorCount,
      })),
    };
    this.facts = awsFacts(this, props.site);
    claimNames(this, {
      key: `sagemaker/${props.site.account ?? ""}/${props.site.region}/${this.name}`,
      error: EndpointErrors.EndpointNamesTaken,
      given: props.namePrefix,
    });
    this.securityGroup = new SecurityGroup(this, "security-group", {
      name: `${this.name}-sagemaker`,
      description: "Instances of a SageMaker endpoint: HTTPS to S3, nothing in",
      vpcId: props.network.vpcId,
    });
    this.egressToS3 = this.openS3();
    const everything = shadow ? [...variants, shadow] : variants;
    this.role = new SageMakerRole(this, "role", {
      facts: this.facts,
      name: this.name,
      variants: everything,
      subnetIds: props.network.privateSubnetIds,
      securityGroupId: this.securityGroup.id,
      weightsKeyArn: props.weightsKeyArn,
      topicArns: [props.async?.successTopicArn, props.async?.errorTopicArn].filter(
        (arn) => arn !== undefined,
      ),
    });
    const rights = [...new Set([this.role.policy, ...this.grantZones()])];
    this.models = byName(everything, (variant) => this.makeModel(variant, rights));
    const served = (variant: ResolvedVariant) => ({
      variant,
      modelName: this.models[variant.name]!.model.name,
    });
    this.configuration = new SageMakerConfiguration(this, "configuration", {
      name: this.name,
      variants: variants.map(served),
      shadow: shadow && served(shadow),
      async: props.async,
      dataCapture: props.dataCapture,
    });
    this.alarms = byName(variants, ({ name }) => this.makeAlarms(name));
    this.endpoint = this.makeEndpoint(resolved);
    const scaled = variants.filter(({ scaling }) => scaling !== undefined);
    this.scaling = byName(scaled, (variant) => this.scale(variant));
    this.grantees = new AwsGrantees(this, "grantees", {
      facts: this.facts,
      nameParts: [this.name, this.facts.region],
      oidcProviderArns: props.oidcProviderArns ?? {},
      errors: { ...LakehouseErrors, ...SiteErrors },
    });
  }

  /**
   * Signed calls of the SageMaker runtime at `invocationPath`, which no gateway of this library speaks. The cost is known where
   * `usdPerInstanceHour` was given.
   *
   * @throws UnknownVariant
   */
  access(variant = this.variantNames[0]!): EndpointAccess {
    const found = this.variants[variant];
    if (found === undefined) {
      const problems = new Problems(this.node.path);
      problems.add(EndpointErrors.UnknownVariant, {
        subject: "variant",
        given: variant,
        allowed: this.variantNames.join(", "),
      });
      problems.throwIfAny();
    }
    const { model, instances, requestsPerSecond, outputTokensPerSecond, usdPerInstanceHour } = found!;
    return {
      endpoint: this.endpointName,
      variant,
      model: model.name,
      adapters: [],
      site: this.site.name,
      country: this.site.country,
      contextTokens: model.contextTokens,
      reach: {
        kind: "https",
        host: `runtime.sagemaker.${this.facts.region}.${this.facts.dnsSuffix}`,
        port: 443,
        protocol: "sagemaker",
      },
      planned: {
        requestsPerSecond: requestsPerSecond * instances,
        outputTokensPerSecond: outputTokensPerSecond * instances,
        ...(usdPerInstanceHour === undefined ? {} : { usdPerHour: usdPerInstanceHour * instances }),
      },
    };
  }

  /**
   * Lets `identity` invoke the endpoint; who invokes it asynchronously also needs rights on the zone of requests.
   *
   * @throws IdentityKindMismatch, MissingOidcIssuer, GrantNotApplicable, InvalidPrincipal, DuplicateValue
   */
  grantInvoke(identity: Identity): Grant {
    const { resources, access } = this.grantees.allow(identity, [
      {
        Sid: "InvokeEndpoint",
        Effect: "Allow",
        Action: this.props.async
          ? ["sagemaker:InvokeEndpointAsync"]
          : ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
        Resource: [regionalArn(this.facts, "sagemaker", `endpoint/${this.name}`)],
      },
    ]);
    return { resources, access };
  }

  private resolve(): Resolved {
    const { props } = this;
    const problems = new Problems(this.node.path);
    checkEndpoint(problems, props);
    this.checkResidency(problems);
    const destroyable = mayDestroy(this, props.removalPolicy, problems);
    problems.throwIfAny();
    const variants = props.variants.map((variant) =>
      resolveVariant(problems, props, variant, {
        subject: `variant "${variant.name}"`,
        percent: variant.trafficPercent ?? 100,
        scaling: variant.scaling,
      }),
    );
    const shadow =
      props.shadow &&
      resolveVariant(problems, props, props.shadow, {
        subject: `shadow "${props.shadow.name}"`,
        percent: props.shadow.samplePercent,
      });
    problems.throwIfAny();
    const sized = variants as readonly ResolvedVariant[];
    const deployment = resolveDeployment(problems, props.deployment ?? {}, props.classes, sized);
    problems.throwIfAny();
    return { variants: sized, shadow, deployment, destroyable };
  }

  private checkResidency(problems: Problems): void {
    for (const { name, residency } of this.props.classes) {
      if (!residency.allows(this.site.country)) {
        problems.add(EndpointErrors.EndpointOutsideResidency, {
          subject: `class "${name}"`,
          given: `${this.site.name} (${this.site.country})`,
          allowed: `${residency.name}: ${residency.describe()}`,
        });
      }
    }
  }

  private openS3(): VpcSecurityGroupEgressRule {
    const asked = () =>
      new DataAwsEc2ManagedPrefixList(this, "s3-addresses", {
        name: `com.amazonaws.${this.facts.region}.s3`,
      }).id;
    return new VpcSecurityGroupEgressRule(this, "egress-s3", {
      securityGroupId: this.securityGroup.id,
      description: "HTTPS to S3: weights, requests and answers",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      prefixListId: this.props.network.s3PrefixListId ?? asked(),
    });
  }

  /** The lakehouse's own grants: they know its buckets, keys and governance. */
  private grantZones(): readonly ITerraformDependable[] {
    const { async, dataCapture } = this.props;
    const name = resourceName([this.props.namePrefix, this.endpointName, "model"], {
      maxLength: IDENTITY_NAME_LENGTH,
    });
    const identity = Identity.awsRole(name, this.role.role.arn);
    return [
      ...(async ? async.input.grantRead(identity, { includePii: true }).resources : []),
      ...(async ? async.output.grantWrite(identity).resources : []),
      ...(dataCapture ? dataCapture.zone.grantWrite(identity).resources : []),
    ];
  }

  private makeModel(variant: ResolvedVariant, after: readonly ITerraformDependable[]): SageMakerModel {
    return new SageMakerModel(this, `model-${variant.name}`, {
      name: this.name,
      variant,
      roleArn: this.role.role.arn,
      subnetIds: this.props.network.privateSubnetIds,
      securityGroupId: this.securityGroup.id,
      after: [...after, this.egressToS3],
    });
  }

  private makeAlarms(variantName: string): SageMakerAlarms {
    return new SageMakerAlarms(this, `alarms-${variantName}`, {
      endpointName: this.name,
      variantName,
      classes: this.classes,
      topicArns: this.props.alarmTopicArns ?? [],
    });
  }

  private makeEndpoint({ deployment, destroyable }: Resolved): SagemakerEndpoint {
    const alarms = Object.values(this.alarms).flatMap(({ all }) => all);
    return new SagemakerEndpoint(this, "endpoint", {
      name: this.name,
      endpointConfigName: this.configuration.configuration.name,
      deploymentConfig: deploymentConfig(
        deployment,
        alarms.map(({ alarmName }) => alarmName),
      ),
      lifecycle: destroyable ? undefined : { preventDestroy: true },
    });
  }

  private scale(variant: ResolvedVariant): SageMakerVariantScaling {
    return new SageMakerVariantScaling(this, `scaling-${variant.name}`, {
      endpointName: this.name,
      variant,
      scaling: variant.scaling!,
      queued: this.props.async !== undefined,
      after: [this.endpoint],
    });
  }
}

function byName<T>(
  variants: readonly ResolvedVariant[],
  make: (variant: ResolvedVariant) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(variants.map((variant) => [variant.name, make(variant)]));
}
