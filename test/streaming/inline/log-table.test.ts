import { Problems } from "../../../lib/core/problems";
import { type Column, resolveTable } from "../../../lib/lakehouse/table";
import { checkLogTable, decisionLogTable, LOG_COLUMN_NAMES } from "../../../lib/streaming/inline/log-table";

const columnsOf = (change: Partial<ReturnType<typeof decisionLogTable>> = {}, pii?: boolean) =>
  resolveTable(new Problems("test"), "raw", { ...decisionLogTable({ name: "log", pii }), ...change }).columns;

function found(columns: readonly Column[], pii: boolean) {
  const problems = new Problems("test");
  checkLogTable(problems, "log.table", columns, pii);
  try {
    problems.throwIfAny();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

test("the table is what the program writes, column by column", async () => {
  const { COLUMNS } = await import("../../../examples/realtime-bidding/worker/src/log-sink/entries.js");
  expect(LOG_COLUMN_NAMES).toEqual([...COLUMNS]);
});

test("is one that a lakehouse takes, partitioned by the hour, and fits the sink", () => {
  const problems = new Problems("test");
  const table = resolveTable(problems, "raw", decisionLogTable({ name: "log" }));
  expect(() => problems.throwIfAny()).not.toThrow();
  expect(table.partitionBy.map(({ transform, column }) => [transform, column])).toEqual([
    ["hour", "event_time"],
  ]);
  expect(found(table.columns, true)).toBe("");
});

test("marks what events hold as personal, unless it is said that it is not", () => {
  const marked = (pii?: boolean) =>
    columnsOf({}, pii)
      .filter((each) => each.pii)
      .map(({ name }) => name);
  expect(marked()).toEqual(["event", "features", "vectors", "output"]);
  expect(marked(false)).toEqual([]);
  expect(decisionLogTable({ name: "log", comment: "mine" }).comment).toBe("mine");
});

test("columns of your own may be added, if they are optional", () => {
  const { columns } = decisionLogTable({ name: "log" });
  const more = (required: boolean) =>
    columnsOf({ columns: [...columns, { name: "day", type: "date", required }] });
  expect(found(more(false), true)).toBe("");
  expect(found(more(true), true)).toMatch(/LogTableDiffers[\s\S]*day, required/);
});

test("a column that is missing, of another type, or without its mark is refused", () => {
  const { columns } = decisionLogTable({ name: "log" });
  expect(found(columnsOf({ columns: columns.filter(({ name }) => name !== "reason") }), true)).toMatch(
    /LogTableDiffers[\s\S]*reason: no such column/,
  );
  const other = columns.map((each) => (each.name === "event_time" ? { ...each, type: "timestamp" } : each));
  expect(found(columnsOf({ columns: other }), true)).toMatch(/event_time: timestamp\b/);
  expect(found(columnsOf({}, false), true)).toMatch(/event without a mark/);
  expect(found(columnsOf({}, false), false)).toBe("");
});
