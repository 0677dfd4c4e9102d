import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack } from "cdktf";
import { Site } from "../../../lib/fabric/site";
import type { IGoogleNetwork } from "../../../lib/network/network";
import { GoogleEventStream } from "../../../lib/streaming/google/event-stream";
import {
  GoogleStreamProcessor,
  type GoogleStreamProcessorProps,
} from "../../../lib/streaming/google/processor";
import { captureValidationError, Template, testApp } from "../../../lib/testing";

const SITE = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456",
});
const NETWORK = { networkName: "acme", subnetworkName: "acme-nodes" } as IGoogleNetwork;
const topic = (name: string) =>
  ({ name, throughput: { messagesPerSecond: 100, meanBytes: 1000 }, retentionHours: 24 }) as const;

function processor(props: Partial<GoogleStreamProcessorProps> = {}) {
  const stack = new TerraformStack(testApp(), "data");
  new GoogleProvider(stack, "google", { project: "acme-ai", region: "europe-west4" });
  const events = new GoogleEventStream(stack, "events", {
    site: SITE,
    name: "events",
    engine: "pubsub",
    topics: [topic("bids"), topic("decisions")],
  });
  new GoogleStreamProcessor(stack, "scoring", {
    site: SITE,
    name: "scoring",
    templatePath: "gs://acme-jobs/templates/scoring",
    workBucket: "acme-work",
    network: NETWORK,
    maxWorkers: 8,
    sources: [{ stream: events, topic: "bids" }],
    sinks: [{ stream: events, topic: "decisions" }],
    parameters: { inputSubscription: "{source:0}", outputTopic: "{sink:0}", window: "60s" },
    ...props,
  });
  return Template.of(stack);
}

const refusal = (props: Partial<GoogleStreamProcessorProps>) =>
  captureValidationError(() => processor(props)).codes;

describe("a job of Dataflow", () => {
  test("runs privately, with an identity of its own, and is told how to connect", () => {
    const template = processor();
    const job = template.resource("google_dataflow_job");
    expect(job).toMatchObject({
      name: "scoring",
      ip_configuration: "WORKER_IP_PRIVATE",
      enable_streaming_engine: true,
      subnetwork: "regions/europe-west4/subnetworks/acme-nodes",
      temp_gcs_location: "gs://acme-work/dataflow/scoring",
      on_delete: "drain",
      additional_experiments: ["streaming_mode_at_least_once"],
      parameters: { outputTopic: "projects/acme-ai/topics/events-decisions", window: "60s" },
    });
    expect((job.parameters as Record<string, string>).inputSubscription).toMatch(
      /google_pubsub_subscription\..*\.id/,
    );
    const roles = Object.values(template.resources("google_project_iam_member")).map(({ role }) => role);
    expect(roles.sort()).toEqual(["roles/dataflow.worker", "roles/monitoring.metricWriter"]);
  });

  test("is refused where it cannot be", () => {
    expect(refusal({ delivery: "exactly-once" })).toEqual(["ExactlyOnceUnsupported"]);
    expect(refusal({ upgrade: "stateless" })).toEqual(["UnsupportedByEngine"]);
    expect(refusal({ templatePath: "https://example.com" })).toEqual(["InvalidName"]);
    expect(refusal({ workBucket: "gs://x" })).toEqual(["InvalidName"]);
    expect(refusal({ maxWorkers: 0 })).toEqual(["NumberOutOfRange"]);
    expect(refusal({ machineType: "large" })).toEqual(["InvalidName"]);
    expect(refusal({ parameters: { input: "{source:1}" } })).toEqual(["NoEffect"]);
    expect(refusal({ parameters: { input: "{bootstrap:0}" } })).toEqual(["NoEffect"]);
    expect(refusal({ network: undefined as never })).toEqual(["MissingValue"]);
  });

  test("delivers exactly once where no topic is written to", () => {
    const job = processor({ delivery: "exactly-once", sinks: [], parameters: {} }).resource(
      "google_dataflow_job",
    );
    expect(job).not.toHaveProperty("additional_experiments");
  });
});
