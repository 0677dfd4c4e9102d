import { type Chunk, COLUMNS } from "./entries.js";

/** A quote is written twice; Trino's texts know no other way out of them. */
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const named = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(".");
const instant = (iso: string): string => `TIMESTAMP '${iso.replace("T", " ").replace("Z", " UTC")}'`;

/**
 * In Trino's SQL, which is Athena's too. What is there by id and time stays. The bounds leave all other partitions unread.
 *
 * @param table names from the outermost on, without quotes in them
 */
export function mergeSql(
  table: readonly string[],
  { rows, from, to }: Pick<Chunk, "rows" | "from" | "to">,
): string {
  const columns = COLUMNS.join(", ");
  const read = COLUMNS.map((name) =>
    name === "event_time" ? "from_iso8601_timestamp(event_time) AS event_time" : name,
  ).join(", ");
  return [
    `MERGE INTO ${named(table)} AS t`,
    `USING (SELECT ${read}`,
    `FROM UNNEST(CAST(json_parse(${quoted(rows)}) AS ARRAY(ROW(${COLUMNS.map((name) => `${name} VARCHAR`).join(", ")}))))`,
    `AS r (${columns})) AS s`,
    "ON t.decision_id = s.decision_id AND t.event_time = s.event_time",
    `AND t.event_time BETWEEN ${instant(from)} AND ${instant(to)}`,
    `WHEN NOT MATCHED THEN INSERT (${columns}) VALUES (${COLUMNS.map((name) => `s.${name}`).join(", ")})`,
  ].join("\n");
}
