import type { Evidence } from "./facts";

/** Who sells. */
export type PriceProvider = "aws" | "google" | "coreweave" | "lambda" | "nebius";

/**
 * List price of one machine, Linux, without tax, in USD per hour. What is not published, or could not be believed, is left
 * out, never zero. Spot prices move hourly: each is the lowest zone of the region when it was read.
 */
export interface PriceRow extends Evidence {
  readonly provider: PriceProvider;
  /** The provider's region; `global` where one price holds everywhere. */
  readonly region: string;
  /** Machine type. `chip` where a slice of any size costs its number of chips. */
  readonly machine: string;
  /** Name of the accelerator in the catalogue. */
  readonly accelerator: string;
  /** Accelerators that the price pays for. */
  readonly accelerators: number;
  readonly onDemandUsdPerHour?: number;
  readonly spotUsdPerHour?: number;
  /** Day of which the source says that the price holds. @default - not told; see `read` */
  readonly asOf?: string;
}

interface PriceTable extends Evidence {
  readonly provider: PriceProvider;
  readonly asOf?: string;
  /** Lines of: region machine accelerator accelerators on-demand spot; a hyphen for what is unknown. */
  readonly lines: string;
}

/**
 * Prices taken in on 2026-11-20. Left out on purpose: spot prices of exactly a tenth of the list price (floors without a
 * market) and spot prices equal to it (no capacity), catalogue values that are the same in all regions or below spot (commitments that leaked in), and prices of the
 * accelerator without its host.
 */
const TABLES: readonly PriceTable[] = [
  {
    provider: "aws",
    source: "skypilot-org/skypilot-catalog@e385a0d348eda9cefd9806423e7725944dc249e4:catalogs/v8/aws/vms.csv",
    read: "2026-11-20",
    lines: `
      ap-northeast-1 p4de.24xlarge a100-80gb 8 37.6223 19.9892
      ap-northeast-1 p5.48xlarge h100 8 68.8 24.8609
      ap-northeast-1 p5en.48xlarge h200 8 79.12 28.4648
      ap-northeast-2 p5en.48xlarge h200 8 87.3485 33.6761
      ap-south-1 p5.48xlarge h100 8 66.048 19.2169
      ap-south-1 p5en.48xlarge h200 8 75.9552 20.3548
      ap-southeast-1 p4de.24xlarge a100-80gb 8 32.9365 23.8525
      ap-southeast-2 p5.48xlarge h100 8 71.552 26.6558
      ap-southeast-3 p5.48xlarge h100 8 75.9552 -
      ap-southeast-3 p5e.48xlarge h200 8 - 8.7348
      ap-southeast-3 p5en.48xlarge h200 8 87.3485 -
      ca-central-1 p5.48xlarge h100 8 63.296 -
      eu-central-1 p4de.24xlarge a100-80gb 8 34.2912 -
      eu-north-1 p5.48xlarge h100 8 58.8928 20.2439
      eu-north-1 p5en.48xlarge h200 8 67.7267 21.4136
      eu-south-2 p5en.48xlarge h200 8 68.3597 24.157
      eu-west-2 p5.48xlarge h100 8 71.552 21.6622
      us-east-1 p4de.24xlarge a100-80gb 8 27.4471 9.7262
      us-east-1 p5.48xlarge h100 8 55.04 14.246
      us-east-1 p5en.48xlarge h200 8 63.296 19.1652
      us-east-1 p6-b200.48xlarge b200 8 113.9328 19.0919
      us-east-2 p5.48xlarge h100 8 55.04 15.06
      us-east-2 p5e.48xlarge h200 8 - 17.4812
      us-east-2 p5en.48xlarge h200 8 63.296 16.0868
      us-east-2 p6-b200.48xlarge b200 8 113.9328 24.8895
      us-west-1 p5.48xlarge h100 8 68.8 17.6845
      us-west-1 p5en.48xlarge h200 8 79.12 20.7454
      us-west-2 p4de.24xlarge a100-80gb 8 27.4471 12.8344
      us-west-2 p5.48xlarge h100 8 55.04 21.6229
      us-west-2 p5e.48xlarge h200 8 - 24.9358
      us-west-2 p5en.48xlarge h200 8 63.296 24.6657
      us-west-2 p6-b200.48xlarge b200 8 113.9328 44.8585
    `,
  },
  {
    provider: "aws",
    source:
      "aws/karpenter-provider-aws@1d927085dd81a9df9301e613f371dac5b4d16bfe:pkg/providers/pricing/zz_generated.pricing_aws.go",
    read: "2026-11-20",
    asOf: "2026-07-20",
    lines: `
      us-east-1 g6.48xlarge l4 8 13.3504 -
      us-east-1 g6.xlarge l4 1 0.8048 -
      us-east-1 g6e.48xlarge l40s 8 30.1312 -
      us-east-1 g6e.xlarge l40s 1 1.861 -
      us-east-1 p6-b300.48xlarge b300 8 142.416 -
    `,
  },
  {
    provider: "google",
    source:
      "cloudpilot-ai/karpenter-provider-gcp@417f047b117521aba6d3ab120dac538a92161bf4:pkg/providers/pricing/initial-prices.json",
    read: "2026-11-20",
    asOf: "2026-08-03",
    lines: `
      asia-east1 a3-highgpu-8g h100 8 102.3588 47.9983
      asia-northeast1 a3-highgpu-8g h100 8 126.6434 25.91
      asia-northeast1 a3-megagpu-8g h100 8 119.2764 29.718
      asia-south1 a3-highgpu-8g h100 8 92.1348 37.6445
      asia-south2 a3-highgpu-8g h100 8 106.2846 31.1202
      asia-southeast1 a2-ultragpu-8g a100-80gb 8 49.9815 25.9898
      asia-southeast1 a3-highgpu-8g h100 8 114.2783 51.2187
      asia-southeast1 a3-megagpu-8g h100 8 119.9746 53.6715
      australia-southeast1 a3-highgpu-8g h100 8 110.6783 27.7806
      australia-southeast1 a3-megagpu-8g h100 8 116.1555 36.5622
      europe-north1 a3-highgpu-8g h100 8 97.4356 10.2055
      europe-west1 a3-highgpu-8g h100 8 97.3698 38.0662
      europe-west1 a3-megagpu-8g h100 8 102.1946 40.1046
      europe-west3 a3-highgpu-8g h100 8 104.4314 42.8149
      europe-west3 a3-megagpu-8g h100 8 109.6019 52.9493
      europe-west4 a2-ultragpu-8g a100-80gb 8 44.6473 23.5617
      europe-west4 a3-highgpu-8g h100 8 112.5405 44.1188
      europe-west4 a3-megagpu-8g h100 8 118.2368 46.2436
      europe-west9 a3-highgpu-8g h100 8 102.6484 23.4318
      us-central1 a2-ultragpu-8g a100-80gb 8 40.5504 22.0764
      us-central1 a3-highgpu-8g h100 8 88.49 50.6095
      us-east4 a2-ultragpu-8g a100-80gb 8 45.6619 18.938
      us-east4 a3-highgpu-8g h100 8 88.5558 36.3208
      us-east4 a3-megagpu-8g h100 8 92.9376 23.2752
      us-east5 a2-ultragpu-8g a100-80gb 8 44.5193 14.2228
      us-east5 a3-highgpu-8g h100 8 99.5832 37.2781
      us-east5 a3-megagpu-8g h100 8 94.0666 35.2029
      us-west1 a3-highgpu-8g h100 8 88.49 50.6095
      us-west4 a3-highgpu-8g h100 8 99.649 37.2756
      us-west4 a3-megagpu-8g h100 8 104.5842 22.8588
    `,
  },
  {
    provider: "google",
    source: "skypilot-org/skypilot-catalog@8427bbff988abdd050a9f51addd314ef31cb4e85:catalogs/v8/gcp/vms.csv",
    read: "2026-11-20",
    // v5p: price of a slice of 6,144 chips, divided by these.
    unverified: ["onDemandUsdPerHour", "spotUsdPerHour"],
    lines: `
      asia-northeast1 chip tpu-v6e 1 3.24 0.8577
      asia-south1 chip tpu-v6e 1 3.24 2.27
      asia-southeast1 chip tpu-v6e 1 2.97 0.4032
      europe-west1 chip tpu-v5p 1 4.4595 1.7838
      europe-west4 chip tpu-v5p 1 4.2525 1.3485
      europe-west4 chip tpu-v6e 1 2.97 1.0375
      southamerica-west1 chip tpu-v6e 1 2.7 -
      us-central1 chip tpu-v5p 1 4.2 0.9286
      us-central1 chip tpu-v6e 1 2.7 0.5728
      us-east1 chip tpu-v5p 1 4.2 0.9286
      us-east1 chip tpu-v6e 1 2.7 0.5728
      us-east4 chip tpu-v6e 1 2.7 0.6419
      us-east5 chip tpu-v5p 1 4.2 1.68
      us-east5 chip tpu-v6e 1 2.7 1.35
      us-south1 chip tpu-v5p 1 4.779 1.4624
      us-south1 chip tpu-v6e 1 2.7 1.35
      us-west1 chip tpu-v6e 1 2.7 0.5728
    `,
  },
  {
    provider: "coreweave",
    source:
      "https://www.coreweave.com/pricing; api-evangelist/coreweave@27bcc25e6b1936055be7a93d6ea2d0f6a6d9d084:plans/coreweave-plans-pricing.yml",
    read: "2026-11-20",
    asOf: "2026-09-20",
    lines: `
      north-america a100 a100-80gb 8 21.6 9.65
      north-america gb200-nvl72-tray gb200 4 42 -
      north-america hgx-b200 b200 8 68.8 34.11
      north-america hgx-b300 b300 8 - 35.84
      north-america hgx-h100 h100 8 49.24 19.71
      north-america hgx-h200 h200 8 50.44 20.93
      north-america l40s l40s 8 18 -
    `,
  },
  {
    provider: "lambda",
    source:
      "https://lambda.ai/instances; api-evangelist/lambda-labs@1929382e7f9b4777d980aec12b6fc9e04e6718cb:plans/lambda-labs-plans-pricing.yml",
    read: "2026-11-20",
    asOf: "2026-09-20",
    lines: `
      global 8x-a100-sxm-80gb a100-80gb 8 22.32 -
      global 8x-b200-sxm6 b200 8 53.52 -
      global 8x-h100-sxm h100 8 31.92 -
    `,
  },
  {
    provider: "nebius",
    source: "tgarg01/silybench-data@045df3bf56b8d62c58f108fc43cb397306b83331:derived/csv/gpu_prices.csv",
    read: "2026-11-20",
    asOf: "2026-09-25",
    lines: `
      global hgx-b200 b200 1 7.15 -
      global hgx-h100 h100 1 3.85 -
      global hgx-h200 h200 1 4.5 -
      global l40s l40s 1 1.55 -
    `,
  },
];

function price(text: string): number | undefined {
  return text === "-" ? undefined : Number(text);
}

function rowsOf({ lines, ...table }: PriceTable): readonly PriceRow[] {
  return lines
    .trim()
    .split("\n")
    .map((line) => {
      const [region, machine, accelerator, count, onDemand, spot] = line.trim().split(" ") as [
        string,
        string,
        string,
        string,
        string,
        string,
      ];
      return {
        ...table,
        region,
        machine,
        accelerator,
        accelerators: Number(count),
        onDemandUsdPerHour: price(onDemand),
        spotUsdPerHour: price(spot),
      };
    });
}

/** A small table of list prices to plan with; give your own where you have better ones. */
export const PRICES: readonly PriceRow[] = TABLES.flatMap(rowsOf);

/** The price of a machine type, or of a TPU chip, in a region; undefined if the table does not know it. */
export function priceOf(
  provider: PriceProvider,
  region: string,
  accelerator: string,
  machine?: string,
): PriceRow | undefined {
  return PRICES.find(
    (row) =>
      row.provider === provider &&
      (row.region === region || row.region === "global") &&
      row.accelerator === accelerator &&
      (machine === undefined || row.machine === machine),
  );
}

/** Power of a whole machine, shared out per accelerator, in watts. */
export interface PowerRow extends Evidence {
  readonly accelerator: string;
  readonly wattsPerAccelerator: number;
}

/** All-in power at the wall of the machine. TPU v5 and later, Trainium: not published, so not listed. */
export const POWER: readonly PowerRow[] = [
  {
    accelerator: "h100",
    wattsPerAccelerator: 1_275,
    source: "https://docs.nvidia.com/dgx/dgxh100-user-guide (10.2 kW for 8)",
    read: "2026-11-20",
    unverified: ["wattsPerAccelerator"],
  },
  {
    accelerator: "h200",
    wattsPerAccelerator: 1_275,
    source: "https://docs.nvidia.com/dgx/dgxh100-user-guide (10.2 kW for 8)",
    read: "2026-11-20",
    unverified: ["wattsPerAccelerator"],
  },
  {
    accelerator: "b200",
    wattsPerAccelerator: 1_790,
    source: "https://docs.nvidia.com/dgx/dgxb200-user-guide (14.3 kW for 8)",
    read: "2026-11-20",
    unverified: ["wattsPerAccelerator"],
  },
  {
    accelerator: "gb200",
    wattsPerAccelerator: 1_670,
    source: "https://kshirol-dev.github.io (about 120 kW for an NVL72 rack)",
    read: "2026-11-20",
    unverified: ["wattsPerAccelerator"],
  },
  {
    accelerator: "tpu-v4",
    wattsPerAccelerator: 170,
    source:
      "https://docs.cloud.google.com/tpu/docs/v4 (measured mean of the chip; 90 to 192 W), without its host",
    read: "2026-11-20",
  },
];

/** Watts of one accelerator with its share of the machine; undefined if not published. */
export function wattsOf(accelerator: string): number | undefined {
  return POWER.find((row) => row.accelerator === accelerator)?.wattsPerAccelerator;
}
