import { StorageClassV1 } from "@cdktf/provider-kubernetes/lib/storage-class-v1";
import { Construct } from "constructs";
import { stableJson } from "../../core/json";
import { resourceName } from "../../core/naming";
import { addWarning } from "../../core/warnings";
import { CustomResource } from "../../kubernetes/custom-resource";
import { type KubernetesContext, objectName, partOf, type SecretEnv } from "../../kubernetes/room-context";
import { TASK_DIRECTORY, Task } from "../../kubernetes/task";
import type { LakehouseModel, ZoneModel } from "../lakehouse";
import { KubernetesCeph } from "./ceph";
import { catalogName, partOfZone } from "./context";
import { jobScript } from "./job-script";
import {
  DEFAULT_REGION,
  type EventEndpoint,
  type ObjectStore,
  type S3CompatibleProps,
  type TierClasses,
} from "./object-store";
import { KubernetesLakehouseWarnings } from "./warnings";

/** The bucket of a zone, and where its key is. */
export interface ZoneBucket {
  readonly zone: string;
  readonly name: string;
  /** Of the zone. @default - that of the stack */
  readonly dataClass?: string;
  readonly accessKey: SecretEnv;
  readonly secretKey: SecretEnv;
}

/** How engines reach the object store. */
export interface StoreAccess {
  readonly endpoint: string;
  readonly region: string;
  readonly sts: boolean;
}

const BUCKET_NAME_LENGTH = 63;

/** The name becomes part of a label key `bucket-notification-<name>`, whose length is limited to 63. */
const NOTIFICATION_NAME_LENGTH = 43;

function notificationName(context: KubernetesContext, bucket: ZoneBucket): string {
  return resourceName([context.prefix, bucket.zone], { maxLength: NOTIFICATION_NAME_LENGTH });
}

/**
 * Name of a claim, which Rook also gives to a Secret and a config map: no name of a zone, such as `keys` or `tables`,
 * may make it the name of an object of the lakehouse itself.
 */
function claimName(context: Pick<KubernetesContext, "prefix">, zone: string): string {
  return objectName(context, "zone", zone);
}

function keysOf(zone: string, secretName: string, accessKey: string, secretKey: string) {
  const variable = catalogName(zone).toUpperCase();
  return {
    accessKey: { name: `${variable}_ACCESS_KEY`, secretName, secretKey: accessKey },
    secretKey: { name: `${variable}_SECRET_KEY`, secretName, secretKey },
  };
}

/** Bucket and key of every zone, without making anything. */
function zoneBuckets(
  context: Pick<KubernetesContext, "prefix">,
  store: ObjectStore,
  zones: readonly ZoneModel[],
): readonly ZoneBucket[] {
  return zones.map(({ name: zone, dataClass }) => {
    const name = resourceName([context.prefix, zone], { maxLength: BUCKET_NAME_LENGTH });
    if (store.spec.kind === "rook") {
      const keys = keysOf(zone, claimName(context, zone), "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
      return { zone, name, dataClass, ...keys };
    }
    const { buckets, credentialsSecret: secret } = store.spec.options;
    const accessKey = secret.accessKeyIdKey ?? "AWS_ACCESS_KEY_ID";
    const secretKey = secret.secretAccessKeyKey ?? "AWS_SECRET_ACCESS_KEY";
    const keys = keysOf(zone, secret.name, accessKey, secretKey);
    return { zone, name: buckets?.[zone] ?? name, dataClass, ...keys };
  });
}

/** Address and region of a store, without making anything. */
function storeAccess(store: ObjectStore): StoreAccess {
  const { spec } = store;
  const region = spec.options.region ?? DEFAULT_REGION;
  if (spec.kind === "rook") {
    const endpoint = spec.endpoint ?? `http://rook-ceph-rgw-${spec.name}.${spec.namespace}.svc`;
    return { endpoint, region, sts: false };
  }
  const options: S3CompatibleProps = spec.options;
  return { endpoint: options.endpoint, region, sts: options.sts ?? false };
}

/** The declared lifecycle of a bucket, as `configure_buckets.py` reads it. */
function lifecycle(zone: ZoneModel, classes: TierClasses | undefined) {
  const tiers = [
    ["warm", zone.tiering.warmAfterDays],
    ["cold", zone.tiering.coldAfterDays],
    ["archive", zone.tiering.archiveAfterDays],
  ] as const;
  return {
    retentionDays: zone.retentionDays,
    transitions: tiers
      .filter(([, days]) => days !== undefined)
      .map(([tier, days]) => ({ tier, days, storageClass: classes?.[tier] })),
  };
}

export interface KubernetesStorageProps {
  readonly context: KubernetesContext;
  readonly store: ObjectStore;
  readonly model: LakehouseModel;
  readonly image: string;
}

/**
 * Buckets of the zones: claimed from Rook or existing ones, and a Job that sets versioning, lifecycle and default
 * encryption by the S3 protocol, with the key that owns the bucket. The data class of a zone is a label of its claim,
 * or, in a store of other makers, a tag of its bucket.
 *
 * Terraform resource types: `kubernetes_manifest` (ObjectBucketClaim, CephCluster, CephObjectStore, CephBucketTopic,
 * CephBucketNotification), `kubernetes_storage_class_v1`, `kubernetes_config_map_v1`, `kubernetes_job_v1`.
 */
export class KubernetesStorage extends Construct {
  readonly buckets: readonly ZoneBucket[];
  readonly access: StoreAccess;
  /** Only with `ObjectStore.newRook`. */
  readonly ceph?: KubernetesCeph;
  /** Only with `ObjectStore.newRook`. */
  readonly storageClass?: StorageClassV1;
  /** By zone; empty for an S3-compatible store. */
  readonly claims: Readonly<Record<string, CustomResource>>;
  /** By zone; empty unless the store has `eventsTo` and `dataEvents` is on. */
  readonly topics: Readonly<Record<string, CustomResource>>;
  /** By zone; as `topics`. */
  readonly notifications: Readonly<Record<string, CustomResource>>;
  readonly configuration: Task;

  constructor(scope: Construct, id: string, props: KubernetesStorageProps) {
    super(scope, id);
    const { context, store, model } = props;
    this.buckets = zoneBuckets(context, store, model.zones);
    this.access = storeAccess(store);
    if (this.access.endpoint.startsWith("http:")) {
      addWarning(this, KubernetesLakehouseWarnings.PlainHttpObjectStore, this.access.endpoint);
    }
    if (store.spec.kind === "rook" && store.spec.create) {
      const { create, name, namespace } = store.spec;
      this.ceph = new KubernetesCeph(this, "ceph", {
        context,
        name,
        namespace,
        settings: create,
        accessLogs: model.accessLogs,
      });
      this.storageClass = this.makeStorageClass(context, name, namespace);
    }
    this.topics = this.forEachEvent(props, (bucket, events) => this.topic(props, bucket, events));
    this.notifications = this.forEachEvent(props, (bucket) => this.notification(context, bucket));
    this.claims = Object.fromEntries(
      store.spec.kind === "rook"
        ? this.buckets.map((bucket) => [bucket.zone, this.claim(props, bucket)])
        : [],
    );
    this.configuration = this.configure(props);
  }

  private makeStorageClass(context: KubernetesContext, name: string, namespace: string): StorageClassV1 {
    return new StorageClassV1(this, "storage-class", {
      metadata: { name: objectName(context, "buckets"), labels: partOf(context, "storage") },
      storageProvisioner: `${namespace}.ceph.rook.io/bucket`,
      reclaimPolicy: context.destroyable ? "Delete" : "Retain",
      parameters: { objectStoreName: name, objectStoreNamespace: namespace },
      dependsOn: this.ceph && [this.ceph.objectStore.manifest],
    });
  }

  private forEachEvent(
    { store, model }: KubernetesStorageProps,
    make: (bucket: ZoneBucket, events: EventEndpoint) => CustomResource,
  ): Record<string, CustomResource> {
    const events = store.spec.kind === "rook" ? store.spec.options.eventsTo : undefined;
    if (events === undefined || !model.dataEvents) {
      return {};
    }
    return Object.fromEntries(this.buckets.map((bucket) => [bucket.zone, make(bucket, events)]));
  }

  private topic({ context, store }: KubernetesStorageProps, bucket: ZoneBucket, events: EventEndpoint) {
    const spec = store.spec.kind === "rook" ? store.spec : undefined;
    const kafka = events.kafka && {
      uri: events.kafka.uri,
      useSSL: events.kafka.tls ?? true,
      ackLevel: "broker",
    };
    return new CustomResource(this, `topic-${bucket.zone}`, {
      apiVersion: "ceph.rook.io/v1",
      kind: "CephBucketTopic",
      name: bucket.name,
      namespace: context.namespace,
      labels: partOfZone(context, "storage", bucket),
      spec: {
        objectStoreName: spec?.name,
        objectStoreNamespace: spec?.namespace,
        persistent: true,
        endpoint: kafka ? { kafka } : { http: { uri: events.http?.uri } },
      },
      dependsOn: [...context.after, ...(this.ceph ? [this.ceph.objectStore.manifest] : [])],
    });
  }

  private notification(context: KubernetesContext, bucket: ZoneBucket): CustomResource {
    return new CustomResource(this, `notification-${bucket.zone}`, {
      apiVersion: "ceph.rook.io/v1",
      kind: "CephBucketNotification",
      name: notificationName(context, bucket),
      namespace: context.namespace,
      labels: partOfZone(context, "storage", bucket),
      spec: { topic: bucket.name, events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"] },
      dependsOn: [this.topics[bucket.zone]!.manifest],
    });
  }

  private claim({ context, store }: KubernetesStorageProps, bucket: ZoneBucket): CustomResource {
    const named = store.spec.kind === "rook" ? store.spec.storageClassName : undefined;
    const notified = this.notifications[bucket.zone];
    const label = notificationName(context, bucket);
    return new CustomResource(this, `bucket-${bucket.zone}`, {
      apiVersion: "objectbucket.io/v1alpha1",
      kind: "ObjectBucketClaim",
      name: claimName(context, bucket.zone),
      namespace: context.namespace,
      labels: {
        ...partOfZone(context, "storage", bucket),
        ...(notified ? { [`bucket-notification-${label}`]: label } : {}),
      },
      spec: { bucketName: bucket.name, storageClassName: named ?? objectName(context, "buckets") },
      waitFor: { fields: { "status.phase": "Bound" } },
      protect: !context.destroyable,
      dependsOn: [
        ...context.after,
        ...(this.storageClass ? [this.storageClass] : []),
        ...(notified ? [notified.manifest] : []),
      ],
    });
  }

  private configure({ context, store, model, image }: KubernetesStorageProps): Task {
    const { options, kind } = store.spec;
    const vault = kind === "rook" ? store.spec.create?.customerKeys : undefined;
    const config = {
      endpoint: this.access.endpoint,
      region: this.access.region,
      buckets: this.buckets.map((bucket, index) => ({
        name: bucket.name,
        accessKeyEnv: bucket.accessKey.name,
        secretKeyEnv: bucket.secretKey.name,
        // A claim carries it as a label; a bucket without one has nothing but itself.
        dataClass: kind === "rook" ? undefined : bucket.dataClass,
        encrypted: options.defaultEncryption ?? vault !== undefined,
        noncurrentVersionDays: model.noncurrentVersionDays,
        ...lifecycle(model.zones[index]!, options.tierClasses),
      })),
    };
    return new Task(this, "configuration", {
      context,
      name: "buckets",
      image,
      files: {
        "configure_buckets.py": jobScript("configure_buckets.py"),
        "config.json": stableJson(config, 2),
      },
      command: ["python3", `${TASK_DIRECTORY}/configure_buckets.py`, `${TASK_DIRECTORY}/config.json`],
      env: this.buckets.flatMap((bucket) => [bucket.accessKey, bucket.secretKey]),
      dependsOn: Object.values(this.claims).map((claim) => claim.manifest),
    });
  }
}
