import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack } from "cdktf";
import { Identity, Site } from "../../../lib";
import {
  KubernetesVectorStore,
  type KubernetesVectorStoreProps,
  type MilvusOptions,
} from "../../../lib/kubernetes";
import { testApp } from "../../../lib/testing";
import { docs } from "../fixture";

export const FRANKFURT = Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } });

export const RAG = Identity.kubernetesServiceAccount("retriever", {
  namespace: "rag",
  serviceAccount: "app",
});

export const MILVUS: MilvusOptions = {
  objectStorage: { endpoint: "s3.example.com:9000", bucket: "milvus", credentialsSecret: "store-key" },
};

export function kubernetesStack(): TerraformStack {
  const stack = new TerraformStack(testApp(), "workloads");
  new KubernetesProvider(stack, "kubernetes");
  new HelmProvider(stack, "helm");
  return stack;
}

export function store(
  props: Partial<KubernetesVectorStoreProps> = {},
  stack: TerraformStack = kubernetesStack(),
): KubernetesVectorStore {
  return new KubernetesVectorStore(stack, "vectors", {
    site: FRANKFURT,
    namePrefix: "acme",
    engine: "qdrant",
    collections: [docs()],
    ...(props.engine === "milvus" ? { milvus: MILVUS } : {}),
    ...props,
  });
}
