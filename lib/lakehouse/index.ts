export {
  type ColdArchiveZoneProps,
  coldArchiveZone,
  type LogZoneProps,
  logZone,
  type MultimodalZoneProps,
  multimodalZone,
  OBJECTS_TABLE,
} from "./data-kinds";
export { LakehouseErrors } from "./errors";
export { formatIcebergType, type IcebergType, parseIcebergType } from "./iceberg-type";
export type {
  Grant,
  GrantOptions,
  ILakehouse,
  ITable,
  IZone,
  LakehouseProps,
  TableGrantOptions,
  Tiering,
  ZoneProps,
} from "./lakehouse";
export type { CatalogEndpoint, FederatedAccess, ForeignCatalog, ZoneCopy } from "./sharing";
export type { AllowedPii, SyntheticDataProps, SyntheticMask } from "./synthetic-data";
export {
  type Column,
  type ColumnProps,
  Partition,
  type PartitionTransform,
  type SortField,
  type TableProps,
} from "./table";
