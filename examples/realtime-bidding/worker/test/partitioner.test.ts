import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { compatibilityPartitioner } from "@platformatic/kafka";
import { partitionHash } from "../src/stream/partitioner.js";

/** Of Kafka's own test of `Utils.murmur2` (UtilsTest.testMurmur2, 4.1). */
const KNOWN = {
  "21": -973932308,
  foobar: -790332482,
  "a-little-bit-long-string": -985981536,
  "a-little-bit-longer-string": -1486304829,
  lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
  abc: 479470107,
};

test("a key goes where Kafka's own producers put it", () => {
  for (const [key, hash] of Object.entries(KNOWN)) {
    assert.equal(partitionHash(Buffer.from(key)), hash & 0x7fffffff, key);
  }
  for (let length = 0; length < 300; length += 1) {
    const key = randomBytes(length);
    assert.equal(partitionHash(key), compatibilityPartitioner({} as never, key), key.toString("hex"));
  }
});
