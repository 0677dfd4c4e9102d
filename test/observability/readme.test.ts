import { readFileSync } from "node:fs";
import { join } from "node:path";
import { METRICS } from "../../lib/observability";

test("the README lists every exporter with the version and source that were read", () => {
  const text = readFileSync(join(__dirname, "../../lib/observability/README.md"), "utf8");
  const table = text.split("<!-- exporters -->")[1]!;
  const rows = Object.values(METRICS).map(
    ({ exporter, version, metrics, source }) =>
      `| \`${exporter}\` | ${version} | ${metrics.length} | ${source} |`,
  );
  expect(table.trim().split("\n").slice(2)).toEqual(rows);
});
