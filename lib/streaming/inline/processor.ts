import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { Fn, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { escapeTemplate } from "../../core/escape";
import { stableJson } from "../../core/json";
import { Problems } from "../../core/problems";
import { CustomResource } from "../../kubernetes/custom-resource";
import { checkAnnotations, DNS_LABEL } from "../../kubernetes/metadata";
import { guardPhases } from "../../kubernetes/phase-guard";
import { refuseOtherScalers } from "../../kubernetes/scaler-guard";
import { networkPolicy } from "./network";
import { podMonitor } from "./pod-monitor";
import { CONFIG_KEY, deploymentSpec } from "./pods";
import type { InlineInferenceProps } from "./props";
import { type ResolvedInline, resolveInline } from "./resolve";
import { scaledObject, triggerAuthentication, USERNAME_KEY } from "./scaling";
import { lookupsOf } from "./services";
import { workerSetup } from "./worker-config";

/**
 * Decides events inside the stream: reads a Kafka topic, looks features and vectors up, asks a model, writes decisions.
 * The same in EKS, GKE and any other cluster; for the `workloads` stack. Needs KEDA, and the Prometheus operator's
 * definitions with `monitoring`.
 *
 * Decisions of one key come in the order of its events. Under exactly-once, decisions, dead letters, log and position of
 * the input are one transaction. Everything ends: in a decision of the model, of the fallback, or in a dead letter.
 *
 * Terraform resource types: `kubernetes_config_map_v1`, `kubernetes_deployment_v1`, `kubernetes_service_account_v1`,
 * `kubernetes_network_policy_v1`, `kubernetes_pod_disruption_budget_v1` (two replicas or more), `kubernetes_manifest`
 * (ScaledObject, TriggerAuthentication, PodMonitor).
 *
 * @throws all InlineErrors, ExactlyOnceUnsupported, SourceAndSink, InvalidName, MissingValue, NotOneOf, NumberOutOfRange, NoEffect, DuplicateValue, InvalidCidr,
 *   TokenNotAllowed; at synth TwoScalers, KubernetesObjectBesideItsCluster, CustomResourceBesideItsOperator
 */
export class InlineInferenceProcessor extends Construct {
  readonly configMap: ConfigMapV1;
  readonly serviceAccount: ServiceAccountV1;
  readonly deployment: DeploymentV1;
  readonly networkPolicy: NetworkPolicyV1;
  readonly disruptionBudget?: PodDisruptionBudgetV1;
  readonly scaledObject: CustomResource;
  /** Undefined where KEDA reads Prometheus. */
  readonly triggerAuthentication?: CustomResource;
  readonly podMonitor?: CustomResource;
  /** What was chosen: `exactly-once` or `at-least-once`. */
  readonly delivery: ResolvedInline["delivery"];

  constructor(scope: Construct, id: string, props: InlineInferenceProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    const account = props.serviceAccount?.name ?? props.name;
    problems.name("serviceAccount.name", account, DNS_LABEL);
    const accountAnnotations = checkAnnotations(problems, props.serviceAccount?.annotations);
    const resolved = resolveInline(problems, props);
    const setup = workerSetup(props, resolved);
    this.delivery = resolved.delivery;

    const labels = { "app.kubernetes.io/name": "inline-inference", "app.kubernetes.io/instance": props.name };
    const metadata = { name: props.name, namespace: props.namespace, labels };
    const { username } = resolved.topics.input;
    const { cpu = "1", memory = "512Mi" } = props.resources ?? {};
    this.configMap = new ConfigMapV1(this, "config", {
      metadata,
      data: {
        [CONFIG_KEY]: escapeTemplate(stableJson(setup.config)),
        ...(username === undefined ? {} : { [USERNAME_KEY]: username }),
      },
    });
    this.serviceAccount = new ServiceAccountV1(this, "account", {
      metadata: { ...metadata, name: account, annotations: accountAnnotations },
      automountServiceAccountToken: false,
    });
    this.networkPolicy = new NetworkPolicyV1(this, "network", {
      metadata,
      spec: networkPolicy(
        {
          input: resolved.topics.input,
          services: [...lookupsOf(props), props.model],
          egressCidrs: props.egressCidrs,
          tracing: props.tracing,
          monitoring: props.monitoring,
        },
        labels,
      ),
    });
    this.deployment = new DeploymentV1(this, "deployment", {
      metadata,
      spec: deploymentSpec({
        name: props.name,
        image: props.image,
        labels,
        serviceAccount: this.serviceAccount.metadata.name,
        configHash: Fn.sha256(Fn.lookup(this.configMap.data, CONFIG_KEY)),
        setup,
        drainMs: resolved.numbers.drainMs,
        resources: { cpu, memory },
      }),
      // KEDA sets them.
      lifecycle: { ignoreChanges: ["spec[0].replicas"] },
      // KEDA decides whether there is any pod to wait for.
      waitForRollout: false,
      dependsOn: [this.networkPolicy],
    });
    this.disruptionBudget =
      resolved.numbers.scale.max > 1
        ? new PodDisruptionBudgetV1(this, "disruption-budget", {
            metadata,
            spec: { maxUnavailable: "1", selector: { matchLabels: { ...labels } } },
          })
        : undefined;
    this.triggerAuthentication = this.authentication(props, resolved, labels);
    this.scaledObject = new CustomResource(this, "scaled-object", {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      ...metadata,
      spec: scaledObject(props, resolved),
      dependsOn: [
        this.deployment,
        ...(this.triggerAuthentication ? [this.triggerAuthentication.manifest] : []),
      ],
    });
    this.podMonitor = podMonitor(this, metadata, props.monitoring);
    refuseOtherScalers(this, {
      owner: "the processor",
      own: this.scaledObject.manifest,
      namespace: props.namespace,
      kinds: ["Deployment"],
      names: [props.name],
    });
    guardPhases(TerraformStack.of(this));
  }

  private authentication(
    props: InlineInferenceProps,
    resolved: ResolvedInline,
    labels: Readonly<Record<string, string>>,
  ): CustomResource | undefined {
    const spec = triggerAuthentication(props, resolved);
    return spec === undefined
      ? undefined
      : new CustomResource(this, "trigger-authentication", {
          apiVersion: "keda.sh/v1alpha1",
          kind: "TriggerAuthentication",
          name: props.name,
          namespace: props.namespace,
          labels,
          spec,
          dependsOn: [this.configMap],
        });
  }
}
