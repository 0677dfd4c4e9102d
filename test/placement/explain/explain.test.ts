import { explain } from "../../../lib/placement/explain/explain";
import { placementSvg } from "../../../lib/placement/explain/svg";
import { explanationText } from "../../../lib/placement/explain/text";
import { lockOf } from "../../../lib/placement/plan/lock";
import { plan } from "../../../lib/placement/plan/plan";
import { FAMILIES } from "../../../tools/bench-placement/families";
import { gang, hall, inputOf } from "../plan/fixture";

const sites = [hall("cheap", "DE", [4, 4], 2), hall("dear", "US", [4, 4], 3)];

describe("explain", () => {
  const input = inputOf(sites, [gang("a", 4), gang("huge", 40)]);
  const explanation = explain(input, plan(input));
  const [a, huge] = explanation.workloads;

  it("names the next best place and what it would cost more", () => {
    expect(a!.runnerUp!.places).toEqual([{ site: "dear", pool: "gpu" }]);
    expect(a!.runnerUp!.microUsdMore).toBeGreaterThan(32e6);
    expect(a!.usdPerMillionTokens).toBeGreaterThan(0);
  });

  it("says why a workload is left out", () => {
    expect(huge).toMatchObject({ status: "left-out" });
    const text = explanationText(explanation);
    expect(text).toContain("1 of 2 workloads have a place, 1 are left out");
    expect(text).toContain(
      "cheap/gpu: larger than the domain that its parallelism needs: 256 accelerators short",
    );
  });

  it("says why the other places were refused to what has one, if asked", () => {
    const pinned = inputOf(sites, [gang("a", 4, { pinned: { site: "cheap" } })]);
    const explained = explain(pinned, plan(pinned));
    expect(explanationText(explained)).not.toContain("pinned");
    expect(explanationText(explained, { verbose: true })).toContain("not dear/gpu: it is pinned elsewhere");
  });

  it("tells how much room is left", () => {
    expect(explanation.rooms).toEqual([
      { site: "cheap", pool: "gpu", largestPlaceable: 32, used: 32, capacity: 64 },
      { site: "dear", pool: "gpu", largestPlaceable: 32, used: 0, capacity: 64 },
    ]);
  });

  it("tells what changed against the lock", () => {
    const lock = lockOf(plan(inputOf(sites, [gang("a", 4), gang("gone", 1)])));
    const after = plan(inputOf(sites, [gang("a", 4), gang("new", 1)]), { lock });
    const { changes } = explain(inputOf(sites, [gang("a", 4), gang("new", 1)]), after, lock);
    expect(changes.map(({ workload, change }) => `${change} ${workload}`)).toEqual([
      "stopped gone",
      "added new",
    ]);
  });
});

describe("the picture of a plan", () => {
  const input = FAMILIES[4]!.make(3, 1);
  const placement = plan(input);
  const svg = placementSvg(input, placement);

  it("is the same bytes for the same plan, whatever the order of the input", () => {
    const reversed = { ...input, sites: [...input.sites].reverse(), links: [...input.links].reverse() };
    expect(placementSvg(reversed, placement)).toBe(svg);
  });

  it("shows every site, link and placed workload, and follows the reader's colour scheme", () => {
    for (const { name } of [...input.sites, ...input.links]) {
      expect(svg).toContain(name);
    }
    for (const workload of placement.workloads) {
      if (workload.status === "accepted" && workload.parts.length > 0) {
        expect(svg).toContain(`<title>${workload.workload}: `);
      }
    }
    expect(svg).toContain("prefers-color-scheme:dark");
  });
});
