import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { Fn, TerraformStack } from "cdktf";
import { ALLOW_DESTROY_CONTEXT, Site } from "../../../lib";
import { AwsObservability, type AwsObservabilityProps } from "../../../lib/aws";
import { synthStack, Template, testApp } from "../../../lib/testing";
import { codes } from "../codes";
import { everything, source } from "../fixture";

const SITE = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });
const TOPICS = {
  pageTopicArn: "arn:aws:sns:eu-west-1:111122223333:page",
  ticketTopicArn: "arn:aws:sns:eu-west-1:111122223333:ticket",
};
const CLUSTER = {
  clusterArn: "arn:aws:eks:eu-west-1:111122223333:cluster/serving",
  subnetIds: ["subnet-a", "subnet-b"],
};

function make(props: Partial<AwsObservabilityProps> = {}, context: Record<string, unknown> = {}) {
  const stack = new TerraformStack(testApp(context), "foundation");
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  const made = new AwsObservability(stack, "observability", {
    site: SITE,
    namePrefix: "acme",
    ...everything(),
    ...props,
  });
  return { stack, made, template: () => Template.of(stack) };
}

test("a workspace with a key of its own, protected, that keeps its errors", () => {
  const template = make().template();
  expect(template.resource("aws_prometheus_workspace")).toMatchObject({
    alias: "acme",
    kms_key_arn: expect.stringContaining("aws_kms_key"),
    lifecycle: { prevent_destroy: true },
  });
  expect(template.resource("aws_prometheus_workspace_configuration")).toMatchObject({
    retention_period_in_days: 150,
  });
  expect(template.resource("aws_cloudwatch_log_group")).toMatchObject({
    name: "/aws/vendedlogs/prometheus/acme",
    retention_in_days: 30,
  });
});

test("retention, key and protection can be chosen", () => {
  const key = "arn:aws:kms:eu-west-1:111122223333:key/abc";
  const { stack, made } = make(
    { retentionDays: 400, logRetentionDays: 90, encryptionKeyArn: key, removalPolicy: "destroy" },
    { [ALLOW_DESTROY_CONTEXT]: true },
  );
  const template = Template.of(stack);
  expect(made.key).toBeUndefined();
  expect(template.resource("aws_prometheus_workspace")).toMatchObject({ kms_key_arn: key });
  expect(template.resource("aws_prometheus_workspace")).not.toHaveProperty("lifecycle");
  expect(template.resource("aws_prometheus_workspace_configuration")).toMatchObject({
    retention_period_in_days: 400,
  });
  expect(template.resource("aws_cloudwatch_log_group")).toMatchObject({ retention_in_days: 90 });
});

test("each group of rules is a namespace, in the form of Prometheus", () => {
  const { made, stack } = make();
  const { resource } = synthStack(stack) as unknown as {
    resource: { aws_prometheus_rule_group_namespace: Record<string, { name: string; data: string }> };
  };
  const namespaces = Object.values(resource.aws_prometheus_rule_group_namespace);
  expect(namespaces.map(({ name }) => name).sort()).toEqual(made.plan.groups.map(({ name }) => name).sort());
  for (const { name, data } of namespaces) {
    const { groups } = JSON.parse(data) as { groups: { name: string; rules: { expr: string }[] }[] };
    expect(groups.map((group) => group.name)).toEqual([name]);
    expect(groups[0]!.rules.map(({ expr }) => expr)).toEqual(
      made.plan.groups.find((group) => group.name === name)!.rules.map(({ expr }) => expr),
    );
  }
});

test("pages and tickets go to their topics, which may be of this stack", () => {
  const text = (topics: typeof TOPICS) => {
    const made = make({ topics }).template().resource("aws_prometheus_alert_manager_definition");
    return (made as { definition: string }).definition;
  };
  const definition = (topics: typeof TOPICS) =>
    JSON.parse((JSON.parse(text(topics)) as { alertmanager_config: string }).alertmanager_config) as object;
  expect(definition(TOPICS)).toMatchObject({
    route: { receiver: "ticket", routes: [{ receiver: "page", matchers: ['severity="page"'] }] },
    receivers: [
      { name: "page", sns_configs: [{ topic_arn: TOPICS.pageTopicArn, sigv4: { region: "eu-west-1" } }] },
      { name: "ticket", sns_configs: [{ topic_arn: TOPICS.ticketTopicArn }] },
    ],
  });
  const token = Fn.join(":", ["arn", "aws"]);
  expect(text({ ...TOPICS, pageTopicArn: token })).toContain('topic_arn\\":\\"${join(');
});

test("the scraper finds pods by label and port, and names jobs after sources", () => {
  const sources = [
    source("vllm", {
      podLabels: { "app.kubernetes.io/name": "vllm", "serving/variant": "v1.2" },
      path: "/stats",
      labels: { endpoint: "assistant" },
    }),
  ];
  const template = make({
    sources,
    classes: [],
    endpoints: [],
    limits: {},
    cluster: CLUSTER,
    scrapeInterval: "15s",
  }).template();
  const { scrape_configuration, source: from } = template.resource("aws_prometheus_scraper") as {
    scrape_configuration: string;
    source: unknown;
  };
  expect(from).toEqual([{ eks: [{ cluster_arn: CLUSTER.clusterArn, subnet_ids: CLUSTER.subnetIds }] }]);
  expect(JSON.parse(scrape_configuration)).toEqual({
    global: { scrape_interval: "15s" },
    scrape_configs: [
      {
        job_name: "vllm",
        metrics_path: "/stats",
        kubernetes_sd_configs: [{ role: "pod", namespaces: { names: ["serving"] } }],
        relabel_configs: [
          {
            action: "keep",
            regex: "vllm",
            source_labels: ["__meta_kubernetes_pod_label_app_kubernetes_io_name"],
          },
          { action: "keep", regex: "v1[.]2", source_labels: ["__meta_kubernetes_pod_label_serving_variant"] },
          {
            action: "keep",
            regex: "metrics",
            source_labels: ["__meta_kubernetes_pod_container_port_name"],
          },
          { action: "replace", source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
          { action: "replace", source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
          {
            action: "replace",
            source_labels: ["__meta_kubernetes_pod_container_name"],
            target_label: "container",
          },
          { action: "replace", replacement: "assistant", target_label: "endpoint" },
        ],
      },
    ],
  });
});

test("Grafana may query this workspace and nothing else", () => {
  const template = make({ grafana: { signIn: "AWS_SSO" } }).template();
  expect(template.resource("aws_grafana_workspace")).toMatchObject({
    account_access_type: "CURRENT_ACCOUNT",
    permission_type: "CUSTOMER_MANAGED",
    authentication_providers: ["AWS_SSO"],
    data_sources: ["PROMETHEUS"],
    grafana_version: "10.4",
  });
  const { policy } = template.resource("aws_iam_role_policy") as { policy: string };
  const { Statement } = JSON.parse(policy) as { Statement: { Action: string[]; Resource: string[] }[] };
  expect(Statement).toHaveLength(1);
  expect(Statement[0]!.Resource).toEqual([expect.stringContaining("aws_prometheus_workspace")]);
  expect(Statement[0]!.Action.filter((action) => /Put|Create|Delete|Remote|\*/.test(action))).toEqual([]);
  expect(
    make({ grafana: { signIn: "SAML", version: "9.4" } })
      .template()
      .resource("aws_grafana_workspace"),
  ).toMatchObject({
    authentication_providers: ["SAML"],
    grafana_version: "9.4",
  });
});

test("dashboards are outputs, because the provider imports none", () => {
  const { stack, made } = make();
  const { output } = synthStack(stack) as unknown as { output: Record<string, { value: string }> };
  const values = Object.values(output).map(
    ({ value }) => JSON.parse(value.replaceAll("$${", "${")) as object,
  );
  expect(values).toEqual(made.plan.dashboards.map(({ json }) => json));
});

test("nothing is made that was not asked for", () => {
  const { made } = make();
  expect([made.alertManager, made.scraper, made.grafana]).toEqual([undefined, undefined, undefined]);
  expect(made.query()).toEqual({ url: expect.stringContaining("TfToken"), auth: "aws-sigv4" });
  expect(made.backend).toBe("amazon-managed-prometheus");
});

test.each<readonly [string, Partial<AwsObservabilityProps>, readonly string[]]>([
  [
    "TPUs",
    { sources: [source("gke-tpu")], classes: [], endpoints: [], limits: {} },
    ["ExporterOfOtherPlace"],
  ],
  [
    "an authority and a token in Secrets, which the scraper does not read",
    {
      cluster: CLUSTER,
      classes: [],
      endpoints: [],
      limits: {},
      sources: [
        source("keda", {
          tls: { ca: { kind: "secret", name: "a", key: "b" } },
          bearerToken: { name: "a", key: "b" },
        }),
      ],
    },
    ["SourceAccessUnsupported", "SourceAccessUnsupported"],
  ],
  ["a topic that is none", { topics: { ...TOPICS, pageTopicArn: "page" } }, ["InvalidArn"]],
  ["a key that is none", { encryptionKeyArn: "alias/a" }, ["InvalidArn"]],
  ["a cluster that is none", { cluster: { ...CLUSTER, clusterArn: "serving" } }, ["InvalidArn"]],
  ["one subnet", { cluster: { ...CLUSTER, subnetIds: ["subnet-a"] } }, ["MissingValue"]],
  ["an interval without cluster", { scrapeInterval: "15s" }, ["NoEffect"]],
  ["a bad interval", { cluster: CLUSTER, scrapeInterval: "soon" }, ["InvalidDuration"]],
  ["more than three years", { retentionDays: 1096 }, ["NumberOutOfRange"]],
  ["days that CloudWatch does not have", { logRetentionDays: 31 }, ["NumberOutOfRange"]],
  ["an unknown sign-in", { grafana: { signIn: "PASSWORD" as never } }, ["NotOneOf"]],
  ["destroying with one key", { removalPolicy: "destroy" }, ["RemovalNeedsTwoKeys"]],
  ["a bad prefix", { namePrefix: "A" }, ["InvalidName"]],
])("refused: %s", (_, props, expected) => {
  expect(codes(() => make(props))).toEqual(expected);
});

test("a second observability of the same names is refused at synth", () => {
  const { stack } = make();
  new AwsObservability(stack, "again", { site: SITE, namePrefix: "acme", sources: [] });
  expect(() => synthStack(stack)).toThrow(/ObservabilityNamesTaken/);
});
