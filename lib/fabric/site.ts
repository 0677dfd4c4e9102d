import { isCountry } from "../catalog/countries";
import { awsRegionCountry, googleRegionCountry } from "../catalog/regions";
import { CoreErrors } from "../core/errors";
import { COMMON_NAME, type NameRule, Problems } from "../core/problems";
import { SiteErrors } from "./errors";
import { shown } from "./given-facts";
import { checkIssuer } from "./issuer";
import { checkObject, checkText, requireObject } from "./untyped";

/** The three worlds that a declaration compiles to. */
export type SiteKind = "aws" | "google" | "kubernetes";

/** Who runs the machines of a Kubernetes site. */
export type KubernetesOperator = "on-prem" | "neocloud" | "edge";

interface SiteFacts {
  /** Unique in a platform; becomes part of stack and resource names. */
  readonly name: string;
  /** ISO 3166-1 alpha-2: where the data physically is. */
  readonly country: string;
}

/** One AWS region of one account. */
export interface AwsSite extends SiteFacts {
  readonly kind: "aws";
  readonly region: string;
  /** 12 digits; `undefined` if it is to be asked from AWS at plan. */
  readonly account?: string;
}

/** One Google Cloud region of one project. */
export interface GoogleSite extends SiteFacts {
  readonly kind: "google";
  readonly region: string;
  readonly project: string;
  /** Project number, needed to name service agents without asking Google at plan. */
  readonly projectNumber?: string;
}

/** One Kubernetes cluster that exists: on-prem, at a neocloud, or at the edge. */
export interface KubernetesSite extends SiteFacts {
  readonly kind: "kubernetes";
  readonly operator: KubernetesOperator;
  readonly kubeconfig: { readonly context: string; readonly path?: string };
  /** Issuer of the cluster's service account tokens, reachable by the clouds that are to trust it. */
  readonly oidcIssuer?: string;
}

/** A place where parts of the stack run. A plain, frozen value. */
export type Site = AwsSite | GoogleSite | KubernetesSite;

/** Also of regions that the catalogue does not know yet. */
const REGION: NameRule = {
  pattern: /^[a-z]+(-[a-z0-9]+)+$/,
  maxLength: 40,
  form: "the name of a region, for example eu-west-1 or europe-west4",
};

function checkCountry(problems: Problems, given: string | undefined): void {
  if (given !== undefined && problems.literal("country", given) && !isCountry(given)) {
    problems.add(CoreErrors.InvalidCountry, {
      subject: "country",
      given,
      allowed: "an ISO 3166-1 alpha-2 code such as DE",
    });
  }
}

/** Known regions decide the country; unknown ones pass if the user tells it. */
function regionCountry(
  problems: Problems,
  region: string,
  known: string | undefined,
  given: string | undefined,
): string {
  checkCountry(problems, given);
  if (!problems.name("region", region, REGION)) {
    return "";
  }
  if (known === undefined && given === undefined) {
    problems.add(SiteErrors.RegionCountryUnknown, {
      subject: "region",
      given: region,
      allowed: "a region of the catalogue, or any region together with its country",
    });
  }
  if (known !== undefined && given !== undefined && known !== given) {
    problems.add(SiteErrors.RegionCountryContradiction, {
      subject: "country",
      given,
      allowed: `${known}, where ${region} is`,
    });
  }
  return given ?? known ?? "";
}

/** `~bob/…` is refused with the absolute ones: Terraform expands only the own home. */
function checkKubeconfigPath(problems: Problems, path: string): void {
  const subject = "kubeconfig.path";
  const allowed = "a path that starts with ~/ or is relative";
  if (checkText(problems, subject, path, allowed) && /^([/\\]|~(?!\/)|[A-Za-z]:)/.test(path)) {
    problems.add(SiteErrors.AbsoluteKubeconfigPath, { subject, given: path, allowed });
  }
}

export const Site = {
  /**
   * An AWS region.
   *
   * @param name unique in the platform, lower-case
   * @param props.account 12 digits. When given, the provider refuses to work in any other account and nothing has
   *   to be asked from AWS at plan. @default - asked from AWS at plan
   * @param props.country only for regions that the catalogue does not know. @default - the region's country
   * @throws InvalidName, TokenNotAllowed, InvalidCountry, RegionCountryUnknown, RegionCountryContradiction, InvalidAccount,
   *   MissingValue, NotOneOf
   */
  aws(
    name: string,
    props: { readonly region: string; readonly account?: string; readonly country?: string },
  ): AwsSite {
    const problems = new Problems(`Site.aws("${shown(name)}")`);
    requireObject(problems, "props", props, "{ region }");
    problems.name("name", name, COMMON_NAME);
    const country = regionCountry(problems, props.region, awsRegionCountry(props.region), props.country);
    if (props.account !== undefined && problems.literal("account", props.account, "12 digits")) {
      if (typeof props.account !== "string" || !/^\d{12}$/.test(props.account)) {
        problems.add(SiteErrors.InvalidAccount, {
          subject: "account",
          given: props.account,
          allowed: "12 digits",
        });
      }
    }
    problems.throwIfAny();
    return Object.freeze({ kind: "aws", name, country, region: props.region, account: props.account });
  },

  /**
   * A Google Cloud region.
   *
   * @param props.project project id
   * @param props.projectNumber needed where Google's service agents get rights; without it Google is asked at plan.
   *   @default - asked from Google at plan
   * @throws InvalidName, TokenNotAllowed, InvalidCountry, RegionCountryUnknown, RegionCountryContradiction, MissingValue,
   *   NotOneOf
   */
  google(
    name: string,
    props: {
      readonly region: string;
      readonly project: string;
      readonly projectNumber?: string;
      readonly country?: string;
    },
  ): GoogleSite {
    const problems = new Problems(`Site.google("${shown(name)}")`);
    requireObject(problems, "props", props, "{ region, project }");
    problems.name("name", name, COMMON_NAME);
    const country = regionCountry(problems, props.region, googleRegionCountry(props.region), props.country);
    problems.name("project", props.project, {
      pattern: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
      maxLength: 30,
      form: "6 to 30 lower-case letters, digits and hyphens, as Google Cloud project ids are",
    });
    if (props.projectNumber !== undefined) {
      problems.name("projectNumber", props.projectNumber, {
        pattern: /^[0-9]+$/,
        maxLength: 20,
        form: "digits",
      });
    }
    problems.throwIfAny();
    return Object.freeze({
      kind: "google",
      name,
      country,
      region: props.region,
      project: props.project,
      projectNumber: props.projectNumber,
    });
  },

  /**
   * An existing Kubernetes cluster.
   *
   * @param props.country where the machines stand
   * @param props.operator who runs it. @default "on-prem"
   * @param props.kubeconfig context, and a path that is not absolute. @default path - `~/.kube/config`
   * @param props.oidcIssuer `https://…`; needed for identities of this cluster that clouds are to trust
   * @throws InvalidName, InvalidCountry, MissingValue, NotOneOf, AbsoluteKubeconfigPath, InvalidIssuer, TokenNotAllowed
   */
  kubernetes(
    name: string,
    props: {
      readonly country: string;
      readonly operator?: KubernetesOperator;
      readonly kubeconfig: { readonly context: string; readonly path?: string };
      readonly oidcIssuer?: string;
    },
  ): KubernetesSite {
    const problems = new Problems(`Site.kubernetes("${shown(name)}")`);
    requireObject(problems, "props", props, "{ country, kubeconfig }");
    problems.name("name", name, COMMON_NAME);
    if (problems.required("country", props.country, "an ISO 3166-1 alpha-2 code such as DE")) {
      checkCountry(problems, props.country);
    }
    const operator = props.operator ?? "on-prem";
    problems.oneOf("operator", operator, ["on-prem", "neocloud", "edge"]);
    if (checkObject(problems, "kubeconfig", props.kubeconfig, "{ context }")) {
      const { context, path } = props.kubeconfig;
      checkText(problems, "kubeconfig.context", context, "the name of a kubeconfig context");
      if (path !== undefined) {
        checkKubeconfigPath(problems, path);
      }
    }
    if (props.oidcIssuer !== undefined) {
      checkIssuer(problems, "oidcIssuer", props.oidcIssuer);
    }
    problems.throwIfAny();
    return Object.freeze({
      kind: "kubernetes",
      name,
      country: props.country,
      operator,
      kubeconfig: Object.freeze({ context: props.kubeconfig.context, path: props.kubeconfig.path }),
      oidcIssuer: props.oidcIssuer,
    });
  },
} as const;
