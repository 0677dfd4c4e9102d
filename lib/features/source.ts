import { Problems } from "../core/problems";
import { checkText, requireObject } from "../fabric/untyped";
import { FeatureErrors } from "./errors";

/** Columns of a source table that say when. */
export interface SourceTimes {
  /** `timestamptz` column: when the values became true. Point-in-time joins order by it. */
  readonly eventTime: string;
  /** `timestamptz` column: when the row was written; the later row wins for one event time. @default - none */
  readonly createdTime?: string;
}

/** Where the values of a view come from. The history is a table of the lakehouse in both cases. */
export interface FeatureSource extends SourceTimes {
  readonly kind: "table" | "stream";
  /** Zone of the lakehouse. */
  readonly zone: string;
  readonly table: string;
  /** Set for streams: topic from which a processor writes to the online store. */
  readonly topic?: string;
}

/** What is kept of a stream. */
export interface StreamHistory extends SourceTimes {
  /** Zone of the lakehouse whose table keeps what came by the stream. */
  readonly zone: string;
  readonly table: string;
}

function freeze(where: string, source: FeatureSource): FeatureSource {
  const problems = new Problems(where);
  checkSource(problems, "source", source);
  problems.throwIfAny();
  return Object.freeze(source);
}

export const FeatureSource = {
  /**
   * A table of the lakehouse; a job carries new rows into the online store.
   *
   * @throws MissingValue, TokenNotAllowed, NotOneOf, EventTimeMissing
   */
  table(zone: string, table: string, times: SourceTimes): FeatureSource {
    const { eventTime, createdTime } = times ?? {};
    return freeze("FeatureSource.table", { kind: "table", zone, table, eventTime, createdTime });
  },

  /**
   * A stream: a processor of yours writes each record to the online store as it comes (`view.grantWrite`), and to the
   * table that keeps the history for training.
   *
   * @param topic name of the topic, the same at every site
   * @throws MissingValue, TokenNotAllowed, NotOneOf, EventTimeMissing
   */
  stream(topic: string, history: StreamHistory): FeatureSource {
    const problems = new Problems("FeatureSource.stream");
    requireObject(problems, "history", history, "{ zone, table, eventTime }");
    checkText(problems, "topic", topic, "the name of a topic");
    problems.throwIfAny();
    const { zone, table, eventTime, createdTime } = history;
    return freeze("FeatureSource.stream", { kind: "stream", topic, zone, table, eventTime, createdTime });
  },
} as const;

/** Checks a source that may have been written by hand. Adds MissingValue, TokenNotAllowed, NotOneOf, EventTimeMissing. */
export function checkSource(problems: Problems, subject: string, source: FeatureSource): void {
  if (!problems.required(`${subject} source`, source, "FeatureSource.table(…) or FeatureSource.stream(…)")) {
    return;
  }
  if (source.eventTime === undefined) {
    problems.add(FeatureErrors.EventTimeMissing, {
      subject: `${subject} eventTime`,
      given: undefined,
      allowed: "the name of a timestamptz column",
    });
  } else {
    checkText(problems, `${subject} eventTime`, source.eventTime, "the name of a timestamptz column");
  }
  checkText(problems, `${subject} zone`, source.zone, "the name of a zone of the lakehouse");
  checkText(problems, `${subject} table`, source.table, "the name of a table of the zone");
  if (source.createdTime !== undefined) {
    checkText(problems, `${subject} createdTime`, source.createdTime, "the name of a timestamptz column");
  }
}
