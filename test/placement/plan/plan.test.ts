import { Residency } from "../../../lib/fabric/residency";
import { checkPlacement } from "../../../lib/placement/check/check";
import { DataJob } from "../../../lib/placement/data-job";
import type { AcceptedWorkload, Placement } from "../../../lib/placement/placement";
import { lockOf, readLock, writeLock } from "../../../lib/placement/plan/lock";
import { plan } from "../../../lib/placement/plan/plan";
import { type PlanInput, PlanRules } from "../../../lib/placement/workloads";
import { captureValidationError } from "../../../lib/testing/template";
import { FAMILIES } from "../../../tools/bench-placement/families";
import { shuffledInput } from "../../../tools/bench-placement/shuffle";
import { fibre, gang, hall, inputOf } from "./fixture";

function accepted(placement: Placement, name: string): AcceptedWorkload {
  const found = placement.workloads.find(({ workload }) => workload === name);
  expect(found).toMatchObject({ status: "accepted" });
  return found as AcceptedWorkload;
}

function reasons(placement: Placement, name: string) {
  const found = placement.workloads.find(({ workload }) => workload === name)!;
  return found.status === "left-out" ? found.reasons : [];
}

describe("plan", () => {
  const cheap = hall("cheap", "US", [4, 4], 2);
  const dear = hall("dear", "DE", [4, 4, 4, 4], 3);

  it("takes the cheapest site that holds a gang, and keeps it in one rack", () => {
    const placement = plan(inputOf([cheap, dear], [gang("a", 4)]));
    expect(accepted(placement, "a").parts).toMatchObject([
      { site: "cheap", accelerators: 32, domains: { kind: "leaves", leaves: [{ leaf: 0, hosts: 4 }] } },
    ]);
    expect(placement.bound).toMatchObject({ gapPpm: 0, method: "exact" });
  });

  it("never trades residency for cost", () => {
    const placement = plan(inputOf([cheap, dear], [gang("a", 4, { residency: Residency.EU })]));
    expect(accepted(placement, "a").parts[0]!.site).toBe("dear");
  });

  it("divides a gang equally where racks must be crossed", () => {
    const only = hall("only", "DE", [3, 4, 3], 2);
    const { parts } = accepted(plan(inputOf([only], [gang("a", 6)])), "a");
    expect(parts[0]!.domains).toMatchObject({ leaves: [{ hosts: 3 }, { hosts: 3 }] });
  });

  it("leaves out what is worth least, says how many hosts are short, where, and who has them", () => {
    const only = hall("only", "DE", [4], 2);
    const placement = plan(inputOf([only], [gang("big", 3, { value: 9 }), gang("small", 2, { value: 1 })]));
    expect(accepted(placement, "big")).toBeDefined();
    expect(reasons(placement, "small")).toEqual([
      { code: "no-capacity", site: "only", pool: "gpu", need: 2, have: 1, unit: "hosts", because: ["big"] },
    ]);
  });

  it("says why each place is refused", () => {
    const placement = plan(inputOf([cheap, dear], [gang("a", 60, { residency: Residency.EU })]));
    expect(reasons(placement, "a")).toEqual([
      { code: "residency", site: "cheap", pool: "gpu" },
      { code: "domain-too-small", site: "dear", pool: "gpu", need: 480, have: 128, unit: "accelerators" },
    ]);
  });

  it("keeps a group apart", () => {
    const apart = { spread: { group: "g", apartIn: "site" as const } };
    const placement = plan(inputOf([cheap, dear], [gang("a", 1, apart), gang("b", 1, apart)]));
    const at = ["a", "b"].map((name) => accepted(placement, name).parts[0]!.site).sort();
    expect(at).toEqual(["cheap", "dear"]);
    const domains = { spread: { group: "g", apartIn: "domain" as const } };
    const racks = plan(inputOf([cheap], [gang("a", 1, domains), gang("b", 1, domains)]));
    const [a, b] = ["a", "b"].map((name) => accepted(racks, name).parts[0]!.domains);
    expect(a).not.toEqual(b);
  });

  it("splits a gang over two sites only if no site holds it, over waves that hide its gradients", () => {
    const sites = [hall("left", "DE", [4], 2), hall("right", "DE", [4], 2)];
    const input = inputOf(sites, [gang("a", 8, { maySpanSites: true })], { links: [fibre("left", "right")] });
    const placement = plan(input);
    const { parts, flows } = accepted(placement, "a");
    expect(parts.map(({ site }) => site)).toEqual(["left", "right"]);
    expect(flows).toMatchObject([{ link: "left--right", waves: 4 }]);
    expect(placement.links[0]).toMatchObject({ wavesUsed: 4, assignments: [{ wavelengths: [0, 1, 2, 3] }] });
    expect(checkPlacement(input, placement)).toEqual([]);
  });

  it("moves data where the workload runs, and leaves the job out where no link goes", () => {
    const job = DataJob.of("feed", { from: "dear", to: { workload: "a" }, bytes: 1e12, everyHours: 24 });
    const pinned = gang("a", 1, { pinned: { site: "cheap" } });
    const fed = plan(inputOf([cheap, dear], [pinned, job], { links: [fibre("cheap", "dear")] }));
    expect(accepted(fed, "feed").flows).toMatchObject([{ link: "cheap--dear", waves: 1 }]);
    const cut = plan(inputOf([cheap, dear], [pinned, job]));
    expect(reasons(cut, "feed")).toEqual([{ code: "unreachable", site: "cheap" }]);
    const local = plan(inputOf([cheap, dear], [gang("a", 1), job]));
    expect(accepted(local, "a").parts[0]!.site).toBe("dear");
  });

  it("keeps within the budget of the whole plan", () => {
    const rules = PlanRules.of({ budgetUsdPerHour: 20 });
    const placement = plan(inputOf([cheap], [gang("a", 1), gang("b", 1)], { rules }));
    const names = placement.workloads.map(({ status }) => status).sort();
    expect(names).toEqual(["accepted", "left-out"]);
  });

  it("gives the same bytes in whatever order the input is given", () => {
    const input = FAMILIES[4]!.make(3, 1);
    const first = JSON.stringify(plan(input));
    for (let seed = 1; seed <= 8; seed++) {
      expect(JSON.stringify(plan(shuffledInput(input, seed)))).toBe(first);
    }
  });
});

describe("plan with a lock", () => {
  const sites = [hall("cheap", "US", [4, 4], 2), hall("dear", "DE", [4, 4], 3)];

  it("moves nothing when a workload is added that fits elsewhere", () => {
    const before = [gang("a", 3), gang("b", 3), gang("c", 2)];
    const lock = lockOf(plan(inputOf(sites, before)));
    const input = inputOf(sites, [...before, gang("aa", 4, { value: 100 })]);
    const after = plan(input, { lock });
    for (const { workload, parts } of lock.workloads) {
      expect(accepted(after, workload).parts).toEqual(parts);
    }
    expect(accepted(after, "aa")).toBeDefined();
    expect(checkPlacement(input, after, lock)).toEqual([]);
  });

  it("moves what must move to let more value in, and says what that counts as", () => {
    const rules = PlanRules.of({ churnUsdPerAcceleratorHour: 0.5 });
    const one = [hall("one", "US", [4, 4], 2)];
    const running = inputOf(one, [gang("a", 2), gang("b", 2)], { rules });
    const first = plan(running);
    const split = {
      ...lockOf(first),
      workloads: lockOf(first).workloads.map((workload, index) => ({
        ...workload,
        parts: workload.parts.map((part) => ({
          ...part,
          domains: { kind: "leaves" as const, leaves: [{ leaf: index, hosts: 2 }] },
        })),
      })),
    };
    const input = inputOf(one, [gang("a", 2), gang("b", 2), gang("c", 4, { value: 9 })], { rules });
    const after = plan(input, { lock: split });
    expect(after.workloads.every(({ status }) => status === "accepted")).toBe(true);
    expect(checkPlacement(input, after, split)).toEqual([]);
  });

  it("writes and reads locks, the same bytes for the same plan", () => {
    const lock = lockOf(plan(inputOf(sites, [gang("a", 1)])));
    expect(readLock(writeLock(lock))).toEqual(lock);
    expect(captureValidationError(() => readLock("{"))).toMatchObject({ code: "LockUnreadable" });
    expect(captureValidationError(() => readLock('{"version":2}'))).toMatchObject({ code: "LockUnreadable" });
  });

  it("refuses the lock of another model", () => {
    const lock = lockOf(plan(inputOf(sites, [gang("a", 1)])));
    const error = captureValidationError(() => plan(inputOf(sites, [gang("z", 1)]), { lock }));
    expect(error).toMatchObject({ code: "LockOfAnotherModel" });
  });
});

describe("plan refuses", () => {
  const sites = [hall("a-site", "US", [4], 2)];
  const code = (input: PlanInput) => captureValidationError(() => plan(input)).code;

  it("unknown names", () => {
    expect(code(inputOf(sites, [gang("a", 1, { pinned: { site: "nowhere" } })]))).toBe("UnknownPlace");
    expect(code(inputOf(sites, [gang("a", 1, { pinned: { site: "a-site", pool: "no" } })]))).toBe(
      "UnknownPlace",
    );
    expect(code(inputOf(sites, [], { links: [fibre("a-site", "nowhere")] }))).toBe("UnknownPlace");
    const job = DataJob.of("j", { from: "a-site", to: { workload: "no" }, bytes: 1, everyHours: 1 });
    expect(code(inputOf(sites, [job]))).toBe("UnknownPlace");
  });

  it("contradictory pins", () => {
    const german = gang("a", 1, { pinned: { site: "a-site" }, residency: Residency.EU });
    expect(code(inputOf(sites, [german]))).toBe("ContradictoryRules");
    const apart = { pinned: { site: "a-site" }, spread: { group: "g", apartIn: "site" as const } };
    expect(code(inputOf(sites, [gang("a", 1, apart), gang("b", 1, apart)]))).toBe("ContradictoryRules");
  });

  it("numbers that cannot be computed with, and names that come twice", () => {
    const broken = { ...gang("a", 1), value: Number.NaN };
    expect(code(inputOf(sites, [broken]))).toBe("UnsoundInput");
    expect(code(inputOf(sites, [{ ...gang("a", 1), value: -1 }]))).toBe("UnsoundInput");
    expect(code(inputOf(sites, [gang("a", 1), gang("a", 2)]))).toBe("DuplicateValue");
  });
});
