import { BigqueryDatasetIamMember } from "@cdktf/provider-google/lib/bigquery-dataset-iam-member";
import type { BigqueryTable } from "@cdktf/provider-google/lib/bigquery-table";
import { BigqueryTableIamMember } from "@cdktf/provider-google/lib/bigquery-table-iam-member";
import { DataCatalogPolicyTagIamMember } from "@cdktf/provider-google/lib/data-catalog-policy-tag-iam-member";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member";
import type { ITerraformDependable, TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import type { GoogleFederation } from "../../core/google-federation";
import { Problems } from "../../core/problems";
import type { Identity } from "../../fabric/identity";
import { LakehouseErrors } from "../errors";
import type { Grant, GrantRequest } from "../lakehouse";
import type { Column, Table } from "../table";
import { tablesFolder } from "./tables";
import { hasManagedTables } from "./zone-rules";

/** Where the rights on one zone are given. Strings may be tokens. */
export interface GoogleGrantTarget {
  readonly bucket: string;
  readonly dataset: string;
  /** Tables of a copy: who waits for a right on the zone finds them. @default - none */
  readonly tablesOfCopy?: readonly BigqueryTable[];
  /** Name of a table, and what has to exist before a right on it can be given. */
  table(name: string): { readonly tableId: string; readonly dependsOn?: ITerraformDependable[] };
  /** Policy tags whose fine-grained reader may read these columns, by a short name; undefined if one is unknown. */
  tags(table: Table, columns: readonly Column[] | "all"): ReadonlyMap<string, string> | undefined;
}

type ZoneRequest = Pick<GrantRequest, "access" | "zone" | "table" | "columns" | "includePii">;

const piiOf = (table: Table) => table.columns.filter((column) => column.pii);

/**
 * Gives rights on zones and tables, always by adding one member to one role, never by owning the whole role.
 *
 * Makes `google_storage_bucket_iam_member`, `google_bigquery_dataset_iam_member`, `google_bigquery_table_iam_member`,
 * `google_data_catalog_policy_tag_iam_member`, `google_project_iam_member`.
 */
export class GoogleGrants extends Construct {
  private readonly known = new Map<string, string>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: {
      readonly project: string;
      readonly federation: GoogleFederation;
      readonly target: (zone: string) => GoogleGrantTarget;
    },
  ) {
    super(scope, id);
  }

  /** @throws IdentityKindMismatch, MissingOidcIssuer, ColumnGrantUnsupported, GrantNotApplicable, DuplicateValue */
  grant(request: GrantRequest): Grant {
    const { identity } = request;
    const problems = new Problems(`${this.node.path}/${identity.name}`);
    this.check(problems, request);
    this.checkIdentity(problems, identity);
    problems.throwIfAny();
    const scope = this.child(this, identity.name);
    if (identity.kind === "kubernetes-service-account") {
      const trusted = this.props.federation.trust(scope, problems, identity);
      const resources = this.give(scope, trusted.member, request);
      return { resources: [...trusted.resources, ...resources], access: trusted.access };
    }
    if (identity.kind !== "google-member") {
      throw new Error(`checkIdentity let ${identity.kind} pass`);
    }
    return { resources: this.give(scope, identity.member, request) };
  }

  /**
   * Lets `identity` run queries in the project, paid by it; what they read and write is granted table by table.
   *
   * @throws IdentityKindMismatch
   */
  grantQuery(identity: Identity): Grant {
    const problems = new Problems(`${this.node.path}/${identity.name}`);
    this.checkIdentity(problems, identity);
    problems.throwIfAny();
    const scope = this.child(this, identity.name);
    if (identity.kind === "kubernetes-service-account") {
      // Trusting it gives the rights to query already.
      const { resources, access } = this.props.federation.trust(scope, problems, identity);
      return { resources, access };
    }
    const { member } = identity as Extract<Identity, { kind: "google-member" }>;
    const right = this.once(
      scope,
      "query",
      (id) =>
        new ProjectIamMember(scope, id, {
          project: this.props.project,
          role: "roles/bigquery.jobUser",
          member,
        }),
    );
    return { resources: [right] };
  }

  /** Gives the right to a member, in a scope of the caller. The same right twice is the same resource. */
  give(scope: Construct, member: string, request: ZoneRequest): readonly TerraformResource[] {
    const zoneScope = this.child(scope, `zone-${request.zone.name}`);
    return request.table
      ? this.giveTable(zoneScope, member, request, request.table)
      : this.giveZone(zoneScope, member, request);
  }

  private giveZone(scope: Construct, member: string, request: ZoneRequest): readonly TerraformResource[] {
    const { zone, access, includePii } = request;
    const target = this.props.target(zone.name);
    const role = access === "read" ? "roles/bigquery.dataViewer" : "roles/bigquery.dataEditor";
    return [
      ...this.giveBucket(scope, member, request, target),
      this.once(
        scope,
        `dataset-${access}`,
        (id) =>
          new BigqueryDatasetIamMember(scope, id, {
            project: this.props.project,
            datasetId: target.dataset,
            role,
            member,
            ...(target.tablesOfCopy?.length && { dependsOn: [...target.tablesOfCopy] }),
          }),
      ),
      ...zone.tables.flatMap((table) =>
        includePii ? this.giveTags(scope, member, target, table, "all") : [],
      ),
    ];
  }

  /**
   * Files. Nobody but BigQuery may write below the tables' folder; who may not read personal data may not read the
   * tables' files either, because policy tags do not reach them.
   */
  private giveBucket(
    scope: Construct,
    member: string,
    { zone, access, includePii }: ZoneRequest,
    target: GoogleGrantTarget,
  ): readonly TerraformResource[] {
    const managed = hasManagedTables(zone);
    const bind = (id: string, role: string, withoutTables: boolean) =>
      this.once(
        scope,
        id,
        () =>
          new StorageBucketIamMember(scope, id, {
            bucket: target.bucket,
            role,
            member,
            ...(withoutTables && { condition: withoutTablesCondition(target) }),
          }),
      );
    const viewer = "roles/storage.objectViewer";
    if (access === "write") {
      return managed
        ? [bind("files-write", "roles/storage.objectUser", true), bind("files-read", viewer, false)]
        : [bind("files-write", "roles/storage.objectUser", false)];
    }
    const hidden = managed && !includePii && zone.tables.some((table) => piiOf(table).length > 0);
    return [bind(hidden ? "files-read-without-tables" : "files-read", viewer, hidden)];
  }

  private giveTable(
    scope: Construct,
    member: string,
    { zone, access, columns, includePii }: ZoneRequest,
    table: Table,
  ): readonly TerraformResource[] {
    const target = this.props.target(zone.name);
    const { tableId, dependsOn } = target.table(table.name);
    const tagged = columns?.filter((column) => column.pii) ?? (includePii ? "all" : []);
    return [
      this.once(
        scope,
        `table-${table.name}-${access}`,
        (id) =>
          new BigqueryTableIamMember(scope, id, {
            project: this.props.project,
            datasetId: target.dataset,
            tableId,
            role: access === "read" ? "roles/bigquery.dataViewer" : "roles/bigquery.dataEditor",
            member,
            dependsOn,
          }),
      ),
      ...this.giveTags(scope, member, target, table, tagged),
    ];
  }

  private giveTags(
    scope: Construct,
    member: string,
    target: GoogleGrantTarget,
    table: Table,
    columns: readonly Column[] | "all",
  ): readonly TerraformResource[] {
    return [...(target.tags(table, columns) ?? [])].map(([name, policyTag]) =>
      this.once(
        scope,
        `pii-${name}`,
        (id) =>
          new DataCatalogPolicyTagIamMember(scope, id, {
            policyTag,
            role: "roles/datacatalog.categoryFineGrainedReader",
            member,
          }),
      ),
    );
  }

  private checkIdentity(problems: Problems, identity: Identity): void {
    if (identity.kind === "aws-role") {
      problems.add(LakehouseErrors.IdentityKindMismatch, {
        subject: `identity "${identity.name}"`,
        given: identity.kind,
        allowed: "google-member, kubernetes-service-account",
      });
      return;
    }
    const meaning =
      identity.kind === "google-member"
        ? identity.member
        : `${identity.issuer} ${identity.namespace}/${identity.serviceAccount}`;
    const before = this.known.get(identity.name);
    if (before !== undefined && before !== meaning) {
      problems.add(CoreErrors.DuplicateValue, {
        subject: "identity name",
        given: identity.name,
        allowed: "one name per identity; the name is part of ids",
      });
      return;
    }
    this.known.set(identity.name, meaning);
  }

  private check(problems: Problems, request: GrantRequest): void {
    const { zone, table, columns, includePii } = request;
    const tables = table ? [table] : zone.tables;
    const subject = table ? `zone "${zone.name}" table "${table.name}"` : `zone "${zone.name}"`;
    if (zone.copyOf !== undefined) {
      this.checkCopy(problems, subject, request);
      return;
    }
    if (columns) {
      checkColumns(problems, subject, table!, columns);
    }
    for (const each of tables) {
      const wanted = columns?.filter((column) => column.pii) ?? (includePii ? piiOf(each) : []);
      if (wanted.length > 0 && !this.props.target(zone.name).tags(each, wanted)) {
        problems.add(LakehouseErrors.GrantNotApplicable, {
          subject: `zone "${zone.name}" table "${each.name}"`,
          given: wanted.map((column) => column.name),
          allowed: "columns whose policy tags are known",
          fix: "give `policyTags` of these columns when adopting the lakehouse",
        });
      }
    }
  }

  /** Tables of a copy have no policy tags, and who reads them reads their files. */
  private checkCopy(problems: Problems, subject: string, { zone, table, includePii }: GrantRequest): void {
    if (table) {
      problems.add(LakehouseErrors.GrantNotApplicable, {
        subject,
        given: `a table of a copy of "${zone.copyOf}"`,
        allowed:
          "rights on the whole zone: who reads a table of a copy reads its files, and the bucket is given as a whole",
        fix: "grant the zone, or grant the table where it comes from",
      });
    } else if (!includePii && zone.tables.some((each) => piiOf(each).length > 0)) {
      problems.add(LakehouseErrors.GrantNotApplicable, {
        subject,
        given: "includePii: false",
        allowed:
          "includePii: true: columns of a copy carry no policy tags, so personal data cannot be left out",
        fix: "pass includePii: true, or grant where the tables come from",
      });
    }
  }

  private child(scope: Construct, id: string): Construct {
    return (scope.node.tryFindChild(id) as Construct | undefined) ?? new Construct(scope, id);
  }

  private once<T extends TerraformResource>(scope: Construct, id: string, make: (id: string) => T): T {
    return (scope.node.tryFindChild(id) as T | undefined) ?? make(id);
  }
}

/** Policy tags can close marked columns only, so a right on some columns has to hold all columns without a mark. */
function checkColumns(problems: Problems, subject: string, table: Table, columns: readonly Column[]): void {
  const open = table.columns.filter((column) => !column.pii && !columns.includes(column));
  if (open.length > 0) {
    problems.add(LakehouseErrors.ColumnGrantUnsupported, {
      subject,
      given: columns.map((column) => column.name),
      allowed: `a choice that holds every column not marked as personal data; missing: ${open.map((column) => column.name).join(", ")}`,
      fix: "add the missing columns, mark them with `pii: true` so that they get policy tags, or grant the whole table",
    });
  }
}

function withoutTablesCondition(target: GoogleGrantTarget) {
  return {
    title: "not-the-files-of-tables",
    expression: `!resource.name.startsWith("projects/_/buckets/${target.bucket}/objects/${tablesFolder(target.dataset)}")`,
  };
}
