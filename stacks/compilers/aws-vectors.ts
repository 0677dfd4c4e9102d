import type { AwsSite } from "../../lib/fabric/site";
import type { AwsVectorStoreProps } from "../../lib/vectors/aws/props";
import { AwsVectorStore } from "../../lib/vectors/aws/store";
import type { VectorStoreProps } from "../../lib/vectors/collections";
import type { IVectorStore } from "../../lib/vectors/vectors";
import type { PlatformContext } from "../platform-context";

/** What is particular to AWS; see `AwsVectorStoreProps`. */
export type AwsVectorOptions = Omit<AwsVectorStoreProps, keyof VectorStoreProps>;

export function compile(
  platform: PlatformContext,
  id: string,
  shared: VectorStoreProps<AwsSite>,
  options: AwsVectorOptions,
): IVectorStore {
  const stack = platform.stack(shared.site.name, "foundation");
  return new AwsVectorStore(stack, id, { ...options, ...shared });
}
