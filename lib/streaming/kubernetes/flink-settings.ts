import type { ProcessorModel } from "../processor";
import type { KubernetesStreamProcessorProps } from "./flink-props";

/** What Flink is told in its configuration; what is undefined is left out. */
export function flinkSettings(
  props: KubernetesStreamProcessorProps,
  { delivery }: ProcessorModel,
  highAvailability: boolean,
  location: string | undefined,
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
    const folder = `${location}/flink/${name}`;
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
