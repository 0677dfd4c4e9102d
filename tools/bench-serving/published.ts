import type { NumberFormat } from "../../lib/serving/serving";
import type { KnownModel } from "./models";

/** One published figure with all that a prediction needs. */
export interface PublishedRow {
  readonly model: KnownModel;
  readonly accelerator: string;
  readonly accelerators: number;
  /** `tensor`: all accelerators. `attention-data`: copies of attention, experts divided among all. */
  readonly division: "tensor" | "attention-data";
  readonly precision: NumberFormat;
  readonly cachePrecision: NumberFormat;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Most sequences at a time. */
  readonly sequences: number;
  /** Share of device memory. */
  readonly memoryUtilization: number;
  /** Tokens of output per second, of all accelerators. `decode`: of one sequence alone, after its first token. */
  readonly metric: "throughput" | "decode";
  readonly published: number;
  /** The constants of the model were chosen with this row in view. */
  readonly calibration: boolean;
  readonly source: string;
  /** Of the engine, as the source tells it. */
  readonly version: string;
  /** Day on which the source was read, ISO 8601. */
  readonly read: string;
}

interface Table
  extends Pick<
    PublishedRow,
    "division" | "sequences" | "memoryUtilization" | "metric" | "source" | "version" | "read"
  > {
  /** Figures are per accelerator. */
  readonly perAccelerator?: true;
  /** Figures count tokens of prompts too. */
  readonly countsPrompts?: true;
  /** The constants were chosen with these lines in view. @default false */
  readonly calibration?: true;
  /** Lines of: model accelerator accelerators precision cache, then input/output=figure as often as there are. */
  readonly lines: string;
}

const READ = "2026-11-24";
const TRTLLM = "github.com/NVIDIA/TensorRT-LLM";

/**
 * Taken over whole for four pairs of lengths, not picked by result. Requests are all there from the start, so the figures
 * are the most that the engine does ("maximum load"). FP8 and FP4 checkpoints of these pages keep their cache in FP8, which the
 * v0.17 page states ("If you specify FP8 quantization, the KV cache will automatically be set to FP8 as well"). 2,048
 * sequences are TensorRT-LLM's own limit; 0.95 is the share of free memory that the pages name. The pages of NVIDIA were read
 * whole at their commits, the two others in the excerpt that a search returned.
 */
const TABLES: readonly Table[] = [
  {
    source: `${TRTLLM}@00f37686aa854010d68bcbd0f4ab000221541ca6:docs/source/performance/perf-overview.md`,
    version: "TensorRT-LLM 1.0",
    read: READ,
    division: "tensor",
    sequences: 2048,
    memoryUtilization: 0.95,
    metric: "throughput",
    calibration: true,
    lines: `
      llama-3.1-8b h200 1 fp8 fp8 128/2048=26221 1000/1000=17744 2048/128=3538 2048/2048=12194
      llama-3.1-8b h100 1 fp8 fp8 128/2048=22714 1000/1000=15220 2048/128=3450 2048/2048=9305
      llama-3.3-70b h200 1 fp8 fp8 128/2048=4336 1000/1000=2909 2048/128=442 2048/2048=2003
      llama-3.3-70b h100 2 fp8 fp8 128/2048=6651 1000/1000=4205 2048/128=762 2048/2048=3082
      llama-3.1-405b h200 8 fp8 fp8 128/2048=5348 1000/1000=3330 2048/128=456 2048/2048=2948
      llama-3.1-405b h100 8 fp8 fp8 128/2048=4340 1000/1000=2919 2048/128=453 2048/2048=2296
    `,
  },
  {
    source: `${TRTLLM}@00f37686aa854010d68bcbd0f4ab000221541ca6:docs/source/performance/perf-overview.md`,
    version: "TensorRT-LLM 1.0",
    read: READ,
    division: "tensor",
    sequences: 2048,
    memoryUtilization: 0.95,
    metric: "throughput",
    lines: `
      llama-3.3-70b b200 1 nvfp4 fp8 128/2048=9922 1000/1000=7007 2048/128=1339 2048/2048=4783
      llama-3.3-70b gb200 1 nvfp4 fp8 128/2048=11309 1000/1000=7326 2048/128=1450 2048/2048=5646
      llama-3.1-405b b200 4 nvfp4 fp8 128/2048=8020 1000/1000=5209 2048/128=749 2048/2048=4212
      llama-3.1-405b gb200 4 nvfp4 fp8 128/2048=8151 1000/1000=5389 2048/128=797 2048/2048=4407
      qwen3-30b-a3b b200 1 nvfp4 fp8 128/2048=37844 1000/1000=25828 2048/128=6251 2048/2048=17554
      qwen3-30b-a3b gb200 1 nvfp4 fp8 128/2048=31311 1000/1000=17481 2048/128=6595 2048/2048=14719
    `,
  },
  {
    source: `${TRTLLM}@00f37686aa854010d68bcbd0f4ab000221541ca6:docs/source/performance/perf-overview.md (enable_attention_dp)`,
    version: "TensorRT-LLM 1.0",
    read: READ,
    division: "attention-data",
    sequences: 16_384,
    memoryUtilization: 0.95,
    metric: "throughput",
    lines: `
      qwen3-235b-a22b b200 8 nvfp4 fp8 128/2048=66057 1000/1000=42391 2048/128=7329 2048/2048=26854
      qwen3-235b-a22b h200 8 fp8 fp8 128/2048=42821 1000/1000=23789 2048/128=3331 2048/2048=16672
      qwen3-235b-a22b h100 8 fp8 fp8 128/2048=19658 1000/1000=14898 2048/2048=9924
    `,
  },
  {
    source: `${TRTLLM}@03e27c7d5ff0c6e89f8328838c0a8e64f1b34f9d:docs/source/developer-guide/perf-overview.md (DEP)`,
    version: "TensorRT-LLM after 1.0",
    read: READ,
    division: "attention-data",
    sequences: 16_384,
    memoryUtilization: 0.95,
    metric: "throughput",
    perAccelerator: true,
    lines: `
      deepseek-r1 h200 8 fp8 fp8 1000/1000=1627 1024/8192=1218
      deepseek-r1 b200 4 nvfp4 fp8 1000/1000=6463 1024/8192=3862 8192/1024=1168
      qwen3-235b-a22b b200 4 nvfp4 fp8 1000/1000=5764 1024/8192=3389 8192/1024=1410
      qwen3-235b-a22b h200 4 fp8 fp8 1000/1000=3288 1024/8192=1417 8192/1024=627
    `,
  },
  {
    source: `${TRTLLM}@258c7540c03517def55d9a5aadfa9288af474e1b:docs/source/performance/perf-overview.md`,
    version: "TensorRT-LLM 0.17",
    read: READ,
    division: "tensor",
    sequences: 2048,
    memoryUtilization: 0.95,
    metric: "throughput",
    lines: `
      llama-3.1-8b l40s 1 fp8 fp8 128/2048=5365.81 1000/1000=4054.71 2048/128=1066.52 2048/2048=2225.27
      llama-3.1-8b a100-80gb 1 fp16 fp16 128/2048=5255.99 1000/1000=3786.83 2048/128=799.61 2048/2048=2424.16
      llama-3.3-70b a100-80gb 4 fp16 fp16 128/2048=2811.27 1000/1000=1921.77 2048/128=325.15 2048/2048=1393.64
      llama-3.3-70b a100-80gb 8 fp16 fp16 128/2048=5241.5 1000/1000=3320.41 2048/128=542.38 2048/2048=2553.71
      llama-3.3-70b h100 4 fp8 fp8 128/2048=11511.93 1000/1000=7430.99 2048/128=1302.6 2048/2048=5480.03
      llama-3.3-70b h200 8 fp8 fp8 128/2048=21195.88 1000/1000=13181.24 2048/128=1983.03 2048/2048=11142.47
    `,
  },
  {
    source: `${TRTLLM}@258c7540c03517def55d9a5aadfa9288af474e1b:docs/source/performance/perf-overview.md`,
    version: "TensorRT-LLM 0.17",
    read: READ,
    division: "tensor",
    sequences: 2048,
    memoryUtilization: 0.95,
    metric: "throughput",
    calibration: true,
    lines: `
      llama-3.3-70b l40s 4 fp8 fp8 128/2048=1942.66 1000/1000=1209.25 2048/128=177.72 2048/2048=969.68
      mixtral-8x7b h100 2 fp8 fp8 128/2048=22830.08 1000/1000=15770.89 2048/128=3333.68 2048/2048=10685.85
      mixtral-8x7b h200 1 fp8 fp8 128/2048=15095.21 1000/1000=10371.36 2048/128=2009.67 2048/2048=6940.32
      mixtral-8x7b a100-80gb 4 fp16 fp16 128/2048=10911.86 1000/1000=7122.84 2048/128=1237.62 2048/2048=5222.98
      mixtral-8x7b l40s 4 fp8 fp8 128/2048=7996.93 1000/1000=5251.49 2048/128=827.62 2048/2048=3935.32
    `,
  },
  {
    source:
      "https://docs.gpustack.ai/2.3/zh/performance-lab/qwen3-14b/a100/ (without options; the figures count tokens of prompts too)",
    version: "vLLM 0.11.0",
    read: READ,
    division: "tensor",
    sequences: 256,
    memoryUtilization: 0.9,
    metric: "throughput",
    countsPrompts: true,
    lines: "qwen3-14b a100-80gb 1 bf16 bf16 2000/100=5967.13 4000/200=5153.42 32000/100=4430.14",
  },
  {
    source:
      "https://docs.gpustack.ai/2.3/zh/performance-lab/qwen3-32b/a100/ (without options; the figures count tokens of prompts too)",
    version: "vLLM 0.11.0",
    read: READ,
    division: "tensor",
    sequences: 256,
    memoryUtilization: 0.9,
    metric: "throughput",
    countsPrompts: true,
    lines: "qwen3-32b a100-80gb 1 bf16 bf16 2000/100=2521.38 4000/200=1837.08",
  },
  {
    source: "https://johnmusgrave.com/p/vllm-throughput-latency-sweep-on (one request at a time)",
    version: "vLLM 0.23.0",
    read: READ,
    division: "tensor",
    sequences: 1,
    memoryUtilization: 0.9,
    metric: "decode",
    lines: "llama-3.1-8b a100-40gb 1 bf16 bf16 1024/128=75",
  },
];

function rowsOf({
  lines,
  perAccelerator,
  countsPrompts,
  calibration,
  ...table
}: Table): readonly PublishedRow[] {
  return lines
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [model, accelerator, count, precision, cachePrecision, ...figures] = line.trim().split(/\s+/);
      const accelerators = Number(count);
      return figures.map((figure): PublishedRow => {
        const [inputTokens, outputTokens, value] = figure.split(/[/=]/).map(Number) as [
          number,
          number,
          number,
        ];
        const outputs = countsPrompts ? outputTokens / (inputTokens + outputTokens) : 1;
        return {
          ...table,
          model: model as KnownModel,
          accelerator: accelerator!,
          accelerators,
          precision: precision as NumberFormat,
          cachePrecision: cachePrecision as NumberFormat,
          inputTokens,
          outputTokens,
          published: value * outputs * (perAccelerator ? accelerators : 1),
          calibration: calibration === true,
        };
      });
    });
}

/** Figures that were read at their source. None of an L4 or of a TPU was found with its lengths and its result stated. */
export const PUBLISHED: readonly PublishedRow[] = TABLES.flatMap(rowsOf);
