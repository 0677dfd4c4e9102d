import { Identity, type ILakehouse, Site } from "../../lib";
import { Problems } from "../../lib/core/problems";
import { type GrantRequest, resolveLakehouse } from "../../lib/lakehouse/lakehouse";
import { LakehouseBase } from "../../lib/lakehouse/lakehouse-base";
import { captureValidationError, testApp } from "../../lib/testing";
import { PlatformLakehouse } from "../../stacks/platform-lakehouse";

class RecordingLakehouse extends LakehouseBase {
  readonly requests: GrantRequest[] = [];
  protected readonly model;

  constructor(
    readonly site: Site,
    zones: readonly string[],
  ) {
    super(testApp(), site.name);
    this.model = resolveLakehouse(new Problems("test"), {
      site,
      namePrefix: "acme",
      zones: zones.map((name) => ({
        name,
        tables: [
          {
            name: "bids",
            columns: [
              { name: "id", type: "long" },
              { name: "user_id", type: "string", pii: true },
            ],
          },
        ],
      })),
    });
  }

  catalogEndpoint(): never {
    throw new Error("not asked for here");
  }
  protected zoneLocation() {
    return "s3://bucket";
  }
  protected grant(request: GrantRequest) {
    this.requests.push(request);
    return { resources: [] };
  }
}

const ireland = new RecordingLakehouse(Site.aws("ireland", { region: "eu-west-1" }), ["raw", "curated"]);
const paris = new RecordingLakehouse(Site.aws("paris", { region: "eu-west-3" }), ["curated"]);
const eemshaven = new RecordingLakehouse(
  Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" }),
  ["curated"],
);
const lake = new PlatformLakehouse(
  "lake",
  new Map<string, ILakehouse>([
    ["ireland", ireland],
    ["paris", paris],
    ["eemshaven", eemshaven],
  ]),
);
const analysts = Identity.awsRole("analysts", "arn:aws:iam::111122223333:role/analysts");

beforeEach(() => {
  for (const part of [ireland, paris, eemshaven]) {
    part.requests.length = 0;
  }
});

test("a zone names the sites that keep it", () => {
  expect(lake.zone("curated").sites).toEqual(["ireland", "paris", "eemshaven"]);
  expect(lake.zone("raw").sites).toEqual(["ireland"]);
});

test("a grant goes to every site at which the identity is at home, and to no other", () => {
  expect(
    lake
      .zone("curated")
      .grantRead(analysts)
      .map((grant) => grant.site),
  ).toEqual(["ireland", "paris"]);
  expect(ireland.requests).toHaveLength(1);
  expect(eemshaven.requests).toHaveLength(0);
  expect(ireland.requests[0]).toMatchObject({ access: "read", includePii: false, identity: analysts });
});

test("a grant on a table carries its columns and the right to personal data", () => {
  lake
    .zone("curated")
    .table("bids")
    .grantRead(analysts, { columns: ["user_id"], includePii: true });
  expect(paris.requests[0]).toMatchObject({
    table: { name: "bids" },
    columns: [{ name: "user_id", pii: true }],
    includePii: true,
  });
});

test("the right to write is given on zones and tables", () => {
  lake.zone("raw").grantWrite(analysts);
  lake.zone("curated").table("bids").grantWrite(analysts);
  expect(ireland.requests.map(({ access, table }) => [access, table?.name])).toEqual([
    ["write", undefined],
    ["write", "bids"],
  ]);
});

test.each([
  [
    "an identity that is at home at no site of the zone",
    () => lake.zone("raw").grantRead(Identity.googleGroup("g", "g@acme.example")),
    "IdentityKindMismatch",
  ],
  ["an unknown zone", () => lake.zone("gold"), "UnknownZone"],
  ["an unknown site", () => lake.at("mars"), "UnknownSite"],
  ["an unknown table", () => lake.zone("raw").table("nope").grantRead(analysts), "UnknownTable"],
  [
    "an unknown column",
    () =>
      lake
        .zone("raw")
        .table("bids")
        .grantRead(analysts, { columns: ["nope"] }),
    "UnknownColumn",
  ],
])("refuses %s", (_, body, code) => {
  expect(captureValidationError(body).code).toBe(code);
});
