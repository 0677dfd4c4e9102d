import { Problems } from "../../lib/core/problems";
import { Residency } from "../../lib/fabric/residency";
import { Site } from "../../lib/fabric/site";
import { captureValidationError } from "../../lib/testing";
import { distributeZones, type PlatformZoneProps, type ShareProps } from "../../stacks/lakehouse-shares";

const frankfurt = Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } });
const paris = Site.kubernetes("paris", { country: "FR", kubeconfig: { context: "par" } });
const ireland = Site.aws("ireland", { region: "eu-west-1" });
const virginia = Site.aws("virginia", { region: "us-east-1" });
const eemshaven = Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" });
const SITES = new Map([frankfurt, paris, ireland, virginia, eemshaven].map((site) => [site.name, site]));

function distribute(
  zones: readonly PlatformZoneProps[] | undefined,
  shares: readonly ShareProps[] = [],
  residency?: Residency,
) {
  const problems = new Problems("lakehouse");
  const distribution = distributeZones(problems, SITES, { zones, shares, residency });
  problems.throwIfAny();
  return distribution;
}

const curated: PlatformZoneProps = { name: "curated", at: ["frankfurt"] };
const share: ShareProps = { zone: "curated", from: "frankfurt", to: ["ireland"], mode: "replication" };

function codes(zones: readonly PlatformZoneProps[], shares: readonly ShareProps[], residency?: Residency) {
  return captureValidationError(() => distribute(zones, shares, residency)).codes;
}

describe("where zones are kept", () => {
  test("a zone without `at` is kept at every site", () => {
    expect([...distribute([{ name: "raw" }]).zonesAt.keys()]).toEqual([...SITES.keys()]);
  });

  test("without zones, raw, refined and curated are kept at every site", () => {
    expect(
      distribute(undefined)
        .zonesAt.get("ireland")
        ?.map((zone) => zone.name),
    ).toEqual(["raw", "refined", "curated"]);
  });

  test("a replicated zone appears at the target as a copy, and only there", () => {
    const { zonesAt } = distribute([curated], [share]);
    expect(zonesAt.get("frankfurt")).toEqual([{ name: "curated" }]);
    expect(zonesAt.get("ireland")).toEqual([{ name: "curated", copyOf: "frankfurt" }]);
    expect(zonesAt.has("eemshaven")).toBe(false);
  });

  test("federation keeps nothing at the target", () => {
    const { zonesAt, edges } = distribute([curated], [{ ...share, mode: "federation" }]);
    expect([...zonesAt.keys()]).toEqual(["frankfurt"]);
    expect(edges).toEqual([
      { zone: "curated", from: "frankfurt", to: "ireland", mode: "federation", schedule: undefined },
    ]);
  });

  test("federation in both directions gives one edge each way", () => {
    const both: ShareProps = { ...share, mode: "federation", direction: "both" };
    const { edges } = distribute([{ ...curated, at: ["frankfurt", "ireland"] }], [both]);
    expect(edges.map(({ from, to }) => `${from}>${to}`)).toEqual(["frankfurt>ireland", "ireland>frankfurt"]);
  });
});

describe("what is refused", () => {
  test.each<[string, readonly PlatformZoneProps[], readonly ShareProps[], string]>([
    ["a zone at an unknown site", [{ name: "raw", at: ["mars"] }], [], "UnknownSite"],
    ["a zone at no site", [{ name: "raw", at: [] }], [], "MissingValue"],
    ["a zone twice at one site", [{ name: "raw", at: ["ireland", "ireland"] }], [], "DuplicateValue"],
    ["sharing an unknown zone", [curated], [{ ...share, zone: "gold" }], "UnknownZone"],
    ["sharing with an unknown site", [curated], [{ ...share, to: ["mars"] }], "UnknownSite"],
    ["sharing with nobody", [curated], [{ ...share, to: [] }], "MissingValue"],
    ["sharing with itself", [curated], [{ ...share, to: ["frankfurt"] }], "ShareWithItself"],
    [
      "sharing from a site that does not keep the zone",
      [curated],
      [{ ...share, from: "paris" }],
      "ZoneNotAtSite",
    ],
    [
      "copying over a zone that the target owns",
      [{ ...curated, at: ["frankfurt", "ireland"] }],
      [share],
      "ZoneAlreadyAtSite",
    ],
    ["replication in both directions", [curated], [{ ...share, direction: "both" }], "TwoWayReplication"],
    [
      "a schedule for federation",
      [curated],
      [{ ...share, mode: "federation", schedule: "0 * * * *" }],
      "UnsupportedShare",
    ],
    ["replication between clusters", [curated], [{ ...share, to: ["paris"] }], "UnsupportedShare"],
    [
      "federation between clouds",
      [{ name: "curated", at: ["ireland"] }],
      [{ zone: "curated", from: "ireland", to: ["eemshaven"], mode: "federation" }],
      "UnsupportedShare",
    ],
    ["the same share twice", [curated], [share, share], "DuplicateValue"],
    ["an unknown mode", [curated], [{ ...share, mode: "osmosis" as never }], "NotOneOf"],
  ])("%s", (_, zones, shares, code) => {
    expect(codes(zones, shares)).toContain(code);
  });

  test("a share that crosses the residency, by replication and by federation, with the site and the allowed countries", () => {
    for (const mode of ["replication", "federation"] as const) {
      const error = captureValidationError(() =>
        distribute([curated], [{ ...share, to: ["virginia"], mode }], Residency.EU),
      );
      expect(error.codes).toEqual(["ResidencyViolation"]);
      expect(error.message).toContain("virginia (US)");
      expect(error.message).toContain("EU: AT, BE,");
    }
  });

  test("a zone's own residency is narrower than the lakehouse's and wins", () => {
    const german = { ...curated, residency: Residency.countries("DE") };
    expect(codes([german], [share], Residency.EU)).toEqual(["ResidencyViolation"]);
  });
});
