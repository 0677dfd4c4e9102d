import type { AwsMachineFacts } from "../facts";
import { awsRows } from "./row";

const X86 = awsRows(`
  name          accelerator  count vcpu gib  gbps nvme  efa cards interfaces pods
  g4dn.xlarge   t4           1     4    16   5    125   0   1     3          29
  g4dn.2xlarge  t4           1     8    32   10   225   0   1     3          29
  g4dn.4xlarge  t4           1     16   64   20   225   0   1     3          29
  g4dn.8xlarge  t4           1     32   128  50   900   1   1     4          58
  g4dn.12xlarge t4           4     48   192  50   900   1   1     8          234
  g4dn.16xlarge t4           1     64   256  50   900   1   1     4          58
  g4dn.metal    t4           8     96   384  100  1800  1   1     15         737
  g5.xlarge     a10g         1     4    16   2.5  250   0   1     4          58
  g5.2xlarge    a10g         1     8    32   5    450   0   1     4          58
  g5.4xlarge    a10g         1     16   64   10   600   0   1     8          234
  g5.8xlarge    a10g         1     32   128  25   900   1   1     8          234
  g5.12xlarge   a10g         4     48   192  40   3800  1   1     15         737
  g5.16xlarge   a10g         1     64   256  25   1900  1   1     8          234
  g5.24xlarge   a10g         4     96   384  50   3800  1   1     15         737
  g5.48xlarge   a10g         8     192  768  100  7600  1   1     7          345
  g6.xlarge     l4           1     4    16   2.5  250   0   1     4          58
  g6.2xlarge    l4           1     8    32   5    450   0   1     4          58
  g6.4xlarge    l4           1     16   64   10   600   0   1     8          234
  g6.8xlarge    l4           1     32   128  25   900   1   1     8          234
  g6.12xlarge   l4           4     48   192  40   3760  1   1     8          234
  g6.16xlarge   l4           1     64   256  25   1880  1   1     15         737
  g6.24xlarge   l4           4     96   384  50   3760  1   1     15         737
  g6.48xlarge   l4           8     192  768  100  7520  1   1     15         737
  g6e.xlarge    l40s         1     4    32   2.5  250   0   1     4          58
  g6e.2xlarge   l40s         1     8    64   5    450   0   1     4          58
  g6e.4xlarge   l40s         1     16   128  20   600   0   1     8          234
  g6e.8xlarge   l40s         1     32   256  25   900   1   1     8          234
  g6e.12xlarge  l40s         4     48   384  100  3800  1   1     10         292
  g6e.16xlarge  l40s         1     64   512  35   1900  1   1     15         737
  g6e.24xlarge  l40s         4     96   768  200  3800  2   2     10         492
  g6e.48xlarge  l40s         8     192  1536 400  7600  4   4     10         492
  g7.2xlarge    rtx-pro-4500 1     8    32   60   440   0   -     -          254
  g7.4xlarge    rtx-pro-4500 1     16   64   60   875   0   -     -          506
  g7.8xlarge    rtx-pro-4500 1     32   128  80   930   1   -     -          632
  g7.12xlarge   rtx-pro-4500 2     48   192  175  1900  1   -     -          758
  g7.24xlarge   rtx-pro-4500 4     96   384  350  3800  1   -     -          1514
  g7.48xlarge   rtx-pro-4500 8     192  768  700  7600  2   -     -          758
  g7e.2xlarge   rtx-pro-6000 1     8    64   50   1900  0   1     4          254
  g7e.4xlarge   rtx-pro-6000 1     16   128  50   1900  0   1     8          506
  g7e.8xlarge   rtx-pro-6000 1     32   256  100  1900  1   1     8          506
  g7e.12xlarge  rtx-pro-6000 2     48   512  400  3800  1   1     10         632
  g7e.24xlarge  rtx-pro-6000 4     96   1024 800  7600  2   2     10         632
  g7e.48xlarge  rtx-pro-6000 8     192  2048 1600 15200 4   4     10         632
  gr6.4xlarge   l4           1     16   128  10   600   0   1     8          234
  gr6.8xlarge   l4           1     32   256  25   900   1   1     8          234
`);

const GRAVITON = awsRows(
  `
  name         accelerator count vcpu gib gbps nvme efa cards interfaces pods
  g5g.xlarge   t4g         1     4    8   1.25 0    0   1     4          58
  g5g.2xlarge  t4g         1     8    16  2.5  0    0   1     4          58
  g5g.4xlarge  t4g         1     16   32  5    0    0   1     8          234
  g5g.8xlarge  t4g         1     32   64  12   0    0   1     8          234
  g5g.16xlarge t4g         2     64   128 25   0    0   1     15         737
  g5g.metal    t4g         2     64   128 25   0    0   1     15         737
`,
  { arch: "arm64" },
);

/** No NVIDIA: the network cards of these are not in the source. */
const OTHERS = awsRows(`
  name          accelerator     count vcpu gib gbps  nvme efa cards interfaces pods
  dl2q.24xlarge ai100           8     96   768 100   0    1   -     -          737
  g4ad.xlarge   radeon-pro-v520 1     4    16  2     150  0   -     -          8
  g4ad.2xlarge  radeon-pro-v520 1     8    32  4.167 300  0   -     -          8
  g4ad.4xlarge  radeon-pro-v520 1     16   64  8.333 600  0   -     -          29
  g4ad.8xlarge  radeon-pro-v520 2     32   128 15    1200 0   -     -          58
  g4ad.16xlarge radeon-pro-v520 4     64   256 25    2400 0   -     -          234
`);

/**
 * Machines with a part of one L4. EC2 counts them as 0 GPUs with 2.8, 5.6 or 11.2 GiB; the operating system sees one
 * device, so `acceleratorCount` is 1 and `acceleratorFraction` is the part (1/8, 1/4, 1/2 of 22.4 GiB).
 */
const FRACTIONS = awsRows(
  `
  name         accelerator count vcpu gib gbps nvme efa cards interfaces pods
  g6f.large    l4          1     2    8   1.5  100  0   1     2          20
  g6f.xlarge   l4          1     4    16  2.5  100  0   1     4          58
  g6f.2xlarge  l4          1     8    32  5    200  0   1     4          58
  g6f.4xlarge  l4          1     16   64  10   450  0   1     8          234
  gr6f.4xlarge l4          1     16   128 10   450  0   1     8          234
`,
  { unverified: ["acceleratorCount", "acceleratorFraction"] },
  {
    "g6f.large": { acceleratorFraction: 0.125 },
    "g6f.xlarge": { acceleratorFraction: 0.125 },
    "g6f.2xlarge": { acceleratorFraction: 0.25 },
    "g6f.4xlarge": { acceleratorFraction: 0.5 },
    "gr6f.4xlarge": { acceleratorFraction: 0.5 },
  },
);

/** Graphics and inference families G4 to G7, and DL2q. */
export const AWS_G_MACHINES: readonly AwsMachineFacts[] = [...X86, ...GRAVITON, ...OTHERS, ...FRACTIONS];
