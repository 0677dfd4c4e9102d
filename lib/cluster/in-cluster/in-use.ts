import type { CustomResource } from "../../kubernetes/custom-resource";

/** Replacements are made before what they replace goes: Kueue keeps what is in use. */
export function createBeforeDestroy(resource: CustomResource): CustomResource {
  resource.manifest.lifecycle = { ...resource.manifest.lifecycle, createBeforeDestroy: true };
  return resource;
}
