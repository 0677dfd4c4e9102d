import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1";
import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { Construct } from "constructs";
import { Problems } from "../../core/problems";
import { Identity, type KubernetesIdentity } from "../../fabric/identity";
import type { KubernetesSite } from "../../fabric/site";
import { CustomResource } from "../../kubernetes/custom-resource";
import { refuseOtherScalers } from "../../kubernetes/scaler-guard";
import { grantProcessor, type IStreamProcessor, type ProcessorModel, resolveProcessor } from "../processor";
import type { TopicAccess } from "../streaming";
import { checkFlink } from "./flink-checks";
import { podTemplate, type StateFolder, stateOf } from "./flink-pod";
import type { FlinkResources, KubernetesStreamProcessorProps } from "./flink-props";
import { flinkSettings } from "./flink-settings";

const JOB_MANAGER: FlinkResources = { cpus: 1, memoryMiB: 2048 };

/**
 * A job of Flink that the operator runs: stopped with a savepoint and continued from it when the declaration changes,
 * checkpoints in an object store, two JobManagers. What it needs to connect is in its environment: `STREAM_SOURCES` and
 * `STREAM_SINKS`, lists of `TopicAccess` (with `federation`, where the job acts in a cloud) as JSON, and the Secrets that they name below `/etc/stream/<Secret>`; the Secrets
 * of a stream in another namespace must be carried to the job's.
 *
 * The image holds Flink, the job, and the file system plugin of the checkpoints' location.
 *
 * Terraform resource types: `kubernetes_manifest` (FlinkDeployment), `kubernetes_service_account_v1`,
 * `kubernetes_role_v1`, `kubernetes_role_binding_v1`.
 *
 * @throws SavepointWithoutCheckpoints, ExactlyOnceUnsupported, SourceAndSink, TwoScalers, NoEffect, InvalidName, NotOneOf,
 *   NumberOutOfRange, MissingValue, and what grants throw; at synth TwoScalers
 */
export class KubernetesStreamProcessor extends Construct implements IStreamProcessor {
  readonly site: KubernetesSite;
  readonly processorName: string;
  readonly identity: KubernetesIdentity;
  readonly sources: readonly TopicAccess[];
  readonly sinks: readonly TopicAccess[];
  readonly serviceAccount: ServiceAccountV1;
  readonly role: RoleV1;
  readonly roleBinding: RoleBindingV1;
  readonly deployment: CustomResource;

  constructor(scope: Construct, id: string, props: KubernetesStreamProcessorProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    this.site = props.site;
    this.processorName = props.name;
    const model = resolveProcessor(problems, props, props.checkpoints !== false);
    checkFlink(problems, props);
    problems.throwIfAny();
    const { name, namespace, site } = props;
    this.identity = Identity.kubernetesServiceAccount(name, {
      namespace,
      serviceAccount: name,
      issuer: site.oidcIssuer,
    });
    const granted = grantProcessor(props, this.identity);
    this.sources = granted.sources.map(({ access }) => access);
    this.sinks = granted.sinks.map(({ access }) => access);
    const state = stateOf(props.checkpoints, this.identity);
    const metadata = { name, namespace, labels: { "app.kubernetes.io/part-of": name } };
    this.serviceAccount = new ServiceAccountV1(this, "identity", { metadata });
    this.role = new RoleV1(this, "role", {
      metadata,
      // A JobManager makes its TaskManagers, and keeps who leads in config maps.
      rule: [
        {
          apiGroups: [""],
          resources: ["configmaps", "pods"],
          verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        },
        { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "list", "watch"] },
      ],
    });
    this.roleBinding = new RoleBindingV1(this, "role-binding", {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subject: [{ kind: "ServiceAccount", name, namespace }],
      dependsOn: [this.serviceAccount, this.role],
    });
    this.deployment = new CustomResource(this, "deployment", {
      apiVersion: "flink.apache.org/v1beta1",
      kind: "FlinkDeployment",
      name,
      namespace,
      labels: { "app.kubernetes.io/part-of": name },
      spec: this.spec(props, model, state, granted),
      dependsOn: [this.roleBinding],
    });
    refuseOtherScalers(this, {
      owner: props.scaling === "fixed" ? "Flink" : "the Flink operator",
      namespace,
      kinds: ["Deployment", "FlinkDeployment"],
      // The operator names the Deployments of job and task managers so.
      names: [name, `${name}-taskmanager`],
    });
  }

  private spec(
    props: KubernetesStreamProcessorProps,
    model: ProcessorModel,
    state: StateFolder,
    granted: ReturnType<typeof grantProcessor>,
  ) {
    const { artefact, name } = props;
    const highAvailability = props.highAvailability ?? props.checkpoints !== false;
    const resource = ({ cpus, memoryMiB }: FlinkResources) => ({ cpu: cpus, memory: `${memoryMiB}m` });
    return {
      image: artefact.image,
      flinkVersion: artefact.flinkVersion ?? "v2_2",
      mode: "native",
      serviceAccount: name,
      flinkConfiguration: {
        ...props.flinkConfiguration,
        ...flinkSettings(props, model, highAvailability, state.location),
      },
      jobManager: { replicas: highAvailability ? 2 : 1, resource: resource(JOB_MANAGER) },
      taskManager: { resource: resource(props.taskManager ?? { cpus: 2, memoryMiB: 4096 }) },
      podTemplate: podTemplate(props, model, state, granted),
      job: {
        jarURI: artefact.jarUri,
        entryClass: artefact.entryClass,
        args: artefact.arguments ? [...artefact.arguments] : undefined,
        parallelism: props.parallelism,
        upgradeMode: model.upgrade,
        allowNonRestoredState: false,
        state: "running",
      },
    };
  }
}
