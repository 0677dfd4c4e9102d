import fc from "fast-check";
import { IDEAL_EFFICIENCY } from "../../../lib/placement/cost/efficiency";
import {
  busySeconds,
  keyValueBytes,
  queueSeconds,
  queueTailSeconds,
  replicaMemoryGib,
  replicasFor,
  replicaTimes,
} from "../../../lib/placement/cost/serving-time";
import { InferencePool, type InferencePoolProps } from "../../../lib/placement/inference-pool";
import { captureValidationError } from "../../../lib/testing";
import { H100, LLAMA_405B } from "./cost-fixture";

/** Source: arXiv 2407.21783, table 3. */
const LLAMA_70B = { params: 70e9, layers: 80, hidden: 8_192, sequence: 8_192, kvHidden: 1_024 };
const NETWORK = { replicaBytesPerSecond: 450e9, handOverBytesPerSecond: 50e9 };

function pool(changes: Partial<InferencePoolProps> = {}): InferencePool {
  return InferencePool.of("chat", {
    model: LLAMA_70B,
    tp: 8,
    promptTokens: 2_000,
    outputTokens: 300,
    firstTokenMs: 500,
    users: [{ name: "berlin", requestsPerSecond: 10, rttMs: { frankfurt: 10, virginia: 90 } }],
    accelerators: ["h100"],
    ...changes,
  });
}

describe("one replica", () => {
  test("prefill computes, decoding reads memory", () => {
    const times = replicaTimes(pool(), H100, NETWORK, IDEAL_EFFICIENCY);
    const reduces = (tokens: number) => (4 * 80 * (7 / 8) * tokens * 8_192 * 2) / 450e9;
    expect(times.prefill).toBeCloseTo((2 * 70e9 * 2_000) / (8 * 989e12 * 0.5) + reduces(2_000), 9);
    const caches = 16 * 2 * 80 * 1_024 * 2_150 * 2;
    expect(times.decodeStep).toBeCloseTo((140e9 + caches) / (8 * 3_350e9) + reduces(16), 9);
    expect(times.handOver).toBe(0);
    expect(busySeconds(pool(), times).decode).toBeCloseTo((300 * times.decodeStep) / 16, 12);
  });

  test("split phases move the cache of each prompt: 0.33 MB a token for 70B", () => {
    expect(keyValueBytes(LLAMA_70B, 1)).toBe(327_680);
    const times = replicaTimes(pool({ prefillDecode: "split" }), H100, NETWORK, IDEAL_EFFICIENCY);
    expect(times.handOver).toBeCloseTo((327_680 * 2_000) / (8 * 50e9), 12);
  });

  test("405B in bf16 does not fit 8 GPUs of 80 GiB, in fp8 it does", () => {
    expect(replicaMemoryGib(pool({ model: LLAMA_405B }))).toBeGreaterThan(80);
    expect(replicaMemoryGib(pool({ model: LLAMA_405B, bytesPerWeight: 1 }))).toBeLessThan(80);
  });
});

describe("queues", () => {
  test("one server: a S / (1 - a), as every book has it", () => {
    expect(queueSeconds(0.5, 1, 1)).toBeCloseTo(1, 12);
    expect(queueSeconds(0.9, 1, 1)).toBeCloseTo(9, 9);
  });

  test("two servers at load 1: a third waits", () => {
    expect(queueSeconds(1, 1, 2)).toBeCloseTo(1 / 3, 12);
  });

  test("against the stationary distribution, summed state by state", () => {
    const [arrivals, service, servers] = [7, 0.5, 5];
    let [weight, total, waiting] = [1, 0, 0];
    for (let state = 0; state < 400; state++) {
      total += weight;
      waiting += weight * Math.max(0, state - servers);
      weight *= (arrivals * service) / Math.min(state + 1, servers);
    }
    expect(queueSeconds(arrivals, service, servers)).toBeCloseTo(waiting / total / arrivals, 9);
  });

  test("no one waits if no one asks; without end if too many do", () => {
    expect(queueSeconds(0, 1, 1)).toBe(0);
    expect(queueSeconds(1, 1, 1)).toBeUndefined();
    expect(queueSeconds(2, 1, 1)).toBeUndefined();
  });

  test("more servers never make it longer", () => {
    const load = fc.double({ min: 0.01, max: 40, noNaN: true });
    fc.assert(
      fc.property(load, fc.integer({ min: 1, max: 60 }), (arrivals, servers) => {
        const wait = queueSeconds(arrivals, 1, servers);
        const next = queueSeconds(arrivals, 1, servers + 1);
        if (wait !== undefined) {
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(next!).toBeLessThanOrEqual(wait);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("replicas for users", () => {
  const times = replicaTimes(pool(), H100, NETWORK);
  const at = (site: string, changes: Partial<InferencePoolProps> = {}, most = 100) => {
    const asked = pool(changes);
    return replicasFor(asked, asked.users, site, replicaTimes(asked, H100, NETWORK), most);
  };

  test("as few as keep the promise", () => {
    const found = at("frankfurt")!;
    const service = busySeconds(pool(), times);
    const wait = (replicas: number) => queueSeconds(10, service.prefill + service.decode, replicas);
    expect(found.firstTokenSeconds).toBeLessThanOrEqual(0.5);
    expect(found.firstTokenSeconds).toBeCloseTo(0.01 + wait(found.replicas.prefill)! + times.prefill, 9);
    expect((wait(found.replicas.prefill - 1) ?? 9) + 0.01 + times.prefill).toBeGreaterThan(0.5);
  });

  test("a site that is far away has less time to queue, or none", () => {
    const far = {
      name: "berlin",
      requestsPerSecond: 10,
      rttMs: { frankfurt: 10, sydney: 290 },
    };
    const tight = { users: [far], firstTokenMs: 300 };
    expect(at("frankfurt", tight)).toBeDefined();
    expect(at("sydney", tight)).toBeUndefined();
    expect(at("mars", tight)).toBeUndefined();
  });

  test("split phases are counted apart", () => {
    const { replicas } = at("frankfurt", { prefillDecode: "split" })!;
    expect(replicas.prefill).toBeGreaterThanOrEqual(1);
    expect(replicas.decode).toBeGreaterThanOrEqual(1);
  });

  test("refuses a token rate that no number of replicas reaches, and more replicas than there are", () => {
    expect(at("frankfurt", { nextTokenMs: 1 })).toBeUndefined();
    expect(at("frankfurt", { nextTokenMs: 100 })).toBeDefined();
    expect(at("frankfurt", {}, 1)).toBeUndefined();
  });
});

describe("the tail of a queue", () => {
  test("of one server is ln(load / late) times service over what is left (M/M/1)", () => {
    expect(queueTailSeconds(0.8, 1, 1, 0.95)).toBeCloseTo(Math.log(0.8 / 0.05) / 0.2, 9);
  });

  test("is nothing where fewer wait than may be late, and endless where requests come too fast", () => {
    expect(queueTailSeconds(0.04, 1, 1, 0.95)).toBe(0);
    expect(queueTailSeconds(1, 1, 1, 0.95)).toBeUndefined();
  });
});

test.each([
  [() => queueTailSeconds(1, 1, 2, 1), "NotAQuantity"],
  [() => queueSeconds(-1, 1, 1), "NotAQuantity"],
  [() => queueSeconds(1, 0, 1), "NotAQuantity"],
  [() => queueSeconds(1, 1, 0), "NumberOutOfRange"],
  [() => keyValueBytes(LLAMA_70B, Number.NaN), "NotAQuantity"],
  [() => replicaTimes(pool(), H100, { ...NETWORK, replicaBytesPerSecond: 0 }), "NotAQuantity"],
])("refuses impossible sizes %#", (call, code) => {
  expect(captureValidationError(call).codes).toEqual([code]);
});
