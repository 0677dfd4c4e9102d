import { Problems } from "../../lib/core/problems";
import type { KubernetesIdentity } from "../../lib/fabric/identity";
import type { KubernetesSite, SiteKind } from "../../lib/fabric/site";
import { COMPONENTS } from "../../lib/kubernetes/components";
import { LakehouseErrors } from "../../lib/lakehouse/errors";
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
import { isInstalled } from "./installed";

/** What is particular to Kubernetes; see `KubernetesLakehouseProps`. */
export interface KubernetesLakehouseOptions
  extends Omit<KubernetesLakehouseProps, keyof LakehouseProps | "copies"> {
  /**
   * Operators to install in the `platform` stack, once per site: the first lakehouse at a site decides.
   * @default - all, and Rook too when the object store is `ObjectStore.newRook`, with the lakehouse's removal policy
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
    const newRook = spec.kind === "rook" && spec.create !== undefined;
    const rookCeph = operators?.rookCeph ?? newRook;
    new KubernetesLakehouseOperators(platformStack, "operators", {
      ...operators,
      // A stream, a vector store or constructs of your own may have brought them.
      certManager: operators?.certManager ?? !isInstalled(platformStack, COMPONENTS.certManager),
      cloudNativePg: operators?.cloudNativePg ?? !isInstalled(platformStack, COMPONENTS.cloudnativePg),
      rookCeph,
      // Without Rook nothing of the operators holds data, and they take no policy.
      removalPolicy: operators?.removalPolicy ?? (rookCeph ? shared.removalPolicy : undefined),
    });
  }
  const workloads = platform.stack(shared.site.name, "workloads");
  return new KubernetesLakehouse(workloads, id, { ...rest, ...shared, copies });
}

/**
 * Known from the declaration alone.
 *
 * Trino reads files with short-lived keys that the catalogue hands out, which takes an object store with STS; Spark lets
 * the catalogue sign its requests. Source: https://docs.lakekeeper.io/docs/latest/storage/ (read 2026-11-21)
 *
 * @throws MissingCatalogEndpoint, UnsupportedShare
 */
export function catalogEndpoint(
  shared: Shared,
  options: KubernetesLakehouseOptions,
  zone: string,
  reader: SiteKind,
): CatalogEndpoint {
  const { spec } = options.objectStore;
  if (reader === "kubernetes" && !(spec.kind === "s3-compatible" && spec.options.sts)) {
    const problems = new Problems(`lakehouse at site "${shared.site.name}"`);
    problems.add(LakehouseErrors.UnsupportedShare, {
      subject: `federation of "${zone}" with another cluster`,
      given: "an object store that hands out no short-lived keys",
      allowed: "ObjectStore.s3Compatible({ sts: true })",
      fix: "use a store with STS, or query the zone through this site's Trino",
    });
    problems.throwIfAny();
  }
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
