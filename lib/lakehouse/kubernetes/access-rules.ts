import { stableJson } from "../../core/json";
import type { KubernetesIdentity } from "../../fabric/identity";
import type { GrantRequest, LakehouseModel, ZoneModel } from "../lakehouse";
import type { Table } from "../table";
import { catalogName, TABLE_NAMESPACE } from "./context";

/** The name under which Trino knows a service account: the subject of its token. */
export function trinoUser(identity: Pick<KubernetesIdentity, "namespace" | "serviceAccount">): string {
  return `system:serviceaccount:${identity.namespace}:${identity.serviceAccount}`;
}

const READ = ["SELECT"];
const WRITE = ["SELECT", "INSERT", "DELETE", "UPDATE"];
const OWN = [...WRITE, "OWNERSHIP"];

type Right = Pick<GrantRequest, "access" | "zone" | "table" | "columns" | "includePii">;

interface ColumnRule {
  readonly name: string;
  readonly allow: false;
}

interface TableRule {
  readonly user?: string;
  readonly catalog?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly privileges: readonly string[];
  readonly columns?: readonly ColumnRule[];
}

/** Names of the columns that a right lets its holder see. */
function visible(right: Right, table: Table): readonly string[] {
  const columns = right.columns ?? table.columns.filter((column) => right.includePii || !column.pii);
  return columns.map((column) => column.name);
}

function tableRule(
  user: string,
  zone: ZoneModel,
  table: Table,
  rights: readonly Right[],
): readonly TableRule[] {
  const held = rights.filter((right) => right.table === undefined || right.table.name === table.name);
  const seen = new Set(held.flatMap((right) => visible(right, table)));
  if (seen.size === 0) {
    return [];
  }
  const hidden = table.columns.filter((column) => !seen.has(column.name));
  return [
    {
      user,
      catalog: catalogName(zone.name),
      schema: TABLE_NAMESPACE,
      table: table.name,
      privileges: held.some((right) => right.access === "write") ? WRITE : READ,
      ...(hidden.length > 0
        ? { columns: hidden.map((column) => ({ name: column.name, allow: false as const })) }
        : {}),
    },
  ];
}

/**
 * Who may do what in Trino, as its file-based access control reads it. What no rule allows is denied.
 *
 * Source: https://trino.io/docs/current/security/file-system-access-control.html
 */
export class AccessRules {
  private readonly rights = new Map<string, Right[]>();
  private readonly foreign = new Map<string, Set<string>>();

  /**
   * @param owner user that makes and keeps the tables
   * @param administrators users that may do everything
   */
  constructor(
    private readonly model: LakehouseModel,
    private readonly owner: string,
    private readonly administrators: readonly string[],
  ) {}

  /** Asking twice changes nothing. */
  grant(user: string, right: Right): void {
    this.rights.set(user, [...(this.rights.get(user) ?? []), right]);
  }

  /** Lets a user read all tables of a foreign catalogue. */
  grantForeign(user: string, catalog: string): void {
    this.foreign.set(user, new Set([...(this.foreign.get(user) ?? []), catalog]));
  }

  render(): string {
    const users = [...new Set([...this.rights.keys(), ...this.foreign.keys()])].sort();
    const administrators = [...this.administrators].sort();
    return stableJson(
      {
        catalogs: [
          ...administrators.map((user) => ({ user, allow: "all" })),
          ...this.ownCatalogs().map((catalog) => ({ user: this.owner, catalog, allow: "all" })),
          ...users.flatMap((user) => this.catalogRules(user)),
          { allow: "none" },
        ],
        schemas: [
          ...administrators.map((user) => ({ user, owner: true })),
          ...this.ownCatalogs().map((catalog) => ({ user: this.owner, catalog, owner: true })),
          { owner: false },
        ],
        tables: [
          ...administrators.map((user) => ({ user, privileges: [...OWN, "GRANT_SELECT"] })),
          ...this.ownCatalogs().map((catalog) => ({ user: this.owner, catalog, privileges: OWN })),
          ...users.flatMap((user) => this.tableRules(user)),
          { privileges: [] },
        ],
        // Without these rules everybody could read the text of, and kill, everybody's queries.
        queries: [
          ...administrators.map((user) => ({ user, allow: ["execute", "kill", "view"] })),
          { allow: ["execute"] },
        ],
      },
      2,
    );
  }

  private ownCatalogs(): readonly string[] {
    return this.model.zones.map((zone) => catalogName(zone.name)).sort();
  }

  private rightsIn(user: string, zone: ZoneModel): readonly Right[] {
    return (this.rights.get(user) ?? []).filter((right) => right.zone.name === zone.name);
  }

  private sortedZones(): readonly ZoneModel[] {
    return [...this.model.zones].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private catalogRules(user: string) {
    const own = this.sortedZones().flatMap((zone) => {
      const rights = this.rightsIn(user, zone);
      const allow = rights.some((right) => right.access === "write") ? "all" : "read-only";
      return rights.length === 0 ? [] : [{ user, catalog: catalogName(zone.name), allow }];
    });
    const foreign = [...(this.foreign.get(user) ?? [])].sort();
    return [
      ...own,
      ...foreign.map((catalog) => ({ user, catalog, allow: "read-only" })),
      { user, catalog: "system", allow: "read-only" },
    ];
  }

  private tableRules(user: string): readonly TableRule[] {
    const own = this.sortedZones().flatMap((zone) => {
      const rights = this.rightsIn(user, zone);
      const tables = [...zone.tables].sort((a, b) => (a.name < b.name ? -1 : 1));
      return [
        ...tables.flatMap((table) => tableRule(user, zone, table, rights)),
        ...this.otherTables(user, zone, rights),
      ];
    });
    const foreign = [...(this.foreign.get(user) ?? [])].sort();
    return [
      ...own,
      ...foreign.map((catalog) => ({ user, catalog, privileges: READ })),
      // What JDBC clients ask for to list catalogues and types.
      { user, catalog: "system", schema: "jdbc", privileges: READ },
    ];
  }

  /**
   * Tables that are in the zone without being declared: nobody knows which of their columns hold personal data, so
   * only rights that include it reach them, unless the zone declares no tables at all.
   */
  private otherTables(user: string, zone: ZoneModel, rights: readonly Right[]): readonly TableRule[] {
    const whole = rights.filter(
      (right) => right.table === undefined && (right.includePii || zone.tables.length === 0),
    );
    if (whole.length === 0) {
      return [];
    }
    const privileges = whole.some((right) => right.access === "write") ? WRITE : READ;
    return [{ user, catalog: catalogName(zone.name), schema: TABLE_NAMESPACE, privileges }];
  }
}
