import type { GoogleIdentity } from "../../fabric/identity";
import type { GoogleSite } from "../../fabric/site";
import type { IGoogleNetwork } from "../../network/network";
import type { VectorStoreProps } from "../collections";

export type GoogleVectorEngine = "vertex" | "alloydb";

/** AlloyDB for PostgreSQL. */
export interface AlloyDbOptions {
  /** Service account that runs the SQL of the store; gets all rights in the database. */
  readonly administrator: GoogleIdentity;
  /** Days within which any moment can be restored, 1 to 35. @default 14 */
  readonly recoveryWindowDays?: number;
}

/** A vector store on Google Cloud. */
export interface GoogleVectorStoreProps extends VectorStoreProps<GoogleSite> {
  readonly engine: GoogleVectorEngine;
  /**
   * Where the store is reached from, by Private Service Connect: an address in its subnet, no way from the internet.
   * Needed, but refused with `publicEndpoint`.
   */
  readonly network?: IGoogleNetwork;
  /**
   * Vertex AI only: queries by REST at a domain of Google's that the internet reaches, let in by access tokens of granted
   * service accounts. Who may query one index of the project's public endpoints may query all, because index endpoints take
   * no policy of their own: collections with and without personal data are not put behind one. Changing it makes endpoint and
   * deployments anew.
   * @default false
   */
  readonly publicEndpoint?: boolean;
  /**
   * Full name of an existing key in the region; may be a token. Refused with Vertex AI, whose indexes the provider cannot
   * encrypt with a customer's key.
   * @default - a key of its own
   */
  readonly kmsKey?: string;
  /** Days after which a new version of the key is made: 1 to 3650. Refused with `kmsKey` and with Vertex AI. @default 90 */
  readonly keyRotationDays?: number;
  /** Switch on the APIs that are called. @default true */
  readonly enableServices?: boolean;
  /** Required with AlloyDB, refused with Vertex AI. */
  readonly alloydb?: AlloyDbOptions;
}
