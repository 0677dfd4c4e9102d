export { LakehouseErrors } from "./errors";
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
export {
  type ColumnProps,
  Partition,
  type PartitionTransform,
  type SortField,
  type TableProps,
} from "./table";
