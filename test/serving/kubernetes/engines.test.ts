import type { KubernetesVariantProps } from "../../../lib/kubernetes";
import * as given from "./support";

/** The pod that answers, of an endpoint with one variant. */
function podOf(variant: Partial<KubernetesVariantProps>, kind = "Deployment") {
  const stack = given.kubernetesStack();
  given.endpoint({ variants: [given.variant(variant)] }, stack);
  const { spec } = given.theObject(stack, kind);
  return kind === "LeaderWorkerSet" ? spec.leaderWorkerTemplate : spec.template.spec;
}

const engineOf = (variant: Partial<KubernetesVariantProps>) => podOf(variant).containers[0];
const argsOf = (variant: Partial<KubernetesVariantProps>): readonly string[] => engineOf(variant).args;

const ADAPTERS = [
  { name: "legal", weights: given.HUB, rank: 20 },
  { name: "tax", weights: given.IN_IMAGE, rank: 8 },
];

describe("vLLM's command line", () => {
  test("says what the plan and the model say", () => {
    expect(engineOf({}).command).toEqual(["vllm", "serve"]);
    expect(argsOf({})).toEqual([
      "/mnt/models",
      "--served-model-name=llama-3.3-70b",
      "--port=8000",
      "--max-model-len=32768",
      "--max-num-seqs=128",
      "--max-num-batched-tokens=8192",
      "--gpu-memory-utilization=0.9",
      "--tensor-parallel-size=4",
      "--dtype=bfloat16",
      "--enable-prefix-caching",
      "--shutdown-timeout=120",
      "--disable-access-log-for-endpoints=/health,/metrics",
    ]);
  });

  test.each<[string, Partial<KubernetesVariantProps>, readonly string[]]>([
    [
      "experts divided among copies of the dense part",
      {
        plan: given.plan({
          parallelism: { tensor: 1, pipeline: 1, data: 8, expert: 8 },
          acceleratorsPerReplica: 8,
        }),
      },
      ["--data-parallel-size=8", "--enable-expert-parallel"],
    ],
    [
      "a pipeline",
      {
        plan: given.plan({
          parallelism: { tensor: 4, pipeline: 2, data: 1, expert: 1 },
          acceleratorsPerReplica: 8,
        }),
      },
      ["--pipeline-parallel-size=2"],
    ],
    ["a cache in fp8", { model: given.model({ cachePrecision: "fp8" }) }, ["--kv-cache-dtype=fp8"]],
    [
      "quantising while loading",
      { engine: { image: given.image("vllm"), quantization: "fp8" } },
      ["--quantization=fp8"],
    ],
    [
      "no cache of prefixes",
      { engine: { image: given.image("vllm"), prefixCaching: false } },
      ["--no-enable-prefix-caching"],
    ],
    [
      "arguments of the user",
      { engine: { image: given.image("vllm"), arguments: ["--enable-auto-tool-choice"] } },
      ["--enable-auto-tool-choice"],
    ],
    [
      "weights straight from object storage, each accelerator a part",
      { model: given.model({ weights: given.STORED }) },
      [
        "s3://acme-models/llama-3.3-70b",
        "--load-format=runai_streamer",
        '--model-loader-extra-config={"distributed":true}',
      ],
    ],
    [
      "adapters, with the next rank that there are kernels for",
      { model: given.model({ adapters: ADAPTERS }) },
      [
        "--enable-lora",
        "--max-loras=2",
        "--max-lora-rank=32",
        "--lora-modules",
        "legal=/mnt/adapters/0",
        "tax=/mnt/adapters/1",
      ],
    ],
  ])("has %s", (_, variant, expected) => {
    expect(argsOf(variant)).toEqual(expect.arrayContaining([...expected]));
  });

  test("leaves the type to weights that are quantised already", () => {
    expect(argsOf({ model: given.model({ precision: "fp8" }) }).join(" ")).not.toContain("--dtype");
  });
});

describe("other engines", () => {
  test("SGLang has its own names for the same", () => {
    const { command, args } = engineOf({
      plan: given.plan({ engine: "sglang" }),
      model: given.model({ cachePrecision: "fp8", adapters: ADAPTERS }),
      engine: { image: given.image("sglang"), prefixCaching: false, quantization: "fp8" },
    });
    expect(command).toEqual(["python3", "-m", "sglang.launch_server"]);
    expect(args).toEqual([
      "--model-path=/mnt/models",
      "--served-model-name=llama-3.3-70b",
      "--host=0.0.0.0",
      "--port=8000",
      "--enable-metrics",
      "--context-length=32768",
      "--max-running-requests=128",
      "--chunked-prefill-size=8192",
      "--mem-fraction-static=0.9",
      "--tp-size=4",
      "--dtype=bfloat16",
      "--quantization=fp8",
      "--kv-cache-dtype=fp8_e4m3",
      "--disable-radix-cache",
      "--enable-lora",
      "--max-loras-per-batch=2",
      "--max-lora-rank=20",
      "--lora-paths",
      "legal=/mnt/adapters/0",
      "tax=/mnt/adapters/1",
    ]);
  });

  test("SGLang divides attention within the accelerators that tensor parallelism counts", () => {
    expect(
      argsOf({
        plan: given.plan({
          engine: "sglang",
          parallelism: { tensor: 2, pipeline: 1, data: 4, expert: 8 },
          acceleratorsPerReplica: 8,
        }),
      }),
    ).toEqual(expect.arrayContaining(["--tp-size=8", "--dp-size=4", "--enable-dp-attention", "--ep-size=8"]));
  });

  test("Triton serves a repository with an engine that was compiled before", () => {
    const { command, args, readinessProbe } = engineOf({
      plan: given.plan({ engine: "triton" }),
      model: given.model({ weights: { kind: "oci", image: given.image("repository"), path: "/models" } }),
      engine: { image: given.image("triton"), tokenizer: "llama/tokenizer" },
    });
    expect(command).toEqual(["python3", "/opt/tritonserver/python/openai/openai_frontend/main.py"]);
    expect(args).toEqual([
      "--model-repository=/mnt/models/models",
      "--tokenizer=/mnt/models/models/llama/tokenizer",
      "--host=0.0.0.0",
      "--openai-port=8000",
    ]);
    expect(readinessProbe.httpGet.path).toBe("/health/ready");
  });
});

describe("a replica of several nodes", () => {
  const TWO = given.plan({ ...given.TWO_NODES, replicas: { kind: "together", count: 2 } });

  test("is one group of processes that meet at the leader; only the leader is called", () => {
    const { size, leaderTemplate, workerTemplate } = podOf({ plan: TWO }, "LeaderWorkerSet");
    expect(size).toBe(2);
    const meeting = [
      "--nnodes=2",
      "--node-rank=$(LWS_WORKER_INDEX)",
      "--master-addr=$(LWS_LEADER_ADDRESS)",
      "--master-port=29500",
    ];
    const [leader] = leaderTemplate.spec.containers;
    const [worker] = workerTemplate.spec.containers;
    expect(leader.args).toEqual(expect.arrayContaining(meeting));
    expect(leader.args).not.toContain("--headless");
    expect(worker.args).toEqual(expect.arrayContaining([...meeting, "--headless"]));
    expect(leaderTemplate.metadata.labels["hybrid-ai.io/serves"]).toBe("acme-assistant-full");
    expect(workerTemplate.metadata.labels).not.toHaveProperty("hybrid-ai.io/serves");
    expect(leader.readinessProbe.httpGet.port).toBe(8000);
    expect(worker).not.toHaveProperty("readinessProbe");
    expect(leader.resources.limits["nvidia.com/gpu"]).toBe("8");
  });

  test("takes the fast network of its nodes, which a replica within a node does not", () => {
    const network = (variant: Partial<KubernetesVariantProps>, kind: string) => {
      const found = podOf(variant, kind);
      const { resources } = (found.leaderTemplate?.spec ?? found).containers[0];
      return resources.limits["vpc.amazonaws.com/efa"];
    };
    expect(network({ plan: TWO }, "LeaderWorkerSet")).toBeDefined();
    expect(network({}, "Deployment")).toBeUndefined();
  });

  test("with data parallelism starts each node at the rank of its first copy", () => {
    const { leaderTemplate, workerTemplate } = podOf(
      {
        plan: given.plan({
          ...given.TWO_NODES,
          parallelism: { tensor: 1, pipeline: 1, data: 16, expert: 16 },
          replicas: { kind: "together", count: 1 },
        }),
      },
      "LeaderWorkerSet",
    );
    const [leader] = leaderTemplate.spec.containers;
    const [worker] = workerTemplate.spec.containers;
    const alike = [
      "--data-parallel-size=16",
      "--data-parallel-size-local=8",
      "--data-parallel-address=$(LWS_LEADER_ADDRESS)",
    ];
    expect(leader.command).toEqual(["vllm", "serve"]);
    expect(leader.args).toEqual(expect.arrayContaining(alike));
    expect(worker.command.slice(0, 3)).toEqual([
      "/bin/sh",
      "-c",
      'exec vllm serve "$@" --data-parallel-start-rank=$((LWS_WORKER_INDEX * 8))',
    ]);
    expect(worker.args).toEqual(expect.arrayContaining([...alike, "--headless"]));
  });

  test("of SGLang meets at the leader too", () => {
    const { workerTemplate } = podOf({ plan: { ...TWO, engine: "sglang" } }, "LeaderWorkerSet");
    expect(workerTemplate.spec.containers[0].args).toEqual(
      expect.arrayContaining([
        "--nnodes=2",
        "--node-rank=$(LWS_WORKER_INDEX)",
        "--dist-init-addr=$(LWS_LEADER_ADDRESS):20000",
      ]),
    );
  });
});

describe("weights", () => {
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

  test("of a hub are fetched at their commit; the engine sees neither the token nor the hub", () => {
    const pod = podOf({});
    const [fetch] = pod.initContainers;
    expect(fetch.command).toEqual(["hf", "download"]);
    expect(fetch.args).toEqual([
      "meta-llama/Llama-3.3-70B-Instruct",
      "--revision=6f6073b423013f6a7d4d9f39144961bfbfbc386b",
      "--local-dir=/mnt/models",
    ]);
    expect(fetch.env).toContainEqual({
      name: "HF_TOKEN",
      valueFrom: { secretKeyRef: { name: "hub-token", key: "token" } },
    });
    expect(names(pod.containers[0].env)).not.toContain("HF_TOKEN");
    expect(pod.containers[0].env).toContainEqual({ name: "HF_HUB_OFFLINE", value: "1" });
    // 33 GiB on each of four accelerators, and a twentieth.
    expect(pod.volumes).toContainEqual({ name: "weights", emptyDir: { sizeLimit: "139Gi" } });
    expect(pod.containers[0].resources.requests["ephemeral-storage"]).toBe("159Gi");
  });

  test("of a public hub need no token", () => {
    const pod = podOf({ model: given.model({ weights: { ...given.HUB, tokenSecret: undefined } as never }) });
    expect(names(pod.initContainers[0].env)).toEqual(["HF_HOME"]);
  });

  test("in an image are a volume, which the kubelet keeps on the node", () => {
    const pod = podOf({ model: given.model({ weights: given.IN_IMAGE }) });
    expect(pod.volumes).toContainEqual({
      name: "model",
      image: { reference: given.image("weights"), pullPolicy: "IfNotPresent" },
    });
    expect(pod).not.toHaveProperty("initContainers");
  });

  test("of object storage with keys and an address of its own are streamed", () => {
    const pod = podOf({
      model: given.model({ weights: given.STORED }),
      objectStorage: { endpoint: "https://s3.example.com:9000", credentialsSecret: "store" },
    });
    expect(pod.containers[0].env).toEqual(
      expect.arrayContaining([
        {
          name: "AWS_SECRET_ACCESS_KEY",
          valueFrom: { secretKeyRef: { name: "store", key: "AWS_SECRET_ACCESS_KEY" } },
        },
        { name: "AWS_ENDPOINT_URL", value: "https://s3.example.com:9000" },
      ]),
    );
  });

  test.each<[string, string, string | undefined, string]>([
    ["Amazon", "s3://acme/llama", undefined, ":s3,provider=AWS,env_auth=true:acme/llama"],
    [
      "a store of one's own",
      "s3://acme/llama",
      "https://s3.example.com",
      ':s3,provider=Other,env_auth=true,endpoint="https://s3.example.com":acme/llama',
    ],
    ["Google", "gs://acme/llama", undefined, ":gcs,env_auth=true,bucket_policy_only=true:acme/llama"],
  ])("of object storage at %s are copied onto the disk by rclone", (_, uri, address, source) => {
    const pod = podOf({
      model: given.model({ weights: { kind: "object-storage", uri } }),
      cache: { kind: "pod-disk", fetchImage: given.image("rclone") },
      ...(address === undefined ? {} : { objectStorage: { endpoint: address } }),
    });
    expect(pod.initContainers[0].command).toEqual(["rclone", "copy"]);
    expect(pod.initContainers[0].args.slice(0, 2)).toEqual([source, "/mnt/models"]);
    expect(pod.initContainers[0].image).toBe(given.image("rclone"));
  });

  test("in a volume that is there are only read", () => {
    const pod = podOf({ cache: { kind: "claim", claimName: "models", path: "llama" } });
    expect(pod.volumes).toContainEqual({
      name: "shared-weights",
      persistentVolumeClaim: { claimName: "models", readOnly: true },
    });
    expect(pod.containers[0].volumeMounts).toContainEqual({
      name: "shared-weights",
      mountPath: "/mnt/models",
      subPath: "llama",
      readOnly: true,
    });
  });
});
