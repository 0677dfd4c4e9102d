import { AwsNetwork, type AwsNetworkProps } from "../../lib/aws";
import {
  COMPONENTS,
  CustomResource,
  type CustomResourceProps,
  HelmComponent,
  type HelmComponentProps,
  Namespace,
  type NamespaceProps,
} from "../../lib/kubernetes";
import { recipe } from "./recipe";
import { IRELAND } from "./subjects";

export const network = recipe<Omit<AwsNetworkProps, "site">>(
  "AwsNetwork",
  (stack, props) => void new AwsNetwork(stack, "network", { ...props, site: IRELAND }),
  {
    namePrefix: "acme",
    cidrBlock: "10.0.0.0/16",
    availabilityZones: ["eu-west-1a", "eu-west-1b"],
    subnetPrefixLength: 20,
    interfaceEndpoints: ["sts"],
    s3Accounts: ["444455556666"],
    flowLogs: { retentionDays: 30, encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1" },
  },
  ["flowLogs.encryptionKeyArn"],
  ["flowLogs.encryptionKeyArn"],
);

export const customResource = recipe<CustomResourceProps>(
  "CustomResource",
  (stack, props) => void new CustomResource(stack, "object", props),
  {
    apiVersion: "acme.example/v1",
    kind: "Thing",
    name: "thing",
    namespace: "lake",
    labels: { tier: "one" },
    annotations: { note: "one" },
    spec: { text: "one", size: 1, wait: "90s", deep: [{ text: "two" }] },
    fields: { data: { text: "one" } },
    computedFields: ["spec.size"],
    quantityFields: ["spec.size"],
    durationFields: ["spec.wait"],
    waitFor: { fields: { "status.phase": "Ready" } },
    timeouts: { create: "5m" },
  },
  ["namespace", "spec.text", "spec.deep.0.text", "fields.data.text"],
);

export const helmComponent = recipe<Omit<HelmComponentProps, "component">>(
  "HelmComponent",
  (stack, props) =>
    void new HelmComponent(stack, "release", { ...props, component: COMPONENTS.cloudnativePg }),
  {
    releaseName: "database",
    namespace: "database",
    version: "0.29.0",
    timeoutSeconds: 300,
    values: { text: "one", size: 1, list: ["two"], deep: { text: "three" } },
  },
  ["namespace", "values.text", "values.size", "values.list.0", "values.deep.text"],
);

export const namespace = recipe<NamespaceProps>(
  "Namespace",
  (stack, props) => void new Namespace(stack, "namespace", props),
  { name: "lake", podSecurity: "baseline", labels: { tier: "one" }, annotations: { note: "one" } },
);
