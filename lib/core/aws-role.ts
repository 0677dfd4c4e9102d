import { type Expression, Fn, Op } from "cdktf";
import type { AwsFacts } from "./aws-facts";
import type { ErrorDefinition } from "./errors";
import type { Problems } from "./problems";
import { isToken } from "./tokens";

/** What is said about a role to which no right can be attached. */
export interface RoleErrors {
  readonly InvalidPrincipal: ErrorDefinition;
  readonly GrantNotApplicable: ErrorDefinition;
}

/** A role that exists, as the attachment of a policy needs it. */
export interface AdoptedRole {
  /** Name of the role: a literal, or an expression over its ARN. */
  readonly name: string;
  /**
   * Condition that the role is in the account of the stack, where synth could not know.
   * @default - it is, both are literals
   */
  readonly sameAccount?: Expression;
}

const ROLE_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:(.+)\/)?([\w+=,.@-]{1,64})$/;

/** Position of the account among the parts of an ARN. */
const ACCOUNT_IN_ARN = 4;

/** Paths of roles that only AWS itself may change. */
const AWS_OWNED_PATHS = ["aws-service-role/", "aws-reserved/"];

/**
 * Finds the role to which rights are attached, or says why they cannot be.
 *
 * A role of another account is refused: this stack could open a resource to it, but not the key and its own IAM
 * policies, so the grant would do nothing.
 */
export function adoptRole(
  problems: Problems,
  facts: AwsFacts,
  identity: { readonly name: string; readonly roleArn: string },
  errors: RoleErrors,
): AdoptedRole | undefined {
  const subject = `identity "${identity.name}" roleArn`;
  if (isToken(identity.roleArn)) {
    return {
      name: Fn.basename(identity.roleArn),
      sameAccount: Op.eq(Fn.element(Fn.split(":", identity.roleArn), ACCOUNT_IN_ARN), facts.account),
    };
  }
  const match = ROLE_ARN.exec(identity.roleArn);
  if (!match) {
    problems.add(errors.InvalidPrincipal, {
      subject,
      given: identity.roleArn,
      allowed: "arn:aws:iam::<12 digits>:role/<name>",
    });
    return undefined;
  }
  const [, account, path = "", name] = match as unknown as [string, string, string | undefined, string];
  if (AWS_OWNED_PATHS.some((owned) => `${path}/`.startsWith(owned))) {
    problems.add(errors.GrantNotApplicable, {
      subject,
      given: identity.roleArn,
      allowed:
        "a role that this account may change; service-linked roles and roles of IAM Identity Center are not",
      fix: "grant to a role of your own, or put the rights into the permission set",
    });
    return undefined;
  }
  if (facts.literalAccount !== undefined && account !== facts.literalAccount) {
    problems.add(errors.GrantNotApplicable, {
      subject,
      given: identity.roleArn,
      allowed: `a role of account ${facts.literalAccount}`,
      fix: "grant to a role of this account and let the other account assume it",
    });
    return undefined;
  }
  return facts.literalAccount === undefined ? { name, sameAccount: Op.eq(account, facts.account) } : { name };
}
