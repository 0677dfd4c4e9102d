import { DataGoogleBigqueryDefaultServiceAccount } from "@cdktf/provider-google/lib/data-google-bigquery-default-service-account";
import { DataGoogleProject } from "@cdktf/provider-google/lib/data-google-project";
import { DataGoogleStorageProjectServiceAccount } from "@cdktf/provider-google/lib/data-google-storage-project-service-account";
import { ProjectService } from "@cdktf/provider-google/lib/project-service";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";

/** The project of a site, as far as resources need to know it. */
export interface GoogleProjectFacts {
  readonly project: string;
  /** Digits; without it Google is asked at plan. */
  readonly projectNumber?: string;
}

/** Google Cloud APIs that the library may call. */
export type GoogleApi =
  | "biglake"
  | "bigquery"
  | "bigqueryconnection"
  | "bigquerystorage"
  | "cloudkms"
  | "cloudresourcemanager"
  | "compute"
  | "container"
  | "containerfilesystem"
  | "datacatalog"
  | "dataflow"
  | "dataplex"
  | "dataproc"
  | "iam"
  | "iamcredentials"
  | "logging"
  | "managedkafka"
  | "monitoring"
  | "pubsub"
  | "storage"
  | "sts";

/** Google's own accounts that act for the project. */
export type GoogleServiceAgent =
  | "storage"
  | "bigquery"
  | "pubsub"
  | "dataproc"
  | "compute"
  | "container"
  | "managedkafka";

/** Names of service agents as functions of the project number. Source: https://cloud.google.com/iam/docs/service-agents */
const AGENT_EMAILS: Readonly<Record<GoogleServiceAgent, (projectNumber: string) => string>> = {
  storage: (number) => `service-${number}@gs-project-accounts.iam.gserviceaccount.com`,
  bigquery: (number) => `bq-${number}@bigquery-encryption.iam.gserviceaccount.com`,
  pubsub: (number) => `service-${number}@gcp-sa-pubsub.iam.gserviceaccount.com`,
  dataproc: (number) => `service-${number}@dataproc-accounts.iam.gserviceaccount.com`,
  compute: (number) => `service-${number}@compute-system.iam.gserviceaccount.com`,
  managedkafka: (number) => `service-${number}@gcp-sa-managedkafka.iam.gserviceaccount.com`,
  container: (number) => `service-${number}@container-engine-robot.iam.gserviceaccount.com`,
};

/**
 * The project as a construct sees it: the APIs that it calls and Google's service agents.
 *
 * With `projectNumber` on the site the names of service agents are literals and nothing is asked from Google at plan.
 * Without it data sources are read, and reading them makes Google create the agents of Cloud Storage and BigQuery,
 * which a new project does not have yet.
 *
 * Makes `google_project_service`; reads `google_project`, `google_storage_project_service_account` and
 * `google_bigquery_default_service_account` if the site has no project number.
 */
export class GoogleProject extends Construct {
  /** APIs switched on by this stack, by name without `.googleapis.com`. Empty with `enableServices: false`. */
  readonly services: ReadonlyMap<GoogleApi, ProjectService>;
  private readonly project: string;
  private readonly projectNumber: string | undefined;

  constructor(
    scope: Construct,
    id: string,
    props: {
      readonly site: GoogleProjectFacts;
      readonly apis: readonly GoogleApi[];
      readonly enableServices: boolean;
    },
  ) {
    super(scope, id);
    this.project = props.site.project;
    this.projectNumber = props.site.projectNumber;
    const apis = props.enableServices ? [...new Set(props.apis)].sort() : [];
    this.services = new Map(
      apis.map((api) => [
        api,
        new ProjectService(this, api, {
          project: this.project,
          service: `${api}.googleapis.com`,
          disableOnDestroy: false,
        }),
      ]),
    );
  }

  /** What a resource of these APIs has to wait for. */
  dependencies(...apis: readonly GoogleApi[]): ITerraformDependable[] {
    return apis.flatMap((api) => this.services.get(api) ?? []);
  }

  /** IAM member of a service agent. */
  agent(agent: GoogleServiceAgent): string {
    if (this.projectNumber !== undefined) {
      return `serviceAccount:${AGENT_EMAILS[agent](this.projectNumber)}`;
    }
    if (agent === "storage") {
      return this.once("storage-agent", (id) => {
        const dependsOn = this.dependencies("storage");
        return new DataGoogleStorageProjectServiceAccount(this, id, { project: this.project, dependsOn });
      }).member;
    }
    if (agent === "bigquery") {
      return this.once("bigquery-agent", (id) => {
        const dependsOn = this.dependencies("bigquery");
        return new DataGoogleBigqueryDefaultServiceAccount(this, id, { project: this.project, dependsOn });
      }).member;
    }
    return `serviceAccount:${AGENT_EMAILS[agent](this.askedNumber(agent))}`;
  }

  /** Number of the project: the literal if the site has it, else asked from Google at plan. */
  number(): string {
    return this.projectNumber ?? this.askedNumber();
  }

  private askedNumber(...apis: readonly GoogleApi[]): string {
    return this.once("project", (id) => {
      const dependsOn = this.dependencies("cloudresourcemanager", ...apis);
      return new DataGoogleProject(this, id, { projectId: this.project, dependsOn });
    }).number;
  }

  private once<T extends Construct>(id: string, make: (id: string) => T): T {
    return (this.node.tryFindChild(id) as T | undefined) ?? make(id);
  }
}
