import type { AwsMachineFacts } from "../facts";
import { awsRows, KARPENTER, READ, VPC_LIMITS } from "./row";

const BLOCK_PRICES = "aws.amazon.com/ec2/capacityblocks/pricing (page of 2024-Q4)";
const SOURCE = `${KARPENTER}; ${VPC_LIMITS}; ${BLOCK_PRICES}`;
/** AWS publishes a price of Capacity Blocks for it. */
const BLOCKS = { capacityBlocks: true, source: SOURCE } as const;
/** Named among reserved capacity of SageMaker; no page of EC2 Capacity Blocks was read that names it. */
const PROBABLY_BLOCKS = { capacityBlocks: true, unverified: ["capacityBlocks"] } as const;

const X86 = awsRows(
  `
  name               accelerator count vcpu gib  gbps nvme  efa cards interfaces pods
  p3dn.24xlarge      v100-32gb   8     96   768  100  1800  1   1     15         737
  p4d.24xlarge       a100-40gb   8     96   1152 400  8000  4   4     15         737
  p4de.24xlarge      a100-80gb   8     96   1152 400  8000  4   4     15         737
  p5.4xlarge         h100        1     16   256  100  3800  1   1     4          118
  p5.48xlarge        h100        8     192  2048 3200 30400 32  32    2          100
  p5e.48xlarge       h200        8     192  2048 3200 30400 32  32    2          100
  p5en.48xlarge      h200        8     192  2048 3200 30400 16  16    4          198
  p6-b200.48xlarge   b200        8     192  2048 3200 30400 8   8     4          198
  p6-b300.48xlarge   b300        8     192  4096 6400 30400 16  17    4          198
`,
  {},
  {
    "p4d.24xlarge": BLOCKS,
    "p4de.24xlarge": PROBABLY_BLOCKS,
    "p5.4xlarge": PROBABLY_BLOCKS,
    "p5.48xlarge": BLOCKS,
    // No region has an on-demand price for it; some have one for spot.
    "p5e.48xlarge": { ...BLOCKS, onDemand: false },
    "p5en.48xlarge": PROBABLY_BLOCKS,
    "p6-b200.48xlarge": { ...PROBABLY_BLOCKS, topologyLayers: 4 },
    "p6-b300.48xlarge": { ...PROBABLY_BLOCKS, topologyLayers: 4 },
  },
);

/**
 * A tray of the GB200 NVL72 rack. Card 0 is for IP, the odd cards take EFA-only, the even ones ENA or EFA; MIG is refused
 * because the driver runs in coherent (CDMM) mode. Not in Karpenter's list; local NVMe is the rack's 405 TB by 18.
 */
const GB200 = awsRows(
  `
  name               accelerator count vcpu gib  gbps nvme  efa cards interfaces pods
  p6e-gb200.36xlarge gb200       4     144  960  1600 22500 8   17    3          -
`,
  {
    arch: "arm64",
    onDemand: false,
    spot: false,
    capacityBlocks: true,
    mig: false,
    multiNodeNvlink: true,
    ultraServers: { "u-p6e-gb200x36": 9, "u-p6e-gb200x72": 18 },
    source:
      "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.md; " +
      "https://aws.amazon.com/blogs/containers/unlocking-next-generation-ai-performance-with-dynamic-resource-allocation-on-amazon-eks-and-amazon-ec2-p6e-gb200; " +
      "https://github.com/aws/aws-parallelcluster/pull/6930; " +
      "github.com/awslabs/ai-on-eks infra/base/terraform/modules/efa-networkinterfaces-generator",
    read: READ,
    unverified: ["vcpu", "memoryGib", "localNvmeGb", "capacityBlocks", "topologyLayers"],
  },
);

/** Training families P3dn to P6e. */
export const AWS_P_MACHINES: readonly AwsMachineFacts[] = [...X86, ...GB200];
