import { DefaultTokenResolver, Fn, StringConcat, Tokenization } from "cdktf";
import type { Construct } from "constructs";
import { type NameRule, Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { valuesText } from "../../kubernetes/helm-values";
import { LakehouseErrors } from "../errors";
import type { CatalogEndpoint, FederatedAccess, ForeignCatalog } from "../sharing";
import { catalogName } from "./context";

const CATALOG_NAME: NameRule = {
  pattern: /^[a-z][a-z0-9_]*$/,
  maxLength: 63,
  form: "1 to 63 lower-case letters, digits and underscores, starting with a letter",
};

const ENDPOINT_KINDS = ["iceberg-rest", "glue", "bigquery"] as const;

/** A region, a project or a location of a cloud. */
const PLACE_NAME: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9.:-]*[a-z0-9])?$/i,
  maxLength: 100,
  form: "1 to 100 letters, digits, hyphens, dots and colons, starting and ending alphanumeric",
};

/** Audience that AWS asks of a pod's token. */
export const AWS_AUDIENCE = "sts.amazonaws.com";

/** Directory of the token that a pod shows to a cloud. */
export function tokenDirectory(kind: FederatedAccess["kind"], name = ""): string {
  return kind === "aws" ? "/var/run/secrets/aws" : `/var/run/secrets/google${name === "" ? "" : `-${name}`}`;
}

/** Directory of the credential configuration for Google's client libraries. It holds no secret. */
export function googleCredentialDirectory(name = ""): string {
  return `/etc/google${name === "" ? "" : `-${name}`}`;
}

/**
 * Credential configuration with which Google's client libraries exchange the pod's token.
 *
 * Source: https://google.aip.dev/auth/4117
 *
 * @param where construct path
 * @throws TokenNotAllowed for a number or a list that only Terraform knows inside a text
 */
export function googleCredential(
  where: string,
  access: Extract<FederatedAccess, { kind: "google" }>,
  name = "",
): string {
  const account = access.serviceAccount;
  const problems = new Problems(where);
  const text = valuesText(problems, {
    type: "external_account",
    audience: access.audience,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: "https://sts.googleapis.com/v1/token",
    service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
    credential_source: { file: `${tokenDirectory("google", name)}/token`, format: { type: "text" } },
  });
  problems.throwIfAny();
  return text ?? "";
}

/** Environment variables with which AWS's client libraries exchange the pod's token. */
export function awsEnvironment(roleArn: string): readonly { name: string; value: string }[] {
  return [
    { name: "AWS_ROLE_ARN", value: roleArn },
    { name: "AWS_WEB_IDENTITY_TOKEN_FILE", value: `${tokenDirectory("aws")}/token` },
  ];
}

/** A projected volume with a token for a cloud. */
export function tokenVolume(name: string, audience: string) {
  const serviceAccountToken = { audience, expirationSeconds: 3600, path: "token" };
  return { name, projected: { sources: [{ serviceAccountToken }] } };
}

function refuse(problems: Problems, catalog: ForeignCatalog, allowed: string): void {
  problems.add(LakehouseErrors.UnsupportedShare, {
    subject: `foreignCatalogs "${catalog.name}"`,
    given: { kind: catalog.endpoint.kind, access: catalog.access?.kind },
    allowed,
  });
}

/** Checks the kind of an endpoint and what is documented as literal in it. */
export function checkEndpoint(problems: Problems, subject: string, endpoint: CatalogEndpoint): boolean {
  if (!problems.oneOf(`${subject}.kind`, endpoint.kind, ENDPOINT_KINDS)) {
    return false;
  }
  if (endpoint.kind === "glue") {
    problems.name(`${subject}.region`, endpoint.region, PLACE_NAME);
  } else if (endpoint.kind === "bigquery") {
    problems.name(`${subject}.project`, endpoint.project, PLACE_NAME);
    problems.name(`${subject}.location`, endpoint.location, PLACE_NAME);
  }
  return true;
}

/** What a foreign catalogue needs but does not have goes to `problems`. */
export function checkForeignCatalogs(
  problems: Problems,
  scope: Construct,
  catalogs: readonly ForeignCatalog[],
  zones: readonly string[],
): void {
  for (const catalog of catalogs) {
    problems.name("foreignCatalogs name", catalog.name, CATALOG_NAME);
    const { endpoint, access } = catalog;
    if (!checkEndpoint(problems, `foreignCatalogs "${catalog.name}" endpoint`, endpoint)) {
      continue;
    }
    if (endpoint.kind === "glue" && access?.kind !== "aws") {
      refuse(problems, catalog, "glue with access of kind aws");
    } else if (endpoint.kind === "bigquery" && access?.kind !== "google") {
      refuse(problems, catalog, "bigquery with access of kind google");
    } else if (endpoint.kind === "iceberg-rest" && access !== undefined) {
      refuse(problems, catalog, "iceberg-rest without access: Trino sends no credential to it");
    }
  }
  problems.unique("zones and foreignCatalogs, as names in Trino", [
    ...zones.map(catalogName),
    ...catalogs.map((catalog) => catalog.name),
  ]);
  const roles = new Set(awsRoles(catalogs).map((role) => asText(scope, role)));
  if (roles.size > 1) {
    problems.add(LakehouseErrors.UnsupportedShare, {
      subject: "foreignCatalogs",
      given: [...roles],
      allowed: "one AWS role for all glue catalogues: a pod has one web identity",
    });
  }
}

function asText(scope: Construct, value: string): string {
  const resolver = new DefaultTokenResolver(new StringConcat());
  return isToken(value) ? String(Tokenization.resolve(value, { scope, resolver, preparing: false })) : value;
}

/** Roles of the glue catalogues, as given. */
export function awsRoles(catalogs: readonly ForeignCatalog[]): readonly string[] {
  return catalogs.flatMap(({ access }) => (access?.kind === "aws" ? [access.roleArn] : []));
}

/**
 * Trino's configuration of a foreign catalogue. Read-only.
 *
 * Sources: Trino 480 documentation, Iceberg connector (REST and Glue catalogues, S3 file system) and BigQuery connector
 */
export function foreignCatalogProperties(catalog: ForeignCatalog): readonly string[] {
  const { endpoint } = catalog;
  switch (endpoint.kind) {
    case "iceberg-rest":
      return [
        "connector.name=iceberg",
        "iceberg.catalog.type=rest",
        property("iceberg.rest-catalog.uri", endpoint.uri),
        property("iceberg.rest-catalog.warehouse", endpoint.warehouse),
        "iceberg.rest-catalog.vended-credentials-enabled=true",
        "iceberg.security=read_only",
        "fs.native-s3.enabled=true",
        "s3.path-style-access=true",
      ];
    case "glue":
      return [
        "connector.name=iceberg",
        "iceberg.catalog.type=glue",
        `hive.metastore.glue.region=${endpoint.region}`,
        "hive.metastore.glue.use-web-identity-token-credentials-provider=true",
        "iceberg.security=read_only",
        "fs.native-s3.enabled=true",
        `s3.region=${endpoint.region}`,
        "s3.use-web-identity-token-credentials-provider=true",
      ];
    case "bigquery":
      return [
        "connector.name=bigquery",
        `bigquery.project-id=${endpoint.project}`,
        `bigquery.parent-project-id=${endpoint.project}`,
        `bigquery.credentials-file=${googleCredentialDirectory(catalog.name)}/credential.json`,
      ];
  }
}

/** Joined by Terraform if the value is only known to it: cdktf cannot put a token inside a text of a function. */
function property(name: string, value: string): string {
  return isToken(value) ? Fn.join("=", [name, value]) : `${name}=${value}`;
}

/** Lines as one text; joined by Terraform if one of them is only known to it. */
export function joinLines(lines: readonly string[]): string {
  return lines.some(isToken) ? Fn.join("\n", [...lines]) : `${lines.join("\n")}\n`;
}
