/** Parts of the ARN of an IAM role. */
export interface RoleArnParts {
  /** 12 digits. */
  readonly account: string;
  /** Empty, or without slashes at its ends. */
  readonly path: string;
  readonly name: string;
}

const ROLE_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:(.+)\/)?([\w+=,.@-]{1,64})$/;

/** Position of the account among the parts of an ARN that colons separate. */
export const ACCOUNT_IN_ARN = 4;

/** Reads the literal ARN of a role; undefined if it is none. */
export function parseRoleArn(arn: string): RoleArnParts | undefined {
  const match = ROLE_ARN.exec(arn);
  return match ? { account: match[1]!, path: match[2] ?? "", name: match[3]! } : undefined;
}
