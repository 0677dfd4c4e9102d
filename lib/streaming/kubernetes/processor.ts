import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1";
import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import { stableJson } from "../../core/json";
import { type NameRule, Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { Identity, type KubernetesIdentity } from "../../fabric/identity";
import type { KubernetesSite } from "../../fabric/site";
import { CustomResource } from "../../kubernetes/custom-resource";
import { DNS_LABEL, OBJECT_NAME } from "../../kubernetes/metadata";
import { StreamingErrors } from "../errors";
import {
  grantProcessor,
  type IStreamProcessor,
  type ProcessorModel,
  resolveProcessor,
  type StreamProcessorProps,
} from "../processor";
import type { TopicAccess } from "../streaming";
import { refuseOtherScalers } from "./scalers";

/** The job in an image. */
export interface FlinkArtefact {
  /** `registry/repository@sha256:…` or with a tag that is not `latest`. */
  readonly image: string;
  /** The job in the image, `local:///…`. */
  readonly jarUri: string;
  /** @default - the main class of the jar */
  readonly entryClass?: string;
  /** @default - none */
  readonly arguments?: readonly string[];
  /** Of the image. @default "v2_2" */
  readonly flinkVersion?: (typeof FLINK_VERSIONS)[number];
}

/** Where and how often state is kept. */
export interface FlinkCheckpoints {
  /** A folder of an object store: `s3://…`, `gs://…`, `abfss://…`, such as a zone's `location`. May be a token. */
  readonly location: string;
  /** Whole seconds. A failure repeats at most this much work. @default 60 */
  readonly intervalSeconds?: number;
  /** Address of an S3-compatible store. @default - that of AWS */
  readonly s3Endpoint?: string;
  /**
   * Secret in the job's namespace with `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
   * @default - the identity of the pods is enough
   */
  readonly credentialsSecretName?: string;
}

/** One half of the machines of a job. */
export interface FlinkResources {
  readonly cpus: number;
  readonly memoryMiB: number;
}

export interface KubernetesStreamProcessorProps extends StreamProcessorProps<KubernetesSite> {
  /** Exists, and the Flink operator watches it. */
  readonly namespace: string;
  readonly artefact: FlinkArtefact;
  /** `false` keeps none; then a failure loses all state. */
  readonly checkpoints: FlinkCheckpoints | false;
  /** Parallel subtasks of each operator to start with. */
  readonly parallelism: number;
  /**
   * `autoscaler`: the operator changes the parallelism of each operator between 1 and `maxParallelism`, by its load and
   * lag. `fixed`: nothing does. Scalers of your own (KEDA, HorizontalPodAutoscaler) are refused: TaskManagers are made by
   * Flink.
   * @default "autoscaler"
   */
  readonly scaling?: "autoscaler" | "fixed";
  /** Largest parallelism, ever: state is cut into as many key groups. @default - 8 times `parallelism` */
  readonly maxParallelism?: number;
  /** Of one TaskManager. @default - 2 CPUs, 4096 MiB */
  readonly taskManager?: FlinkResources;
  /** Subtasks in one TaskManager. @default 2 */
  readonly slots?: number;
  /** Two JobManagers, so that one can go away; needs checkpoints. @default - true with checkpoints */
  readonly highAvailability?: boolean;
  /** More settings of Flink. What the other properties set is refused. @default - none */
  readonly flinkConfiguration?: Readonly<Record<string, string>>;
}

const FLINK_VERSIONS = ["v1_19", "v1_20", "v2_0", "v2_1", "v2_2"] as const;

const IMAGE: NameRule = {
  pattern: /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+(:(?!latest$)[A-Za-z0-9._-]+|@sha256:[0-9a-f]{64})$/,
  maxLength: 300,
  form: "registry/repository@sha256:digest, or with a tag that is not latest",
};

const JAR: NameRule = {
  pattern: /^local:\/\/\/[A-Za-z0-9._/-]+$/,
  maxLength: 300,
  form: "local:///path/in/the/image.jar",
};

const LOCATION: NameRule = {
  pattern: /^(s3|s3a|gs|abfss):\/\/\S+$/,
  maxLength: 500,
  form: "s3://…, gs://… or abfss://…: every pod must reach it",
};

/** Settings by which something scales a job. */
const SCALING_SETTINGS =
  /^(kubernetes\.operator\.)?job\.autoscaler\.|^scheduler-mode$|^jobmanager\.scheduler$/;

const JOB_MANAGER: FlinkResources = { cpus: 1, memoryMiB: 2048 };

/**
 * A job of Flink that the operator runs: stopped with a savepoint and continued from it when the declaration changes,
 * checkpoints in an object store, two JobManagers. What it needs to connect is in its environment: `STREAM_SOURCES` and
 * `STREAM_SINKS`, lists of `TopicAccess` as JSON, and the Secrets that they name below `/etc/stream/<Secret>`; the Secrets
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
      spec: this.spec(props, model),
      dependsOn: [this.roleBinding],
    });
    refuseOtherScalers(this, props.scaling === "fixed" ? "Flink" : "the Flink operator", namespace, [
      name,
      `${name}-taskmanager`,
    ]);
  }

  private spec(props: KubernetesStreamProcessorProps, model: ProcessorModel) {
    const { artefact, name } = props;
    const highAvailability = props.highAvailability ?? props.checkpoints !== false;
    const resource = ({ cpus, memoryMiB }: FlinkResources) => ({ cpu: cpus, memory: `${memoryMiB}m` });
    return {
      image: artefact.image,
      flinkVersion: artefact.flinkVersion ?? "v2_2",
      mode: "native",
      serviceAccount: name,
      flinkConfiguration: { ...props.flinkConfiguration, ...flinkSettings(props, model, highAvailability) },
      jobManager: { replicas: highAvailability ? 2 : 1, resource: resource(JOB_MANAGER) },
      taskManager: { resource: resource(props.taskManager ?? { cpus: 2, memoryMiB: 4096 }) },
      podTemplate: this.podTemplate(props, model),
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

  private podTemplate({ checkpoints }: KubernetesStreamProcessorProps, { delivery }: ProcessorModel) {
    const secrets = secretsOf([...this.sources, ...this.sinks]);
    const credentials = checkpoints === false ? undefined : checkpoints.credentialsSecretName;
    return {
      spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 9999, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          {
            name: "flink-main-container",
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            env: [
              { name: "STREAM_DELIVERY", value: delivery },
              { name: "STREAM_SINKS", value: stableJson(this.sinks) },
              { name: "STREAM_SOURCES", value: stableJson(this.sources) },
            ],
            envFrom: credentials ? [{ secretRef: { name: credentials } }] : undefined,
            volumeMounts: secrets.map((secret) => ({
              name: secret,
              mountPath: `/etc/stream/${secret}`,
              readOnly: true,
            })),
          },
        ],
        volumes: secrets.map((secret) => ({ name: secret, secret: { secretName: secret } })),
      },
    };
  }
}

function secretsOf(accesses: readonly TopicAccess[]): readonly string[] {
  const references = accesses.flatMap((access) =>
    access.kind === "kafka" ? [access.caCertificate, ...Object.values(access.credentials ?? {})] : [],
  );
  return [...new Set(references.flatMap((reference) => (reference ? [reference.name] : [])))].sort();
}

function flinkSettings(
  props: KubernetesStreamProcessorProps,
  { delivery }: ProcessorModel,
  highAvailability: boolean,
): Record<string, string | undefined> {
  const { checkpoints, parallelism, name } = props;
  const max = `${props.maxParallelism ?? parallelism * 8}`;
  const settings: Record<string, string | undefined> = {
    "taskmanager.numberOfTaskSlots": `${props.slots ?? 2}`,
    "pipeline.max-parallelism": max,
  };
  if ((props.scaling ?? "autoscaler") === "autoscaler") {
    Object.assign(settings, {
      "job.autoscaler.enabled": "true",
      "job.autoscaler.vertex.max-parallelism": max,
    });
  }
  if (checkpoints !== false) {
    const folder = `${checkpoints.location}/flink/${name}`;
    Object.assign(settings, {
      "execution.checkpointing.interval": `${checkpoints.intervalSeconds ?? 60} s`,
      "execution.checkpointing.mode": delivery === "exactly-once" ? "EXACTLY_ONCE" : "AT_LEAST_ONCE",
      "state.backend.type": "rocksdb",
      "state.checkpoints.dir": `${folder}/checkpoints`,
      "state.savepoints.dir": `${folder}/savepoints`,
      "s3.endpoint": checkpoints.s3Endpoint,
      "s3.path.style.access": checkpoints.s3Endpoint && "true",
    });
    if (highAvailability) {
      Object.assign(settings, {
        "high-availability.type": "kubernetes",
        "high-availability.storageDir": `${folder}/ha`,
      });
    }
  }
  return settings;
}

function checkFlink(problems: Problems, props: KubernetesStreamProcessorProps): void {
  const { artefact, checkpoints } = props;
  problems.name("namespace", props.namespace, DNS_LABEL);
  problems.name("artefact.image", artefact.image, IMAGE);
  problems.name("artefact.jarUri", artefact.jarUri, JAR);
  problems.oneOf("artefact.flinkVersion", artefact.flinkVersion ?? "v2_2", FLINK_VERSIONS);
  problems.oneOf("scaling", props.scaling ?? "autoscaler", ["autoscaler", "fixed"]);
  if (checkpoints !== false) {
    if (!isToken(checkpoints.location)) {
      problems.name("checkpoints.location", checkpoints.location, LOCATION);
    }
    problems.literalInteger("checkpoints.intervalSeconds", checkpoints.intervalSeconds ?? 60, {
      min: 1,
      max: 3600,
    });
    if (checkpoints.credentialsSecretName !== undefined) {
      problems.name("checkpoints.credentialsSecretName", checkpoints.credentialsSecretName, OBJECT_NAME);
    }
  } else if (props.highAvailability) {
    problems.add(CoreErrors.NoEffect, {
      subject: "highAvailability",
      given: true,
      allowed: "false, without checkpoints: there is nowhere to keep who leads",
    });
  }
  checkSizes(problems, props);
  checkSettings(problems, props);
}

function checkSizes(problems: Problems, props: KubernetesStreamProcessorProps): void {
  const known = problems.literalInteger("parallelism", props.parallelism, { min: 1, max: 32_768 });
  if (props.maxParallelism !== undefined && known) {
    problems.literalInteger("maxParallelism", props.maxParallelism, { min: props.parallelism, max: 32_768 });
  }
  problems.literalInteger("slots", props.slots ?? 2, { min: 1, max: 64 });
  if (props.taskManager) {
    problems.literalInteger("taskManager.cpus", props.taskManager.cpus, { min: 1, max: 256 });
    problems.literalInteger("taskManager.memoryMiB", props.taskManager.memoryMiB, {
      min: 1024,
      max: 4_000_000,
    });
  }
}

function checkSettings(problems: Problems, props: KubernetesStreamProcessorProps): void {
  const own = Object.keys(flinkSettings(props, { delivery: "exactly-once", upgrade: "savepoint" }, true));
  for (const [key, given] of Object.entries(props.flinkConfiguration ?? {})) {
    const subject = `flinkConfiguration "${key}"`;
    if (SCALING_SETTINGS.test(key)) {
      problems.add(StreamingErrors.TwoScalers, {
        subject,
        given,
        allowed: "scaling: autoscaler or fixed",
      });
    } else if (own.includes(key)) {
      problems.add(CoreErrors.NoEffect, { subject, given, allowed: "nothing: another property sets it" });
    }
  }
}
