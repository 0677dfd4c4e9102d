const MULTIPLIER = 0x5bd1e995;
const SEED = 0x9747b28c;

/**
 * Partition of a key as Kafka's own producers choose it, so that whoever writes a key writes it to the same partition:
 * murmur2, made positive; the client takes it modulo the partitions. The client's own runs on big integers and costs a
 * microsecond a record. `org.apache.kafka.common.utils.Utils.murmur2`, Kafka 4.1.
 */
export function partitionHash(key: Buffer): number {
  let hash = SEED ^ key.length;
  let at = 0;
  for (; at + 4 <= key.length; at += 4) {
    let word = key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> 24;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  if (at < key.length) {
    for (let index = key.length - 1; index >= at; index -= 1) {
      hash ^= key[index]! << (8 * (index - at));
    }
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return (hash ^ (hash >>> 15)) & 0x7fffffff;
}
