import { CoreErrors } from "../../lib/core/errors";
import { Problems } from "../../lib/core/problems";
import type { KubernetesSite } from "../../lib/fabric/site";
import type { FeatureStoreProps, IFeatureStore } from "../../lib/features/features";
import { KubernetesFeatureStore } from "../../lib/features/kubernetes/feature-store";
import type { KubernetesFeatureStoreProps } from "../../lib/features/kubernetes/props";
import { KubernetesLakehouse } from "../../lib/lakehouse/kubernetes/lakehouse";
import type { PlatformContext } from "../platform-context";

/** What is particular to Kubernetes; see `KubernetesFeatureStoreProps`. */
export interface KubernetesFeatureOptions
  extends Omit<KubernetesFeatureStoreProps, keyof FeatureStoreProps | "trino">,
    Partial<Pick<KubernetesFeatureStoreProps, "trino">> {}

/** The history is read by the lakehouse's Trino, unless another is named. */
export function compile(
  platform: PlatformContext,
  id: string,
  shared: FeatureStoreProps<KubernetesSite>,
  options: KubernetesFeatureOptions,
): IFeatureStore {
  const { lakehouse } = shared;
  const trino =
    options.trino ?? (lakehouse instanceof KubernetesLakehouse ? lakehouse.query.endpoint : undefined);
  if (trino === undefined) {
    const problems = new Problems(`feature store "${id}"`);
    problems.add(CoreErrors.MissingValue, {
      subject: "kubernetes.trino",
      given: undefined,
      allowed: "how the lakehouse's Trino is reached",
    });
    problems.throwIfAny();
  }
  const stack = platform.stack(shared.site.name, "workloads");
  return new KubernetesFeatureStore(stack, id, { ...options, ...shared, trino: trino! });
}
