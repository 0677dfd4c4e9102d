import type { AwsMachineFacts } from "../facts";
import { awsRows, READ } from "./row";

const CPU = {
  source:
    "https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html (and co.html, mo.html); " +
    "github.com/aws/karpenter-provider-aws@01a436f pkg/providers/instancetype/zz_generated.bandwidth.go",
  read: READ,
  unverified: ["interfacesOnFirstCard", "maxPods"],
} as const;

const X86 = awsRows(
  `
  name         vcpu gib gbps   nvme efa cards interfaces pods
  m7i.large    2    8   0.781  0    0   1     3          29
  m7i.xlarge   4    16  1.562  0    0   1     4          58
  m7i.2xlarge  8    32  3.125  0    0   1     4          58
  m7i.4xlarge  16   64  6.25   0    0   1     8          234
  m7i.8xlarge  32   128 12.5   0    0   1     8          234
  m7i.12xlarge 48   192 18.75  0    0   1     8          234
  m7i.16xlarge 64   256 25     0    0   1     15         737
  c7i.xlarge   4    8   1.562  0    0   1     4          58
  c7i.2xlarge  8    16  3.125  0    0   1     4          58
  c7i.4xlarge  16   32  6.25   0    0   1     8          234
  c7i.8xlarge  32   64  12.5   0    0   1     8          234
  c7i.12xlarge 48   96  18.75  0    0   1     8          234
  c7i.16xlarge 64   128 25     0    0   1     15         737
  r7i.xlarge   4    32  1.562  0    0   1     4          58
  r7i.2xlarge  8    64  3.125  0    0   1     4          58
  r7i.4xlarge  16   128 6.25   0    0   1     8          234
  r7i.8xlarge  32   256 12.5   0    0   1     8          234
  r7i.12xlarge 48   384 18.75  0    0   1     8          234
  r7i.16xlarge 64   512 25     0    0   1     15         737
`,
  CPU,
);

const GRAVITON = awsRows(
  `
  name         vcpu gib gbps   nvme efa cards interfaces pods
  m7g.large    2    8   0.937  0    0   1     3          29
  m7g.xlarge   4    16  1.876  0    0   1     4          58
  m7g.2xlarge  8    32  3.75   0    0   1     4          58
  m7g.4xlarge  16   64  7.5    0    0   1     8          234
  m7g.8xlarge  32   128 15     0    0   1     8          234
  m7g.12xlarge 48   192 22.5   0    0   1     8          234
  m7g.16xlarge 64   256 30     0    1   1     15         737
`,
  { ...CPU, arch: "arm64" },
);

/** Machines without accelerators, for system components and CPU tiers. Network is what is guaranteed, not the burst. */
export const AWS_CPU_MACHINES: readonly AwsMachineFacts[] = [...X86, ...GRAVITON];
