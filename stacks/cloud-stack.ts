import type { Construct } from "constructs";
import type { AwsSite, GoogleSite } from "../lib/fabric/site";
import { SiteStack, type SiteStackProps } from "./site-stack";

export type CloudStackProps = SiteStackProps<AwsSite | GoogleSite>;

/**
 * The foundation of one cloud site, ready for constructs: provider, state, ownership tags.
 *
 * @example
 * const stack = new CloudStack(app, "ireland", { site: Site.aws("ireland", { region: "eu-west-1", account: "111122223333" }), … });
 * new AwsLakehouse(stack, "lake", { … });
 */
export class CloudStack extends SiteStack<AwsSite | GoogleSite> {
  constructor(scope: Construct, id: string, props: CloudStackProps) {
    super(scope, id, "foundation", props);
  }
}
