"""Carries new rows of one source table into the online store of one feature group.

Runs as a Spark job of EMR Serverless. All settings come as one JSON document in the first argument. A run takes the
rows of the files that were committed in a window that reaches back further than one interval, keeps the latest row of
each record, and writes it. The time of the commit counts, not that of the row: what a copy brings late is taken too.
Writing a record again changes nothing: the online store keeps the latest event time.
"""

import json
import sys
import time
from datetime import timezone

CONFIG_KEYS = ("table", "key", "eventTime", "features", "featureGroup", "region", "windowSeconds", "namespace", "view")
ATTEMPTS = 8


def seconds(moment):
    """Unix seconds of an instant, with a fraction. Spark gives instants as datetimes of the session's zone, UTC here."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.timestamp()


def text(value, kind):
    """A value as SageMaker takes it, by the type in the schema."""
    if kind == "boolean":
        return "1" if value else "0"
    if kind == "timestamptz":
        return repr(seconds(value))
    if kind in ("float", "double"):
        return repr(float(value))
    return str(value)


def record(row, config):
    """One record for PutRecord. Features without a value are left out: SageMaker keeps no nulls."""
    values = [
        {"FeatureName": config["key"]["name"], "ValueAsString": text(row[config["key"]["name"]], config["key"]["type"])},
        {"FeatureName": config["eventTime"], "ValueAsString": text(row[config["eventTime"]], "timestamptz")},
    ]
    for feature in config["features"]:
        value = row[feature["column"]]
        if value is None:
            continue
        if feature["list"]:
            texts = [text(entry, feature["scalar"]) for entry in value]
            values.append({"FeatureName": feature["name"], "ValueAsStringList": texts})
        else:
            values.append({"FeatureName": feature["name"], "ValueAsString": text(value, feature["scalar"])})
    return values


def put(client, config, row):
    """Writes one record; waits and tries again when SageMaker asks for it."""
    for attempt in range(ATTEMPTS):
        try:
            client.put_record(FeatureGroupName=config["featureGroup"], Record=record(row, config))
            return
        except client.exceptions.ServiceUnavailable:
            if attempt == ATTEMPTS - 1:
                raise
        except client.exceptions.ClientError as error:
            throttled = error.response["Error"]["Code"] in ("ThrottlingException", "TooManyRequestsException")
            if not throttled or attempt == ATTEMPTS - 1:
                raise
        time.sleep(min(2**attempt * 0.1, 10))


def write_partition(config):
    def write(rows):
        import boto3

        client = boto3.client("sagemaker-featurestore-runtime", region_name=config["region"])
        count = 0
        for row in rows:
            put(client, config, row)
            count += 1
        yield count

    return write


def committed_rows(spark, config):
    """Rows of the files that snapshots of the window added. Files that were only rewritten count too: no harm is done."""
    from pyspark.sql import functions as f

    since = f.current_timestamp() - f.expr("INTERVAL %d SECONDS" % config["windowSeconds"])
    recent = spark.table(config["table"] + ".snapshots").where(f.col("committed_at") >= since).select("snapshot_id")
    added = (
        spark.table(config["table"] + ".entries")
        .join(recent, "snapshot_id", "left_semi")
        .where("status < 2 and data_file.content = 0")
        .select(f.col("data_file.file_path").alias("__file"))
        .distinct()
    )
    return spark.table(config["table"]).withColumn("__file", f.col("_file")).join(added, "__file", "left_semi")


def latest_rows(spark, config):
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    order = [f.col(config["eventTime"]).desc()]
    if config.get("createdTime"):
        order.append(f.col(config["createdTime"]).desc())
    ranked = Window.partitionBy(config["key"]["name"]).orderBy(*order)
    columns = {config["key"]["name"], config["eventTime"]} | {feature["column"] for feature in config["features"]}
    return (
        committed_rows(spark, config)
        .withColumn("__rank", f.row_number().over(ranked))
        .where("__rank = 1")
        .select(*sorted(columns))
    )


def report(config, count):
    import boto3

    dimensions = [{"Name": "View", "Value": config["view"]}]
    boto3.client("cloudwatch", region_name=config["region"]).put_metric_data(
        Namespace=config["namespace"],
        MetricData=[{"MetricName": "Writes", "Dimensions": dimensions, "Value": float(count), "Unit": "Count"}],
    )


def main(arguments):
    config = json.loads(arguments[0])
    missing = [key for key in CONFIG_KEYS if key not in config]
    if missing:
        raise SystemExit("missing in the settings: %s" % ", ".join(missing))
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    rows = latest_rows(spark, config)
    count = sum(rows.rdd.mapPartitions(write_partition(config)).collect())
    report(config, count)
    print("%s: %d records" % (config["view"], count))


if __name__ == "__main__":
    main(sys.argv[1:])
