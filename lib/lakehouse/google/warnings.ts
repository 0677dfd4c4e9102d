import { defineWarnings } from "../../core/warnings";

export const GoogleLakehouseWarnings = defineWarnings({
  IcebergTypeWidened:
    "BigQuery has one integer and one floating-point type, so these columns are kept as long and double, and engines that read the Iceberg metadata see those types",
  SortDirectionLost:
    "clustering has no direction and no place for nulls, so this part of the sort order has no effect",
});
