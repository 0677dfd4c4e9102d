import type { GoogleMachineFacts } from "../facts";
import { BANDWIDTH, googleRows, MACHINE_PAGE, TOOLKIT } from "./row";

const PRICES =
  "github.com/cloudpilot-ai/karpenter-provider-gcp@417f047b pkg/providers/pricing/initial-prices.json";
const HARDWARE = `${TOOLKIT} pkg/config/hardware.go; ${MACHINE_PAGE}`;
/** Read from the newest stored copy; an older one says less for A3 Mega (1,600) and more for A3 Edge (800). */
const GPUDIRECT = `${TOOLKIT} modules/compute/gke-node-pool/{gpu_direct,disk_definitions}.tf, examples/gke-a3-*, gke-a4*; ${BANDWIDTH}`;

/** Networks of the GPUs have one subnet each; the cluster's own network is not counted. */
const networks = (gvnicNetworks: number) => ({ gvnicNetworks, rdmaSubnets: 0, mtu: 8244 });

/** Interfaces: the cluster's network, one more of gVNIC, and one per RDMA card, all of these in one network. */
const ROCE = { gvnicNetworks: 1, rdmaSubnets: 8, rdmaProfile: "{zone}-vpc-roce" } as const;

const A3_A4 = googleRows(
  `
  name                accelerator label                 count vcpu gib  gbps ssds unverified
  a3-highgpu-8g       h100        nvidia-h100-80gb      8     208  1872 1000 16   -
  a3-edgegpu-8g       h100        nvidia-h100-80gb      8     208  1872 600  16   ssds
  a3-megagpu-8g       h100        nvidia-h100-mega-80gb 8     208  1872 1800 16   -
  a3-ultragpu-8g      h200        nvidia-h200-141gb     8     224  2952 3600 32   vcpu,gib
  a4-highgpu-8g       b200        nvidia-b200           8     224  3968 3600 32   vcpu,gib
  a4x-highgpu-4g      gb200       nvidia-gb200          4     140  884  2000 32   vcpu,gib,ssds
  a4x-maxgpu-4g-metal gb300       nvidia-gb300          4     -    960  3600 -    -
`,
  { source: GPUDIRECT },
  {
    "a3-highgpu-8g": { gpuDirect: "TCPX", extraNetworks: networks(4) },
    "a3-edgegpu-8g": { gpuDirect: "TCPX" },
    "a3-megagpu-8g": { gpuDirect: "TCPXO", extraNetworks: networks(8) },
    "a3-ultragpu-8g": {
      source: `${GPUDIRECT}; ${MACHINE_PAGE}`,
      gpuDirect: "RDMA",
      extraNetworks: ROCE,
      compactWithFlexStart: true,
    },
    "a4-highgpu-8g": {
      source: `${GPUDIRECT}; ${MACHINE_PAGE}`,
      gpuDirect: "RDMA",
      extraNetworks: ROCE,
      compactWithFlexStart: true,
    },
    "a4x-highgpu-4g": {
      source: `${GPUDIRECT}; ${MACHINE_PAGE}`,
      arch: "arm64",
      gpuDirect: "RDMA",
      extraNetworks: { ...ROCE, rdmaSubnets: 4 },
      acceleratorTopology: "1x72",
      multiNodeNvlink: true,
      unverified: ["extraNetworks.rdmaProfile"],
    },
    "a4x-maxgpu-4g-metal": {
      source: `${TOOLKIT} examples/gke-a4x-max-bm/gke-a4x-max-bm.yaml, modules/network/gpu-rdma-vpc/main.tf; ${BANDWIDTH}; https://docs.nvidia.com/aicr/integrator-guide/gke-a-4-x-max-networking.md`,
      arch: "arm64",
      gpuDirect: "RDMA-metal",
      extraNetworks: {
        gvnicNetworks: 1,
        rdmaSubnets: 8,
        rdmaProfile: "{zone}-vpc-roce-metal",
        profileMakesSubnets: true,
      },
      acceleratorTopology: "1x72",
      multiNodeNvlink: true,
      spot: false,
      shieldedNodes: false,
      minGkeVersion: "1.34.3-gke.1318000",
    },
  },
);

/** Parts of an A3 High machine: had by Spot and flex-start only. */
const A3_SMALL = googleRows(
  `
  name          accelerator label            count vcpu gib gbps ssds unverified
  a3-highgpu-1g h100        nvidia-h100-80gb 1     26   234 25   2    vcpu,gib,gbps,ssds
  a3-highgpu-2g h100        nvidia-h100-80gb 2     52   468 50   4    vcpu,gib,gbps,ssds
  a3-highgpu-4g h100        nvidia-h100-80gb 4     104  936 100  8    vcpu,gib,gbps,ssds
`,
  { source: `${HARDWARE}; ${PRICES}`, onDemand: false },
);

const A2 = googleRows(
  `
  name           accelerator label             count vcpu gib  gbps ssds unverified
  a2-highgpu-1g  a100-40gb   nvidia-tesla-a100 1     12   85   24   0    vcpu,gib,gbps
  a2-highgpu-2g  a100-40gb   nvidia-tesla-a100 2     24   170  32   0    vcpu,gib,gbps
  a2-highgpu-4g  a100-40gb   nvidia-tesla-a100 4     48   340  50   0    vcpu,gib,gbps
  a2-highgpu-8g  a100-40gb   nvidia-tesla-a100 8     96   680  100  0    vcpu,gib
  a2-megagpu-16g a100-40gb   nvidia-tesla-a100 16    96   1360 100  0    vcpu,gib
  a2-ultragpu-1g a100-80gb   nvidia-a100-80gb  1     12   170  -    1    label,vcpu,gib,ssds
  a2-ultragpu-2g a100-80gb   nvidia-a100-80gb  2     24   340  -    2    label,vcpu,gib,ssds
  a2-ultragpu-4g a100-80gb   nvidia-a100-80gb  4     48   680  -    4    label,vcpu,gib,ssds
  a2-ultragpu-8g a100-80gb   nvidia-a100-80gb  8     96   1360 100  8    label,vcpu,gib,ssds
`,
  { source: `${HARDWARE}; ${BANDWIDTH}; ${PRICES}` },
);

const G2_G4 = googleRows(
  `
  name            accelerator  label               count vcpu gib  gbps ssds unverified
  g2-standard-4   l4           nvidia-l4           1     4    16   -    1    vcpu,gib,ssds
  g2-standard-8   l4           nvidia-l4           1     8    32   -    1    vcpu,gib,ssds
  g2-standard-12  l4           nvidia-l4           1     12   48   16   1    gib,gbps,ssds
  g2-standard-16  l4           nvidia-l4           1     16   64   -    1    vcpu,gib,ssds
  g2-standard-24  l4           nvidia-l4           2     24   96   32   2    gib,gbps,ssds
  g2-standard-32  l4           nvidia-l4           1     32   128  -    1    vcpu,gib,ssds
  g2-standard-48  l4           nvidia-l4           4     48   192  50   4    gib,gbps,ssds
  g2-standard-96  l4           nvidia-l4           8     96   384  100  8    gib,ssds
  g4-standard-48  rtx-pro-6000 nvidia-rtx-pro-6000 1     48   180  50   -    gib,gbps
  g4-standard-96  rtx-pro-6000 nvidia-rtx-pro-6000 2     96   360  100  -    gib,gbps
  g4-standard-192 rtx-pro-6000 nvidia-rtx-pro-6000 4     192  720  200  -    gib,gbps
  g4-standard-384 rtx-pro-6000 nvidia-rtx-pro-6000 8     384  1440 400  -    gib
`,
  { source: `${HARDWARE}; ${BANDWIDTH}; ${PRICES}` },
);

/** Machines with a part of one GPU: one device with that share of its memory. */
const G4_FRACTIONS = googleRows(
  `
  name           accelerator  label               count vcpu gib gbps ssds unverified
  g4-standard-6  rtx-pro-6000 nvidia-rtx-pro-6000 1     6    -   -    -    label,vcpu
  g4-standard-12 rtx-pro-6000 nvidia-rtx-pro-6000 1     12   -   -    -    label,vcpu
  g4-standard-24 rtx-pro-6000 nvidia-rtx-pro-6000 1     24   -   -    -    label,vcpu
`,
  { source: `${TOOLKIT} pkg/config/machine_mappings.json; ${PRICES}` },
  {
    "g4-standard-6": { acceleratorFraction: 0.125 },
    "g4-standard-12": { acceleratorFraction: 0.25 },
    "g4-standard-24": { acceleratorFraction: 0.5 },
  },
);

/** A2, A3, A4, A4X, G2 and G4 machine types. */
export const GOOGLE_GPU_MACHINES: readonly GoogleMachineFacts[] = [
  ...A3_A4,
  ...A3_SMALL,
  ...A2,
  ...G2_G4,
  ...G4_FRACTIONS,
];
