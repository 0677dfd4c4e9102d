import { Problems } from "../../../lib/core/problems";
import { Identity } from "../../../lib/fabric/identity";
import { AccessRules, trinoUser } from "../../../lib/lakehouse/kubernetes/access-rules";
import { type LakehouseModel, resolveLakehouse, type ZoneProps } from "../../../lib/lakehouse/lakehouse";
import { BIDS, FRANKFURT } from "./support";

const USER = "system:serviceaccount:bi:dashboards";
const OWNER = "system:serviceaccount:lake:tables";

function model(
  zones: readonly ZoneProps[] = [{ name: "curated", tables: [BIDS] }, { name: "raw" }],
): LakehouseModel {
  return resolveLakehouse(new Problems("test"), { site: FRANKFURT, namePrefix: "acme-lake", zones });
}

interface Rule {
  readonly user?: string;
  readonly catalog?: string;
}

function tableRules(grant: (rules: AccessRules, zones: LakehouseModel["zones"]) => void, zones = model()) {
  const rules = new AccessRules(zones, OWNER, []);
  grant(rules, zones.zones);
  const { tables } = JSON.parse(rules.render()) as { tables: Rule[] };
  return tables.filter(({ user, catalog }) => user === USER && catalog !== "system");
}

const [CURATED, RAW] = model().zones as [LakehouseModel["zones"][0], LakehouseModel["zones"][0]];
const TABLE = CURATED.tables[0]!;
const WRITE = ["SELECT", "INSERT", "DELETE", "UPDATE"];
const BIDS_RULE = { user: USER, catalog: "curated", schema: "main", table: "bids" };

test("Trino knows a service account by the subject of its token", () => {
  const identity = Identity.kubernetesServiceAccount("x", { namespace: "bi", serviceAccount: "dashboards" });
  expect(trinoUser(identity)).toBe(USER);
});

describe("rules of tables", () => {
  test("hide personal data from readers of a zone, and tables that nobody declared", () => {
    const rules = tableRules((access) =>
      access.grant(USER, { access: "read", zone: CURATED, includePii: false }),
    );
    expect(rules).toEqual([
      { ...BIDS_RULE, privileges: ["SELECT"], columns: [{ name: "ip_address", allow: false }] },
    ]);
  });

  test("show everything to readers who may see personal data", () => {
    const rules = tableRules((access) =>
      access.grant(USER, { access: "read", zone: CURATED, includePii: true }),
    );
    expect(rules).toEqual([
      { ...BIDS_RULE, privileges: ["SELECT"] },
      { user: USER, catalog: "curated", schema: "main", privileges: ["SELECT"] },
    ]);
  });

  test("let readers of a zone without declared tables read what is there", () => {
    const rules = tableRules((access) =>
      access.grant(USER, { access: "read", zone: RAW, includePii: false }),
    );
    expect(rules).toEqual([{ user: USER, catalog: "raw", schema: "main", privileges: ["SELECT"] }]);
  });

  test("let writers change rows, never tables", () => {
    const rules = tableRules((access) =>
      access.grant(USER, { access: "write", zone: CURATED, includePii: true }),
    );
    expect(rules).toEqual([
      { ...BIDS_RULE, privileges: WRITE },
      { user: USER, catalog: "curated", schema: "main", privileges: WRITE },
    ]);
  });

  test("add up rights on columns, also on personal data that is named", () => {
    const [id, , ip] = TABLE.columns as [never, never, never];
    const rules = tableRules((access) => {
      access.grant(USER, { access: "read", zone: CURATED, table: TABLE, columns: [id], includePii: false });
      access.grant(USER, { access: "read", zone: CURATED, table: TABLE, columns: [ip], includePii: false });
    });
    expect(rules).toEqual([
      {
        ...BIDS_RULE,
        privileges: ["SELECT"],
        columns: [
          { name: "event_time", allow: false },
          { name: "price", allow: false },
        ],
      },
    ]);
  });

  test("join a right to read some columns with one to write the table", () => {
    const [id] = TABLE.columns as [never];
    const rules = tableRules((access) => {
      access.grant(USER, { access: "read", zone: CURATED, table: TABLE, columns: [id], includePii: false });
      access.grant(USER, { access: "write", zone: CURATED, table: TABLE, includePii: true });
    });
    expect(rules).toEqual([{ ...BIDS_RULE, privileges: WRITE }]);
  });

  test("leave out tables on which nothing was granted", () => {
    const clicks = { name: "clicks", columns: [{ name: "id", type: "long" }] };
    const two = model([{ name: "curated", tables: [BIDS, clicks] }]);
    const rules = tableRules((access, [zone]) => {
      const table = zone!.tables.find(({ name }) => name === "clicks")!;
      access.grant(USER, { access: "read", zone: zone!, table, includePii: false });
    }, two);
    expect(rules).toEqual([
      { user: USER, catalog: "curated", schema: "main", table: "clicks", privileges: ["SELECT"] },
    ]);
  });

  test("leave out a table of which all columns are hidden", () => {
    const secret = { name: "people", columns: [{ name: "name", type: "string", pii: true }] };
    const zones = model([{ name: "curated", tables: [secret] }]);
    expect(
      tableRules(
        (access, [zone]) => access.grant(USER, { access: "read", zone: zone!, includePii: false }),
        zones,
      ),
    ).toEqual([]);
  });
});

describe("rules of catalogues", () => {
  const catalogs = (access: "read" | "write") => {
    const rules = new AccessRules(model(), OWNER, []);
    rules.grant(USER, { access, zone: CURATED, includePii: true });
    return (JSON.parse(rules.render()) as { catalogs: Rule[] }).catalogs.filter(({ user }) => user === USER);
  };

  test("are read-only for readers", () => {
    expect(catalogs("read")).toEqual([
      { user: USER, catalog: "curated", allow: "read-only" },
      { user: USER, catalog: "system", allow: "read-only" },
    ]);
    expect(catalogs("write")[0]).toEqual({ user: USER, catalog: "curated", allow: "all" });
  });

  test("give the job that makes the tables its own catalogues and nothing else", () => {
    const rules = JSON.parse(new AccessRules(model(), OWNER, []).render());
    expect(rules.catalogs).toEqual([
      { user: OWNER, catalog: "curated", allow: "all" },
      { user: OWNER, catalog: "raw", allow: "all" },
      { allow: "none" },
    ]);
    expect(rules.schemas).toEqual([
      { user: OWNER, catalog: "curated", owner: true },
      { user: OWNER, catalog: "raw", owner: true },
      { owner: false },
    ]);
    expect(rules.queries).toEqual([{ allow: ["execute"] }]);
  });

  test("of foreign catalogues are sorted and asked for once", () => {
    const rules = new AccessRules(model(), OWNER, []);
    rules.grantForeign(USER, "paris");
    rules.grantForeign(USER, "ireland");
    rules.grantForeign(USER, "paris");
    const own = (JSON.parse(rules.render()) as { catalogs: Rule[] }).catalogs.filter(
      ({ user }) => user === USER,
    );
    expect(own.map(({ catalog }) => catalog)).toEqual(["ireland", "paris", "system"]);
  });
});
