import { CoreErrors } from "../../core/errors";
import type { NameRule, Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { KubernetesErrors } from "../../kubernetes/errors";
import { DNS_LABEL, OBJECT_NAME } from "../../kubernetes/metadata";
import { StreamingErrors } from "../errors";
import { FLINK_VERSIONS, type FlinkCheckpoints, type KubernetesStreamProcessorProps } from "./flink-props";
import { flinkSettings } from "./flink-settings";

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

/** What is wrong with a job of Flink, besides what is wrong with any processor, goes to `problems`. */
export function checkFlink(problems: Problems, props: KubernetesStreamProcessorProps): void {
  const { artefact, checkpoints } = props;
  problems.name("namespace", props.namespace, DNS_LABEL);
  problems.name("artefact.image", artefact.image, IMAGE);
  problems.name("artefact.jarUri", artefact.jarUri, JAR);
  problems.oneOf("artefact.flinkVersion", artefact.flinkVersion ?? "v2_2", FLINK_VERSIONS);
  problems.oneOf("scaling", props.scaling ?? "autoscaler", ["autoscaler", "fixed"]);
  if (checkpoints !== false) {
    checkLocation(problems, checkpoints);
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

function checkLocation(problems: Problems, { location, credentialsSecretName }: FlinkCheckpoints): void {
  if (typeof location !== "string") {
    const { kind, name } = location.lakehouse.site;
    if (kind !== "aws" && credentialsSecretName === undefined) {
      problems.add(StreamingErrors.CheckpointsWithoutReach, {
        subject: "checkpoints.location",
        given: `zone "${location.zone}" of ${name} (${kind})`,
        allowed: "a zone on AWS, or any together with credentialsSecretName",
      });
    }
  } else if (!isToken(location)) {
    problems.name("checkpoints.location", location, LOCATION);
  }
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
  const own = Object.keys(flinkSettings(props, { delivery: "exactly-once", upgrade: "savepoint" }, true, ""));
  for (const [key, given] of Object.entries(props.flinkConfiguration ?? {})) {
    const subject = `flinkConfiguration "${key}"`;
    if (SCALING_SETTINGS.test(key)) {
      problems.add(KubernetesErrors.TwoScalers, {
        subject,
        given,
        allowed: "scaling: autoscaler or fixed",
      });
    } else if (own.includes(key)) {
      problems.add(CoreErrors.NoEffect, { subject, given, allowed: "nothing: another property sets it" });
    }
  }
}
