import { objectName as nameIn } from "../../kubernetes/room-context";

/** What all parts of one feature store in a cluster share. Literals. */
export interface FeatureContext {
  readonly prefix: string;
  readonly namespace: string;
}

/** Name of an object of this feature store, also for what is named in Python's way: a DNS label that fits a Helm release. */
export function objectName(context: FeatureContext, ...parts: readonly string[]): string {
  return nameIn(context, ...parts.map((part) => part.replaceAll("_", "-")));
}
