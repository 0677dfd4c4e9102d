import { CoreErrors } from "../../lib/core/errors";
import type { Problems } from "../../lib/core/problems";
import type { AwsLakehouse } from "../../lib/lakehouse/aws/lakehouse";
import type { GoogleLakehouse } from "../../lib/lakehouse/google/lakehouse";
import { KubernetesLakehouse } from "../../lib/lakehouse/kubernetes/lakehouse";
import type { ILakehouse } from "../../lib/lakehouse/lakehouse";
import { checkLogRate } from "../../lib/streaming/inline/log-rate";
import type { InlineLogSinkProps, LogTable } from "../../lib/streaming/inline/log-sink-props";
import { checkLogTable } from "../../lib/streaming/inline/log-table";
import { StackErrors } from "../errors";
import type { PlatformInlineInferenceProps, PlatformLogTable } from "../inline-inference-props";
import { type WiredProgram, WorkerWiring } from "./worker-wiring";

/** Told without the class, which takes the provider of the cloud. */
const isAws = (lakehouse: ILakehouse): lakehouse is AwsLakehouse =>
  lakehouse.site.kind === "aws" && "grantOwnWorkgroup" in lakehouse;
const isGoogle = (lakehouse: ILakehouse): lakehouse is GoogleLakehouse =>
  lakehouse.site.kind === "google" && "grantQuery" in lakehouse;

/** How a sink reaches a table of the site's lakehouse; undefined if it cannot, which goes to `problems`. */
function reached(
  problems: Problems,
  wiring: WorkerWiring,
  lakehouse: ILakehouse,
  { zone, table }: PlatformLogTable,
): Pick<InlineLogSinkProps, "table" | "certificateIssuer"> | undefined {
  const { identity } = wiring;
  if (lakehouse instanceof KubernetesLakehouse && identity.kind === "kubernetes-service-account") {
    const { uri, audience, schema, catalogs, certificateIssuer } = lakehouse.query.endpoint;
    const trino: LogTable = {
      kind: "trino",
      endpoint: uri,
      user: `system:serviceaccount:${identity.namespace}:${identity.serviceAccount}`,
      auth: { kind: "service-account", audience },
      catalog: catalogs[zone]!,
      schema,
      table,
    };
    return { table: trino, certificateIssuer };
  }
  if (isGoogle(lakehouse)) {
    const endpoint = lakehouse.catalogEndpoint(zone);
    if (endpoint.kind === "bigquery") {
      lakehouse.grantQuery(identity);
      const { project, location, dataset } = wiring.carried(lakehouse, "log_table", endpoint);
      return { table: { kind: "bigquery", project, location, dataset, table } };
    }
  }
  if (isAws(lakehouse)) {
    const endpoint = lakehouse.catalogEndpoint(zone);
    if (endpoint.kind === "glue") {
      const { region, database } = endpoint;
      const { workgroup } = lakehouse.grantOwnWorkgroup(identity);
      const carried = wiring.carried(lakehouse, "log_table", { workgroup, database });
      return { table: { kind: "athena", region, ...carried, table } };
    }
  }
  problems.add(StackErrors.LogTableNotForSink, {
    subject: "log.table",
    given: `a lakehouse at ${lakehouse.site.name} (${lakehouse.site.kind})`,
    allowed: "a lakehouse that this platform declares",
  });
  return undefined;
}

/** A sink, and what to warn of. */
export interface CompiledLogSink {
  readonly props: InlineLogSinkProps;
  readonly warning?: string;
}

/** What brings the log of an inline inference into a table at the same site: a program of its own, as somebody of its own. */
export function logSink(
  problems: Problems,
  worker: WiredProgram,
  { log, input: events, monitoring, tracing, image, egressCidrs, trustedCas }: PlatformInlineInferenceProps,
  given: PlatformLogTable,
): CompiledLogSink | undefined {
  const { zone, table, includePii, ca, lakehouse: _lakehouse, ...rest } = given;
  const lakehouse = given.lakehouse.at(worker.site.name);
  const topics = worker.stream.at(worker.site.name);
  const topic = topics.topic(log!.topic);
  const where = lakehouse.zone(zone);
  if (where.copyOf !== undefined) {
    problems.add(StackErrors.LogTableNotForSink, {
      subject: `log.table zone "${zone}"`,
      given: `a copy of that of "${where.copyOf}"`,
      allowed: "a zone that the site owns: copies are written by what copies",
    });
    return undefined;
  }
  const target = where.table(table);
  checkLogTable(problems, `log.table "${table}"`, target.columns, topic.model.pii);
  problems.throwIfAny();
  const program = { ...worker, id: `${worker.id}-log` };
  const wiring = new WorkerWiring(program);
  const place = reached(problems, wiring, lakehouse, given);
  if (place === undefined) {
    return undefined;
  }
  if (place.table.kind === "trino" && place.certificateIssuer === undefined) {
    problems.required(
      "log.table.ca",
      ca,
      "who signed Trino's certificate: the lakehouse names no certificateIssuer",
    );
  } else if (ca !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: "log.table.ca",
      given: ca,
      allowed: "nothing: who signed the certificate of the table's engine is known",
    });
  }
  const warning = checkLogRate(problems, "log.sampleRate", place.table.kind, {
    entriesPerSecond: log!.sampleRate * topics.topic(events).model.throughput.messagesPerSecond,
    meanBytes: topic.model.throughput.meanBytes,
  });
  target.grantWrite(wiring.identity);
  const input = wiring.input(log!.topic, includePii);
  const props: InlineLogSinkProps = {
    ...rest,
    ...place,
    name: program.id,
    namespace: worker.namespace,
    image,
    input,
    awsRegion: wiring.regionFor(input),
    serviceAccount: { annotations: wiring.annotations },
    trustedCas: [...(trustedCas ?? []), ...(ca ? [ca] : [])],
    egressCidrs,
    monitoring,
    tracing,
  };
  return { props, warning };
}
