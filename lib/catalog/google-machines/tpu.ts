import type { GoogleMachineFacts } from "../facts";
import { googleRows } from "./row";

const XPK = "github.com/AI-Hypercomputer/xpk@367c8382 src/xpk/core/system_characteristics.py";
const docs = (page: string) => `https://docs.cloud.google.com/tpu/docs/${page}`;

/** Standard clusters have TPU7x since that version; Autopilot since a later one. */
const IRONWOOD = "https://docs.cloud.google.com/kubernetes-engine/docs/concepts/tpu-ironwood";

/** Network is what one VM sends outside the slice: the chips' share of the data centre network. */
const WITH_SIZES = googleRows(
  `
  name              accelerator label                count vcpu gib gbps ssds unverified
  ct4p-hightpu-4t   tpu-v4      tpu-v4-podslice      4     -    -   -    0    ssds
  ct5lp-hightpu-1t  tpu-v5e     tpu-v5-lite-podslice 1     24   48  -    0    vcpu,gib,ssds
  ct5lp-hightpu-4t  tpu-v5e     tpu-v5-lite-podslice 4     112  192 -    0    vcpu,gib,ssds
  ct5lp-hightpu-8t  tpu-v5e     tpu-v5-lite-podslice 8     224  384 -    0    vcpu,gib,ssds
  ct5p-hightpu-4t   tpu-v5p     tpu-v5p-slice        4     208  448 200  0    ssds
  ct6e-standard-1t  tpu-v6e     tpu-v6e-slice        1     -    -   100  0    ssds
  ct6e-standard-4t  tpu-v6e     tpu-v6e-slice        4     180  720 400  0    ssds
  ct6e-standard-8t  tpu-v6e     tpu-v6e-slice        8     -    -   800  0    ssds
  tpu7x-standard-1t tpu-v7x     tpu7x                1     -    -   100  0    ssds
  tpu7x-standard-4t tpu-v7x     tpu7x                4     224  960 400  0    ssds
  tpu7-standard-1t  tpu-v7      tpu7                 1     -    -   -    -    -
  tpu7-standard-4t  tpu-v7      tpu7                 4     -    -   -    -    -
`,
  { source: XPK },
  {
    "ct4p-hightpu-4t": { source: `${XPK}; ${docs("v4")}` },
    "ct5lp-hightpu-1t": {
      source: `${docs("v5e")}; https://github.com/Cyclenerd/google-cloud-pricing-cost-calculator/issues/89`,
    },
    "ct5lp-hightpu-4t": {
      source: `${docs("v5e")}; https://github.com/Cyclenerd/google-cloud-pricing-cost-calculator/issues/89`,
    },
    "ct5lp-hightpu-8t": {
      source: `${docs("v5e")}; https://github.com/Cyclenerd/google-cloud-pricing-cost-calculator/issues/89`,
    },
    "ct5p-hightpu-4t": { source: docs("v5p") },
    "ct6e-standard-1t": { source: docs("v6e") },
    "ct6e-standard-4t": { source: docs("v6e") },
    "ct6e-standard-8t": { source: docs("v6e") },
    "tpu7x-standard-1t": {
      source: `${XPK}; ${docs("tpu7x")}; ${IRONWOOD}`,
      minGkeVersion: "1.34.0-gke.2201000",
    },
    "tpu7x-standard-4t": { source: `${docs("tpu7x")}; ${IRONWOOD}`, minGkeVersion: "1.34.0-gke.2201000" },
  },
);

/** TPU VMs as machine types. Which topologies they make is in `tpu-slices`. */
export const GOOGLE_TPU_MACHINES: readonly GoogleMachineFacts[] = WITH_SIZES;
