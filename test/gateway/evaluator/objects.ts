/**
 * An independent reading of a gateway's Kubernetes objects. It shares no code with `lib/gateway`: names of headers and kinds
 * are those of Envoy Gateway, Envoy AI Gateway and the Gateway API, and everything else is read from the objects.
 */

// biome-ignore lint/suspicious/noExplicitAny: objects of many kinds, as the API server takes them
export type KubernetesObject = any;

/** Objects of a cluster, found as a controller would find them. */
export class Cluster {
  constructor(readonly objects: readonly KubernetesObject[]) {}

  /** All of a kind, in the order of their names, so that the outcome does not depend on that of the declaration. */
  all(kind: string): readonly KubernetesObject[] {
    return this.objects
      .filter((object) => object.kind === kind)
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  get(kind: string, name: string, namespace: string): KubernetesObject {
    const found = this.all(kind).find(
      ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
    );
    if (found === undefined) {
      throw new Error(`${kind} ${namespace}/${name} is referred to but was not emitted`);
    }
    return found;
  }

  /** Policies of a kind that target an object, in its own namespace. */
  policies(
    kind: string,
    target: { kind: string; name: string; namespace: string },
  ): readonly KubernetesObject[] {
    return this.all(kind).filter(
      ({ metadata, spec }) =>
        metadata.namespace === target.namespace &&
        (spec.targetRefs ?? []).some(
          (reference: KubernetesObject) => reference.kind === target.kind && reference.name === target.name,
        ),
    );
  }
}

/** A deep copy that a test may damage. */
export function copyOf(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return JSON.parse(JSON.stringify(objects)) as KubernetesObject[];
}

/** The objects with one of them damaged. */
export function damagedCopy(
  objects: readonly KubernetesObject[],
  kind: string,
  name: string,
  damage: (object: KubernetesObject) => void,
): KubernetesObject[] {
  const copy = copyOf(objects);
  damage(copy.find((object) => object.kind === kind && object.metadata.name === name));
  return copy;
}
