import type { AwsSite } from "../../lib/fabric/site";
import { SageMakerEndpoint } from "../../lib/serving/aws/endpoint";
import type { IModelEndpoint } from "../../lib/serving/serving";
import type { EndpointAtAnySite, EndpointInSageMaker } from "../endpoint-props";
import type { PlatformContext } from "../platform-context";

/** In the foundation: SageMaker needs no cluster. */
export function compile(
  platform: PlatformContext,
  id: string,
  shared: EndpointAtAnySite,
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
