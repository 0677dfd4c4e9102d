import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { Fn, TerraformStack, TerraformVariable, Token } from "cdktf";
import { COMPONENTS, component } from "../../lib/kubernetes/components";
import { HelmComponent, type HelmComponentProps } from "../../lib/kubernetes/helm-component";
import { testApp } from "../../lib/testing/synth";
import { captureValidationError, Template } from "../../lib/testing/template";

const CHART = component({
  name: "demo",
  repository: "https://charts.example.com",
  chart: "demo-chart",
  version: "1.2.3",
  namespace: "demo-system",
});

function stackWithProvider(): TerraformStack {
  const stack = new TerraformStack(testApp(), "platform");
  new HelmProvider(stack, "helm", { kubernetes: { configContext: "fra" } });
  return stack;
}

function releaseOf(props: Partial<HelmComponentProps> = {}) {
  const stack = stackWithProvider();
  new HelmComponent(stack, "demo", { component: CHART, ...props });
  return Template.of(stack).resource("helm_release");
}

function valuesOf(props: Partial<HelmComponentProps>): unknown {
  const [text] = releaseOf(props).values as [string];
  return JSON.parse(text);
}

function errorOf(props: Partial<HelmComponentProps>) {
  const stack = stackWithProvider();
  return captureValidationError(() => new HelmComponent(stack, "demo", { component: CHART, ...props }));
}

describe("the release", () => {
  test("takes everything from the component", () => {
    expect(releaseOf()).toEqual({
      name: "demo",
      repository: "https://charts.example.com",
      chart: "demo-chart",
      version: "1.2.3",
      namespace: "demo-system",
      create_namespace: true,
      timeout: 600,
    });
  });

  test("each property changes it", () => {
    expect(
      releaseOf({
        component: { ...CHART, crds: "crds-directory" },
        releaseName: "other",
        namespace: "elsewhere",
        createNamespace: false,
        version: "2.0.0-rc.1",
        timeoutSeconds: 1200,
        skipCrds: true,
        waitForJobs: true,
        atomic: true,
        values: { replicas: 2 },
      }),
    ).toEqual({
      name: "other",
      repository: "https://charts.example.com",
      chart: "demo-chart",
      version: "2.0.0-rc.1",
      namespace: "elsewhere",
      create_namespace: false,
      timeout: 1200,
      skip_crds: true,
      wait_for_jobs: true,
      atomic: true,
      values: ['{"replicas":2}'],
    });
  });

  test("tells its name and namespace", () => {
    const stack = stackWithProvider();
    const demo = new HelmComponent(stack, "demo", {
      component: CHART,
      releaseName: "mine",
      namespace: "here",
    });
    expect([demo.releaseName, demo.namespace, demo.component]).toEqual(["mine", "here", CHART]);
  });

  test("a chart whose jobs must end is waited for, unless told otherwise", () => {
    expect(releaseOf({ component: { ...CHART, waitForJobs: true } }).wait_for_jobs).toBe(true);
    expect(releaseOf({ component: { ...CHART, waitForJobs: true }, waitForJobs: false }).wait_for_jobs).toBe(
      false,
    );
  });

  test("a chart whose pods wait for a hook is not waited for, and refuses what would wait", () => {
    expect(releaseOf({ component: { ...CHART, wait: false } }).wait).toBe(false);
    expect(releaseOf({ component: CHART })).not.toHaveProperty("wait");
    expect(COMPONENTS.lakekeeper.wait).toBe(false);
    const refused = (props: Partial<HelmComponentProps>) =>
      errorOf({ component: { ...CHART, wait: false }, ...props }).codes;
    expect(refused({ atomic: true })).toEqual(["WaitNeverEnds"]);
    expect(refused({ waitForJobs: true })).toEqual(["WaitNeverEnds"]);
  });

  test("a namespace made by a resource orders the release after it, and Helm does not make it again", () => {
    const stack = stackWithProvider();
    new KubernetesProvider(stack, "kubernetes", { configContext: "fra" });
    const namespace = new NamespaceV1(stack, "namespace", { metadata: { name: "demo" } });
    new HelmComponent(stack, "demo", { component: CHART, namespace: namespace.metadata.name });
    expect(Template.of(stack).resource("helm_release")).toMatchObject({
      namespace: "${kubernetes_namespace_v1.namespace.metadata[0].name}",
      create_namespace: false,
    });
  });

  test("releases wait for those they depend on", () => {
    const stack = stackWithProvider();
    const first = new HelmComponent(stack, "first", { component: { ...CHART, name: "first" } });
    new HelmComponent(stack, "second", { component: CHART, dependsOn: [first.release] });
    expect(Template.of(stack).resource("helm_release", "second").depends_on).toEqual([
      `helm_release.${first.release.friendlyUniqueId}`,
    ]);
  });

  test("an OCI chart keeps repository, chart and version as published", () => {
    expect(releaseOf({ component: COMPONENTS.certManager })).toMatchObject({
      repository: "oci://quay.io/jetstack/charts",
      chart: "cert-manager",
      version: "v1.21.1",
    });
  });
});

describe("values", () => {
  test("of the component are there without being asked for", () => {
    expect(valuesOf({ component: COMPONENTS.certManager })).toEqual({ crds: { enabled: true } });
  });

  test("of the user are laid over them: objects key by key, lists and scalars as a whole", () => {
    const base = { ...CHART, values: { a: { b: 1, c: [1, 2], d: { e: 1 } }, f: 1 } };
    expect(
      valuesOf({ component: base, values: { a: { c: [3], d: { g: 2 } }, f: { h: 1 }, i: true } }),
    ).toEqual({
      a: { b: 1, c: [3], d: { e: 1, g: 2 } },
      f: { h: 1 },
      i: true,
    });
    expect(valuesOf({ component: base, values: { a: undefined, f: null } })).toEqual({
      a: { b: 1, c: [1, 2], d: { e: 1 } },
      f: null,
    });
  });

  test("are the same text whatever the order of declaration", () => {
    expect(releaseOf({ values: { b: { d: 1, c: 2 }, a: 1 } })).toEqual(
      releaseOf({ values: { a: 1, b: { c: 2, d: 1 } } }),
    );
  });

  test("leave no trace when there are none", () => {
    expect(releaseOf({ values: {} })).not.toHaveProperty("values");
    expect(releaseOf({ values: { a: undefined } })).not.toHaveProperty("values");
  });

  test("keep template markers, quotes and line breaks as text", () => {
    const [text] = releaseOf({ values: { "k${x}": 'say "hi"\n${HOME} %{if} 100% $5' } }).values as [string];
    expect(text).toBe('{"k$${x}":"say \\"hi\\"\\n$${HOME} %%{if} 100% $5"}');
  });

  test("that only Terraform knows are encoded by Terraform, alone and inside a text", () => {
    const stack = stackWithProvider();
    const text = new TerraformVariable(stack, "text", { type: "string" });
    const number = new TerraformVariable(stack, "number", { type: "number" });
    const list = new TerraformVariable(stack, "list", { type: "list(string)" });
    const map = new TerraformVariable(stack, "map", { type: "map(string)" });
    new HelmComponent(stack, "demo", {
      component: CHART,
      values: {
        alone: text.stringValue,
        inside: `say "${text.stringValue}" \${HOME}`,
        afterDollar: `$${text.stringValue}`,
        number: number.numberValue,
        list: list.listValue,
        map: Token.asStringMap(map.value),
        lazy: map.value,
      },
    });
    expect(Template.of(stack).resource("helm_release").values).toEqual([
      `{"afterDollar":"\\u0024\${replace(jsonencode(tostring(var.text)), "/^.|.$/", "")}",` +
        `"alone":\${jsonencode(var.text)},` +
        `"inside":"say \\"\${replace(jsonencode(tostring(var.text)), "/^.|.$/", "")}\\" $\${HOME}",` +
        `"lazy":\${jsonencode(var.map)},"list":\${jsonencode(var.list)},"map":\${jsonencode(var.map)},` +
        `"number":\${jsonencode(var.number)}}`,
    ]);
  });

  const loop: Record<string, unknown> = {};
  loop.self = loop;
  test.each([
    ["a function", { a: () => 1 }],
    ["not a number", { a: [Number.NaN] }],
    ["an object that holds itself", loop],
    ["a hole in a list", { a: [undefined] }],
    ["a date", { a: new Date(0) }],
  ])("that no chart can hold are refused: %s", (_, values) => {
    expect(errorOf({ values }).codes).toEqual(["NotPlainData"]);
  });

  test("with keys that only Terraform knows, or numbers printed into a text, are refused", () => {
    const stack = stackWithProvider();
    const number = new TerraformVariable(stack, "number", { type: "number" });
    const token = Fn.join("", ["a", "b"]);
    expect(errorOf({ values: { a: { [token]: 1 } } }).codes).toEqual(["TokenNotAllowed"]);
    expect(errorOf({ values: { a: `port-${number.numberValue}` } }).codes).toEqual(["TokenNotAllowed"]);
  });

  test("cannot pollute prototypes", () => {
    const values = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}') as Record<string, unknown>;
    expect(releaseOf({ values }).values).toEqual(['{"__proto__":{"polluted":true},"a":1}']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("refused", () => {
  test.each([
    "",
    "1",
    "1.2",
    "^1.2.3",
    "~1.2.3",
    ">=1.0.0",
    "1.x",
    "1.2.*",
    "latest",
    "1.2.3 || 2",
    "01.2.3",
    "1.2.3-",
  ])("the version %p", (version) => {
    expect(errorOf({ version }).codes).toEqual(["ChartVersionNotExact"]);
  });

  test.each(["0.0.1", "1.2.3-alpha.1+build.5"])("but not the version %p", (version) => {
    expect(releaseOf({ version }).version).toBe(version);
  });

  test("a version written in the other form than the chart's", () => {
    expect(errorOf({ version: "v1.2.3" }).codes).toEqual(["ChartVersionPrefix"]);
    expect(errorOf({ component: COMPONENTS.certManager, version: "1.21.1" }).codes).toEqual([
      "ChartVersionPrefix",
    ]);
  });

  test("a version that only Terraform knows", () => {
    expect(errorOf({ version: Fn.join("", ["1", ".2.3"]) }).codes).toEqual(["TokenNotAllowed"]);
  });

  test.each([
    "http://charts.example.com",
    "charts.example.com",
    "oci://",
    "https://charts.example.com/a b",
    "https://charts.example.com?x=1",
    "",
  ])("the repository %p", (repository) => {
    expect(errorOf({ component: { ...CHART, repository } }).codes).toEqual(["InvalidChartRepository"]);
  });

  test.each([
    { releaseName: "Demo" },
    { releaseName: "a".repeat(54) },
    { releaseName: "" },
    { namespace: "a b" },
  ])("the names in %j", (props) => {
    expect(errorOf(props).codes).toEqual(["InvalidName"]);
  });

  test("but a release name of 53 characters is fine", () => {
    expect(releaseOf({ releaseName: "a".repeat(53) }).name).toHaveLength(53);
  });

  test.each([0, -1, 1.5, 86_401, Number.NaN])("a timeout of %p seconds", (timeoutSeconds) => {
    expect(errorOf({ timeoutSeconds }).codes).toEqual(["NumberOutOfRange"]);
  });

  test.each(["templates", "none"] as const)("skipCrds where the CRDs are: %s", (crds) => {
    expect(errorOf({ component: { ...CHART, crds }, skipCrds: true }).codes).toEqual([
      "SkipCrdsWithoutEffect",
    ]);
    expect(releaseOf({ component: { ...CHART, crds }, skipCrds: false }).skip_crds).toBe(false);
  });

  test("calling something already installed that the chart does not require", () => {
    expect(errorOf({ alreadyInstalled: ["cert-manager"] }).codes).toEqual(["NotRequiredByComponent"]);
    expect(
      errorOf({ component: COMPONENTS.rookCephCluster, alreadyInstalled: ["kueue"] }).findings[0]?.allowed,
    ).toBe("rook-ceph, ceph-csi-drivers");
  });
});

describe("component()", () => {
  test("fills in what is not told, and is frozen", () => {
    expect(CHART).toEqual({
      name: "demo",
      repository: "https://charts.example.com",
      chart: "demo-chart",
      version: "1.2.3",
      namespace: "demo-system",
      timeoutSeconds: 600,
      crds: "none",
      source: "given by the user",
    });
    expect(Object.isFrozen(CHART)).toBe(true);
  });

  test("makes a mirror of a known chart", () => {
    const mirror = component({ ...COMPONENTS.trino, repository: "oci://registry.example.com/charts" });
    expect(mirror).toEqual({ ...COMPONENTS.trino, repository: "oci://registry.example.com/charts" });
  });

  test("refuses what no release could use, all at once", () => {
    const error = captureValidationError(() =>
      component({
        name: "Demo",
        repository: "ftp://x",
        chart: "",
        version: "1",
        namespace: "",
        crds: "chart-of-its-own",
      }),
    );
    expect(error.codes).toEqual([
      "InvalidName",
      "InvalidName",
      "MissingValue",
      "ChartVersionNotExact",
      "InvalidChartRepository",
      "MissingValue",
    ]);
  });
});
