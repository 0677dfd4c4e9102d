import { COMMON_NAME, Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { SiteErrors } from "./errors";
import { checkIssuer } from "./issuer";
import { refuseTakenName } from "./untyped";

/** An IAM role of AWS. */
export interface AwsRoleIdentity {
  readonly kind: "aws-role";
  readonly name: string;
  /** May be a token. */
  readonly roleArn: string;
}

/** A principal of Google Cloud. */
export interface GoogleIdentity {
  readonly kind: "google-member";
  readonly name: string;
  /** `serviceAccount:…` or `group:…`; may hold a token. */
  readonly member: string;
}

/** A service account of a Kubernetes site. */
export interface KubernetesIdentity {
  readonly kind: "kubernetes-service-account";
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Issuer of the token, when clouds are to trust this identity. */
  readonly issuer?: string;
}

/** Who gets a right. A plain, frozen value; `name` is a literal that becomes part of ids. */
export type Identity = AwsRoleIdentity | GoogleIdentity | KubernetesIdentity;

const DNS_LABEL = {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  maxLength: 63,
  form: "a DNS label: 1 to 63 lower-case letters, digits and hyphens",
};

/** Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names (read 2026-11) */
const DNS_SUBDOMAIN = {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
  maxLength: 253,
  form: "a DNS subdomain: 1 to 253 lower-case letters, digits, hyphens and dots",
};

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;
const EMAIL = /^[^\s@:"'${}]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i;

function checkPrincipal(
  problems: Problems,
  subject: string,
  value: string,
  form: RegExp,
  allowed: string,
): void {
  if (problems.required(subject, value, allowed) && !isToken(value) && !form.test(value)) {
    problems.add(SiteErrors.InvalidPrincipal, { subject, given: value, allowed });
  }
}

/** The name is part of ids. */
function checkName(problems: Problems, name: string): void {
  problems.name("name", name, COMMON_NAME);
  refuseTakenName(problems, "name", name);
}

export const Identity = {
  /**
   * An IAM role that exists or is made elsewhere.
   *
   * @param name literal, becomes part of ids
   * @param roleArn may be a token
   * @throws InvalidName, TokenNotAllowed, MissingValue, InvalidPrincipal
   */
  awsRole(name: string, roleArn: string): AwsRoleIdentity {
    const problems = new Problems(`Identity.awsRole("${name}")`);
    checkName(problems, name);
    checkPrincipal(problems, "roleArn", roleArn, ROLE_ARN, "arn:aws:iam::<12 digits>:role/<name>");
    problems.throwIfAny();
    return Object.freeze({ kind: "aws-role", name, roleArn });
  },

  /**
   * A service account of Google Cloud that exists or is made elsewhere.
   *
   * @param name literal, becomes part of ids
   * @param email may be a token
   * @throws InvalidName, TokenNotAllowed, MissingValue, InvalidPrincipal
   */
  googleServiceAccount(name: string, email: string): GoogleIdentity {
    return googleMember(name, "serviceAccount", email);
  },

  /**
   * A Google group.
   *
   * @param name literal, becomes part of ids
   * @param email may be a token
   * @throws InvalidName, TokenNotAllowed, MissingValue, InvalidPrincipal
   */
  googleGroup(name: string, email: string): GoogleIdentity {
    return googleMember(name, "group", email);
  },

  /**
   * A service account of a cluster.
   *
   * @param name literal, becomes part of ids
   * @param props.issuer the site's `oidcIssuer`, when a cloud is to trust this identity
   * @throws InvalidName, TokenNotAllowed, InvalidIssuer
   */
  kubernetesServiceAccount(
    name: string,
    props: { readonly namespace: string; readonly serviceAccount: string; readonly issuer?: string },
  ): KubernetesIdentity {
    const problems = new Problems(`Identity.kubernetesServiceAccount("${name}")`);
    checkName(problems, name);
    problems.name("namespace", props.namespace, DNS_LABEL);
    problems.name("serviceAccount", props.serviceAccount, DNS_SUBDOMAIN);
    if (props.issuer !== undefined) {
      checkIssuer(problems, "issuer", props.issuer);
    }
    problems.throwIfAny();
    const { namespace, serviceAccount, issuer } = props;
    return Object.freeze({ kind: "kubernetes-service-account", name, namespace, serviceAccount, issuer });
  },
} as const;

function googleMember(name: string, kind: "serviceAccount" | "group", email: string): GoogleIdentity {
  const problems = new Problems(`Identity.google${kind === "group" ? "Group" : "ServiceAccount"}("${name}")`);
  checkName(problems, name);
  checkPrincipal(
    problems,
    "email",
    email,
    EMAIL,
    "an e-mail address, without a prefix such as serviceAccount:",
  );
  problems.throwIfAny();
  return Object.freeze({ kind: "google-member", name, member: `${kind}:${email}` });
}
