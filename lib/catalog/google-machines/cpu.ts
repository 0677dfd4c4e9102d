import type { GoogleMachineFacts } from "../facts";
import { googleRows } from "./row";

/** Machines without accelerators, for system components and CPU tiers. Google writes GB for what is GiB. */
export const GOOGLE_CPU_MACHINES: readonly GoogleMachineFacts[] = googleRows(
  `
  name           vcpu gib gbps ssds unverified
  e2-standard-2  2    8   4    0    gib,gbps
  e2-standard-4  4    16  8    0    gib,gbps
  e2-standard-8  8    32  16   0    gib,gbps
  e2-standard-16 16   64  16   0    gib,gbps
  e2-standard-32 32   128 16   0    gib,gbps
  n2-standard-4  4    16  10   0    gib,gbps
  n2-standard-8  8    32  16   0    gib,gbps
  n2-standard-16 16   64  32   0    gib,gbps
  n2-standard-32 32   128 32   0    gib,gbps
  n2-standard-64 64   256 32   0    gib,gbps
  c3-standard-4  4    16  23   0    gib,gbps
  c3-standard-8  8    32  23   0    gib,gbps
  c3-standard-22 22   88  23   0    gib,gbps
  c3-standard-44 44   176 32   0    gib,gbps
  c3-standard-88 88   352 62   0    gib,gbps
  c4-standard-4  4    15  23   0    gib,gbps
  c4-standard-8  8    30  23   0    gib,gbps
  c4-standard-16 16   60  23   0    gib,gbps
  c4-standard-32 32   120 23   0    gib,gbps
  c4-standard-48 48   180 34   0    gib,gbps
  c4-standard-96 96   360 67   0    gib,gbps
`,
  {
    source: "https://docs.cloud.google.com/compute/docs/general-purpose-machines",
  },
);
