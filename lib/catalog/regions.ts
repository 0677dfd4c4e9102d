/** One region of a cloud and the country in which its data centres stand. */
export interface RegionRow {
  readonly region: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

/** Where the rows of a table come from. */
export interface Source {
  readonly url: string;
  /** Day on which it was read, ISO 8601. */
  readonly read: string;
}

function rows(text: string): readonly RegionRow[] {
  return text
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [region, country] = entry.split("=") as [string, string];
      return { region, country };
    });
}

export const AWS_REGIONS_SOURCE: Source = {
  url: "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html",
  read: "2026-11-21",
};

export const AWS_REGIONS = rows(`
  us-east-1=US us-east-2=US us-west-1=US us-west-2=US us-gov-east-1=US us-gov-west-1=US
  ca-central-1=CA ca-west-1=CA mx-central-1=MX sa-east-1=BR
  eu-west-1=IE eu-west-2=GB eu-west-3=FR eu-central-1=DE eu-central-2=CH eu-north-1=SE eu-south-1=IT eu-south-2=ES
  il-central-1=IL me-south-1=BH me-central-1=AE af-south-1=ZA
  ap-east-1=HK ap-east-2=TW ap-south-1=IN ap-south-2=IN ap-northeast-1=JP ap-northeast-2=KR ap-northeast-3=JP
  ap-southeast-1=SG ap-southeast-2=AU ap-southeast-3=ID ap-southeast-4=AU ap-southeast-5=MY ap-southeast-6=NZ
  ap-southeast-7=TH cn-north-1=CN cn-northwest-1=CN
`);

export const GOOGLE_REGIONS_SOURCE: Source = {
  url: "https://cloud.google.com/about/locations",
  read: "2026-11-21",
};

export const GOOGLE_REGIONS = rows(`
  us-central1=US us-east1=US us-east4=US us-east5=US us-south1=US us-west1=US us-west2=US us-west3=US us-west4=US
  northamerica-northeast1=CA northamerica-northeast2=CA northamerica-south1=MX southamerica-east1=BR
  southamerica-west1=CL
  europe-central2=PL europe-north1=FI europe-north2=SE europe-southwest1=ES europe-west1=BE europe-west2=GB
  europe-west3=DE europe-west4=NL europe-west6=CH europe-west8=IT europe-west9=FR europe-west10=DE europe-west12=IT
  me-central1=QA me-central2=SA me-west1=IL africa-south1=ZA
  asia-east1=TW asia-east2=HK asia-northeast1=JP asia-northeast2=JP asia-northeast3=KR asia-south1=IN asia-south2=IN
  asia-southeast1=SG asia-southeast2=ID asia-southeast3=TH australia-southeast1=AU australia-southeast2=AU
`);

function countryIn(table: readonly RegionRow[], region: string): string | undefined {
  return table.find((row) => row.region === region)?.country;
}

/** Country of an AWS region; undefined if the table does not know it. */
export function awsRegionCountry(region: string): string | undefined {
  return countryIn(AWS_REGIONS, region);
}

/** Country of a Google Cloud region; undefined if the table does not know it. */
export function googleRegionCountry(region: string): string | undefined {
  return countryIn(GOOGLE_REGIONS, region);
}
