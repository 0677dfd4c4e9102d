import { DataAwsEksCluster } from "@cdktf/provider-aws/lib/data-aws-eks-cluster";
import { EksCluster } from "@cdktf/provider-aws/lib/eks-cluster";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { ContainerCluster } from "@cdktf/provider-google/lib/container-cluster";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { type App, TerraformHclModule, TerraformLocal, TerraformStack } from "cdktf";
import { COMPONENTS, component } from "../../lib/kubernetes/components";
import { CustomResource } from "../../lib/kubernetes/custom-resource";
import { HelmComponent } from "../../lib/kubernetes/helm-component";
import { guardPhases } from "../../lib/kubernetes/phase-guard";
import { attachCluster } from "../../lib/kubernetes/providers";
import { synthStack, testApp } from "../../lib/testing/synth";

function stackWithEks(app: App = testApp(), name = "all"): { stack: TerraformStack; cluster: EksCluster } {
  const stack = new TerraformStack(app, name);
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  const vpcConfig = { subnetIds: ["subnet-1", "subnet-2"] };
  const cluster = new EksCluster(stack, "train", {
    name: "train",
    roleArn: "arn:aws:iam::1:role/r",
    vpcConfig,
  });
  return { stack, cluster };
}

function eksAccess(endpoint: string, caCertificate = "Y2E=") {
  return { kind: "eks", clusterName: "train", region: "eu-west-1", endpoint, caCertificate } as const;
}

const POOL = { apiVersion: "karpenter.sh/v1", kind: "NodePool", name: "gpu" };
const POSTGRES = { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", name: "catalog", namespace: "lake" };

describe("Kubernetes objects beside their cluster", () => {
  test("are refused: the message names object, cluster and the way out", () => {
    const { stack, cluster } = stackWithEks();
    attachCluster(stack, eksAccess(cluster.endpoint, cluster.certificateAuthority.get(0).data));
    new CustomResource(stack, "pool", POOL);
    expect(() => synthStack(stack)).toThrow(
      [
        "[KubernetesObjectBesideItsCluster] all/pool/manifest: Kubernetes objects are in the stack that makes their cluster, so the provider has no address at plan",
        '    given:   "provider kubernetes is configured from aws_eks_cluster.train of the same stack \\"all\\""',
        "    allowed: a stack that is applied after the one with aws_eks_cluster.train",
        "    fix:     move the objects and the provider to a later stack and pass the cluster's name, endpoint and CA certificate as outputs",
      ].join("\n"),
    );
  });

  test("are refused for releases and for typed resources as well", () => {
    const { stack, cluster } = stackWithEks();
    attachCluster(stack, eksAccess(cluster.endpoint));
    new HelmComponent(stack, "keda", { component: COMPONENTS.keda });
    new ConfigMapV1(stack, "settings", { metadata: { name: "settings" } });
    expect(() => synthStack(stack)).toThrow(/\[KubernetesObjectBesideItsCluster\] all\/settings:/);
    expect(() => synthStack(stack)).toThrow(/\[KubernetesObjectBesideItsCluster\] all\/keda\/release:/);
  });

  test("are refused when a data source, a local or a module stands between", () => {
    const viaData = stackWithEks();
    const data = new DataAwsEksCluster(viaData.stack, "lookup", { name: viaData.cluster.name });
    attachCluster(viaData.stack, eksAccess(data.endpoint));
    new CustomResource(viaData.stack, "pool", POOL);
    expect(() => synthStack(viaData.stack)).toThrow("configured from aws_eks_cluster.train");

    const viaLocal = stackWithEks();
    const local = new TerraformLocal(viaLocal.stack, "endpoint", viaLocal.cluster.endpoint);
    attachCluster(viaLocal.stack, eksAccess(local.asString));
    new CustomResource(viaLocal.stack, "pool", POOL);
    expect(() => synthStack(viaLocal.stack)).toThrow("configured from aws_eks_cluster.train");

    const stack = new TerraformStack(testApp(), "all");
    const module = new TerraformHclModule(stack, "eks", { source: "terraform-aws-modules/eks/aws" });
    attachCluster(stack, eksAccess(module.getString("cluster_endpoint")));
    new CustomResource(stack, "pool", POOL);
    expect(() => synthStack(stack)).toThrow("configured from module.eks");
  });

  test("are refused on Google Cloud", () => {
    const stack = new TerraformStack(testApp(), "all");
    new GoogleProvider(stack, "google", { project: "acme-ai" });
    const cluster = new ContainerCluster(stack, "train", { name: "train", location: "europe-west4" });
    attachCluster(stack, {
      kind: "gke",
      clusterName: "train",
      location: "europe-west4",
      project: "acme-ai",
      endpoint: cluster.endpoint,
      caCertificate: cluster.masterAuth.clusterCaCertificate,
    });
    new CustomResource(stack, "pool", POOL);
    expect(() => synthStack(stack)).toThrow("configured from google_container_cluster.train");
  });

  test("are refused in stacks of plain resources, once the stack is guarded; twice is no more than once", () => {
    const { stack, cluster } = stackWithEks();
    new KubernetesProvider(stack, "kubernetes", { host: cluster.endpoint });
    new ConfigMapV1(stack, "settings", { metadata: { name: "settings" } });
    expect(() => synthStack(stack)).not.toThrow();
    guardPhases(stack);
    guardPhases(stack);
    let message = "";
    try {
      synthStack(stack);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.match(/KubernetesObjectBesideItsCluster/g)).toHaveLength(1);
  });

  test("are fine in a later stack", () => {
    const app = testApp();
    const { cluster } = stackWithEks(app, "foundation");
    const platform = new TerraformStack(app, "platform");
    attachCluster(platform, eksAccess(cluster.endpoint, cluster.certificateAuthority.get(0).data));
    new CustomResource(platform, "pool", POOL);
    expect(() => synthStack(platform)).not.toThrow();
  });

  test("are fine beside a cluster that is not theirs", () => {
    const { stack } = stackWithEks();
    attachCluster(stack, { kind: "kubeconfig", context: "fra" });
    new CustomResource(stack, "pool", POOL);
    expect(() => synthStack(stack)).not.toThrow();
  });

  test("are fine with a data source that asks for an existing cluster", () => {
    const stack = new TerraformStack(testApp(), "platform");
    new AwsProvider(stack, "aws", { region: "eu-west-1" });
    attachCluster(stack, eksAccess(new DataAwsEksCluster(stack, "train", { name: "train" }).endpoint));
    new CustomResource(stack, "pool", POOL);
    expect(() => synthStack(stack)).not.toThrow();
  });

  test("are fine with a provider of their own; the one that no object uses does not count", () => {
    const { stack, cluster } = stackWithEks();
    new KubernetesProvider(stack, "made-here", { host: cluster.endpoint, alias: "made_here" });
    const other = new KubernetesProvider(stack, "other", { configContext: "fra" });
    new ConfigMapV1(stack, "settings", { metadata: { name: "settings" }, provider: other });
    guardPhases(stack);
    expect(() => synthStack(stack)).not.toThrow();
  });

  test("are refused when they use an aliased provider of the cluster", () => {
    const { stack, cluster } = stackWithEks();
    const provider = new KubernetesProvider(stack, "made-here", {
      host: cluster.endpoint,
      alias: "made_here",
    });
    new ConfigMapV1(stack, "settings", { metadata: { name: "settings" }, provider });
    guardPhases(stack);
    expect(() => synthStack(stack)).toThrow("[KubernetesObjectBesideItsCluster] all/settings:");
  });

  test("a cluster alone with its providers is fine", () => {
    const { stack, cluster } = stackWithEks();
    attachCluster(stack, eksAccess(cluster.endpoint));
    expect(() => synthStack(stack)).not.toThrow();
  });
});

describe("custom resources beside their operator", () => {
  function platformWith(): TerraformStack {
    const stack = new TerraformStack(testApp(), "platform");
    attachCluster(stack, { kind: "kubeconfig", context: "fra" });
    return stack;
  }

  test("are refused: the message names object, operator and the later stack", () => {
    const stack = platformWith();
    new HelmComponent(stack, "postgres", { component: COMPONENTS.cloudnativePg });
    new CustomResource(stack, "catalog", POSTGRES);
    expect(() => synthStack(stack)).toThrow(
      [
        "[CustomResourceBesideItsOperator] platform/catalog/manifest: a custom resource is in the stack that installs its definition, but kubernetes_manifest needs the definition at plan",
        '    given:   "postgresql.cnpg.io/v1 Cluster, defined by cloudnative-pg (platform/postgres) in the same stack \\"platform\\""',
        '    allowed: a stack that is applied after "platform"',
        "    fix:     leave the operator in the `platform` stack and move the custom resource to the `workloads` stack",
      ].join("\n"),
    );
  });

  test("are refused as plain manifests too, and for charts of the user whose groups are told", () => {
    const stack = platformWith();
    const own = component({
      name: "own",
      repository: "https://charts.example.com",
      chart: "own",
      version: "1.0.0",
      namespace: "own",
      crds: "crds-directory",
      apiGroups: ["example.com"],
    });
    new HelmComponent(stack, "own", { component: own });
    new Manifest(stack, "thing", {
      manifest: { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "a" } },
    });
    expect(() => synthStack(stack)).toThrow("[CustomResourceBesideItsOperator] platform/thing:");
  });

  test("are fine when the definitions are skipped, being there already", () => {
    const stack = platformWith();
    new HelmComponent(stack, "spark", { component: COMPONENTS.sparkOperator, skipCrds: true });
    new CustomResource(stack, "job", {
      apiVersion: "sparkoperator.k8s.io/v1beta2",
      kind: "SparkApplication",
      name: "etl",
      namespace: "spark",
    });
    expect(() => synthStack(stack)).not.toThrow();
  });

  test("are fine beside another operator, and built-in kinds beside any", () => {
    const stack = platformWith();
    new HelmComponent(stack, "postgres", { component: COMPONENTS.cloudnativePg });
    new CustomResource(stack, "pool", POOL);
    new CustomResource(stack, "class", {
      apiVersion: "resource.k8s.io/v1",
      kind: "DeviceClass",
      name: "gpu",
    });
    new CustomResource(stack, "config", { apiVersion: "v1", kind: "ConfigMap", name: "a", namespace: "b" });
    expect(() => synthStack(stack)).not.toThrow();
  });

  test("are fine in the next stack", () => {
    const app = testApp();
    const access = { kind: "kubeconfig", context: "fra" } as const;
    const platform = new TerraformStack(app, "platform");
    attachCluster(platform, access);
    new HelmComponent(platform, "postgres", { component: COMPONENTS.cloudnativePg });
    const workloads = new TerraformStack(app, "workloads");
    attachCluster(workloads, access);
    new CustomResource(workloads, "catalog", POSTGRES);
    expect(() => [synthStack(platform), synthStack(workloads)]).not.toThrow();
  });
});
