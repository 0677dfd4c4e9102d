import { Lazy, TerraformOutput } from "cdktf";
import type { Construct } from "constructs";
import type { PgvectorSql } from "./pgvector-sql";

/** Outputs with the SQL of a database in a cloud, which Terraform cannot run. */
export interface SqlOutputs {
  readonly schemaOutput: TerraformOutput;
  /** Only if an index has to be built after the first load. */
  readonly afterLoadOutput?: TerraformOutput;
}

/**
 * @param holds what the statements make, for the description
 * @param sql read when the app is synthesized: grants add to it
 */
export function sqlOutputs(
  scope: Construct,
  holds: string,
  afterLoad: string,
  sql: () => PgvectorSql,
): SqlOutputs {
  return {
    schemaOutput: new TerraformOutput(scope, "schema-sql", {
      description: `${holds}: run as administrator after each change`,
      value: Lazy.stringValue({ produce: () => sql().schema }),
    }),
    afterLoadOutput:
      afterLoad === ""
        ? undefined
        : new TerraformOutput(scope, "after-load-sql", {
            description: "Indexes whose centroids come from the data: run after the first load",
            value: afterLoad,
          }),
  };
}

/** Statements with those of all grants so far, in the order of the names of their holders. */
export function withGrants(statements: PgvectorSql, grants: ReadonlyMap<string, string>): PgvectorSql {
  const added = [...grants].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, statement]) => statement);
  return { ...statements, schema: [statements.schema, ...added].join("") };
}
