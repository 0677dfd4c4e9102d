import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import {
  Identity,
  Partition,
  Residency,
  Site,
  type SortField,
  type TableProps,
  type ZoneProps,
} from "../../lib";
import { AwsLakehouse, type AwsLakehouseProps, type IAwsNetwork } from "../../lib/aws";
import { GoogleLakehouse, type GoogleLakehouseProps } from "../../lib/google";
import {
  KubernetesLakehouse,
  type KubernetesLakehouseProps,
  type NewRookObjectStoreProps,
  ObjectStore,
  type RookObjectStoreProps,
  type S3CompatibleProps,
} from "../../lib/kubernetes";
import type { Make } from "./support";

export const IRELAND = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });
export const EEMSHAVEN = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456",
});
export const FRANKFURT = Site.kubernetes("frankfurt", {
  country: "DE",
  kubeconfig: { context: "fra" },
  oidcIssuer: "https://oidc.example.com/fra",
});
export const GERMANY = Residency.countries("DE");

/** An identity that every site knows. */
export const POD = Identity.kubernetesServiceAccount("pod", {
  namespace: "bi",
  serviceAccount: "dashboards",
  issuer: "https://oidc.example.com/fra",
});

export const EVENTS: TableProps = {
  name: "events",
  columns: [
    { name: "id", type: "long" },
    { name: "at", type: "timestamptz" },
    { name: "country", type: "string" },
  ],
};

/** A network that was made elsewhere. */
export function network(vpcId: string): IAwsNetwork {
  const construct = new Construct(undefined as unknown as Construct, "");
  return Object.assign(construct, {
    vpcId,
    cidrBlock: "10.0.0.0/16",
    privateSubnetIds: ["subnet-a", "subnet-b", "subnet-c"],
  });
}

/** A provider of another region. */
export function providerOf(region: string, alias: string): AwsProvider {
  return new AwsProvider(new TerraformStack(new App(), "elsewhere"), alias, { region, alias });
}

/** Props of a lakehouse, as few as can be, so that a test makes what it is about and little else. */
export type Few<P> = Partial<P>;

export const makeAws: Make<Few<AwsLakehouseProps>> = (stack, props) => {
  const lake = new AwsLakehouse(stack, "lake", {
    site: IRELAND,
    namePrefix: "acme",
    zones: [{ name: "curated", tables: [EVENTS] }],
    athena: false,
    spark: false,
    lakeFormation: false,
    ...props,
  });
  lake.zone(lake.zoneNames[0]!).grantRead(POD, { includePii: true });
};

export const makeGoogle: Make<Few<GoogleLakehouseProps>> = (stack, props) => {
  const lake = new GoogleLakehouse(stack, "lake", {
    site: EEMSHAVEN,
    namePrefix: "acme",
    zones: [{ name: "curated", tables: [EVENTS] }],
    dataplex: false,
    etl: false,
    ...props,
  });
  lake.zone(lake.zoneNames[0]!).grantRead(POD, { includePii: true });
};

export const makeKubernetes: Make<Few<KubernetesLakehouseProps>> = (stack, props) => {
  const lake = new KubernetesLakehouse(stack, "lake", {
    site: FRANKFURT,
    namePrefix: "acme",
    objectStore: ObjectStore.rook({ storageClassName: "rook-bucket", objectStore: { name: "s3" } }),
    zones: [{ name: "curated", tables: [EVENTS] }],
    ...props,
  });
  lake.zone(lake.zoneNames[0]!).grantRead(POD, { includePii: true });
};

/** A table as plain data, for properties that change any part of it. */
export interface PlainTable extends Omit<TableProps, "partitionBy" | "sortBy"> {
  readonly partitionBy?: readonly { readonly bucket: string; readonly buckets: number }[];
  readonly sortBy?: readonly SortField[];
}

export interface PlainZone extends Omit<ZoneProps, "tables" | "residency"> {
  readonly tables?: readonly PlainTable[];
}

/** An object store as plain data. */
export type PlainStore =
  | { readonly rook: RookObjectStoreProps }
  | { readonly newRook: NewRookObjectStoreProps }
  | { readonly s3Compatible: S3CompatibleProps };

export function zonesOf(zones: readonly PlainZone[]): readonly ZoneProps[] {
  return zones.map((zone) => ({
    ...zone,
    tables: zone.tables?.map((table) => ({
      ...table,
      partitionBy: table.partitionBy?.map(({ bucket, buckets }) => Partition.bucket(bucket, buckets)),
    })),
  }));
}

export function storeOf(store: PlainStore): ObjectStore {
  if ("rook" in store) {
    return ObjectStore.rook(store.rook);
  }
  return "newRook" in store
    ? ObjectStore.newRook(store.newRook)
    : ObjectStore.s3Compatible(store.s3Compatible);
}
