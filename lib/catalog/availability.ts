import type { Evidence } from "./facts";
import { row } from "./rows";

/** Regions in which a machine type has a price, which shows that it is sold there. */
export interface AvailabilityFacts extends Evidence {
  readonly provider: "aws" | "google";
  readonly machine: string;
  readonly regions: readonly string[];
}

/** A price list that was read as a whole for machines of these families. */
interface PriceList extends Evidence {
  readonly provider: AvailabilityFacts["provider"];
  /** Machines that the list would have, were they sold in one of its regions. */
  readonly families: RegExp;
  /** Entries of the form `machine machine : region region`, each starting on a line indented by two spaces. */
  readonly text: string;
}

const KARPENTER_AWS =
  "github.com/aws/karpenter-provider-aws@1d927085 pkg/providers/pricing/zz_generated.pricing_aws{,_us_gov}.go (2026-07-20)";
const KARPENTER_GCP =
  "github.com/cloudpilot-ai/karpenter-provider-gcp@417f047b pkg/providers/pricing/initial-prices.json (2026-08-03)";
const READ = "2026-11-20";

const LISTS: readonly PriceList[] = [
  {
    provider: "aws",
    families: /^p\d/,
    // P6e-GB200 has no hourly price: it is sold by Capacity Blocks in the Local Zone of Dallas, which is of us-east-1.
    text: `
  p3dn.24xlarge : us-east-1 us-gov-east-1 us-gov-west-1
  p4d.24xlarge : ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-2 ca-central-1 eu-central-1
      eu-west-1 us-east-1 us-east-2 us-gov-west-1 us-west-2
  p4de.24xlarge : ap-northeast-1 ap-southeast-1 eu-central-1 us-east-1 us-west-2
  p5.48xlarge : ap-northeast-1 ap-south-1 ap-southeast-2 ap-southeast-3 ca-central-1 eu-north-1
      eu-west-2 us-east-1 us-east-2 us-gov-west-1 us-west-1 us-west-2
  p5.4xlarge : ap-northeast-1 ap-south-1 ap-southeast-2 ap-southeast-3 eu-west-2 us-east-1 us-east-2
      us-gov-west-1 us-west-2
  p5e.48xlarge : ap-southeast-2 ap-southeast-3 eu-north-1 eu-west-2 us-east-2 us-west-2
  p5en.48xlarge : ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-3 eu-north-1 eu-south-2
      us-east-1 us-east-2 us-gov-west-1 us-west-1 us-west-2
  p6-b200.48xlarge : us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 us-west-2
  p6-b300.48xlarge : us-east-1 us-gov-east-1
  p6e-gb200.36xlarge : us-east-1
`,
    source: `${KARPENTER_AWS}; github.com/skypilot-org/skypilot-catalog@e385a0d3 catalogs/v8/aws/vms.csv`,
    read: READ,
  },
  {
    provider: "aws",
    families: /^(g|gr|inf|trn|dl)\d/,
    text: `
  g4dn.12xlarge g4dn.16xlarge g4dn.2xlarge g4dn.4xlarge g4dn.8xlarge g4dn.xlarge g6.12xlarge g6.16xlarge
      g6.24xlarge g6.2xlarge g6.48xlarge g6.4xlarge g6.8xlarge g6.xlarge gr6.4xlarge gr6.8xlarge :
      us-east-1 us-gov-east-1 us-gov-west-1
  g4dn.metal : us-east-1 us-gov-west-1
  g5.12xlarge g5.16xlarge g5.24xlarge g5.2xlarge g5.48xlarge g5.4xlarge g5.8xlarge g5.xlarge
      g6e.12xlarge g6e.16xlarge g6e.24xlarge g6e.2xlarge g6e.48xlarge g6e.4xlarge g6e.8xlarge g6e.xlarge
      g7.12xlarge g7.24xlarge g7.2xlarge g7.48xlarge g7.4xlarge g7.8xlarge g7e.12xlarge g7e.24xlarge
      g7e.2xlarge g7e.48xlarge g7e.4xlarge g7e.8xlarge inf2.24xlarge inf2.48xlarge inf2.8xlarge
      inf2.xlarge trn1.2xlarge trn1.32xlarge trn1n.32xlarge : us-east-1
`,
    source: KARPENTER_AWS,
    read: READ,
  },
  {
    provider: "google",
    families: /^(a2-|a3-high|a3-mega|g2-|g4-)/,
    text: `
  a2-highgpu-1g a2-highgpu-2g a2-highgpu-4g a2-highgpu-8g : asia-northeast1 asia-northeast3
      asia-southeast1 europe-west4 me-west1 us-central1 us-east1 us-west1 us-west3 us-west4
  a2-megagpu-16g : asia-southeast1 europe-west4 us-central1
  a2-ultragpu-1g a2-ultragpu-2g a2-ultragpu-4g a2-ultragpu-8g : asia-southeast1 europe-west4 us-central1
      us-east4 us-east5
  a3-highgpu-1g a3-highgpu-2g a3-highgpu-4g a3-highgpu-8g : asia-east1 asia-northeast1 asia-south1
      asia-south2 asia-southeast1 australia-southeast1 europe-north1 europe-west1 europe-west3
      europe-west4 europe-west9 us-central1 us-east4 us-east5 us-west1 us-west4
  a3-megagpu-8g : asia-northeast1 asia-southeast1 australia-southeast1 europe-west1 europe-west3
      europe-west4 us-east4 us-east5 us-west4
  g2-standard-12 g2-standard-16 g2-standard-24 g2-standard-32 g2-standard-4 g2-standard-48 g2-standard-8
      g2-standard-96 : asia-east1 asia-northeast1 asia-northeast3 asia-south1 asia-southeast1
      europe-west1 europe-west2 europe-west3 europe-west4 europe-west6 me-central2
      northamerica-northeast1 northamerica-northeast2 us-central1 us-east1 us-east4 us-west1 us-west4
  g4-standard-12 g4-standard-24 g4-standard-6 : asia-east1 europe-north1 europe-west2 europe-west4
      us-central1 us-east1 us-east5 us-south1
  g4-standard-192 g4-standard-384 g4-standard-48 g4-standard-96 : asia-east1 asia-south1 asia-south2
      asia-southeast1 asia-southeast2 europe-north1 europe-west1 europe-west10 europe-west2 europe-west4
      europe-west8 me-central2 us-central1 us-east1 us-east4 us-east5 us-south1 us-west1 us-west3
      us-west4
`,
    source: `${KARPENTER_GCP}; github.com/skypilot-org/skypilot-catalog@8427bbff catalogs/v8/gcp/vms.csv`,
    read: READ,
  },
  {
    provider: "google",
    families: /^(a3-ultra|a4-high|ct5p-|ct6e-)/,
    text: `
  a3-ultragpu-8g : asia-south1 europe-west1 europe-west4 us-central1 us-east4
  a4-highgpu-8g : europe-north1 europe-west4 us-central1 us-east1 us-east4 us-south1 us-west2 us-west3
  ct5p-hightpu-4t : europe-west1 europe-west4 us-central1 us-east1 us-east5 us-south1
  ct6e-standard-1t ct6e-standard-4t ct6e-standard-8t : asia-northeast1 asia-south1 asia-southeast1
      europe-west4 southamerica-west1 us-central1 us-east1 us-east4 us-east5 us-south1 us-west1
`,
    source: "github.com/skypilot-org/skypilot-catalog@8427bbff catalogs/v8/gcp/vms.csv",
    read: READ,
  },
];

function rowsOf({ provider, text, source, read }: PriceList): readonly AvailabilityFacts[] {
  const entries = text.split(/\n {2}(?! )/).filter((entry) => entry.includes(":"));
  return entries.flatMap((entry) => {
    const [machines, regions] = entry.split(":").map((part) => part.trim().split(/\s+/));
    return machines!.map((machine) =>
      row({ provider, machine, regions: Object.freeze(regions!), source, read }),
    );
  });
}

/** Machine types with the regions that have a price for them, from price lists of the day that each row names. */
export const AVAILABILITY: readonly AvailabilityFacts[] = Object.freeze(LISTS.flatMap(rowsOf));

/**
 * Whether a machine type is sold in a region, by the price lists that were read. Evidence, not a promise: prices lag
 * behind new regions, and a price is no capacity.
 *
 * - `offered`: it has a price there.
 * - `not-listed`: a list of such machines has prices of that region, but none of this machine.
 * - `unknown-region`: no list that was read has such machines in that region; nothing is known.
 */
export function offeredIn(
  provider: AvailabilityFacts["provider"],
  machine: string,
  region: string,
): "offered" | "not-listed" | "unknown-region" {
  const own = AVAILABILITY.filter((entry) => entry.provider === provider);
  if (own.some((entry) => entry.machine === machine && entry.regions.includes(region))) {
    return "offered";
  }
  const list = LISTS.find((entry) => entry.provider === provider && entry.families.test(machine));
  const covered = own.some(
    (entry) => list?.families.test(entry.machine) === true && entry.regions.includes(region),
  );
  return covered ? "not-listed" : "unknown-region";
}
