import type { GoogleSite } from "../../lib/fabric/site";
import { VertexEndpoint } from "../../lib/serving/google/endpoint";
import type { IModelEndpoint } from "../../lib/serving/serving";
import type { EndpointAtAnySite, EndpointInVertex } from "../endpoint-props";
import type { PlatformContext } from "../platform-context";

/** In the foundation: Vertex AI needs no cluster. */
export function compile(
  platform: PlatformContext,
  id: string,
  shared: EndpointAtAnySite,
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
