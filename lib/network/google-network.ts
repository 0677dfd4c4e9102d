import { ComputeFirewall } from "@cdktf/provider-google/lib/compute-firewall";
import { ComputeNetwork } from "@cdktf/provider-google/lib/compute-network";
import type { ComputeRouter } from "@cdktf/provider-google/lib/compute-router";
import type { ComputeRouterNat } from "@cdktf/provider-google/lib/compute-router-nat";
import { ComputeSubnetwork } from "@cdktf/provider-google/lib/compute-subnetwork";
import { Construct } from "constructs";
import { overlaps, prefixLength } from "../core/cidr";
import { CoreErrors } from "../core/errors";
import { GoogleProject } from "../core/google-project";
import { type NameRule, Problems } from "../core/problems";
import type { GoogleSite } from "../fabric/site";
import { NetworkErrors } from "./errors";
import type { IGoogleNetwork } from "./network";

/** Loaded on first use: most networks have no way out. */
const loadNat = () => ({
  ...(require("@cdktf/provider-google/lib/compute-router") as typeof import("@cdktf/provider-google/lib/compute-router")),
  ...(require("@cdktf/provider-google/lib/compute-router-nat") as typeof import("@cdktf/provider-google/lib/compute-router-nat")),
});

export const FLOW_LOG_INTERVALS = ["5_SEC", "30_SEC", "1_MIN", "5_MIN", "10_MIN", "15_MIN"] as const;

/** The log of connections of a network. */
export interface GoogleFlowLogOptions {
  /** Share of the connections that are logged, above 0 up to 1. @default 0.5 */
  readonly sampling?: number;
  /** Time over which packets of one connection are summed up. @default "5_MIN" */
  readonly interval?: (typeof FLOW_LOG_INTERVALS)[number];
}

/** A way out to the internet, without addresses that can be reached from there. */
export interface GoogleNatOptions {
  /** Ports that each node gets, 32 to 65,536, a power of two: more connections at once to one address outside. @default 64 */
  readonly minPortsPerVm?: number;
}

export interface GoogleNetworkProps {
  readonly site: GoogleSite;
  /** Start of every name, 2 to 48 of [a-z0-9-]. */
  readonly namePrefix: string;
  /** IPv4 range of the nodes, /8 to /29. Literal. */
  readonly nodesCidr: string;
  /** IPv4 range of the pods, /8 to /24: each node takes at least twice its pods. Literal. */
  readonly podsCidr: string;
  /** IPv4 range of the services, /16 to /27. Literal. */
  readonly servicesCidr: string;
  /** Bytes of the largest packet, 1,300 to 8,896. @default 8896 */
  readonly mtu?: number;
  /**
   * Way out to the internet. Without one images come from Artifact Registry, also those of others through its remote
   * repositories. @default false: as in the other networks of this library, data cannot be carried out
   */
  readonly nat?: GoogleNatOptions | false;
  /** `false` keeps none. @default - on with the defaults of `GoogleFlowLogOptions` */
  readonly flowLogs?: GoogleFlowLogOptions | false;
  /** Switch the Compute API on; it stays on when the network is destroyed. @default true */
  readonly enableServices?: boolean;
}

const NAME_PREFIX: NameRule = {
  pattern: /^[a-z][a-z0-9-]*[a-z0-9]$/,
  maxLength: 48,
  form: "2 to 48 lower-case letters, digits and hyphens, starting with a letter, not ending with a hyphen",
};

/** Source: https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips (read 2026-11-24) */
const SIZES = {
  nodesCidr: { min: 8, max: 29 },
  podsCidr: { min: 8, max: 24 },
  servicesCidr: { min: 16, max: 27 },
} as const;

const PORTS = [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];

/**
 * A private network in one region of Google Cloud: one subnet with ranges for nodes, pods and services, Google's own
 * services reached without public addresses, nothing let in, and no way out unless `nat` is given.
 *
 * Makes `google_compute_network`, `google_compute_subnetwork`, `google_compute_firewall`, `google_project_service`, and
 * with `nat` `google_compute_router` and `google_compute_router_nat`.
 *
 * @throws InvalidName, InvalidCidr, RangesOverlap, NumberOutOfRange, NotOneOf, TokenNotAllowed
 */
export class GoogleNetwork extends Construct implements IGoogleNetwork {
  readonly networkName: string;
  readonly subnetworkName: string;
  readonly podsRangeName = "pods";
  readonly servicesRangeName = "services";
  readonly nodesCidr: string;
  readonly podsCidr: string;
  readonly servicesCidr: string;
  readonly project: GoogleProject;
  readonly network: ComputeNetwork;
  readonly subnetwork: ComputeSubnetwork;
  /** Nothing is let in anyway; this rule writes down what was refused. */
  readonly denyIngress: ComputeFirewall;
  /** Set with `nat`. */
  readonly router?: ComputeRouter;
  /** Set with `nat`. */
  readonly nat?: ComputeRouterNat;

  constructor(scope: Construct, id: string, props: GoogleNetworkProps) {
    super(scope, id);
    checkNetwork(this.node.path, props);
    const { site, namePrefix } = props;
    const { project } = site;
    this.nodesCidr = props.nodesCidr;
    this.podsCidr = props.podsCidr;
    this.servicesCidr = props.servicesCidr;
    this.project = new GoogleProject(this, "project", {
      site,
      apis: ["compute"],
      enableServices: props.enableServices ?? true,
    });
    this.network = new ComputeNetwork(this, "network", {
      project,
      name: namePrefix,
      autoCreateSubnetworks: false,
      routingMode: "REGIONAL",
      mtu: props.mtu ?? 8896,
      dependsOn: this.project.dependencies("compute"),
    });
    this.networkName = this.network.name;
    this.subnetwork = new ComputeSubnetwork(this, "subnet", {
      project,
      region: site.region,
      name: `${namePrefix}-nodes`,
      network: this.network.id,
      ipCidrRange: props.nodesCidr,
      secondaryIpRange: [
        { rangeName: this.podsRangeName, ipCidrRange: props.podsCidr },
        { rangeName: this.servicesRangeName, ipCidrRange: props.servicesCidr },
      ],
      privateIpGoogleAccess: true,
      ...(props.flowLogs === false ? {} : { logConfig: logConfig(props.flowLogs ?? {}) }),
    });
    this.subnetworkName = this.subnetwork.name;
    this.denyIngress = new ComputeFirewall(this, "deny-ingress", {
      project,
      name: `${namePrefix}-deny-ingress`,
      network: this.network.name,
      description: "Nothing is let in but what a rule of higher priority allows; what is refused is logged",
      direction: "INGRESS",
      // Just above the rule that Google implies: those that GKE makes for its nodes and load balancers win.
      priority: 65_534,
      sourceRanges: ["0.0.0.0/0"],
      deny: [{ protocol: "all" }],
      logConfig: { metadata: "INCLUDE_ALL_METADATA" },
    });
    if (props.nat) {
      const { ComputeRouter: Router, ComputeRouterNat: Nat } = loadNat();
      this.router = new Router(this, "router", {
        project,
        region: site.region,
        name: `${namePrefix}-router`,
        network: this.network.id,
      });
      this.nat = new Nat(this, "nat", {
        project,
        region: site.region,
        name: `${namePrefix}-nat`,
        router: this.router.name,
        natIpAllocateOption: "AUTO_ONLY",
        sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
        subnetwork: [{ name: this.subnetwork.id, sourceIpRangesToNat: ["ALL_IP_RANGES"] }],
        minPortsPerVm: props.nat.minPortsPerVm ?? 64,
        logConfig: { enable: true, filter: "ERRORS_ONLY" },
      });
    }
  }
}

function logConfig({ sampling, interval }: GoogleFlowLogOptions) {
  return {
    aggregationInterval: `INTERVAL_${interval ?? "5_MIN"}`,
    flowSampling: sampling ?? 0.5,
    metadata: "INCLUDE_ALL_METADATA",
  };
}

function checkNetwork(where: string, props: GoogleNetworkProps): void {
  const problems = new Problems(where);
  problems.name("namePrefix", props.namePrefix, NAME_PREFIX);
  checkRanges(problems, props);
  if (props.mtu !== undefined) {
    problems.integer("mtu", props.mtu, { min: 1300, max: 8896 });
  }
  const ports = props.nat ? props.nat.minPortsPerVm : undefined;
  if (ports !== undefined && problems.literal("nat.minPortsPerVm", ports) && !PORTS.includes(ports)) {
    problems.add(CoreErrors.NotOneOf, {
      subject: "nat.minPortsPerVm",
      given: ports,
      allowed: PORTS.join(", "),
    });
  }
  if (props.flowLogs) {
    const { sampling = 0.5, interval = "5_MIN" } = props.flowLogs;
    problems.oneOf("flowLogs.interval", interval, FLOW_LOG_INTERVALS);
    if (problems.literal("flowLogs.sampling", sampling) && !(sampling > 0 && sampling <= 1)) {
      problems.add(CoreErrors.NumberOutOfRange, {
        subject: "flowLogs.sampling",
        given: sampling,
        allowed: "a number above 0, at most 1; flowLogs: false for none",
      });
    }
  }
  problems.throwIfAny();
}

function checkRanges(problems: Problems, props: GoogleNetworkProps): void {
  const keys = ["nodesCidr", "podsCidr", "servicesCidr"] as const;
  const fine = keys.filter(
    (key) =>
      problems.literal(key, props[key], "an address range as a literal: its size is checked") &&
      problems.cidr(key, props[key]) &&
      problems.integer(`prefix length of ${key}`, prefixLength(props[key]), SIZES[key]),
  );
  for (const [index, key] of fine.entries()) {
    for (const other of fine.slice(index + 1).filter((each) => overlaps(props[key], props[each]))) {
      problems.add(NetworkErrors.RangesOverlap, {
        subject: `${key} and ${other}`,
        given: `${props[key]} and ${props[other]}`,
        allowed: "ranges without a common address",
      });
    }
  }
}
