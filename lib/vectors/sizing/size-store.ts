import type { Problems } from "../../core/problems";
import type { VectorCollectionModel, VectorEngine } from "../collections";
import type { CollectionSizing, VectorSizing } from "../sizing";
import { type CollectionBytes, collectionBytes } from "./bytes";
import { qdrantShards, storeCapacity } from "./capacity";
import { openSearchUnitBytes, vertexDeployment, vertexShards } from "./cloud-capacity";
import type { NodeLimits } from "./common";
import { collectionWork } from "./work";

const DEFAULTS: Required<NodeLimits> = { maxVcpus: 16, maxMemoryGib: 64, maxNodes: 32, maxSearchUnits: 10 };

/** Pieces into which one copy of each collection is cut. */
function shardsOf(
  engine: VectorEngine,
  bytes: readonly CollectionBytes[],
  limits: Required<NodeLimits>,
): readonly number[] {
  switch (engine) {
    case "qdrant": {
      // One shard per node, of every collection: the only way in which copies fill all nodes alike.
      const total = bytes.reduce((sum, { memory }) => sum + memory, 0);
      return bytes.map(() => qdrantShards(total, limits));
    }
    case "opensearch-serverless":
      return bytes.map(({ memory }) => Math.max(1, Math.ceil(memory / openSearchUnitBytes())));
    case "vertex":
      return bytes.map(({ memory }) => vertexShards(memory).shards);
    default:
      return bytes.map(() => 1);
  }
}

function sizeCollection(
  problems: Problems,
  engine: VectorEngine,
  collection: VectorCollectionModel,
  bytes: CollectionBytes,
  shards: number,
): CollectionSizing {
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
  const { steps, ...figures } = collectionWork(problems, engine, collection, shards);
  const sized = { name: collection.name, memoryBytes: bytes.memory, diskBytes: bytes.disk, ...figures };
  if (engine !== "vertex") {
    return { ...sized, steps: [...bytes.steps, ...steps] };
  }
  const { steps: more, ...deployment } = vertexDeployment(bytes.memory, figures.vcpus);
  return { ...sized, deployment, steps: [...bytes.steps, ...steps, ...more] };
}

/** What a node may be, every default filled in. */
function nodeLimits(limits: NodeLimits = {}): Required<NodeLimits> {
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
  const bytes = collections.map((collection) => collectionBytes(engine, collection));
  const shards = shardsOf(engine, bytes, all);
  const sized = collections.map((collection, index) =>
    sizeCollection(problems, engine, collection, bytes[index]!, shards[index]!),
  );
  const { capacity, steps } = storeCapacity(problems, engine, sized, all);
  return { engine, collections: sized, capacity, steps };
}
