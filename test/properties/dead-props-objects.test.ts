import { TerraformStack } from "cdktf";
import {
  attachCluster,
  COMPONENTS,
  type CustomComponentProps,
  CustomResource,
  type CustomResourceProps,
  type CustomResourceWait,
  component,
  type EksAccess,
  type GkeAccess,
  HelmComponent,
  type HelmComponentProps,
  type KubeconfigAccess,
  Namespace,
  type NamespaceProps,
} from "../../lib/kubernetes";
import { flag, type Make, noDeadProps, noDeadPropsIn, programOutcome } from "./support";

const makeResource: Make<CustomResourceProps> = (stack, props) => {
  const first = new Namespace(stack, "first", { name: "first" });
  const { dependsOn, ...rest } = props;
  new CustomResource(stack, "object", { ...rest, dependsOn: dependsOn && [first.resource] });
};

noDeadProps<CustomResourceProps>(
  "CustomResourceProps",
  makeResource,
  { apiVersion: "acme.example/v1", kind: "Thing", name: "thing" },
  {
    apiVersion: { to: ["acme.example/v2"] },
    kind: { to: ["Other"] },
    name: { to: ["other"] },
    namespace: { to: ["lake"] },
    labels: { to: [{ a: "b" }], default: {} },
    annotations: { to: [{ a: "b" }], default: {} },
    spec: { to: [{}, { size: 1 }] },
    fields: { to: [{ data: { a: "b" } }], default: {} },
    computedFields: { to: [["spec.size"]], default: [] },
    quantityFields: { given: { spec: { size: "1000m" } }, to: [["spec.size"]], default: [] },
    durationFields: { given: { spec: { wait: "90s" } }, to: [["spec.wait"]], default: [] },
    waitFor: { to: [{ rollout: true }] },
    timeouts: { to: [{ create: "5m" }, { update: "5m" }, { delete: "5m" }] },
    protect: flag(false),
    dependsOn: { to: [[]] },
  },
);

noDeadProps<CustomResourceWait>(
  "CustomResourceWait",
  (stack, waitFor) => makeResource(stack, { apiVersion: "v1", kind: "Thing", name: "thing", waitFor }),
  { rollout: true },
  {
    condition: {
      given: { rollout: undefined, condition: { type: "Ready", status: "True" } },
      to: [
        { type: "Ready", status: "False" },
        { type: "Synced", status: "True" },
      ],
    },
    fields: {
      given: { rollout: undefined, fields: { "status.phase": "Ready" } },
      to: [{ "status.phase": "Bound" }],
    },
    rollout: { refused: [[false, "MissingValue"]] },
  },
);

const makeRelease: Make<HelmComponentProps> = (stack, props) => {
  const first = new Namespace(stack, "first", { name: "first" });
  const { dependsOn, ...rest } = props;
  new HelmComponent(stack, "release", { ...rest, dependsOn: dependsOn && [first.resource] });
};

noDeadProps<HelmComponentProps>(
  "HelmComponentProps",
  makeRelease,
  { component: COMPONENTS.cloudnativePg },
  {
    component: { to: [COMPONENTS.certManager] },
    releaseName: { to: ["database"] },
    namespace: { to: ["database"] },
    createNamespace: flag(true),
    version: { to: ["0.1.0"] },
    values: { to: [{ a: 1 }], default: {} },
    timeoutSeconds: { to: [17] },
    skipCrds: { to: [true], given: { component: COMPONENTS.sparkOperator } },
    waitForJobs: { to: [true] },
    atomic: { to: [true] },
    alreadyInstalled: { refused: [[["trino"], "NotRequiredByComponent"]], default: [] },
    dependsOn: { to: [[]] },
  },
);

/** Validations run, because what is required and excluded is only known for the whole app. */
const synthesized = (facts: CustomComponentProps, alreadyInstalled?: readonly string[]): string => {
  try {
    return programOutcome((app) => {
      const stack = new TerraformStack(app, "platform");
      attachCluster(stack, { kind: "kubeconfig", context: "fra" });
      new HelmComponent(stack, "certs", { component: COMPONENTS.certManager });
      new HelmComponent(stack, "release", { component: component(facts), alreadyInstalled });
      new CustomResource(stack, "object", { apiVersion: "other.example/v1", kind: "Thing", name: "thing" });
    }, undefined);
  } catch (error) {
    return `stopped at synth: ${/\[([A-Z]\w+)\]/.exec(String(error))?.[1]}`;
  }
};

const CHART: CustomComponentProps = {
  name: "thing",
  repository: "https://charts.example.com",
  chart: "thing",
  version: "1.0.0",
  namespace: "things",
};

/** `source` is for readers of the code, as a comment would be. */
noDeadPropsIn<Omit<CustomComponentProps, "source">>("CustomComponentProps", synthesized, CHART, {
  name: { to: ["other"] },
  repository: { to: ["oci://registry.example.com/charts"] },
  chart: { to: ["other"] },
  version: { to: ["1.0.1"] },
  namespace: { to: ["other"] },
  timeoutSeconds: { to: [17], default: 600 },
  crds: { refused: [["chart-of-its-own", "MissingValue"]], default: "none" },
  crdChart: { given: { crds: "chart-of-its-own", crdChart: "cert-manager" }, to: ["missing"] },
  apiGroups: { to: [["other.example"]], default: [] },
  values: { to: [{ a: 1 }], default: {} },
  wait: { to: [false] },
  waitForJobs: { to: [true] },
  conflictsWith: { to: [["cert-manager"]], default: [] },
  requires: { to: [["missing"]], default: [] },
  bundles: { to: [{ "cert-manager": "certManager.enabled" }], default: {} },
});

test("a component that is installed already need not be in the app", () => {
  const facts = { ...CHART, requires: ["missing"] };

  expect(synthesized(facts)).toBe("stopped at synth: ComponentRequirementMissing");
  expect(synthesized(facts, ["missing"])).toBe(synthesized(CHART));
});

noDeadProps<NamespaceProps>(
  "NamespaceProps",
  (stack, props) => {
    new Namespace(stack, "namespace", props);
  },
  { name: "lake" },
  {
    name: { to: ["other"] },
    podSecurity: { to: ["baseline", "privileged"], default: "restricted" },
    labels: { to: [{ a: "b" }], default: {} },
    annotations: { to: [{ a: "b" }], default: {} },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
  },
);

const attach = (access: KubeconfigAccess | EksAccess | GkeAccess): string =>
  programOutcome((app) => {
    attachCluster(new TerraformStack(app, "cluster"), access);
  }, undefined);

noDeadPropsIn<Omit<KubeconfigAccess, "kind">>(
  "KubeconfigAccess",
  (access) => attach({ kind: "kubeconfig", ...access }),
  { context: "fra" },
  { context: { to: ["other"] }, path: { to: ["~/fra.yaml"], default: "~/.kube/config" } },
);

noDeadPropsIn<Omit<EksAccess, "kind">>(
  "EksAccess",
  (access) => attach({ kind: "eks", ...access }),
  { clusterName: "c", region: "eu-west-1", endpoint: "https://a", caCertificate: "YQ==" },
  {
    clusterName: { to: ["d"] },
    region: { to: ["eu-west-3"] },
    endpoint: { to: ["https://b"] },
    caCertificate: { to: ["Yg=="] },
  },
);

/** Two stacks of one cluster are checked together, so that a component and what excludes it are found. */
function pairOfStacks(access: Omit<GkeAccess, "kind">): string {
  try {
    return programOutcome((app) => {
      const one = new TerraformStack(app, "one");
      attachCluster(one, { kind: "gke", ...GKE });
      new HelmComponent(one, "certs", { component: COMPONENTS.certManager });
      const two = new TerraformStack(app, "two");
      attachCluster(two, { kind: "gke", ...access });
      const facts = component({ ...CHART, requires: [COMPONENTS.certManager.name] });
      new HelmComponent(two, "release", { component: facts });
    }, undefined);
  } catch (error) {
    return `stopped at synth: ${/\[([A-Z]\w+)\]/.exec(String(error))?.[1]}`;
  }
}

const GKE: Omit<GkeAccess, "kind"> = {
  clusterName: "c",
  location: "europe-west4",
  project: "acme-ai",
  endpoint: "10.0.0.2",
  caCertificate: "YQ==",
};

noDeadPropsIn<Omit<GkeAccess, "kind">>("GkeAccess", pairOfStacks, GKE, {
  clusterName: { to: ["d"] },
  location: { to: ["europe-west1"] },
  project: { to: ["beta-ai"] },
  endpoint: { to: ["10.0.0.3"] },
  caCertificate: { to: ["Yg=="] },
});
