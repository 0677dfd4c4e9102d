import { VERTEX_TIME_COLUMN } from "../names";
import type { FeatureView } from "../schema";

const quoted = (name: string): string => `\`${name}\``;

/** A column of the source, never one that this view makes of it under the same name. */
const column = (name: string): string => `source.${quoted(name)}`;

/**
 * What Vertex AI syncs: the latest row of each entity, columns named like features, instants as microseconds since 1970,
 * the event time in the column of the name that Vertex AI looks for.
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
    ...keys.map(column),
    ...view.features.map((feature) => {
      // An online value cannot be an instant.
      const instant = feature.type.scalar === "timestamptz";
      const value = instant ? `UNIX_MICROS(${column(feature.column)})` : column(feature.column);
      return value === column(feature.name) ? value : `${value} AS ${quoted(feature.name)}`;
    }),
    `${column(source.eventTime)} AS ${quoted(VERTEX_TIME_COLUMN)}`,
  ];
  const order = [source.eventTime, ...(source.createdTime === undefined ? [] : [source.createdTime])];
  return [
    "SELECT",
    columns.map((each) => `  ${each}`).join(",\n"),
    `FROM ${quoted(table)} AS source`,
    // BigQuery wants a filter beside QUALIFY; rows without a key or a time could not be served.
    `WHERE ${[...keys, source.eventTime].map((name) => `${column(name)} IS NOT NULL`).join(" AND ")}`,
    `QUALIFY ROW_NUMBER() OVER (PARTITION BY ${keys.map(column).join(", ")} ORDER BY ${order.map((name) => `${column(name)} DESC`).join(", ")}) = 1`,
  ].join("\n");
}
