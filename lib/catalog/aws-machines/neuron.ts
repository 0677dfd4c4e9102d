import type { AwsMachineFacts } from "../facts";
import { awsRows, KARPENTER, VPC_LIMITS } from "./row";

/** Trainium and Inferentia machines. The source has no network cards of trn2; its on-demand price was not found either. */
export const AWS_NEURON_MACHINES: readonly AwsMachineFacts[] = awsRows(
  `
  name           accelerator count vcpu gib  gbps   nvme efa cards interfaces pods cores
  inf1.xlarge    inferentia  1     4    8    5      0    0   1     4          38   4
  inf1.2xlarge   inferentia  1     8    16   5      0    0   1     4          38   4
  inf1.6xlarge   inferentia  4     24   48   25     0    0   1     8          234  16
  inf1.24xlarge  inferentia  16    96   192  100    0    1   1     11         321  64
  inf2.xlarge    inferentia2 1     4    16   2.083  0    0   1     4          58   2
  inf2.8xlarge   inferentia2 1     32   128  16.667 0    0   1     8          234  2
  inf2.24xlarge  inferentia2 6     96   384  50     0    0   1     15         737  12
  inf2.48xlarge  inferentia2 12    192  768  100    0    0   1     15         737  24
  trn1.2xlarge   trainium    1     8    32   3.125  474  0   1     4          58   2
  trn1.32xlarge  trainium    16    128  512  800    7600 8   8     5          247  32
  trn1n.32xlarge trainium    16    128  512  1600   7600 16  16    5          247  32
  trn2.48xlarge  trainium2   16    192  2048 3200   7600 16  -     -          100  128
`,
  {},
  {
    "trn1.2xlarge": { capacityBlocks: true, unverified: ["capacityBlocks"] },
    "trn1.32xlarge": {
      capacityBlocks: true,
      source: `${KARPENTER}; ${VPC_LIMITS}; aws.amazon.com/ec2/capacityblocks/pricing (page of 2024-Q4)`,
    },
    "trn2.48xlarge": { capacityBlocks: true, unverified: ["capacityBlocks"] },
  },
);
