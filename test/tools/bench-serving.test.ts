import { BOUNDS, compare, missedBounds, summarize } from "../../tools/bench-serving/compare";
import { PUBLISHED } from "../../tools/bench-serving/published";

const compared = compare();

test("the capacity model stays within its bounds on published figures", () => {
  expect(missedBounds(compared)).toEqual([]);
  expect(summarize(compared).rows).toBe(PUBLISHED.length);
  expect(PUBLISHED.length).toBeGreaterThan(100);
});

test("a model that promises too much misses them, and it is said by how much", () => {
  const doubled = compared.map((each) => ({ ...each, error: 2 * (each.error + 1) - 1 }));
  expect(missedBounds(doubled)).toHaveLength(2);
  expect(missedBounds(doubled)[0]).toContain(`above ${100 * BOUNDS.all} %`);
});

test("each row tells where it was read", () => {
  for (const { source, read, version, published } of PUBLISHED) {
    expect(source).toMatch(/^github\.com\/[^@]+@[0-9a-f]{40}:|^https:\/\//);
    expect(read).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(version).not.toBe("");
    expect(published).toBeGreaterThan(0);
  }
});
