import type { TerraformResource } from "cdktf";
import type { GoogleProject } from "../../core/google-project";
import type { GoogleSite } from "../../fabric/site";
import type { FederatedAccess } from "../../lakehouse/index";
import type { IGoogleNetwork } from "../../network/network";
import type { VectorCollectionModel } from "../collections";
import type { VectorSizing } from "../sizing";
import type { VectorGrant, VectorLookup } from "../vectors";

/** What every engine on Google Cloud is made from. */
export interface GoogleEngineProps {
  readonly site: GoogleSite;
  readonly namePrefix: string;
  readonly project: GoogleProject;
  readonly network: IGoogleNetwork;
  readonly collections: readonly VectorCollectionModel[];
  readonly sizing: VectorSizing;
  readonly destroyable: boolean;
  /** Of Vertex AI: reached from the internet, and not from the network. */
  readonly publicEndpoint: boolean;
}

/** A service account that was granted something. */
export interface GoogleGrantee {
  /** Literal, unique in the store. */
  readonly name: string;
  readonly email: string;
  readonly resources: readonly TerraformResource[];
  /** Set for service accounts of a cluster. */
  readonly access?: FederatedAccess;
}

/** One engine on Google Cloud, as the store uses it. */
export interface GoogleEngine {
  /** Roles in the project without which a grantee can do nothing with the store. */
  readonly grant: (
    grantee: GoogleGrantee,
    collection: VectorCollectionModel,
    access: "read" | "write",
  ) => VectorGrant;
  readonly lookup: (
    collection: VectorCollectionModel,
  ) => Pick<VectorLookup, "endpoint" | "target" | "container" | "auth">;
}
