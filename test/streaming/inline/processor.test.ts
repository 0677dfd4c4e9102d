import { HorizontalPodAutoscalerV2 } from "@cdktf/provider-kubernetes/lib/horizontal-pod-autoscaler-v2";
import { TerraformVariable } from "cdktf";
import { CustomResource } from "../../../lib/kubernetes/custom-resource";
import { networkPolicy } from "../../../lib/streaming/inline/network";
import { expectStable, synthStack } from "../../../lib/testing";
import { conformance, conformanceTest } from "../../cluster/conformance";
import { kubernetesStack, objects } from "../../lakehouse/kubernetes/support";
import {
  all,
  BASE,
  configOf,
  GOOGLE,
  IAM,
  OPENSEARCH_LOOKUP,
  PGVECTOR_LOOKUP,
  processor,
  S3_LOOKUP,
  SCRAM,
  synthesized,
  USER_LOOKUP,
  VERTEX_LOOKUP,
} from "./support";

// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests state
const resource = (type: string, props = {}): any => Object.values(synthesized(props).resources(type))[0];
const trigger = (props = {}) => objects(synthesized(props), "ScaledObject").scorer!.spec.triggers[0];
const authentication = (props = {}) => objects(synthesized(props), "TriggerAuthentication").scorer?.spec;

describe("the pods of a processor", () => {
  const pod = (props = {}) => resource("kubernetes_deployment_v1", props).spec.template.spec;

  test("run as nobody, on a file system that they cannot write, without a token", () => {
    const { security_context, container, automount_service_account_token } = pod();
    expect(security_context).toMatchObject({
      run_as_non_root: true,
      seccomp_profile: { type: "RuntimeDefault" },
    });
    expect(container[0].security_context).toEqual({
      allow_privilege_escalation: false,
      capabilities: { drop: ["ALL"] },
      read_only_root_filesystem: true,
    });
    expect(automount_service_account_token).toBe(false);
  });

  test("get secrets as files of their own namespace, and the configuration says where", () => {
    const template = synthesized();
    const { volume } = pod();
    const sources = volume[1].projected[0].sources.map(
      ({ secret }: { secret: { name: string; items: object[] }[] }) => secret[0],
    );
    expect(sources).toEqual([
      { name: "events-cluster-ca-cert", items: [{ key: "ca.crt", path: "kafka/ca.crt" }] },
      { name: "events-scorer", items: [{ key: "user.crt", path: "kafka/tls.crt" }] },
      { name: "events-scorer", items: [{ key: "user.key", path: "kafka/tls.key" }] },
    ]);
    expect(configOf(template).kafka.tls).toEqual({
      enabled: true,
      caFile: "/var/run/inline-inference/kafka/ca.crt",
      certificateFile: "/var/run/inline-inference/kafka/tls.crt",
      privateKeyFile: "/var/run/inline-inference/kafka/tls.key",
    });
  });

  test("have more time to end than they need to drain", () => {
    expect(pod({ drainMs: 30_500 }).termination_grace_period_seconds).toBe(46);
  });

  test("are made anew when the configuration changes", () => {
    const { annotations } = resource("kubernetes_deployment_v1").spec.template.metadata;
    expect(annotations["hybrid-ai.io/config-sha256"]).toMatch(
      /^\$\{sha256\(kubernetes_config_map_v1\.\w+\.data\["config\.json"\]\)\}$/,
    );
  });

  test("are spread, and leave one at a time", () => {
    expect(
      pod().topology_spread_constraint.map((each: { topology_key: string }) => each.topology_key),
    ).toEqual(["topology.kubernetes.io/zone", "kubernetes.io/hostname"]);
    expect(resource("kubernetes_pod_disruption_budget_v1").spec.max_unavailable).toBe("1");
    expect(resource("kubernetes_pod_disruption_budget_v1", { scale: { max: 1 } })).toBeUndefined();
  });

  test("their number is KEDA's", () => {
    const deployment = resource("kubernetes_deployment_v1");
    expect(deployment.lifecycle.ignore_changes).toEqual(["spec[0].replicas"]);
    expect(deployment.spec.replicas).toBeUndefined();
  });
});

describe("services of the cluster", () => {
  test("get a token of the pod's account, and are trusted by their authority", () => {
    const props = {
      features: [{ ...USER_LOOKUP, auth: { kind: "service-account" } as const }],
      trustedCas: [{ namespace: "bidding", name: "feast-tls", key: "ca.crt" }],
    };
    const { volume } = resource("kubernetes_deployment_v1", props).spec.template.spec;
    const [{ sources }] = volume.find(({ name }: { name: string }) => name === "secrets").projected;
    expect(sources).toContainEqual({
      service_account_token: { path: "service-account/token", expiration_seconds: 3_600 },
    });
    expect(sources).toContainEqual({
      secret: [{ name: "feast-tls", items: [{ key: "ca.crt", path: "trusted/0.crt" }] }],
    });
    expect(configOf(synthesized(props)).trustedCaFiles).toEqual(["/var/run/inline-inference/trusted/0.crt"]);
  });
});

describe("scaling on lag", () => {
  test("asks the broker as the worker does, by text only", () => {
    expect(objects(synthesized(), "ScaledObject").scorer!.spec).toMatchObject({
      minReplicaCount: 1,
      maxReplicaCount: 12,
      scaleTargetRef: { kind: "Deployment", name: "scorer" },
    });
    const { metadata, authenticationRef } = trigger();
    expect(metadata).toEqual({
      bootstrapServers: "events-kafka-bootstrap.kafka.svc:9093",
      consumerGroup: "scorer",
      topic: "bids",
      lagThreshold: "1000",
      offsetResetPolicy: "earliest",
      allowIdleConsumers: "false",
      version: "3.6.0",
      tls: "enable",
    });
    expect(Object.values(metadata).every((value) => typeof value === "string")).toBe(true);
    expect(authenticationRef).toEqual({ name: "scorer" });
    expect(authentication().secretTargetRef).toEqual([
      { parameter: "ca", name: "events-cluster-ca-cert", key: "ca.crt" },
      { parameter: "cert", name: "events-scorer", key: "user.crt" },
      { parameter: "key", name: "events-scorer", key: "user.key" },
    ]);
  });

  test("SCRAM: the password from the Secret, the name from the ConfigMap", () => {
    const props = all(SCRAM);
    expect(trigger(props).metadata.sasl).toBe("scram_sha512");
    expect(authentication(props).configMapTargetRef).toEqual([
      { parameter: "username", name: "scorer", key: "kafka-username" },
    ]);
    expect(resource("kubernetes_config_map_v1", props).data["kafka-username"]).toBe("scorer");
  });

  test("MSK: by the operator's role", () => {
    const props = { ...all(IAM), awsRegion: "eu-west-1" };
    expect(trigger(props).metadata).toMatchObject({
      saslTokenProvider: "aws_msk_iam",
      awsRegion: "eu-west-1",
    });
    expect(authentication(props)).toEqual({ podIdentity: { provider: "aws" } });
  });

  test("by what the worker tells, where the broker cannot be asked", () => {
    const props = { ...all(GOOGLE), scale: { prometheus: "http://prometheus.monitoring.svc:9090" } };
    expect(trigger(props)).toMatchObject({ type: "prometheus", metadata: { threshold: "1000" } });
    expect(authentication(props)).toBeUndefined();
  });

  test("another scaler of the same Deployment is refused, of another one not", () => {
    const stack = kubernetesStack();
    processor({}, stack);
    const autoscaler = (id: string, name: string) =>
      new HorizontalPodAutoscalerV2(stack, id, {
        metadata: { name, namespace: "bidding" },
        spec: { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name } },
      });
    autoscaler("other", "gateway");
    expect(() => synthStack(stack)).not.toThrow();
    autoscaler("same", "scorer");
    expect(() => synthStack(stack)).toThrow(/TwoScalers/);
  });

  test("a ScaledObject beside it is refused too", () => {
    const stack = kubernetesStack();
    processor({}, stack);
    new CustomResource(stack, "mine", {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      name: "mine",
      namespace: "bidding",
      spec: { scaleTargetRef: { name: "scorer" }, triggers: [{ type: "cpu", metadata: { value: "50" } }] },
    });
    expect(() => synthStack(stack)).toThrow(/TwoScalers/);
  });
});

describe("the network of a processor", () => {
  const policy = (props = {}) => resource("kubernetes_network_policy_v1", props).spec;
  const blocks = (props = {}) =>
    policy(props)
      .egress.slice(1)
      .flatMap((rule: { to: { ip_block?: { cidr: string } }[]; ports?: { port: string }[] }) =>
        rule.to.flatMap(({ ip_block }) =>
          ip_block ? [[ip_block.cidr, rule.ports!.map(({ port }) => port).join()]] : [],
        ),
      );

  test("reaches namespaces of the cluster by their name, and nothing else if it needs nothing else", () => {
    const namespaces = policy().egress.map(
      (rule: { to: { namespace_selector: { match_labels: Record<string, string> } }[] }) =>
        rule.to[0]!.namespace_selector.match_labels["kubernetes.io/metadata.name"],
    );
    expect(namespaces).toEqual(["kube-system", "features", "kafka", "models"]);
    expect(policy().ingress ?? []).toEqual([]);
  });

  test("reaches services outside on their ports, in the given blocks", () => {
    const features = [{ ...USER_LOOKUP, endpoint: "https://feast.example.com:6566" }];
    expect(blocks({ features })).toEqual([["0.0.0.0/0", "6566"]]);
    expect(blocks({ features, egressCidrs: ["10.0.0.0/8"] })).toEqual([["10.0.0.0/8", "6566"]]);
  });

  test("reaches a database on its port, known or not", () => {
    const place = (endpoint: string) => blocks({ vectors: [{ ...PGVECTOR_LOOKUP, endpoint }] });
    expect(place("postgresql://db.example.com")).toEqual([["0.0.0.0/0", "5432"]]);
    expect(place("postgresql://db.example.com:6432")).toEqual([["0.0.0.0/0", "6432"]]);
    const token = new TerraformVariable(kubernetesStack(), "host", {}).stringValue;
    const connections = {
      input: { auth: "mtls", bootstrapServers: "kafka.kafka.svc:9093" } as const,
      services: [{ kind: "pgvector", endpoint: `postgresql://${token}` }],
    };
    const text = JSON.stringify(networkPolicy(connections, {}).egress);
    expect(text).toContain('"5432"');
    expect(text).not.toContain('"443"');
  });

  test("reaches the cloud's identity where it is used", () => {
    expect(blocks({ ...all(IAM), awsRegion: "eu-west-1" })).toContainEqual(["169.254.170.23/32", "80"]);
    expect(blocks({ vectors: [S3_LOOKUP, OPENSEARCH_LOOKUP] })).toEqual([
      ["0.0.0.0/0", "443"],
      ["169.254.170.23/32", "80"],
    ]);
    expect(blocks({ vectors: [VERTEX_LOOKUP] })).toContainEqual(["169.254.169.252/32", "80,987,988"]);
    const google = { model: { ...BASE.model, auth: { kind: "google" as const } } };
    expect(blocks(google)).toContainEqual(["169.254.169.252/32", "80,987,988"]);
  });

  test("lets in who reads the metrics", () => {
    const props = { monitoring: { namespace: "monitoring" } };
    expect(policy(props).ingress[0].ports).toEqual([{ port: "9464", protocol: "TCP" }]);
    expect(objects(synthesized(props), "PodMonitor").scorer!.spec.podMetricsEndpoints).toEqual([
      { port: "metrics" },
    ]);
  });
});

test("two programs give the same bytes", () => {
  expectStable((app) => {
    const { TerraformStack } = require("cdktf");
    const { KubernetesProvider } = require("@cdktf/provider-kubernetes/lib/provider");
    const stack = new TerraformStack(app, "workloads");
    new KubernetesProvider(stack, "kubernetes");
    processor({}, stack);
  });
});

conformanceTest("objects are as their definitions say", () => {
  for (const props of [
    { monitoring: { namespace: "monitoring" } },
    all(SCRAM),
    { ...all(IAM), awsRegion: "eu-west-1" },
  ]) {
    const stack = kubernetesStack();
    processor(props, stack);
    const { failures, kinds } = conformance(stack);
    expect(failures).toEqual([]);
    expect(kinds).toEqual(
      expect.arrayContaining(["keda.sh/v1alpha1 ScaledObject", "keda.sh/v1alpha1 TriggerAuthentication"]),
    );
  }
});
