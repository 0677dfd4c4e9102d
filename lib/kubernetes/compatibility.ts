import type { NameRule, Problems } from "../core/problems";
import { KubernetesErrors } from "./errors";

/** Software of a cluster whose versions depend on each other. */
export type VersionedComponent =
  | "kubernetes"
  | "gateway-api"
  | "inference-extension"
  | "llm-d-router"
  | "envoy-gateway"
  | "envoy-ai-gateway"
  | "kserve"
  | "leader-worker-set"
  | "cert-manager";

/** Versions of one cluster. What is left out is not there, or not known. A leading `v` has no meaning. */
export type ComponentVersions = Readonly<Partial<Record<VersionedComponent, string>>>;

/** From the first version, to below the second; each as `major.minor` or `major.minor.patch`. */
interface VersionRange {
  readonly from: string;
  /** @default - any later version */
  readonly below?: string;
}

/** What some versions of a component were built and tested against. */
interface CompatibilityRule {
  readonly component: VersionedComponent;
  readonly versions: VersionRange;
  readonly needs: Readonly<Partial<Record<VersionedComponent, VersionRange>>>;
  readonly source: string;
}

/**
 * Which versions fit together, as far as their projects say so. A version that no row names is not judged.
 *
 * Looked up 2026-11; a row says where its source is weaker than its project's own word.
 */
const RULES: readonly CompatibilityRule[] = [
  {
    component: "envoy-gateway",
    versions: { from: "1.6", below: "1.7" },
    needs: { "gateway-api": { from: "1.4", below: "1.5" }, kubernetes: { from: "1.30", below: "1.34" } },
    source: "https://gateway.envoyproxy.io/news/releases/matrix",
  },
  {
    component: "envoy-gateway",
    versions: { from: "1.7", below: "1.8" },
    needs: { "gateway-api": { from: "1.4", below: "1.5" }, kubernetes: { from: "1.32", below: "1.36" } },
    source: "https://gateway.envoyproxy.io/news/releases/matrix",
  },
  {
    component: "envoy-gateway",
    versions: { from: "1.8", below: "1.9" },
    needs: { "gateway-api": { from: "1.5", below: "1.6" }, kubernetes: { from: "1.32" } },
    source:
      "Gateway API: envoyproxy/ai-gateway v1.0 release notes, kserve/kserve v0.20.0 kserve-deps.env; Kubernetes 1.32: AI Gateway's bound, taken for Envoy Gateway too (assumption)",
  },
  {
    component: "envoy-gateway",
    versions: { from: "1.9", below: "1.10" },
    needs: { "gateway-api": { from: "1.6", below: "1.7" }, kubernetes: { from: "1.33", below: "1.37" } },
    source:
      "envoyproxy/gateway v1.9.0 release notes; bounds of Kubernetes from a third party's note (not verified)",
  },
  {
    component: "envoy-ai-gateway",
    versions: { from: "0.6", below: "0.7" },
    needs: { "envoy-gateway": { from: "1.7", below: "1.8" }, "gateway-api": { from: "1.4", below: "1.5" } },
    source: "envoyproxy/ai-gateway v0.6 release notes",
  },
  {
    component: "envoy-ai-gateway",
    versions: { from: "0.7", below: "0.8" },
    needs: { "envoy-gateway": { from: "1.8", below: "1.9" } },
    source: "envoyproxy/ai-gateway v0.7 release notes",
  },
  {
    component: "envoy-ai-gateway",
    versions: { from: "1.0", below: "1.2" },
    needs: {
      "envoy-gateway": { from: "1.8.1", below: "1.9" },
      "gateway-api": { from: "1.5", below: "1.6" },
      kubernetes: { from: "1.32" },
    },
    source: "envoyproxy/ai-gateway v1.0 and v1.1 release notes and go.mod",
  },
  {
    component: "inference-extension",
    versions: { from: "1.0" },
    needs: { kubernetes: { from: "1.29" } },
    source:
      "assumption: definitions with CEL rules, as kubernetes-sigs/gateway-api-inference-extension v1.0 has, need Kubernetes 1.29 (not verified)",
  },
  {
    component: "llm-d-router",
    versions: { from: "0.9", below: "0.11" },
    needs: { "inference-extension": { from: "1.5" } },
    source:
      "llm-d/llm-d-router v0.9 and v0.10: InferenceObjective in llm-d.ai, InferencePool of the extension",
  },
  {
    component: "kserve",
    versions: { from: "0.20", below: "0.21" },
    needs: {
      "gateway-api": { from: "1.5", below: "1.6" },
      "inference-extension": { from: "1.5", below: "1.6" },
      "llm-d-router": { from: "0.9", below: "0.11" },
      "envoy-gateway": { from: "1.8.1", below: "1.9" },
      "envoy-ai-gateway": { from: "1.0", below: "1.2" },
      "leader-worker-set": { from: "0.8" },
      "cert-manager": { from: "1.17" },
      kubernetes: { from: "1.32" },
    },
    source:
      "kserve/kserve v0.20.0 kserve-deps.env; https://kserve.github.io/website (installation requirements)",
  },
];

/**
 * A set of versions that no row of the table refuses. Nobody tested exactly this set: it is that of kserve/kserve v0.20.0
 * kserve-deps.env, with Envoy Gateway 1.8.3 for its 1.8.1 and AI Gateway 1.1.0 for its 1.0.0. Kubernetes 1.34 is a
 * conservative choice of this library.
 */
export const VERSIONS_THAT_FIT = {
  kubernetes: "1.34",
  "gateway-api": "1.5.1",
  "inference-extension": "1.5.0",
  "llm-d-router": "0.9.0",
  "envoy-gateway": "1.8.3",
  "envoy-ai-gateway": "1.1.0",
  kserve: "0.20.0",
  "leader-worker-set": "0.8.0",
  "cert-manager": "1.17.0",
} as const satisfies ComponentVersions;

const VERSION: NameRule = {
  pattern: /^v?\d+\.\d+(\.\d+)?$/,
  maxLength: 20,
  form: "a version such as 1.34, 1.5.1 or v1.8.3",
};

const COMPONENTS = Object.keys(VERSIONS_THAT_FIT) as readonly VersionedComponent[];

type Version = readonly [number, number, number];

function parse(text: string): Version {
  const [major = 0, minor = 0, patch = 0] = text.replace(/^v/, "").split(".").map(Number);
  return [major, minor, patch];
}

function isBefore(a: Version, b: Version): boolean {
  const different = a.findIndex((part, index) => part !== b[index]);
  return different >= 0 && a[different]! < b[different]!;
}

function isWithin(version: string, { from, below }: VersionRange): boolean {
  const given = parse(version);
  return !isBefore(given, parse(from)) && (below === undefined || isBefore(given, parse(below)));
}

const show = ({ from, below }: VersionRange): string =>
  below === undefined ? `${from} or newer` : `from ${from} to below ${below}`;

/**
 * Reports versions that are known not to work in one cluster. Versions that the table does not know pass.
 *
 * Errors: ComponentsDoNotFit, InvalidName (no version), TokenNotAllowed, NotOneOf.
 */
export function checkCompatibility(problems: Problems, subject: string, versions: ComponentVersions): void {
  const given = Object.entries(versions).filter(
    ([component, version]) =>
      version !== undefined &&
      problems.oneOf(`${subject} "${component}"`, component, COMPONENTS) &&
      problems.name(`${subject}.${component}`, version, VERSION),
  );
  const known: ComponentVersions = Object.fromEntries(given);
  for (const rule of RULES) {
    const version = known[rule.component];
    if (version === undefined || !isWithin(version, rule.versions)) {
      continue;
    }
    for (const [name, range] of Object.entries(rule.needs)) {
      const other = known[name as VersionedComponent];
      if (other !== undefined && !isWithin(other, range)) {
        problems.add(KubernetesErrors.ComponentsDoNotFit, {
          subject: `${subject}: ${rule.component} ${version}`,
          given: `${name} ${other}`,
          allowed: `${name} ${show(range)} (${rule.source})`,
        });
      }
    }
  }
}
