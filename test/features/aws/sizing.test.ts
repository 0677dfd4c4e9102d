import { Problems } from "../../../lib/core/problems";
import { awsOnlineSize } from "../../../lib/features/aws/sizing";
import { estimatedBytes, type OnlineTargets, resolveLoads } from "../../../lib/features/sizing";
import { schema } from "../fixture";

const [activity, profile] = schema().views;

function size(targets: Partial<OnlineTargets>, view = activity!) {
  const problems = new Problems("test");
  const online = {
    [view.name]: { p99LatencyMs: 40, readsPerSecond: 1000, writesPerSecond: 100, ...targets },
  };
  const [load] = resolveLoads(problems, [view], online);
  const made = awsOnlineSize(problems, load!);
  problems.throwIfAny();
  return made;
}

describe("the online store on AWS", () => {
  test("is the cheaper one that is fast enough", () => {
    expect(size({ p99LatencyMs: 15 }).storageType).toBe("Standard");
    expect(size({ p99LatencyMs: 14 }).storageType).toBe("InMemory");
  });

  test("is in memory for collections, whatever the latency", () => {
    expect(size({ p99LatencyMs: 1000 }, profile!).because[0]).toBe(
      'InMemory: feature "interests" is a collection, which Standard cannot hold',
    );
  });

  test("buys units for steady traffic: 4 KB a read, 1 KB a write", () => {
    expect(size({ traffic: "steady", meanBytes: 4097 })).toMatchObject({
      throughputMode: "Provisioned",
      readCapacityUnits: 2000,
      writeCapacityUnits: 500,
    });
    expect(size({ meanBytes: 4097 })).toMatchObject({ throughputMode: "OnDemand" });
    expect(size({}).readCapacityUnits).toBeUndefined();
  });

  test("explains itself", () => {
    expect(size({ traffic: "steady", meanBytes: 1024 }).because).toEqual([
      "Standard: p99 of 40 ms is within its 15 ms, and it costs less than InMemory",
      "1000 read units and 100 write units per second for records of 1024 bytes",
      "provisioned: the traffic is steady",
    ]);
  });

  test("records are estimated from their types", () => {
    // taste: 64 elements of 4 bytes; interests: 16 texts of 32; mail; user_id; the event time
    expect(estimatedBytes(profile!)).toBe(5 + 256 + 9 + 512 + 4 + 32 + 7 + 32 + 8);
  });
});
