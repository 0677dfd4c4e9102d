import { Identity } from "../../../lib/fabric/identity";
import { ACCOUNT, CUSTOMERS, lakehouse, ORDERS, QUIET, statements } from "./fixture";

export const ANALYST = Identity.awsRole("analyst", `arn:aws:iam::${ACCOUNT}:role/team/analyst`);
export const ZONES = [{ name: "raw" }, { name: "curated", tables: [CUSTOMERS, ORDERS] }];

export const setUp = (props = {}) =>
  lakehouse({
    zones: ZONES,
    encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1",
    ...QUIET,
    ...props,
  });
export const byIam = (props = {}) => setUp({ lakeFormation: false, ...props });

/** The IAM policy of the one grantee. */
export const policyOf = (template: ReturnType<ReturnType<typeof setUp>["template"]>, id = "analyst") =>
  statements(template.resource("aws_iam_role_policy", id).policy);

const KINDS = ["database", "data_location", "table_with_columns", "table"];

/** Lake Formation's rights of all grantees: databases first, then places, columns and tables. */
export const rightsOf = (template: ReturnType<ReturnType<typeof setUp>["template"]>) =>
  Object.entries(template.resources("aws_lakeformation_permissions"))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { principal: _, depends_on: __, ...right }]) => right)
    .sort((a, b) => KINDS.findIndex((kind) => kind in a) - KINDS.findIndex((kind) => kind in b));

export const allow = (Action: string[], Resource: string[], Condition?: object) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition ? { Condition } : {}),
});
