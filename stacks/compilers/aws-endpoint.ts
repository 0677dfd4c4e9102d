import type { AwsSite, Site } from "../../lib/fabric/site";
import { SageMakerEndpoint } from "../../lib/serving/aws/endpoint";
import type { IModelEndpoint, TrafficClass } from "../../lib/serving/serving";
import type { EndpointInSageMaker } from "../endpoint-props";
import type { PlatformContext } from "../platform-context";

/** In the foundation: SageMaker needs no cluster. */
export function compile(
  platform: PlatformContext,
  id: string,
  shared: { readonly site: Site; readonly namePrefix: string; readonly classes: readonly TrafficClass[] },
  { in: _in, ...options }: EndpointInSageMaker,
): IModelEndpoint {
  const foundation = platform.stack(shared.site.name, "foundation");
  return new SageMakerEndpoint(foundation, id, {
    ...options,
    ...shared,
    site: shared.site as AwsSite,
    endpointName: id,
  });
}
