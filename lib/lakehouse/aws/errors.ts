import { defineErrors } from "../../core/errors";

export const AwsLakehouseErrors = defineErrors({
  BucketNameForbidden: {
    meaning: "S3 reserves bucket names of this form",
    fix: "choose another namePrefix or zone name; both become part of bucket names",
  },
  GlueTextTooLong: {
    meaning: "the Glue catalogue does not take a comment or a type of this length",
    fix: "shorten the comment, or split the nested type into several columns",
  },
  ReplicaProviderMismatch: {
    meaning: "the provider of the replicas does not work in the replica region",
    fix: 'give an AwsProvider with an alias and the replica region, for example new AwsProvider(stack, "replica", { alias: "replica", region })',
  },
  ReplicaInSameRegion: {
    meaning: "a replica in the lakehouse's own region does not survive the loss of the region",
    fix: "choose another region for the replicas",
  },
  WarehouseNeedsThreeZones: {
    meaning: "Redshift Serverless needs subnets in at least three availability zones",
    fix: "give the network three or more availability zones",
  },
});
