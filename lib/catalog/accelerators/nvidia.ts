import type { AcceleratorFacts, Precision } from "../facts";
import { row } from "../rows";

const READ = "2026-11-20";
const KARPENTER =
  "github.com/aws/karpenter-provider-aws@1d927085 website/content/en/preview/reference/instance-types.md";
const MIG_GUIDE = "https://docs.nvidia.com/datacenter/tesla/mig-user-guide/supported-mig-profiles.html";
const HGX = "https://www.nvidia.com/en-us/data-center/hgx/";
const nvidia = (page: string) => `https://www.nvidia.com/en-us/data-center/${page}/`;

type Rate = Readonly<Partial<Record<Precision, number>>>;

/** Profiles of a GPU with seven slices, from the names of their sizes: 1, 1 with two slices of memory, 2, 3, 4, 7. */
function sevenSlices(small: number, double: number, half: number, whole: number): Record<string, number> {
  return {
    [`1g.${small}gb`]: 7,
    [`1g.${small}gb+me`]: 1,
    [`1g.${double}gb`]: 4,
    [`2g.${double}gb`]: 3,
    [`3g.${half}gb`]: 2,
    [`4g.${half}gb`]: 1,
    [`7g.${whole}gb`]: 1,
  };
}

function nvlink(generation: number, domain: number, oneWayGBps: number) {
  return { technology: `NVLink ${generation}`, domain, oneWayGBps };
}

/** Facts of an NVIDIA GPU. Those in `unverified` are the vendor's published ones, not read again on that page. */
function gpu(facts: Omit<AcceleratorFacts, "vendor" | "kind" | "resource" | "read">): AcceleratorFacts {
  return row({ vendor: "nvidia", kind: "gpu", resource: "nvidia.com/gpu", read: READ, ...facts });
}

const RATES = ["memoryBandwidthGBps", "peakTflops", "gpuProduct"] as const;
const HOPPER: Rate = { fp32: 67, tf32: 494, bf16: 989, fp16: 989, fp8: 1979, int8: 1979 };
const AMPERE: Rate = { fp32: 19.5, tf32: 156, bf16: 312, fp16: 312, int8: 624 };

/** GPUs that are linked by NVLink. */
const LINKED: readonly AcceleratorFacts[] = [
  gpu({
    name: "h100",
    memoryGib: 80,
    memoryBandwidthGBps: 3350,
    peakTflops: HOPPER,
    powerWatts: 700,
    scaleUp: nvlink(4, 8, 450),
    nicGbps: 400,
    migProfiles: sevenSlices(10, 20, 40, 80),
    gpuProduct: "NVIDIA-H100-80GB-HBM3",
    source: `${KARPENTER}; ${MIG_GUIDE}; ${nvidia("h100")}`,
    unverified: [...RATES, "powerWatts"],
  }),
  gpu({
    name: "h200",
    memoryGib: 141,
    memoryBandwidthGBps: 4800,
    peakTflops: HOPPER,
    powerWatts: 700,
    scaleUp: nvlink(4, 8, 450),
    nicGbps: 400,
    migProfiles: sevenSlices(18, 35, 71, 141),
    gpuProduct: "NVIDIA-H200",
    source: `${KARPENTER}; ${MIG_GUIDE}; ${nvidia("h200")}`,
    unverified: [...RATES, "powerWatts"],
  }),
  gpu({
    name: "b200",
    memoryGib: 179.1,
    memoryBandwidthGBps: 8000,
    peakTflops: { fp32: 75, tf32: 1125, bf16: 2250, fp16: 2250, fp8: 4500, int8: 4500, fp4: 9000 },
    powerWatts: 1000,
    scaleUp: nvlink(5, 8, 900),
    nicGbps: 400,
    migProfiles: sevenSlices(23, 45, 90, 180),
    gpuProduct: "NVIDIA-B200",
    source: `${KARPENTER}; ${MIG_GUIDE}; ${HGX}`,
    unverified: [...RATES, "powerWatts"],
  }),
  gpu({
    name: "b300",
    memoryGib: 268.6,
    memoryBandwidthGBps: 8000,
    peakTflops: { tf32: 1125, bf16: 2250, fp16: 2250, fp8: 4500, fp4: 13_500 },
    powerWatts: 1100,
    scaleUp: nvlink(5, 8, 900),
    nicGbps: 800,
    migProfiles: sevenSlices(34, 67, 135, 269),
    gpuProduct: "NVIDIA-B300-SXM6-AC",
    source: `${KARPENTER}; https://github.com/aws/sagemaker-hyperpod-cli/pull/403; ${HGX}`,
    unverified: [...RATES, "powerWatts", "migProfiles"],
  }),
  gpu({
    name: "gb200",
    memoryGib: 185,
    memoryBandwidthGBps: 8000,
    peakTflops: { fp32: 80, tf32: 1250, bf16: 2500, fp16: 2500, fp8: 5000, int8: 5000, fp4: 10_000 },
    powerWatts: 1200,
    scaleUp: nvlink(5, 72, 900),
    nicGbps: 400,
    migProfiles: sevenSlices(23, 47, 93, 186),
    gpuProduct: "NVIDIA-GB200",
    source: `https://aws.amazon.com/blogs/containers/unlocking-next-generation-ai-performance-with-dynamic-resource-allocation-on-amazon-eks-and-amazon-ec2-p6e-gb200; ${MIG_GUIDE}; ${nvidia("gb200-nvl72")}`,
    unverified: [...RATES, "memoryGib", "powerWatts"],
  }),
  gpu({
    name: "gb300",
    memoryGib: 278,
    memoryBandwidthGBps: 8000,
    peakTflops: { bf16: 2500, fp16: 2500, fp8: 5000, fp4: 15_000 },
    powerWatts: 1400,
    scaleUp: nvlink(5, 72, 900),
    nicGbps: 800,
    migProfiles: sevenSlices(35, 70, 139, 278),
    gpuProduct: "NVIDIA-GB300",
    source: `github.com/NVIDIA/k8s-test-infra deployments/nvml-mock/helm/nvml-mock/profiles/gb300.yaml; ${nvidia("gb300-nvl72")}`,
    unverified: [...RATES, "memoryGib", "powerWatts", "nicGbps", "migProfiles"],
  }),
  gpu({
    name: "a100-40gb",
    memoryGib: 40,
    memoryBandwidthGBps: 1555,
    peakTflops: AMPERE,
    powerWatts: 400,
    scaleUp: nvlink(3, 16, 300),
    nicGbps: 200,
    migProfiles: sevenSlices(5, 10, 20, 40),
    gpuProduct: "NVIDIA-A100-SXM4-40GB",
    source: `${KARPENTER}; ${MIG_GUIDE}; ${nvidia("a100")}`,
    unverified: [...RATES, "powerWatts", "scaleUp", "nicGbps"],
  }),
  gpu({
    name: "a100-80gb",
    memoryGib: 80,
    memoryBandwidthGBps: 2039,
    peakTflops: AMPERE,
    powerWatts: 400,
    scaleUp: nvlink(3, 8, 300),
    nicGbps: 200,
    migProfiles: sevenSlices(10, 20, 40, 80),
    gpuProduct: "NVIDIA-A100-SXM4-80GB",
    source: `${KARPENTER}; ${MIG_GUIDE}; ${nvidia("a100")}`,
    unverified: [...RATES, "powerWatts", "scaleUp", "nicGbps"],
  }),
  gpu({
    name: "v100-32gb",
    memoryGib: 32,
    memoryBandwidthGBps: 900,
    peakTflops: { fp32: 15.7, fp16: 125 },
    powerWatts: 300,
    scaleUp: nvlink(2, 8, 150),
    gpuProduct: "Tesla-V100-SXM2-32GB",
    source: `${KARPENTER}; ${nvidia("v100")}`,
    unverified: [...RATES, "powerWatts", "scaleUp"],
  }),
];

/** GPUs that reach each other over PCIe only. */
const SINGLE: readonly AcceleratorFacts[] = [
  gpu({
    name: "l4",
    memoryGib: 22.4,
    memoryBandwidthGBps: 300,
    peakTflops: { fp32: 30.3, tf32: 60, bf16: 121, fp16: 121, fp8: 242.5, int8: 242.5 },
    powerWatts: 72,
    gpuProduct: "NVIDIA-L4",
    source: `${KARPENTER}; ${nvidia("l4")}`,
    unverified: [...RATES, "powerWatts"],
  }),
  gpu({
    name: "l40s",
    memoryGib: 44.7,
    memoryBandwidthGBps: 864,
    peakTflops: { fp32: 91.6, tf32: 183, bf16: 362, fp16: 362, fp8: 733, int8: 733 },
    powerWatts: 350,
    gpuProduct: "NVIDIA-L40S",
    source: `${KARPENTER}; ${nvidia("l40s")}`,
    unverified: [...RATES, "powerWatts"],
  }),
  gpu({
    name: "l40",
    memoryGib: 44.7,
    memoryBandwidthGBps: 864,
    peakTflops: { fp32: 90.5, tf32: 90.5, bf16: 181, fp16: 181, fp8: 362, int8: 362 },
    powerWatts: 300,
    gpuProduct: "NVIDIA-L40",
    source: nvidia("l40"),
    unverified: [...RATES, "memoryGib", "powerWatts"],
  }),
  gpu({
    name: "a10g",
    memoryGib: 22.4,
    memoryBandwidthGBps: 600,
    peakTflops: { fp32: 35, bf16: 70, fp16: 70 },
    powerWatts: 300,
    gpuProduct: "NVIDIA-A10G",
    source: `${KARPENTER}; https://aws.amazon.com/ec2/instance-types/g5/`,
    unverified: [...RATES, "powerWatts"],
  }),
  gpu({
    name: "t4",
    memoryGib: 16,
    memoryBandwidthGBps: 320,
    peakTflops: { fp32: 8.1, fp16: 65, int8: 130 },
    powerWatts: 70,
    gpuProduct: "Tesla-T4",
    source: `${KARPENTER}; ${nvidia("tesla-t4")}`,
    unverified: [...RATES, "powerWatts"],
  }),
  gpu({ name: "t4g", memoryGib: 16, source: KARPENTER }),
  gpu({
    name: "rtx-pro-4500",
    memoryGib: 32,
    migProfiles: { "1g.16gb": 2, "2g.32gb": 1 },
    source: `${KARPENTER}; https://docs.nvidia.com/ai-enterprise/release-8/latest/infra-software/vgpu/reference/blackwell.html`,
  }),
  gpu({
    name: "rtx-pro-6000",
    memoryGib: 96,
    memoryBandwidthGBps: 1597,
    powerWatts: 600,
    migProfiles: { "1g.24gb": 4, "2g.48gb": 2, "4g.96gb": 1 },
    gpuProduct: "NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition",
    source: `${KARPENTER}; ${MIG_GUIDE}; ${nvidia("rtx-pro-6000-blackwell-server-edition")}`,
    unverified: ["memoryBandwidthGBps", "powerWatts", "gpuProduct"],
  }),
  gpu({
    name: "gh200",
    memoryGib: 96,
    memoryBandwidthGBps: 4000,
    peakTflops: HOPPER,
    migProfiles: sevenSlices(12, 24, 48, 96),
    gpuProduct: "NVIDIA-GH200-480GB",
    source: `${MIG_GUIDE}; ${nvidia("grace-hopper-superchip")}`,
    unverified: [...RATES, "memoryGib"],
  }),
];

export const NVIDIA_ACCELERATORS: readonly AcceleratorFacts[] = [...LINKED, ...SINGLE];
