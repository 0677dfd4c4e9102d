import type { IConstruct } from "constructs";
import type { Identity } from "../fabric/identity";
import type { Site } from "../fabric/site";
import type { Grant, GrantOptions } from "../lakehouse/index";
import type {
  FilterableField,
  VectorCollectionModel,
  VectorEngine,
  VectorMetric,
  VectorPrecision,
} from "./collections";
import type { VectorSizing } from "./sizing";

/** How a client proves who it is. Holds no secret. */
export type VectorAuth =
  | {
      /** Requests signed with AWS Signature Version 4 for `service`. */
      readonly kind: "aws-sigv4";
      readonly service: "s3vectors" | "aoss";
      readonly region: string;
    }
  | {
      /** A token of `rds:GenerateDBAuthToken` as password, for the database user of the grant. */
      readonly kind: "rds-iam";
      readonly region: string;
    }
  | {
      /**
       * An access token of Google Cloud: as password, for the database user of the grant; with `vertex` as bearer token.
       */
      readonly kind: "google-oauth";
    }
  | {
      /** A JSON Web Token that the service account of the grant signs (`signJwt`), as bearer token. */
      readonly kind: "google-jwt";
      readonly audience: string;
    }
  | {
      /** The Secret that the grant names. `header` is the HTTP header that carries its token. */
      readonly kind: "kubernetes-secret";
      /** @default - user and password of a database */
      readonly header?: string;
      /** Secret in the store's namespace whose `ca.crt` signs the server's certificate. */
      readonly caSecret: { readonly namespace: string; readonly name: string };
    };

/** All that a client needs to query a collection, as plain values. Strings may be tokens unless said otherwise. */
export interface VectorLookup {
  /** Literal. */
  readonly kind: VectorEngine;
  /** `https://host:port`; `host:port` of gRPC for a private `vertex`; a host name for databases. */
  readonly endpoint: string;
  /** Name under which the engine knows the collection: index, deployed index, collection or table. */
  readonly target: string;
  /** What holds it, for engines that have such: bucket, database, or the full name of the index endpoint. */
  readonly container?: string;
  readonly dimension: number;
  readonly metric: VectorMetric;
  readonly precision: VectorPrecision;
  readonly topK: number;
  readonly filterable: readonly FilterableField[];
  /** Candidates or leaves to look at for the declared recall, by the engine's own name. */
  readonly searchParameters: Readonly<Record<string, number>>;
  readonly auth: VectorAuth;
}

/** What was done to give a right, and what its holder uses. */
export interface VectorGrant extends Grant {
  /** Database user that the holder signs in as, for engines that are databases. */
  readonly databaseUser?: string;
  /** Secret in the holder's namespace, for engines in a cluster. */
  readonly secret?: {
    readonly namespace: string;
    readonly name: string;
    /** `endpoint`, `target`, `lookup.json` (the look-up), `ca.crt`, and `token` or `username` and `password`. */
    readonly keys: readonly string[];
  };
}

export interface IVectorCollection {
  readonly name: string;
  /** Lets `identity` query. @throws PersonalVectorsNotGranted, IdentityKindMismatch, GrantNotApplicable */
  grantRead(identity: Identity, options?: GrantOptions): VectorGrant;
  /** Lets `identity` query and write. @throws PersonalVectorsNotGranted, IdentityKindMismatch, GrantNotApplicable */
  grantWrite(identity: Identity, options?: GrantOptions): VectorGrant;
  /** What a client needs. */
  lookup(): VectorLookup;
}

/** A vector store, wherever it is. */
export interface IVectorStore extends IConstruct {
  readonly site: Site;
  readonly engine: VectorEngine;
  /** Sorted. */
  readonly collectionNames: readonly string[];
  /** What the collections need, and how that was computed. */
  readonly sizing: VectorSizing;
  /** @throws UnknownCollection */
  collection(name: string): IVectorCollection;
}

/** A right that an engine is asked to give. */
export interface VectorGrantRequest {
  readonly identity: Identity;
  readonly access: "read" | "write";
  readonly collection: VectorCollectionModel;
}
