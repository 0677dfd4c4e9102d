import {
  decisionLogTable,
  FeatureSchema,
  FeatureSource,
  Partition,
  type TableProps,
  type TopicProps,
} from "cdktf-hybrid-ai";

/** What is known of a viewer. Owned by Frankfurt, copied to both clouds. */
export const userActivity: TableProps = {
  name: "user_activity",
  comment: "One row per viewer and hour",
  columns: [
    { name: "user_id", type: "string", required: true, pii: true, comment: "Pseudonymous id of the viewer" },
    { name: "event_time", type: "timestamptz", required: true },
    { name: "loaded_at", type: "timestamptz" },
    { name: "clicks_7d", type: "long" },
    { name: "ctr_7d", type: "double", comment: "Clicks per impression over seven days" },
    { name: "country_code", type: "string" },
  ],
  partitionBy: [Partition.day("event_time")],
  sortBy: [{ column: "user_id" }],
};

/** What was asked, looked up and decided, with its personal data marked. Stays in Frankfurt. */
export const decisionLog = decisionLogTable({ name: "decision_log" });

/** Which clicks are billed, and why: in Ireland. */
export const verdictLog = decisionLogTable({ name: "verdict_log" });

/** The same features in training and serving, at every site. */
export const features = FeatureSchema.of({
  entities: [{ name: "user", keys: [{ name: "user_id", type: "string", pii: true }] }],
  views: [
    {
      name: "user_activity",
      entity: "user",
      source: FeatureSource.table("curated", "user_activity", {
        eventTime: "event_time",
        createdTime: "loaded_at",
      }),
      features: [
        { name: "clicks_7d", type: "long", description: "Clicks of the last seven days" },
        { name: "ctr_7d", type: "double", description: "Clicks per impression, last seven days" },
        { name: "country", type: "string", column: "country_code" },
      ],
      freshness: "1h",
      owner: "ads-team",
    },
  ],
});

const peak = { messagesPerSecond: 1_000, peakFactor: 2 };
const perUser = { key: { field: "user_id", type: "string" }, ordering: "per-key" } as const;

/** Bids and what becomes of them: through one transaction, so all of one stream. JSON, which the worker reads. */
export const bidding: readonly TopicProps[] = [
  {
    name: "bid-requests",
    throughput: { ...peak, meanBytes: 2_000 },
    partitions: 6,
    retentionHours: 24,
    ...perUser,
    deadLetter: { maxDeliveries: 3, retentionHours: 168 },
    pii: true,
  },
  {
    name: "decisions",
    throughput: { ...peak, meanBytes: 500 },
    partitions: 6,
    retentionHours: 24,
    ...perUser,
    pii: true,
  },
  {
    name: "decision-log",
    throughput: { messagesPerSecond: 10, meanBytes: 4_000 },
    retentionHours: 168,
    pii: true,
  },
];

/** Clicks, and whether they are billed: of one stream, as bids are. */
export const billing: readonly TopicProps[] = [
  {
    name: "clicks",
    throughput: { messagesPerSecond: 200, meanBytes: 600 },
    retentionHours: 24,
    ...perUser,
    deadLetter: { maxDeliveries: 3, retentionHours: 168 },
    pii: true,
  },
  {
    name: "verdicts",
    throughput: { messagesPerSecond: 200, meanBytes: 300 },
    retentionHours: 24,
    ...perUser,
    pii: true,
  },
  {
    name: "verdict-log",
    throughput: { messagesPerSecond: 10, meanBytes: 2_500 },
    retentionHours: 168,
    pii: true,
  },
];

/** What comes back from the pages: impressions and clicks, taken at the cloud that is nearest. */
export const outcomes: readonly TopicProps[] = [
  {
    name: "outcomes",
    throughput: { messagesPerSecond: 200, meanBytes: 300 },
    retentionHours: 72,
    ...perUser,
    schema: {
      format: "avro",
      fields: [
        { name: "user_id", type: "string" },
        { name: "decision_id", type: "string" },
        { name: "event_time", type: "timestamp" },
        { name: "clicked", type: "boolean" },
      ],
    },
    pii: true,
  },
];
