import type { GoogleSite, Site } from "../../lib/fabric/site";
import { VertexEndpoint } from "../../lib/serving/google/endpoint";
import type { IModelEndpoint, TrafficClass } from "../../lib/serving/serving";
import type { EndpointInVertex } from "../endpoint-props";
import type { PlatformContext } from "../platform-context";

/** In the foundation: Vertex AI needs no cluster. */
export function compile(
  platform: PlatformContext,
  id: string,
  shared: { readonly site: Site; readonly namePrefix: string; readonly classes: readonly TrafficClass[] },
  { in: _in, ...options }: EndpointInVertex,
): IModelEndpoint {
  const foundation = platform.stack(shared.site.name, "foundation");
  return new VertexEndpoint(foundation, id, {
    ...options,
    ...shared,
    site: shared.site as GoogleSite,
    endpointName: id,
  });
}
