import type { Problems } from "../core/problems";
import { type Column, formatIcebergType, type ILakehouse } from "../lakehouse/index";
import { FeatureErrors } from "./errors";
import { type FeatureSiteKind, heldTypes, siteType, whyNot } from "./feature-type";
import type { FeatureView } from "./schema";

const INSTANT = "timestamptz";

function columnNames(columns: readonly Column[]): string {
  return columns.map(({ name }) => name).join(", ");
}

function checkTime(
  problems: Problems,
  at: string,
  prop: "eventTime" | "createdTime",
  name: string,
  columns: readonly Column[],
): void {
  const column = columns.find((candidate) => candidate.name === name);
  if (column === undefined) {
    problems.add(FeatureErrors.EventTimeMissing, {
      subject: `${at} ${prop}`,
      given: name,
      allowed:
        columns
          .filter(({ type }) => formatIcebergType(type) === INSTANT)
          .map((each) => each.name)
          .join(", ") || "none: the table has no timestamptz column",
    });
  } else if (formatIcebergType(column.type) !== INSTANT) {
    problems.add(FeatureErrors.EventTimeType, {
      subject: `${at} ${prop} "${name}"`,
      given: formatIcebergType(column.type),
      allowed: INSTANT,
    });
  }
}

/** A value that is read from a column: it is there, has the same type, and does not lose the mark of personal data. */
function checkColumn(
  problems: Problems,
  subject: string,
  value: { readonly column: string; readonly notation: string; readonly pii: boolean },
  columns: readonly Column[],
  missing: typeof FeatureErrors.SourceColumnMissing,
): void {
  const column = columns.find(({ name }) => name === value.column);
  if (column === undefined) {
    problems.add(missing, { subject, given: value.column, allowed: columnNames(columns) });
    return;
  }
  const type = formatIcebergType(column.type);
  if (type !== value.notation) {
    problems.add(FeatureErrors.SourceColumnType, {
      subject: `${subject} column "${value.column}"`,
      given: value.notation,
      allowed: type,
    });
  }
  if (column.pii && !value.pii) {
    problems.add(FeatureErrors.PiiUnmarked, {
      subject: `${subject} column "${value.column}"`,
      given: "pii: false",
      allowed: "pii: true, as its column is marked in the lakehouse",
    });
  }
}

/**
 * Checks a view against the table that it comes from. Adds SourceTableMissing, EventTimeMissing, EventTimeType,
 * KeyColumnMissing, SourceColumnMissing, SourceColumnType, PiiUnmarked.
 */
export function checkViewSource(problems: Problems, view: FeatureView, lakehouse: ILakehouse): void {
  const { zone, table, eventTime, createdTime } = view.source;
  const at = `view "${view.name}" source ${zone}/${table}`;
  const zones = lakehouse.zoneNames;
  const tables = zones.includes(zone) ? lakehouse.zone(zone).tableNames : [];
  if (!tables.includes(table)) {
    problems.add(FeatureErrors.SourceTableMissing, {
      subject: at,
      given: `${zone}/${table}`,
      allowed: zones.includes(zone)
        ? tables.join(", ") || "none: the zone declares no tables"
        : `a zone of ${zones.join(", ")}`,
    });
    return;
  }
  const { columns } = lakehouse.zone(zone).table(table);
  checkTime(problems, at, "eventTime", eventTime, columns);
  if (createdTime !== undefined) {
    checkTime(problems, at, "createdTime", createdTime, columns);
  }
  for (const { name, type, pii } of view.entity.keys) {
    const value = { column: name, notation: type.notation, pii };
    checkColumn(problems, `${at} key "${name}"`, value, columns, FeatureErrors.KeyColumnMissing);
  }
  for (const { name, type, column, pii } of view.features) {
    const value = { column, notation: type.notation, pii };
    checkColumn(
      problems,
      `view "${view.name}" feature "${name}"`,
      value,
      columns,
      FeatureErrors.SourceColumnMissing,
    );
  }
}

/** Refuses types that a site cannot hold. Adds TypeUnsupportedAtSite. */
export function checkSiteTypes(problems: Problems, kind: FeatureSiteKind, view: FeatureView): void {
  for (const { name, type } of view.features) {
    if (siteType(kind, type) === undefined) {
      problems.add(FeatureErrors.TypeUnsupportedAtSite, {
        subject: `view "${view.name}" feature "${name}"`,
        given: type.notation,
        allowed: heldTypes(kind),
        fix: `${whyNot(kind, type)}: give the source table a column of another type, or serve the view elsewhere`,
      });
    }
  }
}
