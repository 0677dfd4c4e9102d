import type { IcebergType } from "../iceberg-type";

/** A type in the words of the Hive metastore, as Iceberg's own engines write it into Glue. */
export function hiveType(type: IcebergType): string {
  switch (type.kind) {
    case "primitive":
      return (
        { long: "bigint", timestamptz: "timestamp", time: "string", uuid: "string" }[type.name as string] ??
        type.name
      );
    case "decimal":
      return `decimal(${type.precision},${type.scale})`;
    case "fixed":
      return "binary";
    case "list":
      return `array<${hiveType(type.element)}>`;
    case "map":
      return `map<${hiveType(type.key)},${hiveType(type.value)}>`;
    case "struct":
      return `struct<${type.fields.map((field) => `${field.name}:${hiveType(field.type)}`).join(",")}>`;
  }
}
