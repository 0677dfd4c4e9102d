import type { GoogleProject } from "../../core/google-project";
import type { GoogleSite } from "../../fabric/site";
import type { GoogleLakehouseKey } from "./key";
import type { GoogleLakehouseTaxonomy } from "./taxonomy";

/** What the parts of a Google lakehouse share. */
export interface GoogleLakehouseContext {
  readonly site: GoogleSite;
  readonly namePrefix: string;
  readonly project: GoogleProject;
  readonly key: GoogleLakehouseKey;
  readonly taxonomy?: GoogleLakehouseTaxonomy;
  readonly destroyable: boolean;
}
