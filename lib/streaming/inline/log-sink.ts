import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { Fn, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { escapeTemplate } from "../../core/escape";
import { stableJson } from "../../core/json";
import { Problems } from "../../core/problems";
import { CustomResource } from "../../kubernetes/custom-resource";
import { checkAnnotations, DNS_LABEL } from "../../kubernetes/metadata";
import { guardPhases } from "../../kubernetes/phase-guard";
import type { SecretKeyReference } from "../streaming";
import type { InlineLogSinkProps } from "./log-sink-props";
import { resolveSink, sinkSetup } from "./log-sink-resolve";
import { networkPolicy } from "./network";
import { podMonitor } from "./pod-monitor";
import { CONFIG_KEY, deploymentSpec } from "./pods";

/**
 * Brings the sampled log of an inline inference into a table of the lakehouse: the same image, another program. For the
 * `workloads` stack of any cluster. The table is one that `decisionLogTable` describes.
 *
 * Each decision is in the table once: positions of the topic are committed after rows, so all arrive at least once, and a
 * row is merged only if no row has its `decision_id` and `event_time`. One pod, because commits of two would only make each
 * other try again; while it is away, the topic keeps the log.
 *
 * Terraform resource types: `kubernetes_config_map_v1`, `kubernetes_deployment_v1`, `kubernetes_service_account_v1`,
 * `kubernetes_network_policy_v1`, `kubernetes_manifest` (PodMonitor; Certificate with `certificateIssuer`).
 *
 * @throws InlinePathUnsupported, InlineAccessIncomplete, ImageNotPinned, SecretAsText, SecretInOtherNamespace, InvalidName,
 *   MissingValue, NotOneOf, NumberOutOfRange, NoEffect, InvalidCidr, TokenNotAllowed; at synth
 *   KubernetesObjectBesideItsCluster, CustomResourceBesideItsOperator
 */
export class InlineLogSink extends Construct {
  /** Only with `certificateIssuer`. */
  readonly certificate?: CustomResource;
  readonly configMap: ConfigMapV1;
  readonly serviceAccount: ServiceAccountV1;
  readonly networkPolicy: NetworkPolicyV1;
  readonly deployment: DeploymentV1;
  readonly podMonitor?: CustomResource;

  constructor(scope: Construct, id: string, props: InlineLogSinkProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    const account = props.serviceAccount?.name ?? props.name;
    problems.name("serviceAccount.name", account, DNS_LABEL);
    const annotations = checkAnnotations(problems, props.serviceAccount?.annotations);
    const resolved = resolveSink(problems, props);

    const labels = { "app.kubernetes.io/name": "inline-log-sink", "app.kubernetes.io/instance": props.name };
    const metadata = { name: props.name, namespace: props.namespace, labels };
    const tls: SecretKeyReference = { namespace: props.namespace, name: `${props.name}-tls`, key: "ca.crt" };
    this.certificate = props.certificateIssuer && this.makeCertificate(props, metadata, tls.name);
    const trusted = [...(props.trustedCas ?? []), ...(this.certificate ? [tls] : [])];
    const setup = sinkSetup(props, resolved, trusted);
    const { cpu = "250m", memory = "512Mi" } = props.resources ?? {};
    this.configMap = new ConfigMapV1(this, "config", {
      metadata,
      data: { [CONFIG_KEY]: escapeTemplate(stableJson(setup.config)) },
    });
    this.serviceAccount = new ServiceAccountV1(this, "account", {
      metadata: { ...metadata, name: account, annotations },
      automountServiceAccountToken: false,
    });
    this.networkPolicy = new NetworkPolicyV1(this, "network", {
      metadata,
      spec: networkPolicy({ ...props, input: resolved.input, services: [resolved.service] }, labels),
    });
    this.deployment = new DeploymentV1(this, "deployment", {
      metadata,
      spec: deploymentSpec({
        name: props.name,
        image: props.image,
        args: ["log-sink"],
        labels,
        serviceAccount: this.serviceAccount.metadata.name,
        configHash: Fn.sha256(Fn.lookup(this.configMap.data, CONFIG_KEY)),
        setup,
        drainMs: resolved.numbers.drainMs,
        resources: { cpu, memory },
        single: true,
      }),
      // It waits for Secrets that others make.
      waitForRollout: false,
      dependsOn: [this.networkPolicy, ...(this.certificate ? [this.certificate.manifest] : [])],
    });
    this.podMonitor = podMonitor(this, metadata, props.monitoring);
    guardPhases(TerraformStack.of(this));
  }

  private makeCertificate(
    { certificateIssuer, name, namespace }: InlineLogSinkProps,
    metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> },
    secretName: string,
  ): CustomResource {
    return new CustomResource(this, "certificate", {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      ...metadata,
      spec: {
        secretName,
        dnsNames: [`${name}.${namespace}.svc`],
        duration: "2160h",
        renewBefore: "720h",
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        usages: ["client auth"],
        issuerRef: { name: certificateIssuer!.name, kind: certificateIssuer!.kind ?? "ClusterIssuer" },
      },
      waitFor: { condition: { type: "Ready", status: "True" } },
    });
  }
}
