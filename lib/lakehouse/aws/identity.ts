import { type Expression, Fn, Op } from "cdktf";
import type { AwsFacts } from "../../core/aws-facts";
import { ACCOUNT_IN_ARN, parseRoleArn } from "../../core/aws-role";
import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { SiteErrors } from "../../fabric/errors";
import type { AwsRoleIdentity } from "../../fabric/identity";
import { LakehouseErrors } from "../errors";

/** A role that exists, as the attachment of a policy needs it. */
export interface AdoptedRole {
  /** Name of the role: a literal, or an expression over its ARN. */
  readonly name: string;
  /**
   * Condition that the role is in the lakehouse's account, where synth could not know.
   * @default - it is, both are literals
   */
  readonly sameAccount?: Expression;
}

/** Paths of roles that only AWS itself may change. */
const AWS_OWNED_PATHS = ["aws-service-role/", "aws-reserved/"];

/**
 * Finds the role to which rights are attached, or says why they cannot be.
 *
 * A role of another account is refused: this stack could open the bucket to it, but not the key, the catalogue and
 * its own IAM policies, so the grant would do nothing.
 */
export function adoptRole(
  problems: Problems,
  facts: AwsFacts,
  identity: AwsRoleIdentity,
): AdoptedRole | undefined {
  const subject = `identity "${identity.name}" roleArn`;
  if (isToken(identity.roleArn)) {
    return {
      name: Fn.basename(identity.roleArn),
      sameAccount: Op.eq(Fn.element(Fn.split(":", identity.roleArn), ACCOUNT_IN_ARN), facts.account),
    };
  }
  const parts = parseRoleArn(identity.roleArn);
  if (!parts) {
    problems.add(SiteErrors.InvalidPrincipal, {
      subject,
      given: identity.roleArn,
      allowed: "arn:aws:iam::<12 digits>:role/<name>",
    });
    return undefined;
  }
  const { account, path, name } = parts;
  if (AWS_OWNED_PATHS.some((owned) => `${path}/`.startsWith(owned))) {
    problems.add(LakehouseErrors.GrantNotApplicable, {
      subject,
      given: identity.roleArn,
      allowed:
        "a role that this account may change; service-linked roles and roles of IAM Identity Center are not",
      fix: "grant to a role of your own, or put the rights into the permission set",
    });
    return undefined;
  }
  if (facts.literalAccount !== undefined && account !== facts.literalAccount) {
    problems.add(LakehouseErrors.GrantNotApplicable, {
      subject,
      given: identity.roleArn,
      allowed: `a role of account ${facts.literalAccount}`,
      fix: "grant to a role of the lakehouse's account and let the other account assume it",
    });
    return undefined;
  }
  return facts.literalAccount === undefined ? { name, sameAccount: Op.eq(account, facts.account) } : { name };
}
