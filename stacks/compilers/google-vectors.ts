import type { GoogleSite } from "../../lib/fabric/site";
import type { VectorStoreProps } from "../../lib/vectors/collections";
import type { GoogleVectorStoreProps } from "../../lib/vectors/google/props";
import { GoogleVectorStore } from "../../lib/vectors/google/store";
import type { IVectorStore } from "../../lib/vectors/vectors";
import type { PlatformContext } from "../platform-context";

/** What is particular to Google Cloud; see `GoogleVectorStoreProps`. */
export type GoogleVectorOptions = Omit<GoogleVectorStoreProps, keyof VectorStoreProps>;

export function compile(
  platform: PlatformContext,
  id: string,
  shared: VectorStoreProps<GoogleSite>,
  options: GoogleVectorOptions,
): IVectorStore {
  const stack = platform.stack(shared.site.name, "foundation");
  return new GoogleVectorStore(stack, id, { ...options, ...shared });
}
