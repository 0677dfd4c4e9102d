import { TerraformStack, TerraformVariable, Token } from "cdktf";
import { Site } from "../../lib/fabric/site";

import { type ClusterAccess, clusterAccessOf } from "../../lib/kubernetes/cluster-access";
import { attachCluster } from "../../lib/kubernetes/providers";
import { testApp } from "../../lib/testing/synth";
import { captureValidationError, Template } from "../../lib/testing/template";

const EKS: ClusterAccess = {
  kind: "eks",
  clusterName: "train",
  region: "eu-west-1",
  endpoint: "https://abc.eks.amazonaws.com",
  caCertificate: "Y2E=",
};

const GKE: ClusterAccess = {
  kind: "gke",
  clusterName: "train",
  location: "europe-west4",
  project: "acme-ai",
  endpoint: "10.0.0.2",
  caCertificate: "Y2E=",
};

function newStack(): TerraformStack {
  return new TerraformStack(testApp(), "platform");
}

function providersOf(access: ClusterAccess) {
  const stack = newStack();
  attachCluster(stack, access);
  const { kubernetes, helm } = Template.of(stack).json.provider ?? {};
  return { kubernetes, helm };
}

function errorOf(access: ClusterAccess) {
  return captureValidationError(() => attachCluster(newStack(), access));
}

test("a kubeconfig context, in the usual file", () => {
  const connection = { config_path: "~/.kube/config", config_context: "fra" };
  expect(providersOf({ kind: "kubeconfig", context: "fra" })).toEqual({
    kubernetes: [connection],
    helm: [{ kubernetes: connection }],
  });
});

test("a kubeconfig context in another file", () => {
  expect(providersOf({ kind: "kubeconfig", context: "${c}", path: "./fra.yaml" }).kubernetes).toEqual([
    { config_path: "./fra.yaml", config_context: "$${c}" },
  ]);
});

test("EKS asks the AWS CLI for a token in each run", () => {
  const exec = {
    api_version: "client.authentication.k8s.io/v1beta1",
    command: "aws",
    args: ["eks", "get-token", "--cluster-name", "train", "--region", "eu-west-1", "--output", "json"],
  };
  const connection = {
    host: "https://abc.eks.amazonaws.com",
    cluster_ca_certificate: '${base64decode("Y2E=")}',
  };
  expect(providersOf(EKS)).toEqual({
    kubernetes: [{ ...connection, exec: [exec] }],
    helm: [{ kubernetes: { ...connection, exec } }],
  });
});

test("GKE asks Google's plugin for a token in each run", () => {
  const exec = {
    api_version: "client.authentication.k8s.io/v1beta1",
    command: "gke-gcloud-auth-plugin",
    env: { CLOUDSDK_CORE_PROJECT: "acme-ai" },
  };
  const connection = { host: "https://10.0.0.2", cluster_ca_certificate: '${base64decode("Y2E=")}' };
  expect(providersOf(GKE)).toEqual({
    kubernetes: [{ ...connection, exec: [exec] }],
    helm: [{ kubernetes: { ...connection, exec } }],
  });
});

test("endpoint and certificate may be outputs of an earlier stack", () => {
  const stack = newStack();
  const endpoint = new TerraformVariable(stack, "endpoint", {}).stringValue;
  const caCertificate = new TerraformVariable(stack, "ca", {}).stringValue;
  attachCluster(stack, { ...EKS, endpoint, caCertificate } as ClusterAccess);
  expect(Template.of(stack).json.provider?.kubernetes?.[0]).toMatchObject({
    host: "${var.endpoint}",
    cluster_ca_certificate: "${base64decode(var.ca)}",
  });
});

test("nothing that is written is a token, key or password", () => {
  for (const access of [EKS, GKE]) {
    const text = JSON.stringify(providersOf(access));
    expect(text).not.toMatch(/"(token|password|client_key|client_certificate|username)"/);
  }
});

test("the way to a Kubernetes site is its kubeconfig", () => {
  const kubeconfig = { context: "fra", path: "~/clusters/fra" };
  expect(clusterAccessOf(Site.kubernetes("frankfurt", { country: "DE", kubeconfig }))).toEqual({
    kind: "kubeconfig",
    ...kubeconfig,
  });
});

test("one cluster per stack", () => {
  const stack = newStack();
  attachCluster(stack, EKS);
  const error = captureValidationError(() => attachCluster(stack, GKE));
  expect(new Set(error.codes)).toEqual(new Set(["ClusterAlreadyAttached"]));
});

test("refused: empty texts, an absolute kubeconfig, a context that only Terraform knows", () => {
  const token = Token.asString({ resolve: () => "later" });
  expect(errorOf({ kind: "kubeconfig", context: "" }).codes).toEqual(["MissingValue"]);
  expect(errorOf({ ...EKS, endpoint: "" } as ClusterAccess).codes).toEqual(["MissingValue"]);
  expect(errorOf({ kind: "kubeconfig", context: token }).codes).toEqual(["TokenNotAllowed"]);
  expect(errorOf({ kind: "kubeconfig", context: "a", path: token }).codes).toEqual(["TokenNotAllowed"]);
  for (const path of ["/root/.kube/config", "C:\\kube", "\\\\host\\kube"]) {
    expect(errorOf({ kind: "kubeconfig", context: "a", path }).codes).toEqual(["AbsoluteKubeconfigPath"]);
  }
});
