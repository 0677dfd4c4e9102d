import type { NetworkPolicyV1Config } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { isToken } from "../../core/tokens";
import { podsOf, tcp } from "../../kubernetes/network-policy";
import { PROGRAM_PORT } from "../../kubernetes/program-pod";
import type { KafkaTopicAccess } from "../streaming";
import type { InlineTracing, ServiceAuth } from "./props";
import { collectorService } from "./tracing";

type Spec = NetworkPolicyV1Config["spec"];
type Egress = NonNullable<Exclude<Spec["egress"], undefined>>;
interface Target {
  readonly host: string;
  readonly port: string;
}

/** Brokers whose ports are not known until Terraform knows their addresses: those of MSK and of Google. */
const BROKER_PORTS = ["9092", "9094", "9096", "9098"];

/** https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/ (read 2026-11) */
const NODE_LOCAL_DNS = "169.254.20.10/32";

/** GKE's metadata server: https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity (read 2026-11) */
const GOOGLE_METADATA = { cidrs: ["169.254.169.252/32", "169.254.169.254/32"], ports: ["80", "987", "988"] };
/** Agent of EKS Pod Identity: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html (read 2026-11) */
const POD_IDENTITY = { cidrs: ["169.254.170.23/32"], ports: ["80"] };

const PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443", "postgresql:": "5432" };

/** An endpoint that only Terraform will know is taken to be outside, on the port of its kind. */
function targetOf({ endpoint, kind }: Service): Target {
  if (isToken(endpoint)) {
    return { host: "", port: PORTS[kind === "pgvector" ? "postgresql:" : "https:"]! };
  }
  const { protocol, hostname, port } = new URL(endpoint);
  return { host: hostname, port: port || PORTS[protocol]! };
}

/** `x.y.svc` and `x.y.svc.cluster.local`: namespace y of this cluster. */
const namespaceOf = (host: string): string | undefined => /^[^.]+\.([^.]+)\.svc(\.|$)/.exec(host)?.[1];

function brokers(bootstrapServers: string): readonly Target[] {
  return isToken(bootstrapServers)
    ? BROKER_PORTS.map((port) => ({ host: "", port }))
    : bootstrapServers.split(",").map((each) => {
        const [host = "", port = "9092"] = each.split(":");
        return { host, port };
      });
}

interface Service {
  readonly endpoint: string;
  /** Of a look-up. */
  readonly kind?: string;
  readonly auth?: ServiceAuth;
}

/** Whom a program of the worker's image talks to. */
export interface Connections {
  readonly input: Pick<KafkaTopicAccess, "auth" | "bootstrapServers">;
  readonly services: readonly Service[];
  /** @default - any, on the ports of the endpoints */
  readonly egressCidrs?: readonly string[];
  /** @default - no spans */
  readonly tracing?: InlineTracing;
  /** @default - nobody reads metrics */
  readonly monitoring?: { readonly namespace: string };
}

/**
 * In: whoever reads metrics. Out: names, brokers, look-ups, the model, the collector of spans, and the cloud's identity where it is used. Pods
 * of a namespace are let in on all ports, because a policy sees the port of the pod, not of its Service.
 */
export function networkPolicy(
  { input, services, egressCidrs, tracing, monitoring }: Connections,
  selector: Readonly<Record<string, string>>,
): Spec {
  const told = tracing === undefined ? [] : [collectorService(tracing)];
  const targets = [...brokers(input.bootstrapServers), ...[...services, ...told].map(targetOf)];
  const namespaces = new Set(targets.flatMap(({ host }) => namespaceOf(host) ?? []));
  const outside = targets.filter(({ host }) => namespaceOf(host) === undefined);
  const auths = services.map(({ auth }) => auth?.kind);
  const uses = (kind: ServiceAuth["kind"], broker: string) => auths.includes(kind) || input.auth === broker;
  const egress: Egress = [
    {
      to: [podsOf("kube-system"), { ipBlock: { cidr: NODE_LOCAL_DNS } }],
      ports: [...tcp("53"), { port: "53", protocol: "UDP" }],
    },
    ...[...namespaces].sort().map((namespace) => ({ to: [podsOf(namespace)] })),
  ];
  const blocks = (cidrs: readonly string[], ports: readonly string[]) => ({
    to: cidrs.map((cidr) => ({ ipBlock: { cidr } })),
    ports: tcp(...ports),
  });
  if (outside.length > 0) {
    const ports = [...new Set(outside.map(({ port }) => port))].sort();
    egress.push(blocks([...(egressCidrs ?? ["0.0.0.0/0"])].sort(), ports));
  }
  if (uses("google", "oauthbearer")) {
    egress.push(blocks(GOOGLE_METADATA.cidrs, GOOGLE_METADATA.ports));
  }
  if (uses("aws", "sasl-iam")) {
    egress.push(blocks(POD_IDENTITY.cidrs, POD_IDENTITY.ports));
  }
  return {
    podSelector: { matchLabels: { ...selector } },
    policyTypes: ["Egress", "Ingress"],
    egress,
    ingress: monitoring ? [{ from: [podsOf(monitoring.namespace)], ports: tcp(`${PROGRAM_PORT}`) }] : [],
  };
}
