import type { Construct } from "constructs";
import { CoreErrors } from "./errors";
import type { Problems } from "./problems";

/** What happens to a stateful resource when it leaves the declaration or the stack is destroyed. */
export type RemovalPolicy = "retain" | "destroy";

/** Context key: the second of the two keys that `removalPolicy: "destroy"` needs. */
export const ALLOW_DESTROY_CONTEXT = "cdktf-hybrid-ai/allowDestroy";

/**
 * Decides whether a stateful resource may be destroyed, contents included.
 *
 * Two keys are needed: `removalPolicy: "destroy"` on the construct, and the context key
 * `cdktf-hybrid-ai/allowDestroy` on the app (`new App({ context })`, `cdktf.json`, or `CDKTF_CONTEXT_JSON`).
 * The construct's key alone is refused with `RemovalNeedsTwoKeys`; the app's key alone changes nothing.
 *
 * @param policy @default "retain"
 */
export function mayDestroy(scope: Construct, policy: RemovalPolicy | undefined, problems: Problems): boolean {
  if (policy === undefined) {
    return false;
  }
  if (!problems.oneOf("removalPolicy", policy, ["retain", "destroy"]) || policy === "retain") {
    return false;
  }
  const allowed = scope.node.tryGetContext(ALLOW_DESTROY_CONTEXT);
  if (allowed !== true && allowed !== "true") {
    problems.add(CoreErrors.RemovalNeedsTwoKeys, {
      subject: "removalPolicy",
      given: "destroy",
      allowed: `retain, or destroy together with the app context ${ALLOW_DESTROY_CONTEXT} = true`,
    });
  }
  return true;
}
