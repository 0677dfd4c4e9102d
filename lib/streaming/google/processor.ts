import { DataflowJob } from "@cdktf/provider-google/lib/dataflow-job";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member";
import { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import { escapeTemplate } from "../../core/escape";
import { grantProjectRoles } from "../../core/google-federation";
import { checkKeyChoice } from "../../core/google-key";
import { GoogleProject } from "../../core/google-project";
import { resourceName } from "../../core/naming";
import { type NameRule, Problems } from "../../core/problems";
import { type GoogleIdentity, Identity } from "../../fabric/identity";
import type { GoogleSite } from "../../fabric/site";
import type { IGoogleNetwork } from "../../network/network";
import { StreamingErrors } from "../errors";
import {
  grantProcessor,
  type IStreamProcessor,
  resolveProcessor,
  type StreamProcessorProps,
} from "../processor";
import type { TopicAccess } from "../streaming";

export interface GoogleStreamProcessorProps extends StreamProcessorProps<GoogleSite> {
  /** Classic template, `gs://bucket/path`. Flex templates need the beta provider, and are not taken. */
  readonly templatePath: string;
  /** Bucket for temporary files and staging, in the region; exists. Literal. */
  readonly workBucket: string;
  /**
   * Parameters of the template. `{source:0}` stands for the subscription (Managed Kafka: the topic) of the first source,
   * `{sink:0}` for the topic of the first topic among the sinks, `{bootstrap:0}` for the brokers of the first source. May
   * hold tokens.
   * @default - none
   */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly network: IGoogleNetwork;
  /** Full name of the key that encrypts state; may be a token. @default - Google's own */
  readonly kmsKey?: string;
  /** Most workers; Dataflow scales between one and this by backlog and CPU. */
  readonly maxWorkers: number;
  /** @default "n2-standard-2" */
  readonly machineType?: string;
  /** @default true: APIs stay on when the job is destroyed */
  readonly enableServices?: boolean;
}

const TEMPLATE: NameRule = {
  pattern: /^gs:\/\/[a-z0-9._-]+\/[A-Za-z0-9._/-]+$/,
  maxLength: 1024,
  form: "gs://bucket/path",
};
const BUCKET: NameRule = {
  pattern: /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/,
  maxLength: 63,
  form: "the name of a bucket",
};
const MACHINE: NameRule = {
  pattern: /^[a-z0-9]+-[a-z0-9-]+$/,
  maxLength: 63,
  form: "a machine type, such as n2-standard-2",
};

const PLACE = /\{(source|sink|bootstrap):(\d+)\}/g;

const WORKER_ROLES = ["roles/dataflow.worker", "roles/monitoring.metricWriter"];

/**
 * A streaming job of Dataflow from a classic template: private workers, Streaming Engine, an identity of its own. State is
 * kept by the service; a changed job replaces the running one and keeps its state, and one that goes finishes what it has
 * read. `upgrade: "stateless"` is refused: a job that starts afresh is another job, with another name.
 *
 * Makes `google_dataflow_job`, `google_service_account`, `google_project_iam_member`, `google_storage_bucket_iam_member`,
 * `google_project_service`.
 *
 * @throws ExactlyOnceUnsupported, UnsupportedByEngine, SourceAndSink, NoEffect, InvalidName, NumberOutOfRange, MissingValue, and what grants
 *   throw
 */
export class GoogleStreamProcessor extends Construct implements IStreamProcessor {
  readonly site: GoogleSite;
  readonly processorName: string;
  readonly identity: GoogleIdentity;
  readonly sources: readonly TopicAccess[];
  readonly sinks: readonly TopicAccess[];
  readonly project: GoogleProject;
  readonly serviceAccount: ServiceAccount;
  readonly workFiles: StorageBucketIamMember;
  readonly job: DataflowJob;

  constructor(scope: Construct, id: string, props: GoogleStreamProcessorProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    this.site = props.site;
    this.processorName = props.name;
    // Dataflow keeps state always.
    const model = resolveProcessor(problems, props, true);
    checkDataflow(problems, props);
    problems.throwIfAny();
    const { name, site } = props;
    this.project = new GoogleProject(this, "project", {
      site,
      apis: ["cloudresourcemanager", "compute", "dataflow", "iam", "storage"],
      enableServices: props.enableServices ?? true,
    });
    const accountId = resourceName([name, "job"], { maxLength: 30 });
    this.serviceAccount = new ServiceAccount(this, "account", {
      project: site.project,
      accountId,
      displayName: `Processor ${name}`,
      dependsOn: this.project.dependencies("iam"),
    });
    const member = `serviceAccount:${this.serviceAccount.email}`;
    const roles = grantProjectRoles(
      new Construct(this, "roles"),
      site.project,
      this.project,
      member,
      WORKER_ROLES,
    );
    this.workFiles = new StorageBucketIamMember(this, "work-files", {
      bucket: props.workBucket,
      role: "roles/storage.objectAdmin",
      member,
    });
    this.identity = Identity.googleServiceAccount(name, this.serviceAccount.email);
    const granted = grantProcessor(props, this.identity);
    this.sources = granted.sources.map(({ access }) => access);
    this.sinks = granted.sinks.map(({ access }) => access);
    const atLeastOnce = model.delivery === "at-least-once";
    this.job = new DataflowJob(this, "job", {
      project: site.project,
      region: site.region,
      name,
      templateGcsPath: props.templatePath,
      tempGcsLocation: `gs://${props.workBucket}/dataflow/${name}`,
      parameters: this.filled(props.parameters ?? {}),
      serviceAccountEmail: this.serviceAccount.email,
      network: props.network.networkName,
      subnetwork: `regions/${site.region}/subnetworks/${props.network.subnetworkName}`,
      ipConfiguration: "WORKER_IP_PRIVATE",
      kmsKeyName: props.kmsKey,
      maxWorkers: props.maxWorkers,
      machineType: props.machineType ?? "n2-standard-2",
      enableStreamingEngine: true,
      // Source: https://cloud.google.com/dataflow/docs/guides/streaming-modes (2026-11)
      additionalExperiments: atLeastOnce ? ["streaming_mode_at_least_once"] : undefined,
      onDelete: "drain",
      dependsOn: [
        ...this.project.dependencies("dataflow", "compute"),
        ...roles,
        this.workFiles,
        ...[...granted.sources, ...granted.sinks].flatMap(({ resources }) => resources),
      ],
    });
  }

  private filled(parameters: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(parameters)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => [
          escapeTemplate(key),
          escapeTemplate(value).replaceAll(PLACE, (_, kind: string, index: string) =>
            kind === "sink"
              ? fullTopic(this.sinks[Number(index)]!)
              : sourceText(kind, this.sources[Number(index)]!),
          ),
        ]),
    );
  }
}

function fullTopic(access: TopicAccess): string {
  return access.kind === "pubsub" ? `projects/${access.project}/topics/${access.topic}` : access.topic;
}

function sourceText(kind: string, access: TopicAccess): string {
  if (access.kind === "kafka") {
    return kind === "bootstrap" ? access.bootstrapServers : access.topic;
  }
  return access.kind === "pubsub" ? access.subscription! : access.topic;
}

function checkDataflow(problems: Problems, props: GoogleStreamProcessorProps): void {
  if (props.upgrade === "stateless") {
    problems.add(StreamingErrors.UnsupportedByEngine, {
      subject: "upgrade",
      given: props.upgrade,
      allowed: "savepoint: a changed job of Dataflow keeps its state",
      fix: "give the job another name to start afresh",
    });
  }
  problems.name("templatePath", props.templatePath, TEMPLATE);
  problems.name("workBucket", props.workBucket, BUCKET);
  if (props.kmsKey !== undefined) {
    checkKeyChoice(problems, props.site, { kmsKey: props.kmsKey }, "the processor");
  }
  problems.literalInteger("maxWorkers", props.maxWorkers, { min: 1, max: 4000 });
  problems.name("machineType", props.machineType ?? "n2-standard-2", MACHINE);
  problems.required("network", props.network, "the network of the workers");
  const sources = props.sources ?? [];
  const topics = (props.sinks ?? []).flatMap((sink) => ("stream" in sink ? [sink] : []));
  for (const [key, value] of Object.entries(props.parameters ?? {})) {
    for (const [place, kind, index] of value.matchAll(PLACE)) {
      const named = (kind === "sink" ? topics : sources)[Number(index)];
      if (named === undefined || (kind === "bootstrap" && named.stream.engine.protocol !== "kafka")) {
        problems.add(CoreErrors.NoEffect, {
          subject: `parameters "${key}"`,
          given: place,
          allowed: "a source or sink that the processor has, {bootstrap:n} of a Kafka source only",
        });
      }
    }
  }
}
