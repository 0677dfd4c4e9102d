import type { SyntheticColumn, SyntheticDataProps, SyntheticPlan } from "../synthetic-data";
import { catalogName, TABLE_NAMESPACE } from "./context";
import { identifier, trinoType } from "./trino-sql";

/** Percentiles 1 to 99: the outermost values of a column are those of few people. */
const PERCENTILES = 99;
/** Texts that Trino counts, and its memory for counting. */
const TEXTS = 1000;
const TEXT_CAPACITY = 10_000;
/** `sequence` of Trino makes at most 10,000 entries. */
const STEP = 1000;
const EPOCH = "DATE '1970-01-01'";
const GENERATED_DAYS = 365;
const GENERATED_RANGE = 1000;

const typeOf = ({ column }: SyntheticColumn): string => trinoType(column.type)!;

/** A number for a value, so that values between two others can be made. */
function asNumber(entry: SyntheticColumn): string {
  const name = identifier(entry.column.name);
  const type = typeOf(entry);
  if (type === "date") {
    return `CAST(date_diff('day', ${EPOCH}, ${name}) AS double)`;
  }
  return type.startsWith("timestamp") ? `to_unixtime(${name})` : `CAST(${name} AS double)`;
}

/** The value that a number stands for. */
function fromNumber(type: string, number: string): string {
  switch (type) {
    case "date":
      return `date_add('day', CAST(round(${number}) AS bigint), ${EPOCH})`;
    case "timestamp(6) with time zone":
      return `CAST(from_unixtime(${number}) AS ${type})`;
    case "timestamp(6)":
      return `CAST(from_unixtime(${number}) AT TIME ZONE 'UTC' AS ${type})`;
    case "integer":
    case "bigint":
      return `CAST(round(${number}) AS ${type})`;
    default:
      return `CAST(${number} AS ${type})`;
  }
}

/** A value that was made without a look at the source. */
function generated(type: string): string {
  switch (type) {
    case "varchar":
      return "substr(to_hex(sha256(to_utf8(CAST(uuid() AS varchar)))), 1, 16)";
    case "uuid":
      return "uuid()";
    case "boolean":
      return "random() < 0.5";
    case "date":
      return `date_add('day', -random(${GENERATED_DAYS}), current_date)`;
    default:
      return type.startsWith("timestamp")
        ? `CAST(current_timestamp - random(${GENERATED_DAYS}) * INTERVAL '1' DAY AS ${type})`
        : fromNumber(type, `random() * ${GENERATED_RANGE}`);
  }
}

/** What is learned of a column, if anything. */
function statistics(entry: SyntheticColumn, index: number, minimum: number): readonly string[] {
  const name = identifier(entry.column.name);
  const empty = entry.column.required
    ? []
    : [`CAST(count_if(${name} IS NULL) AS double) / greatest(count(*), 1) AS n${index}`];
  switch (entry.maker) {
    case "quantiles": {
      const at = Array.from({ length: PERCENTILES }, (_, percent) => ((percent + 1) / 100).toFixed(2));
      return [`approx_percentile(${asNumber(entry)}, ARRAY[${at.join(", ")}]) AS s${index}`, ...empty];
    }
    case "frequent":
      return [
        `map_keys(map_filter(approx_most_frequent(${TEXTS}, ${name}, ${TEXT_CAPACITY}), (k, v) -> v >= ${minimum})) AS s${index}`,
        ...empty,
      ];
    case "coin":
      return [`avg(IF(${name}, 1e0, 0e0)) AS s${index}`, ...empty];
    default:
      return [];
  }
}

function value(entry: SyntheticColumn, index: number): string {
  const type = typeOf(entry);
  const learned = {
    // One random number decides on both ends of the interval.
    quantiles: fromNumber(
      type,
      `transform(ARRAY[random(${PERCENTILES - 1}) + 1], i -> element_at(s${index}, i) + random() * (element_at(s${index}, i + 1) - element_at(s${index}, i)))[1]`,
    ),
    frequent: `IF(cardinality(s${index}) = 0, ${generated(type)}, element_at(s${index}, random(cardinality(s${index})) + 1))`,
    coin: `random() < s${index}`,
    generate: generated(type),
    null: `CAST(NULL AS ${type})`,
  }[entry.maker];
  const mayBeEmpty = !entry.column.required && ["quantiles", "frequent", "coin"].includes(entry.maker);
  return mayBeEmpty ? `IF(random() < n${index}, NULL, ${learned})` : learned;
}

/** As many rows as are wanted, and a few more that LIMIT cuts off. */
function rowSource(rows: number): string {
  const parts: number[] = [];
  for (let rest = rows; rest > 1 || parts.length === 0; rest = Math.ceil(rest / STEP)) {
    parts.push(Math.min(rest, STEP));
  }
  return parts
    .map((count, index) => `UNNEST(sequence(1, ${count})) AS r${index} (i${index})`)
    .join(" CROSS JOIN ");
}

const tableOf = ({ zone, table }: SyntheticDataProps["source"]): string =>
  `${catalogName(zone)}.${TABLE_NAMESPACE}.${identifier(table)}`;

/** Statements of Trino that replace the rows of the target. */
export function syntheticSql(plan: SyntheticPlan, props: SyntheticDataProps): string {
  const { columns, rows, minimumCount, allowPii } = plan;
  const learned = columns.flatMap((entry, index) => statistics(entry, index, minimumCount));
  const names = columns.map(({ column }) => identifier(column.name)).join(", ");
  const values = columns.map((entry, index) => `  ${value(entry, index)}`).join(",\n");
  return [
    ...allowPii.map(
      ({ column, reason }) => `-- personal data of ${column} is used: ${reason.replaceAll(/\s+/g, " ")}`,
    ),
    `DELETE FROM ${tableOf(props.target)};`,
    `INSERT INTO ${tableOf(props.target)} (${names})`,
    `WITH learned AS (SELECT ${learned.length === 0 ? "1 AS nothing" : learned.join(",\n  ")}`,
    `  FROM ${learned.length === 0 ? "(VALUES 1) AS one (x)" : tableOf(props.source)})`,
    `SELECT\n${values}`,
    `FROM learned CROSS JOIN ${rowSource(rows)}`,
    `LIMIT ${rows};`,
    "",
  ].join("\n");
}
