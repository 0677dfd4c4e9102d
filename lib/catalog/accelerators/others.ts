import type { AcceleratorFacts } from "../facts";
import { row } from "../rows";

const READ = "2026-11-20";
const KARPENTER =
  "github.com/aws/karpenter-provider-aws@1d927085 website/content/en/preview/reference/instance-types.md";
const NEURON_DOCS =
  "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/arch/neuron-hardware/";

function neuron(facts: Omit<AcceleratorFacts, "vendor" | "kind" | "resource" | "read">): AcceleratorFacts {
  return row({ vendor: "aws", kind: "neuron", resource: "aws.amazon.com/neuron", read: READ, ...facts });
}

function link(generation: number, domain: number, oneWayGBps?: number) {
  return row({ technology: `NeuronLink ${generation}`, domain, oneWayGBps });
}

const RATES = ["memoryBandwidthGBps", "peakTflops"] as const;

const NEURON: readonly AcceleratorFacts[] = [
  neuron({
    name: "trainium",
    memoryGib: 32,
    memoryBandwidthGBps: 820,
    peakTflops: { fp32: 47.5, tf32: 190, bf16: 190, fp16: 190, fp8: 190 },
    scaleUp: link(2, 16),
    source: `${KARPENTER}; ${NEURON_DOCS}trainium.html`,
    unverified: [...RATES, "scaleUp"],
  }),
  neuron({
    name: "trainium2",
    memoryGib: 96,
    memoryBandwidthGBps: 2900,
    peakTflops: { fp32: 181, bf16: 667, fp16: 667, fp8: 1299 },
    scaleUp: link(3, 16),
    nicGbps: 200,
    source: `${KARPENTER}; ${NEURON_DOCS}trainium2.html`,
    unverified: [...RATES, "scaleUp", "nicGbps"],
  }),
  neuron({
    name: "trainium3",
    memoryGib: 144,
    memoryBandwidthGBps: 4900,
    peakTflops: { fp32: 183, bf16: 671, fp16: 671, fp8: 2517 },
    source: "github.com/aws-neuron/aws-neuron-sdk v2.29.1 about-neuron/arch/neuron-hardware/trainium3",
    unverified: RATES,
  }),
  neuron({
    name: "inferentia",
    memoryGib: 8,
    memoryBandwidthGBps: 50,
    peakTflops: { bf16: 64, fp16: 64, int8: 128 },
    source: `${KARPENTER}; ${NEURON_DOCS}inferentia.html`,
    unverified: RATES,
  }),
  neuron({
    name: "inferentia2",
    memoryGib: 32,
    memoryBandwidthGBps: 820,
    peakTflops: { fp32: 47.5, bf16: 190, fp16: 190 },
    source: `${KARPENTER}; ${NEURON_DOCS}inferentia2.html`,
    unverified: RATES,
  }),
];

const REST: readonly AcceleratorFacts[] = [
  row({
    name: "radeon-pro-v520",
    vendor: "amd",
    kind: "gpu",
    memoryGib: 8,
    resource: "amd.com/gpu",
    source: KARPENTER,
    read: READ,
  }),
  row({
    name: "ai100",
    vendor: "qualcomm",
    kind: "other",
    resource: "qualcomm.com/qaic",
    source: KARPENTER,
    read: READ,
    unverified: ["resource"],
  }),
];

const TPU_DOCS = "https://docs.cloud.google.com/tpu/docs/";

function tpu(
  facts: Omit<AcceleratorFacts, "vendor" | "kind" | "resource" | "read" | "source"> & { page: string },
): AcceleratorFacts {
  const { page, ...rest } = facts;
  return row({
    vendor: "google",
    kind: "tpu",
    resource: "google.com/tpu",
    source: `${TPU_DOCS}${page}`,
    read: READ,
    ...rest,
  });
}

/** Half of the published bidirectional bandwidth; the domain is a whole pod, of which a slice is a part. */
function ici(domain: number, bidirectionalGBps?: number) {
  return row({
    technology: "ICI",
    domain,
    oneWayGBps: bidirectionalGBps === undefined ? undefined : bidirectionalGBps / 2,
  });
}

const TPUS: readonly AcceleratorFacts[] = [
  tpu({
    name: "tpu-v4",
    page: "v4",
    memoryGib: 32,
    memoryBandwidthGBps: 1200,
    peakTflops: { bf16: 275 },
    scaleUp: ici(4096, 600),
    unverified: ["scaleUp.oneWayGBps"],
  }),
  tpu({
    name: "tpu-v5e",
    page: "v5e",
    memoryGib: 16,
    memoryBandwidthGBps: 810,
    peakTflops: { bf16: 197 },
    scaleUp: ici(256, 400),
    unverified: ["scaleUp.oneWayGBps"],
  }),
  tpu({
    name: "tpu-v5p",
    page: "v5p",
    memoryGib: 95,
    memoryBandwidthGBps: 2765,
    peakTflops: { bf16: 459 },
    scaleUp: ici(8960, 1200),
    nicGbps: 50,
    unverified: ["scaleUp.oneWayGBps"],
  }),
  tpu({
    name: "tpu-v6e",
    page: "v6e",
    memoryGib: 32,
    memoryBandwidthGBps: 1638,
    peakTflops: { bf16: 918 },
    scaleUp: ici(256, 800),
    nicGbps: 100,
    unverified: ["scaleUp.oneWayGBps"],
  }),
  tpu({
    name: "tpu-v7x",
    page: "tpu7x",
    memoryGib: 192,
    memoryBandwidthGBps: 7380,
    peakTflops: { bf16: 2307, fp8: 4614 },
    scaleUp: ici(9216, 1200),
    nicGbps: 100,
    unverified: ["scaleUp.oneWayGBps"],
  }),
  // Google publishes no facts of it: xpk knows the machine types.
  row({
    name: "tpu-v7",
    vendor: "google",
    kind: "tpu",
    resource: "google.com/tpu",
    source: "github.com/AI-Hypercomputer/xpk@367c8382 src/xpk/core/system_characteristics.py",
    read: READ,
  }),
];

export const OTHER_ACCELERATORS: readonly AcceleratorFacts[] = [...NEURON, ...REST, ...TPUS];
