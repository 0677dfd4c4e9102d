import type { SyntheticDataProps } from "../../../lib";
import { Template } from "../../../lib/testing";
import { codes } from "../../vectors/fixture";
import { BIDS, files, kubernetesStack, lakehouse } from "./support";

const TARGET = { ...BIDS, name: "bids_synthetic" };
const ZONES = [
  { name: "curated", tables: [BIDS, { name: "other", columns: [{ name: "a", type: "long" }] }] },
  { name: "lab", tables: [TARGET] },
];
const JOB: SyntheticDataProps = {
  source: { zone: "curated", table: "bids" },
  target: { zone: "lab", table: "bids_synthetic" },
  rows: 2_500_000,
  mask: { ip_address: "generate" },
};

function sql(props: Partial<SyntheticDataProps> = {}): string {
  const stack = kubernetesStack();
  lakehouse({ zones: ZONES }, stack).addSyntheticData("training", { ...JOB, ...props });
  return files(Template.of(stack), "acme-lake-synthetic-training")["synthetic.sql"]!;
}

const refusal = (props: Partial<SyntheticDataProps>) =>
  codes(() => lakehouse({ zones: ZONES }).addSyntheticData("training", { ...JOB, ...props }));

test("replaces the rows of the target by as many as were asked for", () => {
  const text = sql();
  expect(text).toContain('DELETE FROM lab.main."bids_synthetic";');
  expect(text).toContain(
    'INSERT INTO lab.main."bids_synthetic" ("bid_id", "event_time", "ip_address", "price")',
  );
  expect(text).toContain("LIMIT 2500000;");
  expect(text).toContain(
    "UNNEST(sequence(1, 1000)) AS r0 (i0) CROSS JOIN UNNEST(sequence(1, 1000)) AS r1 (i1) CROSS JOIN UNNEST(sequence(1, 3)) AS r2 (i2)",
  );
});

test("looks at the distribution of each column, without its outermost percent, but not at personal data", () => {
  const text = sql();
  expect(text).toContain('approx_percentile(CAST("bid_id" AS double), ARRAY[0.01, 0.02');
  expect(text).toContain("0.99])");
  expect(text).not.toContain("1.00]");
  const learned = text.slice(text.indexOf("WITH learned"), text.indexOf("SELECT\n"));
  expect(learned).not.toContain("ip_address");
  expect(text).toContain("sha256");
});

test("a column that may be used is used only where many rows share a text, and the reason stays with the job", () => {
  const text = sql({
    mask: {},
    allowPii: [{ column: "ip_address", reason: "only\n prefixes are kept, see DPIA 12" }],
    minimumCount: 50,
  });
  expect(text).toContain("-- personal data of ip_address is used: only prefixes are kept, see DPIA 12");
  expect(text).toContain('approx_most_frequent(1000, "ip_address", 10000), (k, v) -> v >= 50)');
});

test("an empty column is empty", () => {
  expect(sql({ mask: { ip_address: "null" } })).toContain("CAST(NULL AS varchar)");
});

test.each<[string, Partial<SyntheticDataProps>, string]>([
  ["personal data without a mask", { mask: {} }, "SyntheticPersonalData"],
  [
    "personal data without a reason",
    { mask: {}, allowPii: [{ column: "ip_address", reason: " " }] },
    "MissingValue",
  ],
  ["a leave that is not needed", { allowPii: [{ column: "ip_address", reason: "r" }] }, "NoEffect"],
  ["a leave for a column that is not personal", { allowPii: [{ column: "price", reason: "r" }] }, "NoEffect"],
  [
    "a required column that is to be empty",
    { mask: { ip_address: "null", bid_id: "null" } },
    "SyntheticTypeUnsupported",
  ],
  ["a mask of a column that is not there", { mask: { ip_address: "null", other: "null" } }, "NotOneOf"],
  ["a mask that does not exist", { mask: { ip_address: "hash" as never } }, "NotOneOf"],
  ["a target of another shape", { target: { zone: "curated", table: "other" } }, "SyntheticColumnsDiffer"],
  ["no rows", { rows: 0 }, "NumberOutOfRange"],
  ["texts of a single row", { minimumCount: 1 }, "NumberOutOfRange"],
  ["a zone that is not there", { source: { zone: "none", table: "bids" } }, "UnknownZone"],
  ["a table that is not there", { source: { zone: "curated", table: "none" } }, "UnknownTable"],
])("refuses %s", (_what, props, code) => {
  expect(refusal(props)).toContain(code);
});

test("refuses a type of which no values can be made", () => {
  const events = { name: "events", columns: [{ name: "tags", type: "list<string>" }] };
  const zones = [{ name: "curated", tables: [events, { ...events, name: "copy" }] }];
  const made = () =>
    lakehouse({ zones }).addSyntheticData("training", {
      source: { zone: "curated", table: "events" },
      target: { zone: "curated", table: "copy" },
      rows: 1,
    });
  expect(codes(made)).toEqual(["SyntheticTypeUnsupported"]);
});
