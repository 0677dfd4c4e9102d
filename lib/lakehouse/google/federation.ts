import type { Construct } from "constructs";
import { GoogleFederation, type GoogleFederationProps } from "../../core/google-federation";
import { LakehouseErrors } from "../errors";

/** What somebody who is not a Google principal needs in the project to query at all; data rights come on top. */
export const QUERY_ROLES = [
  "roles/bigquery.jobUser",
  "roles/bigquery.readSessionUser",
  "roles/serviceusage.serviceUsageConsumer",
] as const;

/** Trust in service accounts of clusters that may query the lakehouse; see `GoogleFederation`. */
export class GoogleLakehouseFederation extends GoogleFederation {
  constructor(
    scope: Construct,
    id: string,
    props: Pick<GoogleFederationProps, "site" | "namePrefix" | "project">,
  ) {
    super(scope, id, {
      ...props,
      purpose: `lakehouse ${props.namePrefix}`,
      projectRoles: QUERY_ROLES,
      errors: LakehouseErrors,
    });
  }
}
