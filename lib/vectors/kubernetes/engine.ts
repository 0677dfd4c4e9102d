import type { ITerraformDependable, TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import type { KubernetesContext, SecretEnv } from "../../kubernetes/room-context";
import type { CertificateIssuer } from "../../kubernetes/service-tls";
import type { VectorCollectionModel } from "../collections";
import type { VectorSizing } from "../sizing";
import type { VectorLookup } from "../vectors";

/** What every engine in a cluster is made from. */
export interface EngineProps {
  readonly context: KubernetesContext;
  readonly collections: readonly VectorCollectionModel[];
  readonly sizing: VectorSizing;
  readonly storageClass?: string;
  readonly issuer?: CertificateIssuer;
  readonly jobImage: string;
}

/** One right of one identity, as the engine is told of it. */
export interface EngineGrant {
  /** Unique in the store: becomes part of names. */
  readonly name: string;
  readonly collection: VectorCollectionModel;
  readonly access: "read" | "write";
  /** Secret of the store's namespace with `username` and `password`. Only of engines with `kind: "password"`. */
  readonly passwordSecret: string;
}

/** How the holder of a right signs in. */
export type SignIn =
  | {
      /** A token that the server's key signs. */
      readonly kind: "token";
      readonly signingKey: SecretEnv;
      /** What the token says, by right. */
      readonly claims: (grant: Pick<EngineGrant, "collection" | "access">) => readonly unknown[];
    }
  | {
      /** A user with a password. */
      readonly kind: "password";
      readonly username: (grantName: string) => string;
      /** Makes the user known to the server. */
      readonly admit: (
        scope: Construct,
        id: string,
        grant: EngineGrant,
        after: ITerraformDependable,
      ) => TerraformResource;
    };

/** One engine in a cluster, as the store uses it. */
export interface ClusterEngine {
  /** What must be there before collections are used. */
  readonly ready: readonly ITerraformDependable[];
  /** Secret whose `ca.crt` signs the server's certificate. */
  readonly caSecret: string;
  readonly signIn: SignIn;
  readonly lookup: (
    collection: VectorCollectionModel,
  ) => Pick<VectorLookup, "endpoint" | "target" | "container">;
  /** HTTP header that carries the token. @default - a user and a password */
  readonly header?: string;
}
