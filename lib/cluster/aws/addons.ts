import type { EksAddon } from "@cdktf/provider-aws/lib/eks-addon";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { AwsFacts } from "../../core/aws-facts";
import type { PolicyStatement } from "../../core/aws-policy";
import { escapeTemplate } from "../../core/escape";
import { stableJson } from "../../core/json";
import { TIER_LABEL } from "../nodes";
import { AwsPodRole } from "./pod-role";
import { type AddonOptions, CLUSTER_ADDONS, type ClusterAddon } from "./props";

const loadEksAddon = () =>
  (require("@cdktf/provider-aws/lib/eks-addon") as typeof import("@cdktf/provider-aws/lib/eks-addon"))
    .EksAddon;

/** Nodes do not become ready without these, so they come first; the rest needs a node to run on. */
const BEFORE_NODES: readonly ClusterAddon[] = ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"];

/** Service accounts of add-ons that call AWS, and what they may do there. */
const IDENTITIES: Readonly<Partial<Record<ClusterAddon, { serviceAccount: string; policy: string }>>> = {
  "vpc-cni": { serviceAccount: "aws-node", policy: "AmazonEKS_CNI_Policy" },
  "aws-ebs-csi-driver": {
    serviceAccount: "ebs-csi-controller-sa",
    policy: "service-role/AmazonEBSCSIDriverPolicy",
  },
};

/** Keeps what is no DaemonSet on the nodes that are always there. */
const ON_SYSTEM_NODES = { nodeSelector: { [TIER_LABEL]: "system" } };

type Settings = Readonly<Record<string, unknown>>;

function ownSettings(addon: ClusterAddon, prefixDelegation: boolean): Settings {
  switch (addon) {
    case "vpc-cni":
      return prefixDelegation ? { env: { ENABLE_PREFIX_DELEGATION: "true", WARM_PREFIX_TARGET: "1" } } : {};
    case "coredns":
    case "metrics-server":
      return ON_SYSTEM_NODES;
    case "aws-ebs-csi-driver":
      return { controller: ON_SYSTEM_NODES };
    default:
      return {};
  }
}

const isObject = (value: unknown): value is Settings =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The user's settings over those of the library. */
function merged(own: Settings, given: Settings): Settings {
  const entries = Object.entries(given).map(([key, value]) => {
    const before = own[key];
    return [key, isObject(before) && isObject(value) ? merged(before, value) : value] as const;
  });
  return { ...own, ...Object.fromEntries(entries) };
}

export interface AwsAddonsProps {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  readonly clusterName: string;
  readonly encryptionKeyArn: string;
  readonly prefixDelegation: boolean;
  readonly addons: Readonly<Partial<Record<ClusterAddon, AddonOptions | false>>>;
}

/** Volumes are encrypted with the cluster's key where a storage class says so. */
function encryptVolumes(keyArn: string): readonly PolicyStatement[] {
  return [
    {
      Sid: "UseKeyForVolumes",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*", "kms:DescribeKey"],
      Resource: [keyArn],
    },
    {
      Sid: "GrantKeyToVolumes",
      Effect: "Allow",
      Action: ["kms:CreateGrant"],
      Resource: [keyArn],
      Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
}

/** Which add-ons are on, in the order in which they are installed. */
export function chosenAddons(addons: AwsAddonsProps["addons"] = {}): readonly ClusterAddon[] {
  return CLUSTER_ADDONS.filter((addon) => addons[addon] !== false);
}

/**
 * EKS add-ons. Those that nodes need to become ready wait for nothing but the cluster; those that need a node wait for
 * the nodes that are always there. So neither waits for the other.
 *
 * Makes `aws_eks_addon`, `aws_iam_role`, `aws_iam_role_policy`, `aws_iam_role_policy_attachment`.
 */
export class AwsAddons extends Construct {
  /** By name. */
  readonly addons: Partial<Record<ClusterAddon, EksAddon>> = {};
  /** Roles of add-ons, by add-on. */
  readonly roles: Partial<Record<ClusterAddon, AwsPodRole>> = {};

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AwsAddonsProps,
  ) {
    super(scope, id);
    for (const addon of chosenAddons(props.addons).filter((each) => BEFORE_NODES.includes(each))) {
      this.install(addon, []);
    }
  }

  /** What nodes wait for. */
  get beforeNodes(): readonly ITerraformDependable[] {
    return BEFORE_NODES.flatMap((addon) => this.addons[addon] ?? []);
  }

  /** Installs the rest, once there are nodes to run it. */
  installAfter(nodes: readonly ITerraformDependable[]): void {
    for (const addon of chosenAddons(this.props.addons).filter((each) => !BEFORE_NODES.includes(each))) {
      this.install(addon, nodes);
    }
  }

  private install(addon: ClusterAddon, after: readonly ITerraformDependable[]): void {
    const { props } = this;
    const { version, configuration = {} } = props.addons[addon] || {};
    const settings = merged(ownSettings(addon, props.prefixDelegation), configuration);
    const identity = IDENTITIES[addon];
    const role = identity && this.roleOf(addon, identity);
    const Addon = loadEksAddon();
    this.addons[addon] = new Addon(this, addon, {
      clusterName: props.clusterName,
      addonName: addon,
      addonVersion: version,
      // An install that finds leftovers takes them over; later changes by hand are refused, not overwritten.
      resolveConflictsOnCreate: "OVERWRITE",
      resolveConflictsOnUpdate: "NONE",
      configurationValues:
        Object.keys(settings).length > 0 ? escapeTemplate(stableJson(settings)) : undefined,
      podIdentityAssociation: role && [{ roleArn: role.role.arn, serviceAccount: identity!.serviceAccount }],
      dependsOn: [...after, ...(role ? [...role.attachments, ...Object.values(role.policies)] : [])],
    });
  }

  private roleOf(addon: ClusterAddon, identity: { serviceAccount: string; policy: string }): AwsPodRole {
    const { facts, namePrefix, encryptionKeyArn } = this.props;
    const role = new AwsPodRole(this, `${addon}-role`, {
      facts,
      namePrefix,
      namespace: "kube-system",
      serviceAccount: identity.serviceAccount,
      managedPolicies: [identity.policy],
      policies: addon === "aws-ebs-csi-driver" ? { "use-key": encryptVolumes(encryptionKeyArn) } : {},
    });
    this.roles[addon] = role;
    return role;
  }
}
