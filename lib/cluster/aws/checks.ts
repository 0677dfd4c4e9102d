import { LOG_RETENTION_DAYS } from "../../core/aws-log-retention";
import { overlaps, prefixLength } from "../../core/cidr";
import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { checkKubernetesVersion } from "../versions";
import { DEFAULT_SERVICE_CIDR } from "./control-plane";
import { AwsClusterErrors } from "./errors";
import type { PoolPlan } from "./plan";
import {
  type AwsClusterProps,
  CLUSTER_ADDONS,
  CONTROL_PLANE_LOGS,
  CONTROL_PLANE_TIERS,
  type HybridNodesOptions,
} from "./props";

/** 1.30 left extended support on 2026-07-23; a version has 26 months. */
const OLDEST_EKS = {
  version: "1.31",
  source: "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html, read 2026-11-24",
};

/** Network of hosts that exist only in private use. Source: RFC 1918 */
const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** Without these no node joins; the rest of CLUSTER_ENDPOINTS depends on what runs. */
const NODES_NEED = ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "sts"];
const KARPENTER_NEEDS = ["sqs", "ssm"];

interface NamedRange {
  readonly subject: string;
  readonly cidr: string;
}

function isPrivate(cidr: string): boolean {
  return PRIVATE_RANGES.some((range) => overlaps(range, cidr) && prefixLength(cidr) >= prefixLength(range));
}

function checkPrivateRange(
  problems: Problems,
  { subject, cidr }: NamedRange,
  sizes: { readonly largest: number; readonly smallest: number },
): boolean {
  if (!problems.literal(subject, cidr, "a literal range") || !problems.cidr(subject, cidr)) {
    return false;
  }
  const length = prefixLength(cidr);
  if (!isPrivate(cidr) || length < sizes.largest || length > sizes.smallest) {
    problems.add(AwsClusterErrors.RangeNotPrivate, {
      subject,
      given: cidr,
      allowed: `/${sizes.largest} to /${sizes.smallest} inside ${PRIVATE_RANGES.join(", ")}`,
    });
  }
  return true;
}

function checkOverlaps(problems: Problems, ranges: readonly NamedRange[]): void {
  for (const [index, one] of ranges.entries()) {
    for (const other of ranges.slice(index + 1).filter(({ cidr }) => overlaps(one.cidr, cidr))) {
      problems.add(AwsClusterErrors.RangeOverlap, {
        subject: other.subject,
        given: other.cidr,
        allowed: `a range apart from ${one.cidr} (${one.subject})`,
      });
    }
  }
}

function checkHybrid(problems: Problems, hybrid: HybridNodesOptions): readonly NamedRange[] {
  problems.required("hybridNodes.nodeCidrs", hybrid.nodeCidrs?.[0], "one range or more");
  const named = (["nodeCidrs", "podCidrs"] as const).flatMap((key) =>
    (hybrid[key] ?? []).map((cidr) => ({ subject: `hybridNodes.${key}`, cidr })),
  );
  // Source: https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-networking.html (read 2026-11-24)
  const fine = named.filter((range) => checkPrivateRange(problems, range, { largest: 8, smallest: 32 }));
  const credentials = hybrid.credentials ?? "ssm";
  const known = problems.oneOf("hybridNodes.credentials", credentials, ["ssm", "iam-roles-anywhere"]);
  const anchor = hybrid.trustAnchorArn;
  if (known && credentials === "iam-roles-anywhere") {
    if (problems.required("hybridNodes.trustAnchorArn", anchor, "the ARN of the trust anchor")) {
      problems.arn("hybridNodes.trustAnchorArn", anchor!, "rolesanywhere");
    }
  } else if (known && anchor !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: "hybridNodes.trustAnchorArn",
      given: anchor,
      allowed: 'nothing, unless credentials is "iam-roles-anywhere"',
    });
  }
  return fine;
}

/** Ranges that routers tell apart: of the network, of services, of machines outside. */
function checkRanges(problems: Problems, props: AwsClusterProps): void {
  const { network, hybridNodes } = props;
  const services = { subject: "serviceCidr", cidr: props.serviceCidr ?? DEFAULT_SERVICE_CIDR };
  const ranges: NamedRange[] = isToken(network.cidrBlock)
    ? []
    : [{ subject: "network", cidr: network.cidrBlock }];
  if (checkPrivateRange(problems, services, { largest: 12, smallest: 24 })) {
    ranges.push(services);
  }
  if (hybridNodes !== undefined) {
    ranges.push(...checkHybrid(problems, hybridNodes));
  }
  checkOverlaps(problems, ranges);
}

function checkLog(problems: Problems, { controlPlaneLogs, logRetentionDays }: AwsClusterProps): void {
  for (const log of controlPlaneLogs ?? []) {
    problems.oneOf("controlPlaneLogs", log, CONTROL_PLANE_LOGS);
  }
  problems.unique("controlPlaneLogs", controlPlaneLogs ?? []);
  if (logRetentionDays === undefined) {
    return;
  }
  if (controlPlaneLogs?.length === 0) {
    problems.add(CoreErrors.NoEffect, {
      subject: "logRetentionDays",
      given: logRetentionDays,
      allowed: "nothing without controlPlaneLogs",
    });
  } else if (
    problems.literal("logRetentionDays", logRetentionDays) &&
    !LOG_RETENTION_DAYS.includes(logRetentionDays)
  ) {
    problems.add(CoreErrors.NotOneOf, {
      subject: "logRetentionDays",
      given: logRetentionDays,
      allowed: LOG_RETENTION_DAYS.join(", "),
    });
  }
}

function checkAddons(problems: Problems, { addons = {}, prefixDelegation }: AwsClusterProps): void {
  for (const [addon, options] of Object.entries(addons)) {
    problems.oneOf("addons", addon, CLUSTER_ADDONS);
    const { version, configuration } = options || {};
    if (version !== undefined) {
      problems.name(`addons "${addon}" version`, version, {
        pattern: /^v[0-9]+\.[0-9]+\.[0-9]+(-eksbuild\.[0-9]+)?$/,
        maxLength: 40,
        form: "a version such as v1.20.4-eksbuild.1",
      });
    }
    if (configuration !== undefined) {
      problems.literal(`addons "${addon}" configuration`, configuration, "settings as literals");
    }
  }
  const needed = { "vpc-cni": prefixDelegation && "prefixDelegation" } as const;
  for (const [addon, by] of Object.entries(needed)) {
    if (by && addons[addon as keyof typeof addons] === false) {
      problems.add(AwsClusterErrors.AddonRequired, {
        subject: `addons "${addon}"`,
        given: false,
        allowed: `on, because of ${by}`,
      });
    }
  }
}

/** Tags that AWS, Kubernetes and Karpenter tell things apart by. */
const RESERVED_TAG = /^(Name$|aws:|eks:|kubernetes\.io\/|karpenter\.)/i;

function checkNodeTags(problems: Problems, { nodeTags = {} }: AwsClusterProps): void {
  for (const [key, value] of Object.entries(nodeTags)) {
    problems.literal(`nodeTags "${key}"`, key, "a literal key");
    if (RESERVED_TAG.test(key) || key === "") {
      problems.add(CoreErrors.ReservedTag, {
        subject: `nodeTags "${key}"`,
        given: value,
        allowed: "keys of your own",
      });
    }
    problems.required(`nodeTags "${key}"`, value, "a value that is not empty");
  }
}

function checkId(problems: Problems, subject: string, id: string, kind: "vpc" | "subnet"): void {
  if (!isToken(id)) {
    problems.name(subject, id, {
      pattern: new RegExp(`^${kind}-[0-9a-z]+$`),
      maxLength: 32,
      form: `an id such as ${kind}-0123456789abcdef0`,
    });
  }
}

/** Refuses networks in which nodes or the control plane could not be. @param karpenter whether Karpenter runs */
export function checkNetworkFits(problems: Problems, props: AwsClusterProps, karpenter: boolean): void {
  const { vpcId, privateSubnetIds, subnetsByZone, internetEgress, endpointServices } = props.network;
  checkId(problems, "network vpcId", vpcId, "vpc");
  const inZones = Object.values(subnetsByZone ?? {}).map(({ subnetId }) => subnetId);
  for (const id of new Set([...privateSubnetIds, ...inZones])) {
    checkId(problems, "network subnet", id, "subnet");
  }
  if (privateSubnetIds.length < 2) {
    problems.add(AwsClusterErrors.SubnetsInOneZone, {
      subject: "network",
      given: `${privateSubnetIds.length} subnet`,
      allowed: "subnets of two availability zones or more",
    });
  }
  if (internetEgress !== false || endpointServices === undefined) {
    return;
  }
  const needed = [...NODES_NEED, ...(karpenter ? KARPENTER_NEEDS : [])];
  const has = (service: string) =>
    endpointServices.some((each) => each === service || each.endsWith(`.${service}`));
  const missing = needed.filter((service) => !has(service));
  if (missing.length > 0) {
    problems.add(AwsClusterErrors.EndpointsMissing, {
      subject: "network",
      given: endpointServices,
      allowed: `also ${missing.join(", ")}`,
    });
  }
}

/** Refuses what Karpenter cannot do per pool, and settings of it without a pool that it runs. */
export function checkKarpenter(
  problems: Problems,
  { karpenter }: AwsClusterProps,
  plans: readonly PoolPlan[],
): void {
  const elastic = plans.filter(({ nodes }) => nodes.elastic > 0);
  if (karpenter !== undefined && elastic.length === 0) {
    problems.add(CoreErrors.NoEffect, {
      subject: "karpenter",
      given: karpenter,
      allowed: "nothing, unless a pool is elastic or has several capacities",
    });
  }
  if (karpenter?.imageVersion !== undefined) {
    problems.name("karpenter.imageVersion", karpenter.imageVersion, {
      pattern: /^(latest|v20[0-9]{6})$/,
      maxLength: 9,
      form: "latest, or the version of an EKS machine image such as v20261015",
    });
  }
  if (new Set(elastic.map(({ pool }) => pool.disruption.repair)).size > 1) {
    problems.add(AwsClusterErrors.RepairNotPerPool, {
      subject: "pools disruption.repair",
      given: elastic.map(({ pool }) => `${pool.name}: ${pool.disruption.repair}`),
      allowed: "the same for all elastic pools",
    });
  }
}

/** Everything that is wrong with the props apart from pools and network. */
export function checkAwsCluster(problems: Problems, props: AwsClusterProps): void {
  problems.name("namePrefix", props.namePrefix);
  if (props.kubernetesVersion !== undefined) {
    checkKubernetesVersion(problems, props.kubernetesVersion, OLDEST_EKS);
  }
  for (const key of ["publicAccessCidrs", "privateAccessCidrs"] as const) {
    for (const cidr of props[key] ?? []) {
      if (problems.literal(key, cidr, "literal ranges")) {
        problems.cidr(key, cidr);
      }
    }
    problems.unique(key, props[key] ?? []);
  }
  if (props.controlPlaneTier !== undefined) {
    problems.oneOf("controlPlaneTier", props.controlPlaneTier, CONTROL_PLANE_TIERS);
  }
  if (props.supportType !== undefined) {
    problems.oneOf("supportType", props.supportType, ["STANDARD", "EXTENDED"]);
  }
  if (props.encryptionKeyArn !== undefined) {
    problems.arn("encryptionKeyArn", props.encryptionKeyArn, "kms");
  }
  checkLog(problems, props);
  checkAddons(problems, props);
  checkNodeTags(problems, props);
  checkRanges(problems, props);
}
