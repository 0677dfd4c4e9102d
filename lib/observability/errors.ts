import { defineErrors } from "../core/errors";

export const ObservabilityErrors = defineErrors({
  MetricNotPublished: {
    meaning: "a query names a metric, or a label of one, that no exporter of this declaration publishes",
    fix: "add the source that publishes it, or ask for a metric of the sources that are there",
  },
  SloWithoutMetric: {
    meaning: "no exporter of this declaration publishes what this objective is measured by",
    fix: "scrape the AI gateway, choose a target near a published bucket bound, or name the objective in `withoutSlo`",
  },
  SloOutOfRange: {
    meaning: "an objective must leave an error budget, and ask for something",
    fix: "choose an objective above 0 and below 1, such as 0.99",
  },
  UnknownTrafficClass: {
    meaning: "no traffic class of this name is declared",
    fix: "name one of the declared classes",
  },
  CostWithoutPrice: {
    meaning: "cost was asked for, but no endpoint has a price",
    fix: "give a price to the accelerators of an endpoint, or leave out `endpoints`",
  },
  LimitWithoutMetric: {
    meaning: "no exporter of this declaration publishes what this limit is compared with",
    fix: "add the source that publishes it, or leave the limit out",
  },
  ExporterOfOtherPlace: {
    meaning: "this backend cannot collect metrics of this exporter",
    fix: "leave the source out here, or observe it where its metrics are kept",
  },
  InvalidRule: {
    meaning: "a rule does not have the form that Prometheus accepts",
    fix: "give the alert a CamelCase name of its own, an expression, and a summary and runbook of at least one word",
  },
  PersonalDataInTelemetry: {
    meaning: "a data class that must be redacted would be kept in logs or traces as it is",
    fix: "leave its redaction on, or keep signals of this class out of the collector",
  },
  ObservabilityNamesTaken: {
    meaning: "two observabilities of one place would make resources of the same names",
    fix: "give each a namePrefix of its own",
  },
  SourceAccessUnsupported: {
    meaning: "this collector cannot read a source in this way",
    fix: "choose a way that the collector knows, or one that reads this source",
  },
  EndpointMetricsElsewhere: {
    meaning: "this backend does not keep the metrics of this endpoint",
    fix: "watch it where its metrics are kept: by sources in its cluster, or by the cloud that runs it",
  },
  QueriesNotAnswered: {
    meaning: "this backend does not answer queries of Prometheus",
    fix: "ask another backend, or read the metrics by the cloud's own API",
  },
  InvalidTarget: {
    meaning: "not an address that the collector can send to",
    fix: "write https://host:port, or host:port for gRPC",
  },
});
