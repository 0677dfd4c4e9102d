import { defineErrors } from "../core/errors";

export const FeatureErrors = defineErrors({
  EntityWithoutKey: {
    meaning: "an entity without a key cannot be looked up: nothing tells one record from another",
    fix: "give the entity one key or more, each a column of its source tables",
  },
  UnknownEntity: {
    meaning: "the feature view is about an entity that the schema does not have",
    fix: "use one of the schema's entities, or add the entity to `entities`",
  },
  UnknownView: {
    meaning: "the feature store has no such feature view",
    fix: "use one of its views, or add the view to the schema",
  },
  ViewWithoutFeatures: {
    meaning: "a feature view needs at least one feature or embedding",
    fix: "list its features, or remove the view",
  },
  ReservedFeatureName: {
    meaning: "a site of the library keeps this name for itself, so the schema would not be portable",
    fix: "choose another name, and name the source column in `column`",
  },
  UnsupportedKeyType: {
    meaning: "keys of this type cannot be looked up the same way at every site",
    fix: "make the key a string, int or long column",
  },
  UnsupportedFeatureType: {
    meaning: "no feature store can hold a value of this type as it is",
    fix: "use a scalar or a list of scalars; flatten structs and maps into features of their own",
  },
  TypeUnsupportedAtSite: {
    meaning: "this site cannot hold a value of this type without changing it",
    fix: "give the source table a column of a type that the site holds, or serve the view at another site",
  },
  UnsupportedAtSite: {
    meaning: "this site cannot express a part of the schema, and nothing is left out silently",
    fix: "change the part so that every site of the schema can express it, or serve the view at another site",
  },
  SourceColumnMissing: {
    meaning: "the source table has no column for this feature",
    fix: "add the column to the table, or name the right one in `column`",
  },
  SourceColumnType: {
    meaning: "the column of the source table has another type than the feature",
    fix: "give the feature the type of its column; a cast belongs into the job that fills the table",
  },
  SourceTableMissing: {
    meaning: "the lakehouse does not have the source table of this feature view",
    fix: "declare the table in the zone, also when the lakehouse is adopted",
  },
  EventTimeMissing: {
    meaning: "the source table has no event time column of this name, so no point-in-time join is possible",
    fix: "add a timestamptz column that says when the values became true, and name it in the source",
  },
  EventTimeType: {
    meaning: "the event time is not an instant, so records of two zones could not be ordered",
    fix: "make the column timestamptz",
  },
  KeyColumnMissing: {
    meaning: "the source table has no column for a key of the entity",
    fix: "add the key to the table, or read the view from a table that has it",
  },
  PiiUnmarked: {
    meaning: "the feature reads a column that holds personal data, but is not marked as such",
    fix: "mark the feature with pii: true; the mark of a column cannot be lost on the way",
  },
  PiiNotGranted: {
    meaning:
      "the view serves personal data and this site reads records as a whole, so the identity would see it",
    fix: "grant with { includePii: true } if the identity may see it, or move these features to a view of their own",
  },
  IncompatibleSchema: {
    meaning:
      "the schema changes what was promised to models that are trained and served with the committed lock",
    fix: "make a new feature, view or entity beside the old one, deprecate the old one, and drop it a release later",
  },
  SchemaLockUnreadable: {
    meaning: "the text is not a feature schema lock of this version",
    fix: "restore the lock file from version control, or delete it to start without promises",
  },
  FreshnessUnreachable: {
    meaning: "values cannot get into the online store as fast as the freshness of the view asks",
    fix: "relax the freshness, run the materialization more often, or feed the view from a stream where the site can",
  },
  OnlineUnreachable: {
    meaning: "the online store cannot reach what was asked of it",
    fix: "relax the target, or serve the view at a site whose online store reaches it",
  },
  GrantToForeignIdentity: {
    meaning: "this identity means nothing to the feature store of this site",
    fix: "grant to an identity of the site's own kind",
  },
  WriteNotPossible: {
    meaning: "the online store of this site takes no writes from outside: it is filled from the source table",
    fix: "grant the writer the source table (`lake.zone(…).table(…).grantWrite`), and let the sync carry it on",
  },
  LakehouseOfOtherSite: {
    meaning: "the lakehouse is at another site than the feature store that reads it",
    fix: "use the lakehouse of this site, with a copy of the zone if the tables come from elsewhere",
  },
});
