import type { Evidence } from "./facts";

/** Grid carbon where a cloud's region stands. */
export interface CarbonRow extends Evidence {
  readonly provider: "aws" | "google";
  readonly region: string;
  /** Grams of CO2 equivalent per kWh of the local grid, mean of a year. */
  readonly gramsCo2PerKwh: number;
  /** Share of hours in which carbon-free energy covers the region, 0 to 1. @default - not published */
  readonly carbonFreeShare?: number;
  /** Year that the figure is of. */
  readonly year: number;
}

type CarbonSource = Pick<CarbonRow, "provider" | "year" | keyof Evidence>;

/** `region=grams`, or `region=grams/share`. */
function rows(source: CarbonSource, text: string): readonly CarbonRow[] {
  return text
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [region, figures] = entry.split("=") as [string, string];
      const [grams, share] = figures.split("/") as [string, string | undefined];
      return {
        ...source,
        region,
        gramsCo2PerKwh: Number(grams),
        carbonFreeShare: share === undefined ? undefined : Number(share),
      };
    });
}

const GOOGLE = rows(
  {
    provider: "google",
    year: 2024,
    source: "GoogleCloudPlatform/region-carbon-info@49f3f26b:data/yearly/2024.csv",
    read: "2026-11-20",
  },
  `
    africa-south1=656.85/0.15 asia-east1=439.29/0.17 asia-east2=505.02/0.01 asia-northeast1=452.85/0.17
    asia-northeast2=296.19/0.46 asia-northeast3=356.57/0.37 asia-south1=678.76/0.09
    asia-south2=531.83/0.29 asia-southeast1=366.85/0.04 asia-southeast2=560.55/0.18
    australia-southeast1=497.5/0.34 australia-southeast2=454.37/0.39 europe-central2=642.88/0.4
    europe-north1=39.32/0.98 europe-north2=2.73/1 europe-southwest1=89.04/0.87 europe-west1=103.37/0.84
    europe-west2=105.94/0.79 europe-west3=275.82/0.68 europe-west4=208.81/0.83 europe-west6=15.05/0.98
    europe-west8=201.69/0.73 europe-west9=16.3/0.96 europe-west10=275.82/0.68 europe-west12=201.69/0.73
    me-central1=366/0.01 me-central2=382.23/0.01 me-west1=433.75/0.07 northamerica-northeast1=5.48/0.99
    northamerica-northeast2=58.56/0.84 northamerica-south1=305/0.19 southamerica-east1=67.32/0.88
    southamerica-west1=238/0.92 us-central1=412.72/0.87 us-central2=372.23/0.88 us-east1=575.77/0.31
    us-east2=340.42/0.42 us-east4=323.05/0.62 us-east5=323.05/0.62 us-south1=302.95/0.94
    us-west1=79.23/0.87 us-west2=169.28/0.63 us-west3=555.17/0.33 us-west4=357.3/0.64
`,
);

/** Factors that a third party derived from grid statistics: AWS publishes none per region. US regions are averages of wide areas. */
const AWS = rows(
  {
    provider: "aws",
    year: 2021,
    source:
      "cloud-carbon-footprint/cloud-carbon-footprint@b7a049c7:packages/aws/src/domain/AwsFootprintEstimationConstants.ts (Apache-2.0)",
    read: "2026-11-20",
    unverified: ["gramsCo2PerKwh"],
  },
  `
    us-east-1=379.07 us-east-2=410.61 us-west-1=322.17 us-west-2=322.17 us-gov-east-1=379.07
    us-gov-west-1=322.17 af-south-1=900.6 ap-east-1=710 ap-south-1=708.2 ap-northeast-3=465.8
    ap-northeast-2=415.6 ap-southeast-1=408 ap-southeast-2=760 ap-southeast-3=717.7 ap-northeast-1=465.8
    ca-central-1=120 eu-central-1=311 eu-west-1=278.6 eu-west-2=225 eu-south-1=213.4 eu-west-3=51.1
    eu-north-1=8.8 me-south-1=505.9 me-central-1=404.1 sa-east-1=61.7
`,
);

/**
 * Grid carbon by region. The two providers' figures come from different years and methods: compare regions within one
 * provider, or take the figure of the other provider's region in the same place for both.
 */
export const GRID_CARBON: readonly CarbonRow[] = [...GOOGLE, ...AWS];

/** Grid carbon of a region; undefined if the table does not know it. */
export function gridCarbon(provider: "aws" | "google", region: string): CarbonRow | undefined {
  return GRID_CARBON.find((row) => row.provider === provider && row.region === region);
}

/** Power usage effectiveness of a fleet: all power over machine power. */
export interface PueRow extends Evidence {
  readonly operator: "aws" | "google" | "on-prem";
  readonly pue: number;
  readonly year: number;
}

export const PUE: readonly PueRow[] = [
  {
    operator: "aws",
    pue: 1.14,
    year: 2025,
    source: "https://sustainability.aboutamazon.com/products-services/aws-cloud",
    read: "2026-11-20",
  },
  {
    operator: "google",
    pue: 1.1,
    year: 2023,
    source: "cloud-carbon-footprint/cloud-carbon-footprint@b7a049c7, packages/gcp (fleet mean)",
    read: "2026-11-20",
  },
  {
    operator: "on-prem",
    pue: 1.63,
    year: 2024,
    source: "IDC, as told by https://sustainability.aboutamazon.com/products-services/aws-cloud",
    read: "2026-11-20",
    unverified: ["pue"],
  },
];

/** Mean PUE of an operator. A hall of one's own has a meter: give its figure instead of the mean of all halls. */
export function pueOf(operator: PueRow["operator"]): number {
  return PUE.find((row) => row.operator === operator)!.pue;
}
