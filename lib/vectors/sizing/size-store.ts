import type { Problems } from "../../core/problems";
import type { VectorCollectionModel, VectorEngine } from "../collections";
import type { CollectionSizing, VectorSizing } from "../sizing";
import { collectionBytes, GIB } from "./bytes";
import { type NodeLimits, storeCapacity, vertexDeployment, vertexShards } from "./capacity";
import { collectionWork } from "./work";

const DEFAULTS: Required<NodeLimits> = { maxVcpus: 16, maxMemoryGib: 64, maxNodes: 32, maxSearchUnits: 10 };

/** Pieces into which one copy of a collection must be cut, because no node holds it. */
function shardsOf(engine: VectorEngine, memoryBytes: number, limits: Required<NodeLimits>): number {
  const usable = { qdrant: 0.8 * limits.maxMemoryGib, "opensearch-serverless": 3 } as const;
  if (engine === "vertex") {
    return vertexShards(memoryBytes).shards;
  }
  const gib = usable[engine as keyof typeof usable];
  return gib === undefined ? 1 : Math.max(1, Math.ceil(memoryBytes / GIB / gib));
}

function sizeCollection(
  problems: Problems,
  engine: VectorEngine,
  collection: VectorCollectionModel,
  limits: Required<NodeLimits>,
): CollectionSizing {
  const bytes = collectionBytes(engine, collection);
  if (engine === "s3-vectors") {
    return {
      name: collection.name,
      memoryBytes: 0,
      diskBytes: bytes.disk,
      queryMs: 0,
      graphs: 1,
      utilisation: 0,
      vcpus: 0,
      p95Ms: 0,
      searchParameters: {},
      steps: bytes.steps,
    };
  }
  const work = collectionWork(problems, engine, collection, shardsOf(engine, bytes.memory, limits));
  const { steps, ...figures } = work;
  const { steps: deploymentSteps = [], ...deployment } =
    engine === "vertex" ? vertexDeployment(bytes.memory, work.vcpus) : {};
  return {
    name: collection.name,
    memoryBytes: bytes.memory,
    diskBytes: bytes.disk,
    ...figures,
    ...(engine === "vertex" ? { deployment: deployment as CollectionSizing["deployment"] } : {}),
    steps: [...bytes.steps, ...steps, ...deploymentSteps],
  };
}

/** What a node may be, every default filled in. */
export function nodeLimits(limits: NodeLimits = {}): Required<NodeLimits> {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...Object.fromEntries(given) };
}

/**
 * Memory, disk, vCPUs and machines of a store, with every step. Bytes follow the engines' published formulas; times
 * follow a model whose assumptions are named in the steps and can be replaced by what you measured (`measuredQueryMs`).
 *
 * What the engine cannot hold or answer in time goes to `problems`.
 */
export function sizeStore(
  problems: Problems,
  engine: VectorEngine,
  collections: readonly VectorCollectionModel[],
  limits: NodeLimits = {},
): VectorSizing {
  const all = nodeLimits(limits);
  const sized = collections.map((collection) => sizeCollection(problems, engine, collection, all));
  const { capacity, steps } = storeCapacity(problems, engine, sized, all);
  return { engine, collections: sized, capacity, steps };
}
