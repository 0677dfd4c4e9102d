import type { IConstruct } from "constructs";
import type { RemovalPolicy } from "../core/removal-policy";
import type { Identity } from "../fabric/identity";
import type { Site } from "../fabric/site";
import type { Grant, ILakehouse } from "../lakehouse/index";
import type { MaterializationPlan, MaterializationProps } from "./freshness";
import type { FeatureSchema, FeatureView } from "./schema";
import type { FeatureSchemaLock } from "./schema-lock";
import type { OnlineTargets } from "./sizing";

/** What every feature store shares, wherever it is. */
export interface FeatureStoreProps<S extends Site = Site> {
  readonly site: S;
  /** Start of every resource name: 1 to 32 lower-case letters, digits and hyphens, starting with a letter. */
  readonly namePrefix: string;
  /** The same value at every site. */
  readonly schema: FeatureSchema;
  /** Lakehouse of the same site: its tables are the history of every view. */
  readonly lakehouse: ILakehouse;
  /** What the online store of each view must do, by the name of the view. */
  readonly online: Readonly<Record<string, OnlineTargets>>;
  /** Views that are served here. @default - all */
  readonly views?: readonly string[];
  /** How values get from the source tables into the online store. @default - see `MaterializationProps` */
  readonly materialization?: MaterializationProps;
  /**
   * What was promised before: the committed lock, read with `parseSchemaLock`. A schema that breaks it is refused.
   * @default - nothing was promised
   */
  readonly lock?: FeatureSchemaLock;
  /**
   * Of online stores and what is kept of them. `destroy` needs the app's consent too, see `mayDestroy`.
   * @default "retain"
   */
  readonly removalPolicy?: RemovalPolicy;
}

export interface FeatureGrantOptions {
  /** Also features and keys marked as personal data. @default false */
  readonly includePii?: boolean;
}

/** One value of a record, as a client of the online store sees it. */
export interface OnlineField {
  readonly name: string;
  /** Type in the schema, in Iceberg's notation: what the value means. */
  readonly type: string;
  /** Type at the site: how the value comes, for example `Fractional`. */
  readonly siteType: string;
  readonly pii: boolean;
}

/** All that a client needs to look records up. Strings may be tokens unless said otherwise. */
export interface OnlineLookup {
  readonly kind: "sagemaker-feature-store" | "vertex" | "feast";
  /** `https://…` address of the look-up API. */
  readonly endpoint: string;
  /** Literal: name of the view in the schema. */
  readonly view: string;
  /** Feature group (SageMaker), full name of the feature view (Vertex AI), or name of the feature view (Feast). */
  readonly resource: string;
  /** Keys, in the order of the entity. Literals. */
  readonly keys: readonly OnlineField[];
  /** Sorted by name. Literals. */
  readonly features: readonly OnlineField[];
  /** Field of a record that holds its event time; undefined where the site does not answer with it. Literal. */
  readonly eventTime?: string;
  /** Secret whose `ca.crt` signs the server's certificate; undefined for public authorities. Literals. */
  readonly caSecret?: { readonly namespace: string; readonly name: string };
  /** How a request proves who asks. */
  readonly auth: "aws-sigv4" | "google-oauth" | "kubernetes-token";
}

export interface IFeatureView {
  readonly name: string;
  readonly view: FeatureView;
  /** How values get into the online store, and how fresh they are. */
  readonly materialization: MaterializationPlan;
  online(): OnlineLookup;
  /**
   * Lets `identity` look records up. Sites give records as a whole, so personal data cannot be left out of one.
   *
   * @throws PiiNotGranted, GrantToForeignIdentity
   */
  grantRead(identity: Identity, options?: FeatureGrantOptions): Grant;
  /**
   * Lets `identity` read keys, event time and features in the history, by the lakehouse's own grants; personal data is
   * left out unless asked for, as far as the site can.
   */
  grantReadHistory(identity: Identity, options?: FeatureGrantOptions): Grant;
  /**
   * Lets `identity` write records: a stream processor, or a job of yours.
   *
   * @throws WriteNotPossible, GrantToForeignIdentity
   */
  grantWrite(identity: Identity): Grant;
}

/** A feature store, wherever it is. */
export interface IFeatureStore extends IConstruct {
  readonly site: Site;
  readonly schema: FeatureSchema;
  /** Views that are served here, sorted. */
  readonly viewNames: readonly string[];
  /** @throws UnknownView */
  view(name: string): IFeatureView;
}
