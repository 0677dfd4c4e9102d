import type { KubernetesSite } from "../../lib/fabric/site";
import { COMPONENTS } from "../../lib/kubernetes/components";
import type { VectorStoreProps } from "../../lib/vectors/collections";
import { KubernetesVectorOperators } from "../../lib/vectors/kubernetes/operators";
import type { KubernetesVectorStoreProps } from "../../lib/vectors/kubernetes/props";
import { KubernetesVectorStore } from "../../lib/vectors/kubernetes/store";
import type { IVectorStore } from "../../lib/vectors/vectors";
import type { PlatformContext } from "../platform-context";
import { isInstalled } from "./installed";

/** What is particular to Kubernetes; see `KubernetesVectorStoreProps`. */
export interface KubernetesVectorOptions extends Omit<KubernetesVectorStoreProps, keyof VectorStoreProps> {
  /** The cluster has the operators that the engine needs, though this platform installs none there. @default false */
  readonly operatorsInstalled?: boolean;
}

/** Operators that are not there yet in the platform stack, the rest in the workloads stack. */
export function compile(
  platform: PlatformContext,
  id: string,
  shared: VectorStoreProps<KubernetesSite>,
  { operatorsInstalled = false, ...options }: KubernetesVectorOptions,
): IVectorStore {
  const first = platform.stack(shared.site.name, "platform");
  const { engine } = options;
  const wanted = {
    certManager: engine !== "pgvector" && !isInstalled(first, COMPONENTS.certManager),
    cloudNativePg: engine === "pgvector" && !isInstalled(first, COMPONENTS.cloudnativePg),
    milvusOperator: engine === "milvus" && !isInstalled(first, COMPONENTS.milvusOperator),
  };
  if (!operatorsInstalled && Object.values(wanted).includes(true)) {
    new KubernetesVectorOperators(first, `${id}-operators`, { engines: [engine], ...wanted });
  }
  const workloads = platform.stack(shared.site.name, "workloads");
  return new KubernetesVectorStore(workloads, id, { ...options, ...shared });
}
