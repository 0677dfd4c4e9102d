import type { IAcceleratorCluster } from "../lib/cluster/cluster";
import { carryDeep, outputName, readAcrossStacks } from "./cross-stack";
import type { SiteStack } from "./site-stack";

/**
 * A cluster as a later stack may use it: whatever only Terraform knows of it is read from the state of the stack that
 * makes it, through outputs with chosen names. Outputs are made of what is asked for.
 */
export function carryCluster(
  consumer: SiteStack,
  producer: SiteStack,
  cluster: IAcceleratorCluster,
): IAcceleratorCluster {
  if (consumer === producer) {
    return cluster;
  }
  const name = outputName(cluster.node.id);
  consumer.addDependency(producer);
  const once = <T>(carry: () => T) => {
    let carried: { readonly value: T } | undefined;
    return {
      enumerable: true,
      get: () => {
        carried ??= { value: carry() };
        return carried.value;
      },
    };
  };
  // The same construct in all else: its place in the tree, its pools, what its provider manages.
  return Object.create(cluster, {
    clusterName: once(() =>
      readAcrossStacks(consumer, producer, `${name}_cluster_name`, cluster.clusterName),
    ),
    access: once(() => carryDeep(consumer, producer, name, cluster.access)),
    operatorFacts: once(() => carryDeep(consumer, producer, `${name}_operators`, cluster.operatorFacts)),
    objects: once(() =>
      cluster.objects.map((object) =>
        carryDeep(consumer, producer, `${name}_object_${outputName(object.id)}`, object),
      ),
    ),
  }) as IAcceleratorCluster;
}
