import { VERTEX_TIME_COLUMN } from "../names";
import type { FeatureView } from "../schema";

const quoted = (name: string): string => `\`${name}\``;

/**
 * What Vertex AI syncs: the latest row of each entity, columns named like features, the event time in the column of the
 * name that Vertex AI looks for.
 *
 * Of a time series Vertex AI would serve the latest value of each feature that is not null, which may come from rows of
 * different times. The other sites serve one row; with one row per entity so does Vertex AI.
 *
 * @param table full name of the source table
 */
export function latestRowsSql(view: FeatureView, table: string): string {
  const { source, entity } = view;
  const keys = entity.keys.map(({ name }) => name);
  const columns = [
    ...keys.map(quoted),
    ...view.features.map(({ name, column }) =>
      column === name ? quoted(name) : `${quoted(column)} AS ${quoted(name)}`,
    ),
    `${quoted(source.eventTime)} AS ${quoted(VERTEX_TIME_COLUMN)}`,
  ];
  const order = [source.eventTime, ...(source.createdTime === undefined ? [] : [source.createdTime])];
  return [
    "SELECT",
    columns.map((column) => `  ${column}`).join(",\n"),
    `FROM ${quoted(table)}`,
    // BigQuery wants a filter beside QUALIFY; rows without a key or a time could not be served.
    `WHERE ${[...keys, source.eventTime].map((name) => `${quoted(name)} IS NOT NULL`).join(" AND ")}`,
    `QUALIFY ROW_NUMBER() OVER (PARTITION BY ${keys.map(quoted).join(", ")} ORDER BY ${order.map((name) => `${quoted(name)} DESC`).join(", ")}) = 1`,
  ].join("\n");
}
