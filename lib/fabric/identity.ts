import { COMMON_NAME, Problems } from "../core/problems";
import { SiteErrors } from "./errors";

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
  /** `serviceAccount:…`, `group:…` or `user:…`; may be a token. */
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

export const Identity = {
  /**
   * An IAM role that exists or is made elsewhere.
   *
   * @param name literal, becomes part of ids
   * @param roleArn may be a token
   */
  awsRole(name: string, roleArn: string): AwsRoleIdentity {
    const problems = new Problems(`Identity.awsRole("${name}")`);
    problems.name("name", name, COMMON_NAME);
    problems.required("roleArn", roleArn, "the ARN of an IAM role");
    problems.throwIfAny();
    return Object.freeze({ kind: "aws-role", name, roleArn });
  },

  /** @param email of the service account; may be a token */
  googleServiceAccount(name: string, email: string): GoogleIdentity {
    return googleMember(name, "serviceAccount", email);
  },

  /** @param email of the group; may be a token */
  googleGroup(name: string, email: string): GoogleIdentity {
    return googleMember(name, "group", email);
  },

  /**
   * A service account of a cluster.
   *
   * @param props.issuer the site's `oidcIssuer`, when a cloud is to trust this identity
   */
  kubernetesServiceAccount(
    name: string,
    props: { readonly namespace: string; readonly serviceAccount: string; readonly issuer?: string },
  ): KubernetesIdentity {
    const problems = new Problems(`Identity.kubernetesServiceAccount("${name}")`);
    problems.name("name", name, COMMON_NAME);
    problems.name("namespace", props.namespace, DNS_LABEL);
    problems.name("serviceAccount", props.serviceAccount, DNS_LABEL);
    if (props.issuer !== undefined && !/^https:\/\/[^\s?#]+[^\s?#/]$/.test(props.issuer)) {
      problems.add(SiteErrors.InvalidIssuer, {
        subject: "issuer",
        given: props.issuer,
        allowed: "https://host[/path] without a trailing slash, query or fragment",
      });
    }
    problems.throwIfAny();
    return Object.freeze({ kind: "kubernetes-service-account", name, ...props });
  },
} as const;

function googleMember(name: string, kind: "serviceAccount" | "group", email: string): GoogleIdentity {
  const problems = new Problems(`Identity.google("${name}")`);
  problems.name("name", name, COMMON_NAME);
  problems.required("email", email, "an e-mail address");
  problems.throwIfAny();
  return Object.freeze({ kind: "google-member", name, member: `${kind}:${email}` });
}
