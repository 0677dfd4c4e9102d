import type { Consumer, RecordsBatch } from "@platformatic/kafka";
import type { InputRecord } from "./member.js";

type FetchResponse = Awaited<ReturnType<typeof Consumer.prototype.fetch>>;
type FetchResponsePartition = FetchResponse["responses"][number]["partitions"][number];

/** The broker's time is the one that counts, and all records of the batch have it. */
const HAS_BROKER_TIME = 1 << 3;
const IS_TRANSACTIONAL = 1 << 4;
const IS_CONTROL = 1 << 5;
/** Second number of a control record's key: 0 ends a transaction by aborting it. */
const ABORT = 0;

const isAbort = (batch: RecordsBatch): boolean => batch.records[0]?.key?.readInt16BE(2) === ABORT;

/**
 * Records of committed transactions, and of none, from `from` on.
 *
 * The client filters one aborted transaction a producer and answer (1.35, `Consumer.fetch`); if a producer aborted
 * several, those before would be read. So the rule of the protocol is applied here once more: what a producer wrote
 * between the first offset of an aborted transaction and its marker is void.
 */
export function committedRecords(
  topic: string,
  { partitionIndex: partition, abortedTransactions, records: batches = [] }: FetchResponsePartition,
  from: bigint,
): { readonly records: readonly InputRecord[]; readonly next: bigint } {
  const aborted = [...abortedTransactions].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  const aborting = new Set<bigint>();
  const records: InputRecord[] = [];
  let next = from;
  for (const batch of batches) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    while (aborted[0] !== undefined && aborted[0].firstOffset <= last) {
      aborting.add(aborted.shift()!.producerId);
    }
    if (batch.attributes & IS_CONTROL) {
      if (isAbort(batch)) {
        aborting.delete(batch.producerId);
      }
    } else if (!(batch.attributes & IS_TRANSACTIONAL && aborting.has(batch.producerId))) {
      const first = Number(batch.firstTimestamp);
      const brokerTime = batch.attributes & HAS_BROKER_TIME ? Number(batch.maxTimestamp) : undefined;
      for (const { offsetDelta, timestampDelta, key, value, headers } of batch.records) {
        const offset = batch.firstOffset + BigInt(offsetDelta);
        // A broker answers with whole batches: the first may begin before what was asked for.
        if (offset >= from) {
          records.push({
            topic,
            partition,
            offset,
            timestamp: brokerTime ?? first + Number(timestampDelta),
            key: key ?? undefined,
            value: value ?? undefined,
            headers,
          });
        }
      }
    }
    next = last + 1n > next ? last + 1n : next;
  }
  return { records, next };
}
