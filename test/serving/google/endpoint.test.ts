import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack } from "cdktf";
import { Identity, Residency, ServedModel, type ServedModelProps, Site, Weights } from "../../../lib";
import { VertexEndpoint, type VertexEndpointProps } from "../../../lib/google";
import { Template, testApp } from "../../../lib/testing";
import { CHAT, codes, DIGEST, SHAPE } from "../aws/fixture";

const EEMSHAVEN = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456789012",
});
const IMAGE = `europe-west4-docker.pkg.dev/acme-ai/serving/vllm@sha256:${DIGEST}`;
const REVISION = "0123456789abcdef0123456789abcdef01234567";
const APP = Identity.googleServiceAccount("app", "app@acme-ai.iam.gserviceaccount.com");
const POD = Identity.kubernetesServiceAccount("rag", {
  namespace: "rag",
  serviceAccount: "app",
  issuer: "https://oidc.example.com/fra",
});
const COMMANDS = { kind: "commands" } as const;
const GARDEN = { kind: "model-garden" } as const;

const stored = (props: Partial<ServedModelProps> = {}) =>
  ServedModel.of("assistant", {
    shape: SHAPE,
    weights: Weights.objectStorage("gs://acme-models/assistant/8b"),
    contextTokens: 8192,
    ...props,
  });
const hub = (props: { tokenSecret?: string } = {}) =>
  stored({ weights: Weights.hub("acme/assistant", { revision: REVISION, ...props }) });

type Props = Partial<VertexEndpointProps>;

function make(props: Props = {}, context: Record<string, unknown> = {}) {
  const stack = new TerraformStack(testApp(context), "serving");
  new GoogleProvider(stack, "google", { project: "acme-ai", region: "europe-west4" });
  const endpoint = new VertexEndpoint(stack, "assistant", {
    site: EEMSHAVEN,
    namePrefix: "acme",
    endpointName: "assistant",
    model: props.deployment?.kind === "model-garden" ? hub() : stored(),
    image: IMAGE,
    classes: [CHAT],
    machineType: "a2-ultragpu-1g",
    deployment: COMMANDS,
    ...props,
  });
  return { stack, endpoint, template: () => Template.of(stack) };
}

describe("by commands", () => {
  /** Bodies of both calls. */
  const bodies = (props: Props = {}) => {
    const outputs = Object.values(make(props).template().json.output!) as { value: string }[];
    return [...outputs[0]!.value.matchAll(/-d '(.*)'/g)].map(([, body]) => JSON.parse(body!));
  };

  test("an endpoint of its own name and key, protected, whose traffic is left alone", () => {
    const template = make().template();
    expect(template.resource("google_vertex_ai_endpoint")).toMatchObject({
      name: expect.stringMatching(/^[1-9]\d{9}$/),
      display_name: "acme-assistant",
      location: "europe-west4",
      dedicated_endpoint_enabled: true,
      encryption_spec: { kms_key_name: expect.stringContaining("google_kms_crypto_key") },
      lifecycle: { ignore_changes: ["traffic_split"], prevent_destroy: true },
    });
    expect(make().template().resource("google_vertex_ai_endpoint").name).toBe(
      template.resource("google_vertex_ai_endpoint").name,
    );
  });

  test("what no resource does is an output: both calls, with all that was declared", () => {
    const [upload, deploy] = bodies({ minReplicas: 1, maxReplicas: 4, targetDutyCyclePercent: 75 });
    expect(upload).toMatchObject({
      modelId: expect.stringMatching(/^acme-assistant-[0-9a-f]{8}$/),
      model: {
        containerSpec: {
          imageUri: IMAGE,
          args: expect.arrayContaining([
            "--model=gs://acme-models/assistant/8b",
            "--load-format=runai_streamer",
            "--served-model-name=assistant",
            "--max-model-len=8192",
          ]),
          predictRoute: "/v1/chat/completions",
          healthRoute: "/health",
        },
        encryptionSpec: { kmsKeyName: expect.stringContaining("google_kms_crypto_key") },
      },
    });
    expect(deploy).toMatchObject({
      deployedModel: {
        model: `projects/acme-ai/locations/europe-west4/models/${upload.modelId}`,
        dedicatedResources: {
          minReplicaCount: 1,
          maxReplicaCount: 4,
          machineSpec: {
            machineType: "a2-ultragpu-1g",
            acceleratorType: "NVIDIA_A100_80GB",
            acceleratorCount: 1,
          },
          autoscalingMetricSpecs: [{ metricName: expect.stringContaining("duty_cycle"), target: 75 }],
        },
      },
      trafficSplit: { "0": 100 },
    });
  });

  test("a change of the model is another model", () => {
    const id = (props: Props) => bodies(props)[0].modelId as string;
    expect(id({})).toBe(id({}));
    expect(id({ model: stored({ contextTokens: 4096 }) })).not.toBe(id({}));
    expect(id({ model: stored({ weights: Weights.objectStorage("gs://acme-models/9b") }) })).not.toBe(id({}));
  });

  test("the container reads its prefix and nothing else", () => {
    expect(make().template().resource("google_storage_bucket_iam_member")).toMatchObject({
      bucket: "acme-models",
      role: "roles/storage.objectViewer",
      condition: {
        expression: expect.stringContaining("projects/_/buckets/acme-models/objects/assistant/8b/"),
      },
    });
  });

  test("logs a sample of requests", () => {
    const requestLog = { table: "bq://acme-ai.serving.requests", samplePercent: 25, includePii: true };
    expect(make({ requestLog }).template().resource("google_vertex_ai_endpoint")).toMatchObject({
      predict_request_response_logging_config: {
        enabled: true,
        sampling_rate: 0.25,
        bigquery_destination: { output_uri: "bq://acme-ai.serving.requests" },
      },
    });
    const { includePii: _, ...plain } = requestLog;
    expect(codes(() => make({ requestLog: plain, pii: false }))).toEqual([]);
  });

  test("reached privately, it is where its network says", () => {
    const { endpoint, template } = make({ privateAccess: { projects: ["acme-web"], host: "10.1.2.3" } });
    const made = template().resource("google_vertex_ai_endpoint");
    expect(made).toMatchObject({
      private_service_connect_config: {
        enable_private_service_connect: true,
        project_allowlist: ["acme-web"],
      },
    });
    expect(made).not.toHaveProperty("dedicated_endpoint_enabled");
    expect(endpoint.access().reach).toMatchObject({ host: "10.1.2.3" });
  });

  test("a key may be adopted", () => {
    const kmsKey = "projects/acme-ai/locations/europe-west4/keyRings/r/cryptoKeys/k";
    const template = make({ kmsKey }).template();
    expect(template.resource("google_vertex_ai_endpoint").encryption_spec).toEqual({ kms_key_name: kmsKey });
    expect(template.count("google_kms_crypto_key")).toBe(0);
  });

  test("both keys let Terraform destroy the endpoint; APIs are left alone on request", () => {
    const { template } = make(
      { removalPolicy: "destroy", enableServices: false },
      { "cdktf-hybrid-ai/allowDestroy": true },
    );
    expect(template().resource("google_vertex_ai_endpoint").lifecycle).toEqual({
      ignore_changes: ["traffic_split"],
    });
    expect(template().count("google_project_service")).toBe(0);
  });
});

describe("from Model Garden", () => {
  test("Terraform deploys a public model at one commit", () => {
    const template = make({
      deployment: { kind: "model-garden", acceptEula: true, spot: true },
      machineType: "a3-highgpu-8g",
      minReplicas: 1,
      maxReplicas: 2,
    }).template();
    expect(template.resource("google_vertex_ai_endpoint_with_model_garden_deployment")).toMatchObject({
      hugging_face_model_id: "acme/assistant",
      endpoint_config: { dedicated_endpoint_enabled: true, endpoint_display_name: "acme-assistant" },
      model_config: {
        accept_eula: true,
        container_spec: {
          image_uri: IMAGE,
          command: ["python3", "-m", "vllm.entrypoints.openai.api_server"],
          args: expect.arrayContaining([
            "--model=acme/assistant",
            `--revision=${REVISION}`,
            "--tensor-parallel-size=8",
          ]),
          ports: [{ container_port: 8080 }],
        },
      },
      deploy_config: {
        dedicated_resources: {
          min_replica_count: 1,
          max_replica_count: 2,
          spot: true,
          machine_spec: {
            machine_type: "a3-highgpu-8g",
            accelerator_type: "NVIDIA_H100_80GB",
            accelerator_count: 8,
          },
          autoscaling_metric_specs: [{ target: 60 }],
        },
      },
    });
    expect(template.count("google_vertex_ai_endpoint")).toBe(0);
  });
});

describe("what gateways and users are told", () => {
  test("all in plain values", () => {
    const { endpoint } = make({ usdPerMachineHour: 5 });
    expect(endpoint.access()).toMatchObject({
      endpoint: "assistant",
      variant: "default",
      model: "assistant",
      country: "NL",
      reach: {
        kind: "https",
        host: expect.stringMatching(/\.europe-west4-123456789012\.prediction\.vertexai\.goog$/),
        protocol: "vertex",
      },
      planned: { usdPerHour: 5 * endpoint.sizing.minReplicas },
    });
    expect(make({ deployment: GARDEN }).endpoint.access().reach).toMatchObject({ kind: "https" });
    expect(endpoint.metrics).toEqual([]);
    expect(endpoint.cloudMetrics).toEqual({
      kind: "cloud-monitoring",
      endpointId: expect.stringMatching(/^[1-9]\d{9}$/),
      private: false,
    });
    expect(
      make({ privateAccess: { projects: ["acme-app"], host: "10.0.0.5" } }).endpoint.cloudMetrics,
    ).toMatchObject({
      private: true,
    });
    expect(make({ deployment: GARDEN }).endpoint.cloudMetrics).toMatchObject({
      endpointId: expect.stringContaining("TfToken"),
    });
    expect(codes(() => endpoint.access("canary"))).toEqual(["UnknownVariant"]);
  });

  test("a right to ask is a role of one permission", () => {
    const { endpoint, template } = make();
    endpoint.grantInvoke(APP);
    expect(endpoint.grantInvoke(APP).resources).toEqual(endpoint.grantInvoke(APP).resources);
    expect(endpoint.grantInvoke(POD).access).toMatchObject({ kind: "google" });
    expect(template().resource("google_project_iam_custom_role").permissions).toEqual([
      "aiplatform.endpoints.predict",
    ]);
    expect(template().resource("google_project_iam_member", "app")).toMatchObject({
      member: "serviceAccount:app@acme-ai.iam.gserviceaccount.com",
    });
  });
});

describe("refused", () => {
  const LOG = { table: "bq://acme-ai.serving.requests", samplePercent: 25, includePii: true };
  test.each<[string, Props, string]>([
    ["a machine that nobody knows", { machineType: "z9-gpu" }, "VertexMachineUnknown"],
    ["a machine without GPUs", { machineType: "n2-standard-4" }, "VertexMachineUnknown"],
    [
      "half of a machine",
      { machineType: "a3-highgpu-8g", parallelism: { tensor: 4 } },
      "VertexMachineNotFilled",
    ],
    ["no accelerator", { parallelism: { tensor: 0 } }, "NumberOutOfRange"],
    ["a tag", { image: "docker.io/vllm/vllm-openai:latest" }, "InvalidName"],
    ["weights of a hub by commands", { model: hub() }, "VertexWeightsUnsupported"],
    [
      "weights of S3",
      { model: stored({ weights: Weights.objectStorage("s3://acme/8b") }) },
      "VertexWeightsUnsupported",
    ],
    [
      "weights of Cloud Storage from the garden",
      { deployment: GARDEN, model: stored() },
      "VertexWeightsUnsupported",
    ],
    [
      "a token in the state",
      { deployment: GARDEN, model: hub({ tokenSecret: "hub" }) },
      "VertexWeightsUnsupported",
    ],
    [
      "adapters",
      {
        model: stored({
          adapters: [{ name: "legal", rank: 8, weights: Weights.objectStorage("gs://acme-models/legal") }],
        }),
      },
      "VertexAdaptersUnsupported",
    ],
    [
      "a key of the garden's endpoint",
      { deployment: GARDEN, kmsKey: "projects/acme-ai/locations/europe-west4/keyRings/r/cryptoKeys/k" },
      "VertexOptionUnsupported",
    ],
    ["a log of the garden's endpoint", { deployment: GARDEN, requestLog: LOG }, "VertexOptionUnsupported"],
    [
      "a private endpoint of the garden",
      { deployment: GARDEN, privateAccess: { projects: ["p"], host: "10.0.0.1" } },
      "VertexOptionUnsupported",
    ],
    ["a private endpoint for nobody", { privateAccess: { projects: [], host: "10.0.0.1" } }, "MissingValue"],
    ["a private endpoint nowhere", { privateAccess: { projects: ["p"], host: "" } }, "MissingValue"],
    [
      "a log that does not say that data may be personal",
      { requestLog: { ...LOG, includePii: false } },
      "RequestLogOfPersonalData",
    ],
    ["a log of personal data where there is none", { requestLog: LOG, pii: false }, "NoEffect"],
    ["a log of all and more", { requestLog: { ...LOG, samplePercent: 101 } }, "NumberOutOfRange"],
    ["a log of no table", { requestLog: { ...LOG, table: "bq://acme-ai" } }, "InvalidName"],
    ["no machine", { minReplicas: 0 }, "NumberOutOfRange"],
    ["fewer machines at most than at least", { minReplicas: 3, maxReplicas: 2 }, "NumberOutOfRange"],
    ["a target without machines to add", { minReplicas: 3, targetDutyCyclePercent: 50 }, "NoEffect"],
    [
      "a target of more than all",
      { minReplicas: 1, maxReplicas: 2, targetDutyCyclePercent: 101 },
      "NumberOutOfRange",
    ],
    [
      "a class that may not come here",
      { classes: [{ ...CHAT, residency: Residency.countries("DE") }] },
      "EndpointOutsideResidency",
    ],
    ["no class", { classes: [] }, "MissingValue"],
    ["a way that nobody knows", { deployment: { kind: "magic" as never } }, "NotOneOf"],
    ["a prefix of no name", { namePrefix: "Acme" }, "InvalidName"],
    ["a name of no form", { endpointName: "Assistant" }, "InvalidName"],
    ["a key that is none", { kmsKey: "key" }, "InvalidName"],
    ["deletion without the app's consent", { removalPolicy: "destroy" }, "RemovalNeedsTwoKeys"],
    [
      "a model that does not fit",
      { machineType: "g2-standard-12", model: stored({ shape: { ...SHAPE, params: 70e9 } }) },
      "ModelDoesNotFit",
    ],
  ])("%s", (_what, props, code) => {
    expect(codes(() => make(props))[0]).toBe(code);
  });

  test("identities that mean nothing here", () => {
    const { endpoint } = make();
    const right = (identity: Identity) => codes(() => endpoint.grantInvoke(identity));
    expect(right(Identity.awsRole("a", "arn:aws:iam::111122223333:role/a"))).toEqual([
      "IdentityKindMismatch",
    ]);
    expect(right(Identity.kubernetesServiceAccount("c", { namespace: "c", serviceAccount: "c" }))).toEqual([
      "MissingOidcIssuer",
    ]);
    endpoint.grantInvoke(APP);
    expect(right(Identity.googleServiceAccount("app", "b@acme-ai.iam.gserviceaccount.com"))).toEqual([
      "DuplicateValue",
    ]);
  });

  test("two endpoints of one name", () => {
    const { stack } = make();
    new VertexEndpoint(stack, "other", {
      site: EEMSHAVEN,
      namePrefix: "acme",
      endpointName: "assistant",
      model: stored(),
      image: IMAGE,
      classes: [CHAT],
      machineType: "a2-ultragpu-1g",
      deployment: COMMANDS,
    });
    expect(() => Template.of(stack)).toThrow("EndpointNamesTaken");
  });
});
