import { CoreErrors } from "../../core/errors";
import type { NameRule, Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { checkCompatibility, VERSIONS_THAT_FIT } from "../../kubernetes/compatibility";
import { DNS_LABEL } from "../../kubernetes/metadata";
import { checkCollector } from "../../kubernetes/otlp";
import { GatewayErrors } from "../errors";
import { TRAFFIC_CLASS_HEADER } from "../gateway";
import { checkSecretName } from "../secrets";
import { checkCache } from "./cache-checks";
import { INTERNAL_HEADERS } from "./context";
import type { KubernetesAiGatewayProps } from "./props";
import { checkTools } from "./tool-checks";

const HOSTNAME: NameRule = {
  pattern: /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
  maxLength: 253,
  form: "a host name of two parts or more",
};

const HTTPS_URL: NameRule = {
  pattern: /^https:\/\/[^\s/?#]+(\/[^\s?#]*)?$/,
  maxLength: 253,
  form: "a URL that starts with https:// and has no query",
};

const HEADER: NameRule = {
  pattern: /^[a-z0-9-]+$/,
  maxLength: 100,
  form: "lower-case letters, digits and hyphens",
};

const CLAIM: NameRule = {
  pattern: /^[A-Za-z0-9_.:/-]+$/,
  maxLength: 253,
  form: "letters, digits and _.:/-",
};

/** Versions of what the gateway stands on. */
const OWN_COMPONENTS = ["gateway-api", "envoy-gateway", "envoy-ai-gateway", "kubernetes"] as const;

/** Number of proxies that are there at any time. */
export function leastReplicas({ replicas = 3 }: KubernetesAiGatewayProps): number {
  return typeof replicas === "number" ? replicas : replicas.min;
}

/** Checks all that the plan of routes does not know. */
export function checkGatewayProps(problems: Problems, props: KubernetesAiGatewayProps): void {
  for (const name of ["namespace", "proxyNamespace"] as const) {
    const given = props[name];
    if (given !== undefined) {
      problems.name(name, given, DNS_LABEL);
    }
  }
  if (problems.required("hostname", props.hostname, HOSTNAME.form) && !isToken(props.hostname)) {
    problems.name("hostname", props.hostname, HOSTNAME);
  }
  if (props.maxRequestSize !== undefined) {
    problems.size("maxRequestSize", props.maxRequestSize);
  }
  if (props.streamIdleSeconds !== undefined) {
    problems.literalInteger("streamIdleSeconds", props.streamIdleSeconds, { min: 1, max: 3600 });
  }
  if (props.serviceType !== undefined) {
    problems.oneOf("serviceType", props.serviceType, ["LoadBalancer", "ClusterIP"]);
  }
  if (props.tls && "certificateSecret" in props.tls) {
    checkSecretName(problems, "tls.certificateSecret", props.tls.certificateSecret);
  }
  checkReach(problems, props);
  checkReplicas(problems, props);
  checkAuthentication(problems, props);
  checkObservers(problems, props);
  checkTools(problems, props);
  checkCache(problems, props);
  checkVersions(problems, props);
}

/** What has no address outside its cluster. */
function checkReach(problems: Problems, { backends, site }: KubernetesAiGatewayProps): void {
  for (const backend of backends) {
    if (
      backend.kind === "endpoint" &&
      backend.access.reach.kind !== "https" &&
      backend.access.site !== site.name
    ) {
      problems.add(GatewayErrors.EndpointOfOtherCluster, {
        subject: `backend "${backend.name}"`,
        given: `${backend.access.reach.kind} at site ${backend.access.site}`,
        allowed: `endpoints of site ${site.name}`,
      });
    }
  }
}

function checkVersions(problems: Problems, { versions = {} }: KubernetesAiGatewayProps): void {
  const own = Object.fromEntries(OWN_COMPONENTS.map((name) => [name, VERSIONS_THAT_FIT[name]]));
  checkCompatibility(problems, "versions", { ...own, ...versions });
}

function checkReplicas(problems: Problems, { replicas = 3 }: KubernetesAiGatewayProps): void {
  if (typeof replicas === "number") {
    problems.literalInteger("replicas", replicas, { min: 2, max: 100 });
    return;
  }
  const least = problems.literalInteger("replicas.min", replicas.min, { min: 2, max: 100 });
  problems.literalInteger("replicas.max", replicas.max, { min: least ? replicas.min : 2, max: 200 });
  if (replicas.cpuPercent !== undefined) {
    problems.literalInteger("replicas.cpuPercent", replicas.cpuPercent, { min: 1, max: 100 });
  }
}

function checkAuthentication(
  problems: Problems,
  { authentication, classes }: KubernetesAiGatewayProps,
): void {
  switch (authentication.kind) {
    case "jwt":
      for (const name of ["issuer", "jwksUri"] as const) {
        if (!isToken(authentication[name])) {
          problems.name(`authentication.${name}`, authentication[name], HTTPS_URL);
        }
      }
      problems.required("authentication.audiences", authentication.audiences[0], "at least one audience");
      for (const name of ["tenantClaim", "classesClaim"] as const) {
        const given = authentication[name];
        if (given !== undefined) {
          problems.name(`authentication.${name}`, given, CLAIM);
        }
      }
      break;
    case "api-key":
      problems.required("authentication.secrets", authentication.secrets[0], "at least one Secret");
      authentication.secrets.forEach(
        (name, index) => void checkSecretName(problems, `authentication.secrets[${index}]`, name),
      );
      checkKeyHeader(problems, authentication.header);
      for (const { class: traffic, tenants } of classes) {
        problems.required(
          `class "${traffic.name}" tenants`,
          tenants?.[0],
          "at least one: a key says nothing of classes",
        );
      }
      break;
    default:
      problems.oneOf("authentication.kind", (authentication as { kind: string }).kind, ["jwt", "api-key"]);
  }
}

function checkKeyHeader(problems: Problems, header: string | undefined): void {
  if (header === undefined || !problems.name("authentication.header", header, HEADER)) {
    return;
  }
  if ([...INTERNAL_HEADERS, TRAFFIC_CLASS_HEADER].includes(header as typeof TRAFFIC_CLASS_HEADER)) {
    problems.add(GatewayErrors.ReservedHeader, {
      subject: "authentication.header",
      given: header,
      allowed: "authorization, x-api-key, or a header of your own",
    });
  }
}

function checkObservers(problems: Problems, { audit, tracing, guardrail }: KubernetesAiGatewayProps): void {
  checkCollector(problems, "audit.collector", audit?.collector);
  checkCollector(problems, "tracing.collector", tracing?.collector);
  for (const name of audit?.dataClasses ?? []) {
    problems.oneOf("audit.dataClasses", name, ["operational", "identity", "client"]);
  }
  problems.unique("audit.dataClasses", audit?.dataClasses ?? []);
  if (audit?.dataClasses?.length === 0) {
    problems.add(CoreErrors.NoEffect, {
      subject: "audit.dataClasses",
      given: [],
      allowed: "at least one data class, or no audit",
    });
  }
  if (tracing?.samplingPercent !== undefined) {
    problems.literalInteger("tracing.samplingPercent", tracing.samplingPercent, { min: 1, max: 100 });
  }
  if (guardrail) {
    checkCollector(problems, "guardrail", guardrail);
    if (guardrail.timeoutMs !== undefined) {
      problems.literalInteger("guardrail.timeoutMs", guardrail.timeoutMs, { min: 1, max: 60_000 });
    }
  }
}
