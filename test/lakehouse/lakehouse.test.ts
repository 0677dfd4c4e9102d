import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { TerraformStack, Token } from "cdktf";
import fc from "fast-check";
import { Problems } from "../../lib/core/problems";
import { Identity } from "../../lib/fabric/identity";
import { Residency } from "../../lib/fabric/residency";
import { Site } from "../../lib/fabric/site";
import type { CatalogEndpoint } from "../../lib/lakehouse";
import {
  type Grant,
  type GrantRequest,
  type LakehouseModel,
  type LakehouseProps,
  resolveLakehouse,
  type ZoneModel,
  type ZoneProps,
} from "../../lib/lakehouse/lakehouse";
import { LakehouseBase } from "../../lib/lakehouse/lakehouse-base";
import { captureValidationError, testApp } from "../../lib/testing";
import { hostileText } from "../hostile-text";

const token = Token.asString({ a: 1 });
const numberToken = Token.asNumber("${a.b}");
const SITE = Site.aws("ireland", { region: "eu-west-1" });
const BIDS = {
  name: "bids",
  columns: [
    { name: "id", type: "uuid" },
    { name: "user", type: "string", pii: true },
  ],
};

function resolve(change: Partial<LakehouseProps> = {}): LakehouseModel {
  const problems = new Problems("test");
  const model = resolveLakehouse(problems, { site: SITE, namePrefix: "acme-lake", ...change });
  problems.throwIfAny();
  return model;
}

const refusal = (change: Partial<LakehouseProps>) => captureValidationError(() => resolve(change));
const codes = (change: Partial<LakehouseProps>) => refusal(change).codes;
const zoneRefusal = (zone: Partial<ZoneProps>) => refusal({ zones: [{ name: "raw", ...zone }] });
const zoneCodes = (zone: Partial<ZoneProps>) => zoneRefusal(zone).codes;

describe("a lakehouse", () => {
  test("has three zones and every default", () => {
    const zone = (name: string) => ({
      name,
      tables: [],
      residency: Residency.ANYWHERE,
      dataClass: undefined,
      retentionDays: undefined,
      tiering: {},
      copyOf: undefined,
    });
    expect(resolve()).toEqual({
      zones: [zone("curated"), zone("raw"), zone("refined")],
      accessLogs: true,
      accessLogRetentionDays: 365,
      dataEvents: true,
      noncurrentVersionDays: 30,
    });
  });

  test("keeps what was said", () => {
    const zones = [
      {
        name: "raw",
        tables: [BIDS],
        residency: Residency.EU,
        dataClass: "confidential",
        tiering: { warmAfterDays: 30, coldAfterDays: 90 },
        copyOf: "frankfurt",
      },
      { name: "files", retentionDays: 400, tiering: { archiveAfterDays: 399 } },
    ];
    const model = resolve({ zones, accessLogRetentionDays: 30, dataEvents: false, noncurrentVersionDays: 7 });
    expect(model).toMatchObject({ accessLogRetentionDays: 30, dataEvents: false, noncurrentVersionDays: 7 });
    expect(model.zones[1]).toMatchObject({
      residency: Residency.EU,
      dataClass: "confidential",
      tiering: { warmAfterDays: 30, coldAfterDays: 90 },
      copyOf: "frankfurt",
    });
    expect(model.zones[1]?.tables.map((table) => table.name)).toEqual(["bids"]);
    expect(model.zones[0]).toMatchObject({ residency: Residency.ANYWHERE, retentionDays: 400 });
    expect(resolve({ accessLogs: false }).accessLogs).toBe(false);
  });

  test.each(["ab", "a-b", "a1", "x".repeat(48)])("may have the name prefix %s", (namePrefix) => {
    expect(resolve({ namePrefix }).zones).toHaveLength(3);
  });

  test.each(["", "a", "A1", "1a", "a-", "-a", "a--b", "a_b", "a.b", "x".repeat(49)])(
    "may not have the name prefix %j",
    (namePrefix) => {
      expect(codes({ namePrefix })).toEqual(["InvalidName"]);
    },
  );

  test("has a literal name prefix and literal zone names", () => {
    expect(codes({ namePrefix: token, zones: [{ name: token }] })).toEqual([
      "TokenNotAllowed",
      "TokenNotAllowed",
    ]);
  });

  test("has zones, each once; or only catalogues of other sites", () => {
    expect(codes({ zones: [] })).toEqual(["MissingValue"]);
    expect(codes({ zones: [{ name: "raw" }, { name: "raw" }] })).toEqual(["DuplicateValue"]);
    const endpoint = { kind: "iceberg-rest", uri: "https://c.test", warehouse: "w", namespace: "n" } as const;
    expect(resolve({ zones: [], foreignCatalogs: [{ name: "fra", endpoint }] }).zones).toEqual([]);
  });

  test.each([
    ["accessLogRetentionDays", 0],
    ["accessLogRetentionDays", 36_501],
    ["accessLogRetentionDays", 1.5],
    ["noncurrentVersionDays", 0],
    ["noncurrentVersionDays", 3651],
  ])("%s cannot be %p", (key, days) => {
    expect(codes({ [key]: days })).toEqual(["NumberOutOfRange"]);
    expect(codes({ [key]: numberToken })).toEqual(["TokenNotAllowed"]);
  });

  test.each([
    ["accessLogRetentionDays", 1],
    ["accessLogRetentionDays", 36_500],
    ["noncurrentVersionDays", 1],
    ["noncurrentVersionDays", 3650],
  ])("%s can be %p", (key, days) => {
    expect(resolve({ [key]: days })).toMatchObject({ [key]: days });
  });

  test("days for logs that are not kept are refused, not ignored", () => {
    const error = refusal({ accessLogs: false, accessLogRetentionDays: 30 });
    expect(error.codes).toEqual(["NoEffect"]);
    expect(error.findings[0]).toMatchObject({ subject: "accessLogRetentionDays", given: 30 });
  });
});

describe("a zone", () => {
  test.each(["a", "raw", "raw-events", "a1", "x".repeat(32)])("may be named %s", (name) => {
    expect(resolve({ zones: [{ name }] }).zones[0]?.name).toBe(name);
  });

  test.each(["", "A", "1a", "-a", "a-", "a--b", "a_b", "a.b", "x".repeat(33), "${x}"])(
    "may not be named %j, because a provider forbids it in bucket names",
    (name) => {
      expect(codes({ zones: [{ name }] })).toEqual(["InvalidName"]);
    },
  );

  test("survives hostile names quickly", () => {
    fc.assert(
      fc.property(hostileText, (name) => {
        fc.pre(!/^[a-z][a-z0-9-]*$/.test(name));
        expect(codes({ zones: [{ name }] })).toEqual(["InvalidName"]);
      }),
    );
    expect(codes({ zones: [{ name: `a${"-a".repeat(100_000)}-` }] })).toEqual(["InvalidName"]);
  });

  test("has each table once", () => {
    const error = zoneRefusal({ tables: [BIDS, BIDS] });
    expect(error.codes).toEqual(["DuplicateValue"]);
    expect(error.findings[0]).toMatchObject({ subject: 'zone "raw" tables', given: ["bids"] });
  });

  test("checks its tables", () => {
    expect(zoneCodes({ tables: [{ name: "t", columns: [] }] })).toEqual(["TableWithoutColumns"]);
  });

  test.each(["", "Top Secret", "x".repeat(64)])(
    "has a data class that every provider takes as a tag, not %j",
    (dataClass) => {
      expect(zoneCodes({ dataClass })).toEqual(["InvalidName"]);
    },
  );

  test("has a literal data class and a literal site that it copies", () => {
    expect(zoneCodes({ dataClass: token, copyOf: token })).toEqual(["TokenNotAllowed", "TokenNotAllowed"]);
    expect(zoneCodes({ copyOf: "Not A Site" })).toEqual(["InvalidName"]);
  });
});

describe("residency", () => {
  test("a site outside the rule of its lakehouse is refused for every zone", () => {
    const error = refusal({
      residency: Residency.countries("DE"),
      zones: [{ name: "raw" }, { name: "curated" }],
    });
    expect(error.codes).toEqual(["ResidencyViolation", "ResidencyViolation"]);
    expect(error.findings[0]).toMatchObject({
      subject: 'zone "raw"',
      given: "ireland (IE)",
      allowed: "DE: DE",
    });
  });

  test("a site outside the rule of one zone is refused for that zone", () => {
    const zones = [{ name: "raw" }, { name: "curated", residency: Residency.countries("DE", "FR") }];
    const error = refusal({ residency: Residency.EU, zones });
    expect(error.codes).toEqual(["ResidencyViolation"]);
    expect(error.findings[0]).toMatchObject({ subject: 'zone "curated"', allowed: "DE+FR: DE, FR" });
  });

  test("a zone may narrow the rule of its lakehouse, not widen it", () => {
    const zones = [{ name: "raw", residency: Residency.EEA }];
    const error = refusal({ residency: Residency.EU, zones });
    expect(error.codes).toEqual(["ZoneResidencyWiderThanLakehouse"]);
    expect(error.findings[0]).toMatchObject({ given: "EEA", subject: 'zone "raw" residency' });
    expect(
      refusal({ residency: Residency.EU, zones: [{ name: "raw", residency: Residency.ANYWHERE }] }).codes,
    ).toEqual(["ZoneResidencyWiderThanLakehouse"]);
    const narrow = resolve({
      residency: Residency.EU,
      zones: [{ name: "raw", residency: Residency.countries("IE") }],
    });
    expect(narrow.zones[0]?.residency.name).toBe("IE");
  });
});

describe("retention and tiers", () => {
  test.each([1, 36_500])("keep objects for %p days", (retentionDays) => {
    expect(resolve({ zones: [{ name: "raw", retentionDays }] }).zones[0]?.retentionDays).toBe(retentionDays);
  });

  test.each([0, -1, 0.5, 36_501, Number.NaN])("cannot be %p days", (days) => {
    expect(zoneCodes({ retentionDays: days })).toEqual(["NumberOutOfRange"]);
    expect(zoneCodes({ tiering: { warmAfterDays: days } })).toEqual(["NumberOutOfRange"]);
    expect(zoneCodes({ tiering: { coldAfterDays: days } })).toEqual(["NumberOutOfRange"]);
    expect(zoneCodes({ tiering: { archiveAfterDays: days } })).toEqual(["NumberOutOfRange"]);
  });

  test("are known at synth, because they are compared", () => {
    const tiering = { warmAfterDays: numberToken, coldAfterDays: 30 };
    expect(zoneCodes({ tiering })).toEqual(["TokenNotAllowed"]);
    expect(zoneCodes({ tiering: { warmAfterDays: 30, coldAfterDays: numberToken } })).toEqual([
      "TokenNotAllowed",
    ]);
    expect(zoneCodes({ retentionDays: numberToken, tiering: { warmAfterDays: 30 } })).toEqual([
      "TokenNotAllowed",
    ]);
  });

  test.each([
    [{ warmAfterDays: 30, coldAfterDays: 30 }],
    [{ warmAfterDays: 31, coldAfterDays: 30 }],
    [{ coldAfterDays: 90, archiveAfterDays: 90 }],
    [{ warmAfterDays: 91, archiveAfterDays: 90 }],
    [{ warmAfterDays: 30, coldAfterDays: 20, archiveAfterDays: 90 }],
  ])("tiers come in order: %j is refused", (tiering) => {
    expect(zoneCodes({ tiering })).toEqual(["TierOrder"]);
  });

  test.each([
    [{}],
    [{ warmAfterDays: 30, coldAfterDays: 31, archiveAfterDays: 32 }],
    [{ warmAfterDays: undefined, archiveAfterDays: 1 }],
  ])("tiers come in order: %j is accepted", (tiering) => {
    expect(resolve({ zones: [{ name: "raw", tiering }] }).zones[0]?.tiering).toEqual(tiering);
  });

  test("objects reach a tier before they are deleted", () => {
    const tiering = { warmAfterDays: 30, coldAfterDays: 90 };
    expect(zoneCodes({ tiering, retentionDays: 90 })).toEqual(["RetentionBeforeTransition"]);
    expect(zoneCodes({ tiering, retentionDays: 10 })).toEqual(["RetentionBeforeTransition"]);
    expect(resolve({ zones: [{ name: "raw", tiering, retentionDays: 91 }] }).zones[0]?.retentionDays).toBe(
      91,
    );
  });

  test("never delete or archive live files of tables", () => {
    const tables = [BIDS];
    expect(zoneCodes({ tables, retentionDays: 90 })).toEqual(["RetentionBreaksTables"]);
    expect(zoneCodes({ tables, tiering: { archiveAfterDays: 90 } })).toEqual(["ArchiveBreaksTables"]);
    const tiering = { warmAfterDays: 30, coldAfterDays: 90 };
    expect(resolve({ zones: [{ name: "raw", tables, tiering }] }).zones[0]?.tiering).toEqual(tiering);
  });
});

/** The smallest site: writes down what it is asked. */
class NotebookLakehouse extends LakehouseBase {
  readonly site = SITE;
  readonly requests: GrantRequest[] = [];
  protected readonly model = resolve({ zones: [{ name: "raw", tables: [BIDS] }, { name: "files" }] });

  catalogEndpoint(zone: string): CatalogEndpoint {
    const { name } = this.requireZone(zone);
    return { kind: "glue", region: "eu-west-1", database: name, location: `s3://${name}` };
  }

  protected zoneLocation(zone: ZoneModel): string {
    return `s3://acme-${zone.name}`;
  }

  protected grant(request: GrantRequest): Grant {
    this.requests.push(request);
    return { resources: [this.key] };
  }

  private readonly key = new KmsKey(this, "key");
}

describe("grants", () => {
  const analyst = Identity.awsRole("analyst", "arn:aws:iam::111122223333:role/analyst");
  const make = () => new NotebookLakehouse(new TerraformStack(testApp(), "stack"), "lake");
  /** What the site was asked, by name. */
  const asked = (lake: NotebookLakehouse) =>
    lake.requests.map(({ identity, zone, table, columns, ...rest }) => ({
      identity: identity.name,
      zone: zone.name,
      table: table?.name,
      columns: columns?.map((column) => column.name),
      ...rest,
    }));

  test("of a zone", () => {
    const lake = make();
    const zone = lake.zone("raw");
    expect([zone.name, zone.location, lake.zoneNames]).toEqual(["raw", "s3://acme-raw", ["files", "raw"]]);
    expect(zone.grantRead(analyst).resources).toHaveLength(1);
    zone.grantRead(analyst, { includePii: true });
    zone.grantWrite(analyst);
    const base = { identity: "analyst", zone: "raw", table: undefined, columns: undefined };
    expect(asked(lake)).toEqual([
      { ...base, access: "read", includePii: false },
      { ...base, access: "read", includePii: true },
      { ...base, access: "write", includePii: true },
    ]);
  });

  test("of a table and of some of its columns", () => {
    const lake = make();
    const table = lake.zone("raw").table("bids");
    expect(table.name).toBe("bids");
    table.grantRead(analyst);
    table.grantRead(analyst, { columns: ["user"] });
    table.grantRead(analyst, { columns: ["id"], includePii: true });
    table.grantWrite(analyst);
    const base = { identity: "analyst", zone: "raw", table: "bids" };
    expect(asked(lake)).toEqual([
      { ...base, columns: undefined, access: "read", includePii: false },
      { ...base, columns: ["user"], access: "read", includePii: false },
      { ...base, columns: ["id"], access: "read", includePii: true },
      { ...base, columns: undefined, access: "write", includePii: true },
    ]);
  });

  test("of unknown zones, tables and columns are refused with what exists, and nothing is granted", () => {
    const lake = make();
    const unknown = (body: () => unknown) => {
      const { code, where, findings } = captureValidationError(body);
      return { code, where, given: findings[0]?.given, allowed: findings[0]?.allowed };
    };
    expect(unknown(() => lake.zone("curated"))).toEqual({
      code: "UnknownZone",
      where: "stack/lake",
      given: "curated",
      allowed: "files, raw",
    });
    expect(unknown(() => lake.catalogEndpoint("curated")).code).toBe("UnknownZone");
    expect(unknown(() => lake.zone("raw").table("clicks"))).toEqual({
      code: "UnknownTable",
      where: "stack/lake",
      given: "clicks",
      allowed: "bids",
    });
    expect(unknown(() => lake.zone("files").table("bids")).allowed).toBe("none: the zone has no tables");
    const table = lake.zone("raw").table("bids");
    expect(unknown(() => table.grantRead(analyst, { columns: ["id", "nope"] }))).toEqual({
      code: "UnknownColumn",
      where: "stack/lake",
      given: "nope",
      allowed: "id, user",
    });
    expect(unknown(() => table.grantRead(analyst, { columns: [] })).code).toBe("MissingValue");
    expect(unknown(() => table.grantRead(analyst, { columns: ["id", "id"] })).code).toBe("DuplicateValue");
    expect(lake.requests).toEqual([]);
  });
});
