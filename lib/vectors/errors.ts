import { defineErrors } from "../core/errors";

export const VectorErrors = defineErrors({
  VectorDimensionUnsupported: {
    meaning: "the engine cannot index vectors of this many dimensions",
    fix: "choose another engine, a smaller precision where that raises the limit, or a model with fewer dimensions",
  },
  VectorMetricUnsupported: {
    meaning: "the engine has no such measure of distance",
    fix: "choose another engine; vectors of length one give the same order by cosine, dot product and Euclidean distance",
  },
  VectorIndexUnsupported: {
    meaning: "the engine has no index of this kind",
    fix: "leave `index` out for the engine's own default, or choose another engine",
  },
  VectorPrecisionUnsupported: {
    meaning: "the engine cannot hold vectors in this form in this index",
    fix: "choose another precision or index kind, or another engine",
  },
  VectorFilterUnsupported: {
    meaning: "the engine cannot filter by a field of this type",
    fix: "store the field as a type that the engine has (a time as integer seconds, a boolean as a string), or choose another engine",
  },
  TooManyFilterableFields: {
    meaning: "the collection has more filterable fields than the engine takes",
    fix: "filter by fewer fields, or choose another engine",
  },
  VectorTopKUnsupported: {
    meaning: "one query of this engine does not return so many neighbours",
    fix: "ask for fewer neighbours, or choose another engine",
  },
  TooManyVectors: {
    meaning: "one index of this engine does not hold so many vectors",
    fix: "split the collection, for example by tenant, or choose another engine",
  },
  LatencyOutOfReach: {
    meaning: "by the sizing model the engine does not answer so quickly",
    fix: "accept a longer p95LatencyMs or a lower recall, lower the precision or dimension, or choose another engine",
  },
  ThroughputOutOfReach: {
    meaning: "by the sizing model, or the engine's own limit, so many requests per second are out of reach",
    fix: "split the collection over several stores or indexes, or choose another engine",
  },
  StoreTooLarge: {
    meaning:
      "by the sizing model the collections do not fit the largest machine or cluster that the engine may use",
    fix: "lower the precision, use an index that keeps vectors on disk, split the store, or raise the limit where it is a prop",
  },
  CollectionOutsideResidency: {
    meaning: "vectors would be kept outside the countries that their residency rule allows",
    fix: "put the store on a site in an allowed country, or widen the residency",
  },
  CollectionResidencyWider: {
    meaning: "a collection allows countries that its store forbids",
    fix: "narrow the residency of the collection, or widen that of the store",
  },
  UnknownCollection: {
    meaning: "the vector store has no such collection",
    fix: "use one of its collections, or add the collection to `collections`",
  },
  PersonalVectorsNotGranted: {
    meaning:
      "the collection holds vectors of personal data, from which the data can be told in part, and the right does not say so",
    fix: "grant with { includePii: true } to identities that may read personal data, and to no others",
  },
  PublicVectorsMixed: {
    meaning:
      "who may query one index of a public endpoint may query all, so a right on vectors that are not personal would reach those that are",
    fix: "put collections with personal data into a store of their own without publicEndpoint, or leave publicEndpoint out",
  },
  VectorNamesTaken: {
    meaning: "another vector store of this app would make resources of the same names",
    fix: "give each vector store a namePrefix of its own; at a site of a platform by perSite.<site>.namePrefix",
  },
  VectorOptionMismatch: {
    meaning: "the option belongs to another engine than the one that was chosen",
    fix: "leave the option out, or choose the engine that it belongs to",
  },
});
