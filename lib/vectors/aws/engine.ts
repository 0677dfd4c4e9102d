import type { AwsFacts } from "../../core/aws-facts";
import type { AwsGrantees } from "../../core/aws-grantees";
import type { AwsKey } from "../../core/aws-key";
import type { IAwsNetwork } from "../../network/network";
import type { VectorCollectionModel } from "../collections";
import type { VectorSizing } from "../sizing";
import type { VectorGrant, VectorGrantRequest, VectorLookup } from "../vectors";

/** What every engine on AWS is made from. */
export interface AwsEngineProps {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  readonly collections: readonly VectorCollectionModel[];
  readonly sizing: VectorSizing;
  readonly keyArn: string;
  /** Undefined if the key was adopted. */
  readonly key?: AwsKey;
  readonly destroyable: boolean;
  readonly grantees: AwsGrantees;
}

/** What every engine in a network is made from. */
export interface AwsNetworkedEngineProps extends AwsEngineProps {
  readonly network: IAwsNetwork;
}

/** One engine on AWS, as the store uses it. */
export interface AwsEngine {
  readonly grant: (request: VectorGrantRequest) => VectorGrant;
  readonly lookup: (
    collection: VectorCollectionModel,
  ) => Pick<VectorLookup, "endpoint" | "target" | "container" | "auth">;
}

/** Part of a Sid, which takes letters and digits only. */
export function sidOf(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split(/[^A-Za-z0-9]+/))
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
