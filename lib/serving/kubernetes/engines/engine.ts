import type { EngineKind } from "../../serving";
import type { CommandRequest, EngineCommand, NodeOfReplica } from "./command";
import { sglangCommand } from "./sglang";
import { tritonCommand } from "./triton";
import { vllmCommand } from "./vllm";

/** How the engine of a variant is started on a node of a replica; undefined where a replica is one node. */
export function engineCommand(
  engine: EngineKind,
  request: CommandRequest,
  node?: NodeOfReplica,
): EngineCommand {
  switch (engine) {
    case "vllm":
      return vllmCommand(request, node);
    case "sglang":
      return sglangCommand(request, node);
    case "triton":
      return tritonCommand(request);
  }
}

/** What an engine can do beyond answering. */
export interface EngineAbilities {
  readonly adapters: boolean;
  readonly severalNodes: boolean;
  /** Prefill and decode in pods of their own, as the picker's sidecar speaks it. */
  readonly split: boolean;
  /** Reads weights of object storage by itself. */
  readonly streams: boolean;
  readonly prefixCachingIsSwitched: boolean;
}

export const ENGINE_ABILITIES: Readonly<Record<EngineKind, EngineAbilities>> = {
  vllm: { adapters: true, severalNodes: true, split: true, streams: true, prefixCachingIsSwitched: true },
  sglang: { adapters: true, severalNodes: true, split: false, streams: true, prefixCachingIsSwitched: true },
  triton: {
    adapters: false,
    severalNodes: false,
    split: false,
    streams: false,
    prefixCachingIsSwitched: false,
  },
};
