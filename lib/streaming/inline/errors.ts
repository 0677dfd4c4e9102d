import { defineErrors } from "../../core/errors";

export const InlineErrors = defineErrors({
  InlinePathUnsupported: {
    meaning: "the worker reads and writes Kafka topics only",
    fix: "put the events into a Kafka topic, on MSK, Managed Service for Apache Kafka or Strimzi",
  },
  InlineTopicsApart: {
    meaning: "the topics are not reached by one connection, and a transaction does not span two",
    fix: "give topics of one stream, granted to one identity; mirror events that come from elsewhere",
  },
  InlineAccessIncomplete: {
    meaning: "the access to the topic does not say what the worker needs of it",
    fix: "give the access that grantConsume (events) or grantProduce (all other topics) returned",
  },
  SecretInOtherNamespace: {
    meaning: "pods cannot mount a Secret of another namespace",
    fix: "let External Secrets or the like carry it, and give the reference in the worker's namespace; or put the worker into the stream's namespace",
  },
  DeadlineUnreachable: {
    meaning:
      "waiting for a batch, the slowest look-up and all attempts at the model together may take longer than the deadline",
    fix: "shorten time-outs or linger, make fewer attempts, or give more time",
  },
  FallbackMissing: {
    meaning: "something can end without a decision of the model, and nothing else is said to decide",
    fix: "give `fallback`",
  },
  UnknownFeature: {
    meaning:
      "the model is given a value that nothing looks up, or a look-up asks for one that its view does not have",
    fix: "add it to a look-up, or correct its name",
  },
  RateOutOfRange: {
    meaning: "a share is not between 0 and 1",
    fix: "give a number from 0 (nothing) to 1 (everything)",
  },
  TooManyReplicas: {
    meaning: "a partition is read by one replica, so more replicas than partitions would be idle",
    fix: "give at most as many replicas as the topic has partitions, or give the topic more",
  },
  ScalerCannotAuthenticate: {
    meaning: "KEDA's scaler for Kafka has no way to authenticate at this broker",
    fix: "give `scale.prometheus`: the worker tells its lag, and KEDA reads it there",
  },
  LogTableDiffers: {
    meaning: "the sink of the log cannot write this table as it is",
    fix: "declare the table with decisionLogTable; columns of your own may be added if they are optional",
  },
  LogFasterThanTable: {
    meaning: "the log grows faster than one statement after the other can write it",
    fix: "lower `sampleRate`, log less of an event, or leave `log.table` out and read the topic with Managed Flink",
  },
});
