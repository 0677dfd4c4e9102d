import type { KubernetesSite } from "../../fabric/site";
import type { ILakehouse } from "../../lakehouse/index";
import type { StreamProcessorProps } from "../processor";

export const FLINK_VERSIONS = ["v1_19", "v1_20", "v2_0", "v2_1", "v2_2"] as const;

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
  /**
   * A zone of a lakehouse, or a folder of an object store: `s3://…`, `gs://…`, `abfss://…` (may be a token). A zone on AWS is
   * granted to the job; one elsewhere needs `credentialsSecretName`, because no identity of a cluster gets files there.
   */
  readonly location: string | { readonly lakehouse: ILakehouse; readonly zone: string };
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
