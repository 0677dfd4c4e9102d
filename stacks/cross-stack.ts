import { TerraformOutput, type TerraformRemoteState } from "cdktf";
import { isToken } from "../lib/core/tokens";
import type { SiteStack } from "./site-stack";

/**
 * The contract between two stacks: `producer` gets an output with a stable name, `consumer` reads it through the
 * producer's state and is applied after it. A literal is passed on as it is, without any contract.
 *
 * cdktf's own cross-stack references would name outputs after tokens, mark them sensitive and drop them together
 * with their last use; these names are chosen and stay.
 *
 * @param name lower-case letters, digits and underscores, unique in the producer
 */
export function readAcrossStacks(
  consumer: SiteStack,
  producer: SiteStack,
  name: string,
  value: string,
): string {
  if (!isToken(value) || consumer === producer) {
    return value;
  }
  if (!producer.node.tryFindChild(name)) {
    new TerraformOutput(producer, name, { value, staticId: true });
  }
  const stateId = `state-of-${producer.node.id}`;
  const state =
    (consumer.node.tryFindChild(stateId) as TerraformRemoteState | undefined) ??
    producer.backend.read(consumer, stateId, producer.node.id);
  consumer.addDependency(producer);
  return state.getString(name);
}

/** `caCertificate` as `ca_certificate`, `kmsKeyID` as `kms_key_id`; other signs become underscores. */
export function outputName(text: string): string {
  return text
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]/g, "_");
}

/**
 * Passes every string of a flat value on to another stack; see `readAcrossStacks`. The consumer is applied after the
 * producer even if all strings are literals, because it works with what they name.
 */
export function carryAcrossStacks<T extends object>(
  consumer: SiteStack,
  producer: SiteStack,
  prefix: string,
  value: T,
): T {
  consumer.addDependency(producer);
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      typeof entry === "string"
        ? readAcrossStacks(consumer, producer, outputName(`${prefix}_${key}`), entry)
        : entry,
    ]),
  ) as T;
}

/** Passes every text inside plain data on; the names of outputs say where each came from. */
export function carryDeep<T>(consumer: SiteStack, producer: SiteStack, name: string, value: T): T {
  if (typeof value === "string") {
    return readAcrossStacks(consumer, producer, name, value) as T;
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((entry, index) => carryDeep(consumer, producer, `${name}_${index}`, entry)) as T;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      carryDeep(consumer, producer, `${name}_${outputName(key)}`, entry),
    ]),
  ) as T;
}
