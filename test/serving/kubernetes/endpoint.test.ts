import type { KubernetesModelEndpointProps } from "../../../lib/kubernetes";
import { synthStack } from "../../../lib/testing";
import * as given from "./support";

const PROMETHEUS = "http://prometheus.monitoring:9090";

function stackOf(props: Partial<KubernetesModelEndpointProps> = {}) {
  const stack = given.kubernetesStack();
  return { stack, made: given.endpoint(props, stack) };
}

const SPLIT: Partial<KubernetesModelEndpointProps> = {
  variants: [given.variant({ plan: given.plan(given.SPLIT) })],
  picker: { image: given.image("picker"), sidecarImage: given.image("sidecar") },
};

const podOf = (props: Partial<KubernetesModelEndpointProps> = {}) =>
  given.theObject(stackOf(props).stack, "Deployment").spec.template;

describe("what others know of an endpoint", () => {
  test("a gateway reaches a variant by its pool, with the objective of each class", () => {
    const { made } = stackOf();
    expect(made.access()).toEqual({
      endpoint: "assistant",
      variant: "full",
      model: "llama-3.3-70b",
      adapters: [],
      site: "ireland",
      country: "IE",
      contextTokens: 32_768,
      reach: { kind: "inference-pool", namespace: "acme-serving", name: "acme-assistant-full", port: 8000 },
      objectives: { chat: "acme-assistant-full-chat", batch: "acme-assistant-full-batch" },
      planned: { requestsPerSecond: 12, outputTokensPerSecond: 4000, usdPerHour: 60 },
    });
  });

  test.each([
    ["llm-inference-service", "inference-pool", "acme-assistant-full-inference-pool", 8000],
    ["inference-service", "service", "acme-assistant-full-predictor", 80],
  ] as const)("with form %s by the name that KServe gives", (form, kind, name, port) => {
    expect(stackOf({ form }).made.access().reach).toEqual({ kind, namespace: "acme-serving", name, port });
  });

  test("the first variant takes what names none; a shadow is no variant, and the gateway is told of it", () => {
    const { made } = stackOf({
      variants: [
        given.variant(),
        given.variant({ name: "next", shadowOf: { variant: "full", percent: 5 } }),
        given.variant({ name: "small" }),
      ],
    });
    expect(made.variantNames).toEqual(["full", "small"]);
    expect(made.access().variant).toBe("full");
    expect(made.access("small").reach).toMatchObject({ name: "acme-assistant-small" });
    expect(made.mirrors).toEqual([{ from: "full", to: "next", percent: 5 }]);
    expect(made.access("next").reach).toMatchObject({ name: "acme-assistant-next" });
  });

  test.each([
    ["deployment", "acme-assistant-next", 8000],
    ["inference-service", "acme-assistant-next-predictor", 80],
  ] as const)("whoever asks how a variant is reached learns of its shadows, form %s", (form, name, port) => {
    const { made } = stackOf({
      form,
      variants: [
        given.variant(),
        given.variant({ name: "small" }),
        given.variant({ name: "next", shadowOf: { variant: "full", percent: 5 } }),
      ],
    });
    expect(made.access().shadows).toEqual([
      {
        variant: "next",
        percent: 5,
        models: ["llama-3.3-70b"],
        service: { namespace: "acme-serving", name, port },
        planned: { requestsPerSecond: 12 },
      },
    ]);
    expect(made.access("small")).not.toHaveProperty("shadows");
    expect(made.access("next")).not.toHaveProperty("shadows");
  });

  test("the Service of a shadow finds the pods that a pool would", () => {
    const { stack, made } = stackOf({
      variants: [given.variant(), given.variant({ name: "next", shadowOf: { variant: "full", percent: 5 } })],
    });
    const { name } = made.access().shadows![0]!.service;
    const service = given
      .resourcesOf(stack, "kubernetes_service_v1")
      .find(({ metadata }) => metadata.name === name);
    const pods = given.objects(stack, "Deployment")["acme-assistant-next"]!.spec.template.metadata.labels;
    expect(pods).toMatchObject(service.spec.selector);
    expect(service.spec.port).toMatchObject([{ port: 8000, target_port: "8000" }]);
  });

  test("metrics are told by pods that exist and ports that they have", () => {
    const { stack, made } = stackOf(SPLIT);
    expect(made.metrics.map(({ exporter, name, labels }) => ({ exporter, name, labels }))).toEqual([
      {
        exporter: "vllm",
        name: "acme-assistant-full-prefill",
        labels: { endpoint: "assistant", variant: "full", role: "prefill" },
      },
      {
        exporter: "vllm",
        name: "acme-assistant-full-decode",
        labels: { endpoint: "assistant", variant: "full", role: "decode" },
      },
      {
        exporter: "inference-scheduler",
        name: "acme-assistant-full-picker",
        labels: { endpoint: "assistant", variant: "full" },
      },
    ]);
    const pods = given.objects(stack, "Deployment");
    for (const { name, podLabels, port } of made.metrics.slice(0, 2)) {
      const { metadata, spec } = pods[name]!.spec.template;
      expect(metadata.labels).toMatchObject(podLabels);
      expect(spec.containers[0].ports.map((each: { name: string }) => each.name)).toContain(port);
    }
  });
});

describe("a pod", () => {
  test("is closed: no root, no token, nothing to write to but its own volumes", () => {
    const { spec } = podOf();
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 10_001,
      seccompProfile: { type: "RuntimeDefault" },
    });
    for (const container of [...spec.initContainers, ...spec.containers]) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
  });

  test("has longer to end than the longest generation, and leaves the pool before", () => {
    const { spec } = podOf();
    expect(spec.containers[0].lifecycle).toEqual({ preStop: { sleep: { seconds: 15 } } });
    expect(spec.terminationGracePeriodSeconds).toBe(120 + 15 + 30);
  });

  test("may start as long as its weights take", () => {
    const failures = (start: object) =>
      podOf({ variants: [given.variant({ start })] }).spec.containers[0].startupProbe.failureThreshold;
    // 132 GiB at 1 Gbit/s are 1134 s.
    expect(failures({})).toBe(Math.ceil((1134 + 600) / 10));
    expect(failures({ loadGbps: 10, otherSeconds: 60 })).toBe(18);
  });

  test("gets its accelerators and shared memory, on nodes of its pool", () => {
    const { spec } = podOf({ variants: [given.variant({ cpus: 16 })] });
    const [engine] = spec.containers;
    expect(engine.resources.limits).toEqual({ memory: "156Gi", "nvidia.com/gpu": "4" });
    expect(engine.resources.requests).toMatchObject({ cpu: "16", "nvidia.com/gpu": "4" });
    expect(spec.nodeSelector).toMatchObject({ "hybrid-ai.io/pool": "train" });
    expect(spec.tolerations).toContainEqual({
      key: "nvidia.com/gpu",
      operator: "Exists",
      effect: "NoSchedule",
    });
    expect(spec.volumes).toContainEqual({ name: "shm", emptyDir: { medium: "Memory", sizeLimit: "8Gi" } });
    expect(
      podOf({ variants: [given.variant({ memoryGib: 64 })] }).spec.containers[0].resources.limits.memory,
    ).toBe("64Gi");
  });

  test("has environment of the user beside its own", () => {
    const { env } = podOf({
      variants: [
        given.variant({
          engine: { image: given.image("vllm"), environment: { VLLM_LOGGING_LEVEL: "INFO" } },
        }),
      ],
    }).spec.containers[0];
    expect(env).toContainEqual({ name: "VLLM_LOGGING_LEVEL", value: "INFO" });
    expect(env).toContainEqual({ name: "HOME", value: "/engine" });
  });

  test("is kept apart from others by zone and host, and goes one at a time", () => {
    const { stack } = stackOf();
    const { spec } = given.theObject(stack, "Deployment").spec.template;
    expect(spec.topologySpreadConstraints.map((each: { topologyKey: string }) => each.topologyKey)).toEqual([
      "topology.kubernetes.io/zone",
      "kubernetes.io/hostname",
    ]);
    const [budget] = given.resourcesOf(stack, "kubernetes_pod_disruption_budget_v1");
    expect(budget.spec.max_unavailable).toBe("1");
    expect(given.theObject(stack, "Deployment").spec.template.metadata.labels).toMatchObject(
      budget.spec.selector.match_labels,
    );
  });
});

describe("prefill and decode apart", () => {
  const parts = () => given.objects(stackOf(SPLIT).stack, "Deployment");

  test("are two workloads that the picker tells apart", () => {
    const { "acme-assistant-full-prefill": prefill, "acme-assistant-full-decode": decode } = parts();
    expect([prefill!.spec.replicas, decode!.spec.replicas]).toEqual([2, 3]);
    expect(prefill!.spec.template.metadata.labels["llm-d.ai/role"]).toBe("prefill");
    expect(decode!.spec.template.metadata.labels["llm-d.ai/role"]).toBe("decode");
    const { spec } = given.theObject(stackOf(SPLIT).stack, "InferencePool");
    expect(spec.selector.matchLabels).toEqual({ "hybrid-ai.io/serves": "acme-assistant-full" });
    expect(spec.endpointPickerRef.failureMode).toBe("FailClose");
  });

  test("hand keys and values over by NIXL, and requests by a sidecar that starts first", () => {
    const { "acme-assistant-full-prefill": prefill, "acme-assistant-full-decode": decode } = parts();
    const args = (of: typeof prefill) => of!.spec.template.spec.containers[0].args;
    expect(args(prefill)).toContain(
      '--kv-transfer-config={"kv_connector":"NixlConnector","kv_role":"kv_producer"}',
    );
    expect(args(decode)).toEqual(
      expect.arrayContaining([
        "--port=8200",
        '--kv-transfer-config={"kv_connector":"NixlConnector","kv_role":"kv_both"}',
      ]),
    );
    const sidecar = decode!.spec.template.spec.initContainers.at(-1);
    expect(sidecar).toMatchObject({ image: given.image("sidecar"), restartPolicy: "Always" });
    expect(sidecar.args).toEqual(["--port=8000", "--kv-connector=nixlv2", "--secure-proxy=false"]);
    expect(decode!.spec.template.spec.containers[0].env).toContainEqual({
      name: "VLLM_NIXL_SIDE_CHANNEL_HOST",
      valueFrom: { fieldRef: { fieldPath: "status.podIP" } },
    });
  });

  test("may be on pools of their own", () => {
    const { stack } = stackOf({
      ...SPLIT,
      variants: [given.variant({ plan: given.plan(given.SPLIT), prefillPool: "read" })],
    });
    const pools = Object.entries(given.objects(stack, "Deployment")).map(([name, { spec }]) => [
      name,
      spec.template.spec.nodeSelector["hybrid-ai.io/pool"],
    ]);
    expect(Object.fromEntries(pools)).toEqual({
      "acme-assistant-full-prefill": "read",
      "acme-assistant-full-decode": "train",
    });
  });
});

describe("the picker", () => {
  const configOf = (props: Partial<KubernetesModelEndpointProps> = {}) =>
    JSON.parse(given.resourcesOf(stackOf(props).stack, "kubernetes_config_map_v1")[0].data["picker.yaml"]);
  const types = (config: { plugins: readonly { type: string }[] }) => config.plugins.map(({ type }) => type);

  test("weighs what replicas have read before, their queues and their caches", () => {
    const config = configOf();
    expect(config.apiVersion).toBe("llm-d.ai/v1alpha1");
    expect(config.schedulingProfiles).toEqual([
      {
        name: "default",
        plugins: [
          { pluginRef: "prefix-cache-scorer", weight: 3 },
          { pluginRef: "queue-scorer", weight: 2 },
          { pluginRef: "kv-cache-utilization-scorer", weight: 2 },
          { pluginRef: "max-score-picker" },
        ],
      },
    ]);
  });

  test.each<[string, Partial<KubernetesModelEndpointProps>]>([
    ["one profile", {}],
    ["two phases", SPLIT],
    [
      "adapters",
      {
        variants: [
          given.variant({ model: given.model({ adapters: [{ name: "a", weights: given.HUB, rank: 8 }] }) }),
        ],
      },
    ],
    ["another engine", { variants: [given.variant({ plan: given.plan({ engine: "sglang" }) })] }],
  ])("names only plugins that it has: %s", (_, props) => {
    const config = configOf(props);
    const used = config.schedulingProfiles.flatMap((profile: { plugins: { pluginRef: string }[] }) =>
      profile.plugins.map(({ pluginRef }) => pluginRef),
    );
    expect(types(config)).toEqual(expect.arrayContaining(used));
    expect(new Set(types(config)).size).toBe(types(config).length);
  });

  test("knows adapters, phases and other engines", () => {
    expect(types(configOf(SPLIT))).toEqual(
      expect.arrayContaining(["prefill-filter", "decode-filter", "disagg-profile-handler"]),
    );
    expect(
      configOf({ variants: [given.variant({ plan: given.plan({ engine: "sglang" }) })] }).plugins,
    ).toContainEqual({
      type: "core-metrics-extractor",
      parameters: { defaultEngine: "sglang" },
    });
  });

  test("may read its pool and objectives, and write nothing", () => {
    const [role] = given.resourcesOf(stackOf().stack, "kubernetes_role_v1");
    expect(role.rule.flatMap(({ verbs }: { verbs: string[] }) => verbs)).toEqual(
      expect.not.arrayContaining(["create", "update", "delete", "*"]),
    );
  });

  test("of several, one works: it needs leases, and standing by is not ready", () => {
    const { stack } = stackOf({ picker: { image: given.image("picker"), replicas: 2 } });
    const [deployment] = given.resourcesOf(stack, "kubernetes_deployment_v1");
    const [container] = deployment.spec.template.spec.container;
    expect(container.args).toContain("--ha-enable-leader-election");
    expect(container.readiness_probe.grpc[0].service).toBe("readiness");
    const [role] = given.resourcesOf(stack, "kubernetes_role_v1");
    expect(role.rule.at(-1).resources).toEqual(["leases"]);
  });

  test("gets the priority of each class", () => {
    const found = given.objects(stackOf().stack, "InferenceObjective");
    expect(found["acme-assistant-full-chat"]!.spec).toEqual({
      priority: 10,
      poolRef: { group: "inference.networking.k8s.io", kind: "InferencePool", name: "acme-assistant-full" },
    });
    expect(found["acme-assistant-full-batch"]!.spec.priority).toBe(-1);
  });
});

describe("the namespace", () => {
  test("is closed but for those who are named", () => {
    const { stack } = stackOf({
      callers: ["gateway"],
      monitoring: ["metrics"],
      variants: [
        given.variant({
          model: given.model({ weights: given.STORED }),
          objectStorage: { endpoint: "https://s3.example.com:9000" },
        }),
      ],
    });
    const policies = Object.fromEntries(
      given
        .resourcesOf(stack, "kubernetes_network_policy_v1")
        .map(({ metadata, spec }) => [metadata.name, spec]),
    );
    expect(Object.keys(policies).sort()).toEqual([
      "acme-assistant-callers",
      "acme-assistant-inside",
      "acme-assistant-monitoring",
      "acme-assistant-outbound",
    ]);
    const [callers] = policies["acme-assistant-callers"].ingress;
    expect(callers.from[0].namespace_selector.match_labels).toEqual({
      "kubernetes.io/metadata.name": "gateway",
    });
    expect(callers.ports.map(({ port }: { port: string }) => port)).toEqual(["8000", "9002"]);
    expect(JSON.stringify(policies["acme-assistant-outbound"])).toContain('"9000"');
  });

  test("lets nobody in where nobody is named", () => {
    expect(given.resourcesOf(stackOf().stack, "kubernetes_network_policy_v1")).toHaveLength(2);
  });

  test.each([
    ["restricted", given.HUB],
    ["baseline", given.IN_IMAGE],
  ] as const)("is %s by the volumes that weights need", (level, weights) => {
    const { stack } = stackOf({ variants: [given.variant({ model: given.model({ weights }) })] });
    const [namespace] = given.resourcesOf(stack, "kubernetes_namespace_v1");
    expect(namespace.metadata.labels["pod-security.kubernetes.io/enforce"]).toBe(level);
  });

  test("may be there already", () => {
    const { stack } = stackOf({ namespace: "models", createNamespace: false });
    expect(given.resourcesOf(stack, "kubernetes_namespace_v1")).toEqual([]);
    expect(given.theObject(stack, "Deployment").metadata.namespace).toBe("models");
  });

  test("has a service account with the identity of a cloud", () => {
    const { stack } = stackOf({
      serviceAccountAnnotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/x" },
    });
    const account = given
      .resourcesOf(stack, "kubernetes_service_account_v1")
      .find(({ metadata }) => metadata.name === "acme-assistant-engine");
    expect(account.metadata.annotations).toEqual({ "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/x" });
    expect(account.automount_service_account_token).toBe(false);
  });
});

test("nodes are kept warm by pods that give way and make nobody go", () => {
  const { stack } = stackOf({ variants: [given.variant({ warmReplicas: 2 })] });
  const [priority] = given.resourcesOf(stack, "kubernetes_priority_class_v1");
  expect(priority).toMatchObject({ value: -1000, preemption_policy: "Never" });
  const warm = given.objects(stack, "Deployment")["acme-assistant-full-warm"]!;
  expect(warm.spec.replicas).toBe(2);
  expect(warm.spec.template.spec.containers[0].resources.limits["nvidia.com/gpu"]).toBe("4");
  expect(warm.spec.template.spec.containers[0].image).toMatch(/^registry.k8s.io\/pause@sha256:/);
});

test("two synths give the same bytes", () => {
  const once = () =>
    JSON.stringify(
      synthStack(
        stackOf({ prometheusUrl: PROMETHEUS, variants: [given.variant({ scaling: { min: 1, max: 2 } })] })
          .stack,
      ),
    );
  expect(once()).toBe(once());
});
