import { defineErrors } from "../../core/errors";

export const AwsFeatureErrors = defineErrors({
  OfflineZoneWithTables: {
    meaning:
      "SageMaker would make its tables in a zone whose tables are declared, and none would own the zone",
    fix: "declare a zone without tables for what feature groups keep",
  },
  SparkMissing: {
    meaning:
      "views that come from tables are carried into the online store by a Spark job, and there is no Spark",
    fix: "give `spark: { applicationId: lakehouse.spark.application.id }`, or feed the views from streams",
  },
});
