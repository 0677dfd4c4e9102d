import type { KubernetesIdentity } from "../../fabric/identity";
import type { KubernetesSite } from "../../fabric/site";
import type { LakehouseProps } from "../lakehouse";
import type { ForeignCatalog, ZoneCopy } from "../sharing";
import type { CatalogSettings } from "./catalog";
import type { CopySettings } from "./copies";
import type { ObjectStore } from "./object-store";
import type { QuerySettings } from "./trino";

/** A lakehouse in a Kubernetes cluster. */
export interface KubernetesLakehouseProps extends LakehouseProps<KubernetesSite> {
  readonly objectStore: ObjectStore;
  /** @default - `namePrefix` */
  readonly namespace?: string;
  /** `false` if the namespace is made elsewhere, for example with the Secret of an S3-compatible store. @default true */
  readonly createNamespace?: boolean;
  /** Lakekeeper and its database. */
  readonly catalog?: CatalogSettings;
  /** Trino. */
  readonly query?: QuerySettings;
  /** Service accounts that may do everything in Trino. @default - none */
  readonly administrators?: readonly KubernetesIdentity[];
  /**
   * `https://…` address of the catalogue outside the cluster, by an ingress or gateway of yours that leads to the
   * service `<namePrefix>-lakekeeper`, port 8181. Whoever reaches it can read and write all zones: put authentication
   * in front of it. May be a token.
   * @default - none: `catalogEndpoint()` throws
   */
  readonly catalogUri?: string;
  /** Networks from which that ingress or gateway calls. Has no effect without `catalogUri`, and is refused then. @default - none */
  readonly catalogClientCidrs?: readonly string[];
  /** Catalogues of other sites that Trino queries. @default - none */
  readonly foreignCatalogs?: readonly ForeignCatalog[];
  /** Copies of zones to clouds. @default - none */
  readonly copies?: readonly ZoneCopy[];
  /** Spark that runs the copies. Refused without `copies`. */
  readonly copySettings?: CopySettings;
  /** Cron expression, UTC, of compaction and snapshot expiry. Has no effect without tables. @default "0 3 * * *" */
  readonly maintenanceSchedule?: string;
  /** Image with Python 3.10 or newer for the jobs that set up buckets and catalogue. @default "docker.io/library/python:3.13.7-slim-bookworm" */
  readonly jobImage?: string;
}
