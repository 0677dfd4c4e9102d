import { type NameRule, Problems } from "../../core/problems";
import { DNS_LABEL, OBJECT_NAME } from "../../kubernetes/metadata";
import { KubernetesLakehouseErrors } from "./errors";

/** A Secret in the namespace of the lakehouse. Name and keys are literals. */
export interface CredentialsSecret {
  readonly name: string;
  /** @default "AWS_ACCESS_KEY_ID" */
  readonly accessKeyIdKey?: string;
  /** @default "AWS_SECRET_ACCESS_KEY" */
  readonly secretAccessKeyKey?: string;
}

/** Names of storage classes of the store, for `tiering`, as literals. A tier without a class cannot be used. */
export interface TierClasses {
  /** @default - `tiering.warmAfterDays` is refused */
  readonly warm?: string;
  /** @default - `tiering.coldAfterDays` is refused */
  readonly cold?: string;
  /** @default - `tiering.archiveAfterDays` is refused */
  readonly archive?: string;
}

interface StoreOptions {
  /** Region name in signatures; the store decides which one it expects. Literal. @default "us-east-1" */
  readonly region?: string;
  /** @default - no tiering */
  readonly tierClasses?: TierClasses;
  /**
   * Buckets encrypt every object with keys of the store (SSE-S3). The store must have them configured: a store that
   * has not makes the job that configures the buckets fail.
   * @default false
   */
  readonly defaultEncryption?: boolean;
}

/** Where Rook publishes events of new objects. Exactly one of the two. */
export interface EventEndpoint {
  /** The topic is named after the bucket. */
  readonly kafka?: {
    /** `kafka://host:port` */
    readonly uri: string;
    /** @default true */
    readonly tls?: boolean;
  };
  readonly http?: {
    /** `https://…` */
    readonly uri: string;
  };
}

export interface RookObjectStoreProps extends StoreOptions {
  /** Storage class of Rook's bucket provisioner. */
  readonly storageClassName: string;
  /** The `CephObjectStore` behind it. */
  readonly objectStore: {
    readonly name: string;
    /** @default "rook-ceph" */
    readonly namespace?: string;
  };
  /** Address that pods reach. @default - the gateway's service, without TLS: `http://rook-ceph-rgw-<name>.<namespace>.svc` */
  readonly endpoint?: string;
  /** @default - `dataEvents` is off */
  readonly eventsTo?: EventEndpoint;
}

/** Vault that holds the keys of an object store. */
export interface VaultKeys {
  /** `https://…` */
  readonly address: string;
  /** Mount path of the transit engine. @default "transit" */
  readonly transitPath?: string;
  /** Secret with the key `token`, in Rook's namespace. */
  readonly tokenSecretName: string;
}

export interface NewRookObjectStoreProps extends StoreOptions {
  /**
   * Regular expression of the device names that Ceph may take, on every node, for example `^nvme[1-4]n1$`. Ceph only
   * takes empty devices. No default: nothing is taken that was not named.
   */
  readonly deviceFilter: string;
  /** Copies of every object, each on another host: 3 or more. @default 3; refused with `erasureCoding` */
  readonly replicas?: number;
  /** Saves space; needs `dataChunks + codingChunks` hosts. @default - replicas */
  readonly erasureCoding?: { readonly dataChunks: number; readonly codingChunks: number };
  /** Gateways. @default 2 */
  readonly gateways?: number;
  /** Encrypt devices (dm-crypt). Cannot be changed later. @default true */
  readonly encryptDevices?: boolean;
  /** Encrypt traffic between Ceph's own daemons and clients; kernel 5.11 or newer. @default true */
  readonly encryptTraffic?: boolean;
  /** Customer keys: objects are encrypted with keys in Vault. Turns `defaultEncryption` on. @default - none */
  readonly customerKeys?: VaultKeys;
  /** @default "quay.io/ceph/ceph:v20.2.4" */
  readonly cephImage?: string;
  /** Namespace of the Rook operator. @default "rook-ceph" */
  readonly rookNamespace?: string;
  /** @default - `dataEvents` is off */
  readonly eventsTo?: EventEndpoint;
}

export interface S3CompatibleProps extends StoreOptions {
  /** `https://host[:port]`, with a certificate that the engines' images trust. Literal. */
  readonly endpoint: string;
  /** Key with full access to the buckets. */
  readonly credentialsSecret: CredentialsSecret;
  /** Existing bucket of each zone. Literals. @default - `<namePrefix>-<zone>` */
  readonly buckets?: Readonly<Record<string, string>>;
  /** The store offers STS, so that engines of other sites can get short-lived keys from the catalogue. @default false */
  readonly sts?: boolean;
}

export const DEFAULT_REGION = "us-east-1";
const DEFAULT_ROOK_NAMESPACE = "rook-ceph";

export type ObjectStoreSpec =
  | {
      readonly kind: "rook";
      readonly name: string;
      readonly namespace: string;
      readonly storageClassName?: string;
      readonly endpoint?: string;
      readonly create?: NewRookObjectStoreProps;
      readonly options: RookObjectStoreProps | NewRookObjectStoreProps;
    }
  | { readonly kind: "s3-compatible"; readonly options: S3CompatibleProps };

/** Source: https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data */
const SECRET_KEY: NameRule = {
  pattern: /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/,
  maxLength: 253,
  form: "a key of a Secret: 1 to 253 letters, digits, dots, underscores and hyphens",
};

const REGION: NameRule = {
  pattern: /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/,
  maxLength: 63,
  form: "1 to 63 letters, digits, dots, underscores and hyphens, starting and ending alphanumeric",
};

const STORAGE_CLASS: NameRule = {
  pattern: /^[A-Za-z0-9._-]+$/,
  maxLength: 100,
  form: "the name of a storage class of the store: 1 to 100 letters, digits, dots, underscores and hyphens",
};

/** Some makers allow more than AWS does. */
const BUCKET: NameRule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  maxLength: 255,
  form: "the name of a bucket: 1 to 255 letters, digits, dots, underscores and hyphens, starting alphanumeric",
};

/** Jobs are named after their work, so all that they are told is known at synth. */
function checkOptions(problems: Problems, { region, tierClasses }: StoreOptions): void {
  problems.name("region", region ?? DEFAULT_REGION, REGION);
  for (const tier of ["warm", "cold", "archive"] as const) {
    if (tierClasses?.[tier] !== undefined) {
      problems.name(`tierClasses.${tier}`, tierClasses[tier], STORAGE_CLASS);
    }
  }
}

/** Checks an address of a store. */
function checkEndpoint(problems: Problems, endpoint: string, plainHttp: boolean): void {
  if (!problems.literal("endpoint", endpoint, "an https:// address")) {
    return;
  }
  const match = /^(https?):\/\/[A-Za-z0-9.-]+(:\d{1,5})?\/?$/.exec(endpoint);
  if (!match) {
    problems.add(KubernetesLakehouseErrors.InvalidEndpoint, {
      subject: "endpoint",
      given: endpoint,
      allowed: "https://host[:port]",
    });
  } else if (match[1] === "http" && !plainHttp) {
    problems.add(KubernetesLakehouseErrors.PlainHttpEndpoint, {
      subject: "endpoint",
      given: endpoint,
      allowed: "https://host[:port]",
    });
  }
}

function checkEvents(problems: Problems, events: EventEndpoint | undefined): void {
  if (events === undefined) {
    return;
  }
  const given = [events.kafka, events.http].filter((entry) => entry !== undefined);
  problems.required("eventsTo", given[0], "one of kafka and http");
  if (given.length > 1) {
    problems.add(KubernetesLakehouseErrors.ContradictingOptions, {
      subject: "eventsTo",
      given: events,
      allowed: "one of kafka and http",
    });
  }
  const forms: readonly [string | undefined, RegExp, string][] = [
    [events.kafka?.uri, /^kafka:\/\/[A-Za-z0-9.-]+(:\d{1,5})?$/, "kafka://host[:port]"],
    [events.http?.uri, /^https:\/\/\S+$/, "https://…"],
  ];
  for (const [uri, pattern, allowed] of forms) {
    if (uri !== undefined && problems.literal("eventsTo", uri, allowed) && !pattern.test(uri)) {
      problems.add(KubernetesLakehouseErrors.InvalidEndpoint, { subject: "eventsTo", given: uri, allowed });
    }
  }
}

/** Where the files of a Kubernetes lakehouse are. A plain value. */
export class ObjectStore {
  /**
   * An object store that Rook runs in the cluster already. One `ObjectBucketClaim` per zone is made.
   *
   * @throws InvalidEndpoint, TokenNotAllowed, MissingValue, InvalidName
   */
  static rook(props: RookObjectStoreProps): ObjectStore {
    const problems = new Problems("ObjectStore.rook");
    const { storageClassName, objectStore } = props;
    if (
      problems.required("storageClassName", storageClassName, "a storage class of Rook's bucket provisioner")
    ) {
      problems.name("storageClassName", storageClassName, OBJECT_NAME);
    }
    problems.name("objectStore.name", objectStore.name, DNS_LABEL);
    problems.name("objectStore.namespace", objectStore.namespace ?? DEFAULT_ROOK_NAMESPACE, DNS_LABEL);
    checkOptions(problems, props);
    if (props.endpoint !== undefined) {
      checkEndpoint(problems, props.endpoint, true);
    }
    checkEvents(problems, props.eventsTo);
    problems.throwIfAny();
    return new ObjectStore({
      kind: "rook",
      name: objectStore.name,
      namespace: objectStore.namespace ?? DEFAULT_ROOK_NAMESPACE,
      storageClassName,
      endpoint: props.endpoint,
      options: props,
    });
  }

  /**
   * A Ceph cluster with an object store, made in the workloads stack by an installed Rook operator
   * (`KubernetesLakehouseOperators({ rookCeph: true })`), and one `ObjectBucketClaim` per zone.
   *
   * @throws MissingValue, NumberOutOfRange, PlainHttpEndpoint, InvalidEndpoint, InvalidName, TokenNotAllowed,
   *   TooFewReplicas, ContradictingOptions
   */
  static newRook(props: NewRookObjectStoreProps): ObjectStore {
    const problems = new Problems("ObjectStore.newRook");
    problems.literal("deviceFilter", props.deviceFilter);
    problems.required("deviceFilter", props.deviceFilter, "a regular expression of device names");
    problems.name("rookNamespace", props.rookNamespace ?? DEFAULT_ROOK_NAMESPACE, DNS_LABEL);
    checkOptions(problems, props);
    problems.integer("gateways", props.gateways ?? 2, { min: 1, max: 64 });
    if (props.replicas !== undefined && props.erasureCoding !== undefined) {
      problems.add(KubernetesLakehouseErrors.ContradictingOptions, {
        subject: "erasureCoding",
        given: { replicas: props.replicas, erasureCoding: props.erasureCoding },
        allowed: "replicas or erasureCoding",
      });
    }
    if (props.erasureCoding) {
      problems.integer("erasureCoding.dataChunks", props.erasureCoding.dataChunks, { min: 2, max: 16 });
      problems.integer("erasureCoding.codingChunks", props.erasureCoding.codingChunks, { min: 1, max: 8 });
    } else if ((props.replicas ?? 3) < 3) {
      problems.add(KubernetesLakehouseErrors.TooFewReplicas, {
        subject: "replicas",
        given: props.replicas,
        allowed: "3 or more: with 2, one broken disk stops writing or loses data",
      });
    }
    if (props.customerKeys) {
      checkEndpoint(problems, props.customerKeys.address, false);
      if (props.defaultEncryption === false) {
        problems.add(KubernetesLakehouseErrors.ContradictingOptions, {
          subject: "defaultEncryption",
          given: false,
          allowed: "true or nothing, with customerKeys",
        });
      }
    }
    checkEvents(problems, props.eventsTo);
    problems.throwIfAny();
    return new ObjectStore({
      kind: "rook",
      name: "lakehouse",
      namespace: props.rookNamespace ?? DEFAULT_ROOK_NAMESPACE,
      create: props,
      options: props,
    });
  }

  /**
   * Any store that speaks the S3 protocol. Buckets and the Secret with the key must exist.
   *
   * @throws PlainHttpEndpoint, InvalidEndpoint, TokenNotAllowed, MissingValue, InvalidName
   */
  static s3Compatible(props: S3CompatibleProps): ObjectStore {
    const problems = new Problems("ObjectStore.s3Compatible");
    checkEndpoint(problems, props.endpoint, false);
    checkOptions(problems, props);
    const { name, accessKeyIdKey, secretAccessKeyKey } = props.credentialsSecret;
    if (problems.required("credentialsSecret.name", name, "the name of a Secret")) {
      problems.name("credentialsSecret.name", name, OBJECT_NAME);
    }
    for (const [key, value] of Object.entries({ accessKeyIdKey, secretAccessKeyKey })) {
      if (value !== undefined) {
        problems.name(`credentialsSecret.${key}`, value, SECRET_KEY);
      }
    }
    for (const [zone, bucket] of Object.entries(props.buckets ?? {})) {
      problems.name(`buckets "${zone}"`, bucket, BUCKET);
    }
    problems.throwIfAny();
    return new ObjectStore({ kind: "s3-compatible", options: props });
  }

  private constructor(
    /** For the constructs of this library. */
    readonly spec: ObjectStoreSpec,
  ) {}
}
