import { defineErrors } from "../core/errors";

export const LakehouseErrors = defineErrors({
  ResidencyViolation: {
    meaning: "data would be kept or copied outside the countries that its residency rule allows",
    fix: "choose a site in an allowed country, or widen the residency of the zone",
  },
  ZoneResidencyWiderThanLakehouse: {
    meaning: "a zone allows countries that its lakehouse forbids",
    fix: "narrow the zone's residency, or widen the lakehouse's",
  },
  NamesTaken: {
    meaning:
      "another lakehouse of this app has the same namePrefix, so both would make resources of the same names",
    fix: "give each lakehouse a namePrefix of its own",
  },
  UnknownZone: {
    meaning: "the lakehouse has no such zone",
    fix: "use one of its zones, or add the zone to `zones`",
  },
  UnknownTable: {
    meaning: "the zone has no such table",
    fix: "use one of its tables, or add the table to the zone's `tables`",
  },
  UnknownColumn: {
    meaning: "the table has no such column",
    fix: "use one of its columns",
  },
  TableWithoutColumns: {
    meaning: "a table needs at least one column",
    fix: "list its columns",
  },
  UnknownColumnType: {
    meaning: "not an Iceberg type",
    fix: "use Iceberg's own notation, for example long, timestamptz, decimal(18, 4), list<string>",
  },
  PartitionColumnMissing: {
    meaning: "the table is partitioned by a column that it does not have",
    fix: "add the column, or partition by one that exists",
  },
  PartitionTransformMismatch: {
    meaning: "this partition transform cannot be applied to a column of this type",
    fix: "use a transform that fits the type (Iceberg specification, partition transforms)",
  },
  RedundantPartition: {
    meaning:
      "the table would be partitioned twice by the same thing, which Iceberg refuses (one of year, month, day and hour per column, no transform twice)",
    fix: "keep the finest time transform of the column: day also prunes by month and year",
  },
  PartitionNameTaken: {
    meaning: "the partition field would have the name of a column",
    fix: "rename the column; Iceberg names partition fields after column and transform",
  },
  UnsortableColumn: {
    meaning: "rows cannot be ordered by a column of this type",
    fix: "sort by a column that is no list, map or struct",
  },
  SortColumnMissing: {
    meaning: "the table is sorted by a column that it does not have",
    fix: "add the column, or sort by one that exists",
  },
  RetentionBeforeTransition: {
    meaning: "objects would be deleted before they reach a storage tier",
    fix: "make retentionDays longer than every transition, or drop the transition",
  },
  TierOrder: {
    meaning: "the tiers are not reached in the order warm, cold, archive",
    fix: "give each later tier a larger number of days",
  },
  RetentionBreaksTables: {
    meaning:
      "deleting objects by age would delete live files of the Iceberg tables in this zone and break the tables",
    fix: "leave retentionDays out, set snapshotRetentionDays on the tables, and delete old rows by a job",
  },
  ArchiveBreaksTables: {
    meaning:
      "objects in the archive tier must be restored before they can be read, so queries on the tables would fail",
    fix: "leave archiveAfterDays out of zones that hold tables, or keep archived files in a zone of their own",
  },
  ColumnGrantUnsupported: {
    meaning: "this site cannot limit a right to columns",
    fix: "grant the whole table, or put the columns that may be read in a table of their own",
  },
  IdentityKindMismatch: {
    meaning: "this identity means nothing at this site",
    fix: "grant to an identity of the site's own kind",
  },
  GrantNotApplicable: {
    meaning: "the right cannot be given from here",
    fix: "give it by hand where the resource is declared, or adopt the resource with the values that the grant needs",
  },
  UnsupportedByCatalog: {
    meaning: "the chosen table catalogue cannot express this at this site",
    fix: "choose another catalogue, or leave the feature out at this site",
  },
  UnknownSite: {
    meaning: "the platform has no such site",
    fix: "use one of its sites, or add the site to `sites`",
  },
  ShareWithItself: {
    meaning: "a zone cannot be shared with the site that it comes from",
    fix: "list other sites in `to`",
  },
  UnsupportedShare: {
    meaning: "this way of sharing does not exist between these two kinds of site",
    fix: "replicate from Kubernetes to a cloud; federate from Kubernetes to any site, or from a cloud to Kubernetes",
  },
  TwoWayReplication: {
    meaning: "replication in both directions would let two writers overwrite each other's table metadata",
    fix: "replicate one way, or share by federation in both",
  },
  MissingOidcIssuer: {
    meaning: "tokens of this cluster's service accounts are to be trusted, but their issuer is not known",
    fix: "give `oidcIssuer` on the Kubernetes site",
  },
  MissingCatalogEndpoint: {
    meaning: "other sites are to query this catalogue, but its address outside the cluster is not known",
    fix: "give the address that the other sites reach (`kubernetes: { catalogUri }`)",
  },
  TransitionTooEarly: {
    meaning: "the provider does not move objects to this tier so early",
    fix: "give at least the provider's minimum number of days",
  },
  SyntheticPersonalData: {
    meaning: "values of a column marked as personal data would be the model for synthetic values",
    fix: 'mask the column (`mask: { column: "generate" }` or "null"), or name it in `allowPii` with the reason why it may be used',
  },
  SyntheticTypeUnsupported: {
    meaning: "values of this type cannot be made",
    fix: 'mask the column with "null" if it is optional, or leave the table out',
  },
  SyntheticColumnsDiffer: {
    meaning: "the target table does not have the same columns as the source",
    fix: "declare the target with the columns of the source, in any order, with the same types",
  },
  NoEventsToQueue: {
    meaning: "the zone tells nobody of new objects, so a queue would stay empty",
    fix: "leave dataEvents on in the lakehouse",
  },
  QueueSeesTables: {
    meaning:
      "the queue would also tell of the files of tables in the zone, so a consumer that writes rows would call itself without end",
    fix: "keep objects below a prefix of their own, for example files/, and give it as keyPrefix",
  },
});
