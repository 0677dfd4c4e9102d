import type { Construct } from "constructs";
import { type ErrorDefinition, renderFinding } from "./errors";

const CLAIM = Symbol.for("cdktf-hybrid-ai/claimedNames");

interface Claiming {
  [CLAIM]?: string;
}

/**
 * Refuses, when the app is synthesized, a second construct that claims the same key: both would make resources of the
 * same names.
 *
 * @param claim.key what names are made from, with the space in which they must differ
 * @param claim.given value of `namePrefix`, for the message
 */
export function claimNames(
  construct: Construct,
  claim: { readonly key: string; readonly error: ErrorDefinition; readonly given: string },
): void {
  (construct as Claiming)[CLAIM] = claim.key;
  construct.node.addValidation({
    validate: () =>
      construct.node.root.node
        .findAll()
        .filter((node) => node !== construct && (node as Claiming)[CLAIM] === claim.key)
        .map((twin) =>
          renderFinding({
            error: claim.error,
            subject: "namePrefix",
            given: claim.given,
            allowed: `any but that of ${twin.node.path}`,
          }),
        ),
  });
}
