import type { ITerraformDependable } from "cdktf";
import { resourceName } from "../../core/naming";

/** What all parts of one stream in a cluster share. */
export interface KafkaContext {
  /** Name of the Kafka object. Literal. */
  readonly name: string;
  /** Literal. */
  readonly namespace: string;
  /** What must be there before anything in the namespace. */
  readonly after: readonly ITerraformDependable[];
  readonly protect: boolean;
}

export const STRIMZI_API = "kafka.strimzi.io/v1";

/** Port of the listener for pods of the cluster. */
export const INTERNAL_PORT = 9093;

/** Port of the listener for clients of other sites, inside the pods. */
export const EXTERNAL_PORT = 9094;

/** Strimzi derives names of services and Secrets from it, up to 63 characters. */
const OBJECT_NAME_LENGTH = 53;

export function objectName(context: Pick<KafkaContext, "name">, ...parts: readonly string[]): string {
  return resourceName([context.name, ...parts], { maxLength: OBJECT_NAME_LENGTH });
}

/** Labels by which Strimzi knows whose an object is. */
export function ofCluster(context: Pick<KafkaContext, "name">): Record<string, string> {
  return { "app.kubernetes.io/part-of": context.name, "strimzi.io/cluster": context.name };
}
