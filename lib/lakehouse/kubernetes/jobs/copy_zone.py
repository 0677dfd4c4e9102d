"""Copies the Iceberg tables of one zone into the catalogue of another site.

Run by Spark with two catalogues configured, `source` and `target`. Arguments: source namespace, target
namespace, then the names of the tables.

Correct because every run of a table is one commit on the target that carries the id of the source snapshot it
holds: a run that dies before its commit leaves nothing visible, one that dies after it is not repeated.

- The first run, and any run whose history since the last copy holds more than appends (rows were changed or
  deleted, or the snapshots in between have expired), replaces the content in one commit.
- Every other run appends the rows that were added since, once.
- Columns added to the source are added to the target; columns dropped from the source stay, as null.
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, lit

SOURCE = "source"
TARGET = "target"
COPIED_SNAPSHOT = "hybrid-ai.source-snapshot-id"

# Operations that add rows, and operations that leave the rows as they are (compaction).
ADDING = "append"
KEEPING = "replace"


def load(spark, catalog, namespace, table):
    jvm = spark.sparkContext._jvm
    return jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(
        spark._jsparkSession, f"{catalog}.{namespace}.`{table}`"
    )


def target_catalog(spark):
    jvm = spark.sparkContext._jvm
    return jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergCatalog(spark._jsparkSession, TARGET)


def ensure_target(spark, source, namespace, table):
    """The target table, made like the source if it is missing, with all columns of the source."""
    jvm = spark.sparkContext._jvm
    catalog = target_catalog(spark)
    identifier = jvm.org.apache.iceberg.catalog.TableIdentifier.parse(f"{namespace}.{table}")
    if not catalog.tableExists(identifier):
        builder = catalog.buildTable(identifier, source.schema())
        builder = builder.withPartitionSpec(source.spec()).withSortOrder(source.sortOrder())
        created = builder.withProperty("format-version", "2").create()
        print(f"{namespace}.{table}: created", flush=True)
        return created
    target = catalog.loadTable(identifier)
    update = target.updateSchema().unionByNameWith(source.schema())
    for column in target.schema().columns():
        if column.isRequired() and source.schema().findField(column.name()) is None:
            # Dropped from the source: rows of today have no value for it.
            update = update.makeColumnOptional(column.name())
    update.commit()
    return catalog.loadTable(identifier)


def ancestors(table):
    """Snapshots from the newest back, as long as they are known."""
    snapshot = table.currentSnapshot()
    while snapshot is not None:
        yield snapshot
        parent = snapshot.parentId()
        snapshot = None if parent is None else table.snapshot(parent)


def copied_snapshot(target):
    """Id of the source snapshot that the target holds, or None if that is not known any more."""
    for snapshot in ancestors(target):
        value = snapshot.summary().get(COPIED_SNAPSHOT)
        if value is not None:
            return int(value)
        if snapshot.operation() != KEEPING:
            # Somebody else wrote to the copy: only a full copy makes it equal to the source again.
            return None
    return None


def added_since(source, copied):
    """True if the source has only gained rows since the snapshot `copied`."""
    for snapshot in ancestors(source):
        if snapshot.snapshotId() == copied:
            return True
        if snapshot.operation() not in (ADDING, KEEPING):
            return False
    return False


def with_columns_of(frame, target_frame):
    present = {name for name in frame.columns}
    return frame.select(
        *[
            col(f"`{field.name}`") if field.name in present else lit(None).cast(field.dataType).alias(field.name)
            for field in target_frame.schema.fields
        ]
    )


def copy_table(spark, source_namespace, target_namespace, table):
    source = load(spark, SOURCE, source_namespace, table)
    target = ensure_target(spark, source, target_namespace, table)
    snapshot = source.currentSnapshot()
    if snapshot is None:
        print(f"{table}: the source is empty", flush=True)
        return "empty"
    newest = snapshot.snapshotId()
    copied = copied_snapshot(target)
    if copied == newest:
        print(f"{table}: up to date with {newest}", flush=True)
        return "current"

    name = f"{SOURCE}.{source_namespace}.`{table}`"
    target_name = f"{TARGET}.{target_namespace}.`{table}`"
    reader = spark.read.format("iceberg")
    incremental = copied is not None and added_since(source, copied)
    if incremental:
        reader = reader.option("start-snapshot-id", str(copied)).option("end-snapshot-id", str(newest))
    else:
        reader = reader.option("snapshot-id", str(newest))
    spark.catalog.refreshTable(target_name)
    frame = with_columns_of(reader.load(name), spark.table(target_name))
    writer = frame.writeTo(target_name).option(f"snapshot-property.{COPIED_SNAPSHOT}", str(newest))
    if incremental:
        writer.append()
    else:
        writer.overwrite(lit(True))
    done = "appended" if incremental else "replaced"
    print(f"{table}: {done}, now at {newest}", flush=True)
    return done


def main(arguments):
    source_namespace, target_namespace, *tables = arguments
    spark = SparkSession.builder.getOrCreate()
    failed = []
    for table in tables:
        try:
            copy_table(spark, source_namespace, target_namespace, table)
        except Exception as error:  # one broken table must not hold back the others
            print(f"{table}: failed: {error}", file=sys.stderr, flush=True)
            failed.append(table)
    spark.stop()
    if failed:
        sys.exit(f"not copied: {', '.join(failed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
