import type { KubernetesIdentity } from "../../lib/fabric/identity";
import type { KubernetesSite } from "../../lib/fabric/site";
import { restEndpoint } from "../../lib/lakehouse/kubernetes/context";
import { KubernetesLakehouse } from "../../lib/lakehouse/kubernetes/lakehouse";
import {
  KubernetesLakehouseOperators,
  type KubernetesLakehouseOperatorsProps,
} from "../../lib/lakehouse/kubernetes/operators";
import type { KubernetesLakehouseProps } from "../../lib/lakehouse/kubernetes/props";
import type { ILakehouse, LakehouseProps } from "../../lib/lakehouse/lakehouse";
import type { CatalogEndpoint, ZoneCopy } from "../../lib/lakehouse/sharing";
import type { PlatformContext } from "../platform-context";

/** What is particular to Kubernetes; see `KubernetesLakehouseProps`. */
export interface KubernetesLakehouseOptions
  extends Omit<KubernetesLakehouseProps, keyof LakehouseProps | "copies"> {
  /**
   * Operators to install in the `platform` stack, once per site: the first lakehouse at a site decides.
   * @default - all, and Rook too when the object store is `ObjectStore.newRook`
   */
  readonly operators?: KubernetesLakehouseOperatorsProps;
}

type Shared = LakehouseProps<KubernetesSite>;

/** Operators in the platform stack, everything else in the workloads stack. */
export function compile(
  platform: PlatformContext,
  id: string,
  shared: Shared,
  copies: readonly ZoneCopy[],
  options: KubernetesLakehouseOptions,
): ILakehouse {
  const { operators, ...rest } = options;
  const platformStack = platform.stack(shared.site.name, "platform");
  if (!platformStack.node.tryFindChild("operators")) {
    const { spec } = options.objectStore;
    const rookCeph = spec.kind === "rook" && spec.create !== undefined;
    new KubernetesLakehouseOperators(platformStack, "operators", { rookCeph, ...operators });
  }
  const workloads = platform.stack(shared.site.name, "workloads");
  return new KubernetesLakehouse(workloads, id, { ...rest, ...shared, copies });
}

/** Known from the declaration alone. @throws MissingCatalogEndpoint */
export function catalogEndpoint(
  shared: Shared,
  options: KubernetesLakehouseOptions,
  zone: string,
): CatalogEndpoint {
  return restEndpoint(`lakehouse at site "${shared.site.name}"`, zone, options.catalogUri);
}

/** Who acts for the site in clouds: the query engine that reads, or the copier that writes. */
export function identityOf(
  shared: Shared,
  options: KubernetesLakehouseOptions,
  role: "engine" | "copier",
): KubernetesIdentity {
  const names = { namePrefix: shared.namePrefix, namespace: options.namespace };
  return role === "engine"
    ? KubernetesLakehouse.queryIdentity(shared.site, names)
    : KubernetesLakehouse.copyIdentity(shared.site, names);
}
