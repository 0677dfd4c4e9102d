import type { TableProps } from "../../../lib/lakehouse/table";
import { BIDS, files, synthesized } from "./support";

function sql(tables: readonly TableProps[], copyOf?: string): string {
  const zones = [{ name: "curated", tables, copyOf }];
  return files(synthesized({ zones }), "acme-lake-tables")["tables.sql"] ?? "";
}

describe("the tables of a Kubernetes lakehouse", () => {
  test("are stated in SQL that may run any number of times", () => {
    expect(sql([BIDS])).toBe(`CREATE SCHEMA IF NOT EXISTS "curated"."main";

CREATE TABLE IF NOT EXISTS "curated"."main"."bids" (
  "bid_id" bigint NOT NULL,
  "event_time" timestamp(6) with time zone,
  "ip_address" varchar,
  "price" decimal(18,4)
)
WITH (
  format = 'PARQUET',
  format_version = 2,
  partitioning = ARRAY['day(event_time)', 'bucket(bid_id, 16)'],
  sorted_by = ARRAY['event_time DESC NULLS LAST']
);

ALTER TABLE "curated"."main"."bids" ADD COLUMN IF NOT EXISTS "bid_id" bigint NOT NULL;

ALTER TABLE "curated"."main"."bids" ADD COLUMN IF NOT EXISTS "event_time" timestamp(6) with time zone;

ALTER TABLE "curated"."main"."bids" ADD COLUMN IF NOT EXISTS "ip_address" varchar;

ALTER TABLE "curated"."main"."bids" ADD COLUMN IF NOT EXISTS "price" decimal(18,4);

COMMENT ON TABLE "curated"."main"."bids" IS 'One row per bid';

COMMENT ON COLUMN "curated"."main"."bids"."bid_id" IS 'Unique';

COMMENT ON COLUMN "curated"."main"."bids"."event_time" IS NULL;

COMMENT ON COLUMN "curated"."main"."bids"."ip_address" IS '[PII] Of the device';

COMMENT ON COLUMN "curated"."main"."bids"."price" IS NULL;
`);
  });

  test.each([
    ["boolean", "boolean"],
    ["int", "integer"],
    ["float", "real"],
    ["double", "double"],
    ["date", "date"],
    ["time", "time(6)"],
    ["timestamp", "timestamp(6)"],
    ["uuid", "uuid"],
    ["binary", "varbinary"],
    ["list<string>", "array(varchar)"],
    ["map<string, list<long>>", "map(varchar, array(bigint))"],
    ["struct<a: int, b: struct<c: date>>", 'row("a" integer, "b" row("c" date))'],
  ])("give Iceberg's %s Trino's %s", (type, expected) => {
    expect(sql([{ name: "t", columns: [{ name: "c", type }] }])).toContain(`\n  "c" ${expected}\n)`);
  });

  test("take comments that hold quotes, statements and templates as text", () => {
    const comment = "it's; DROP TABLE x -- ${HOME} %{if}";
    const text = sql([{ name: "t", comment, columns: [{ name: "c", type: "int" }] }]);
    expect(text).toContain(
      `COMMENT ON TABLE "curated"."main"."t" IS 'it''s; DROP TABLE x -- \${HOME} %%{if}';`,
    );
  });

  test("need no partitions or sort order", () => {
    const text = sql([{ name: "t", columns: [{ name: "c", type: "int" }] }]);
    expect(text).not.toMatch(/partitioning|sorted_by/);
  });

  test("of a copied zone are made by whoever copies", () => {
    expect(sql([BIDS], "ireland")).toBe('CREATE SCHEMA IF NOT EXISTS "curated"."main";\n');
  });

  test("are made as the service account that owns them, with a token for Trino", () => {
    const job = synthesized().resource("kubernetes_job_v1", "lake_tables") as {
      spec: { template: { spec: { container: { command: string[]; image: string }[] } } };
    };
    const pod = job.spec.template.spec;
    expect(pod).toMatchObject({
      service_account_name: "acme-lake-tables",
      volume: expect.arrayContaining([
        {
          name: "token",
          projected: [
            {
              sources: [
                {
                  service_account_token: {
                    audience: "acme-lake-trino",
                    expiration_seconds: 3600,
                    path: "token",
                  },
                },
              ],
            },
          ],
        },
      ]),
    });
    expect(pod.container[0]).toMatchObject({
      resources: { requests: { memory: "768Mi" }, limits: { memory: "1536Mi" } },
    });
    expect(pod.container[0]?.command).toEqual([
      "sh",
      "-c",
      'exec trino --server https://acme-lake-trino-query.acme-lake.svc:8443 --user system:serviceaccount:acme-lake:acme-lake-tables --access-token "$(cat /var/run/secrets/task/token)" --truststore-path /etc/task-ca/ca.crt --file /etc/task/tables.sql',
    ]);
  });
});

describe("the maintenance of tables", () => {
  test("compacts them, and forgets snapshots after the declared days", () => {
    const template = synthesized();
    expect(files(template, "acme-lake-maintenance")["maintenance.sql"]).toBe(
      `ALTER TABLE "curated"."main"."bids" EXECUTE optimize;

ALTER TABLE "curated"."main"."bids" EXECUTE expire_snapshots(retention_threshold => '5d');

ALTER TABLE "curated"."main"."bids" EXECUTE remove_orphan_files(retention_threshold => '7d');
`,
    );
    expect(template.resource("kubernetes_cron_job_v1").spec).toMatchObject({
      schedule: "0 3 * * *",
      timezone: "Etc/UTC",
      concurrency_policy: "Forbid",
    });
  });

  test("goes on after a table that fails, and cannot hang for ever or outlive its token", () => {
    const job = (
      synthesized().resource("kubernetes_cron_job_v1").spec as {
        job_template: {
          spec: {
            active_deadline_seconds: number;
            template: { spec: { container: { command: string[] }[] } };
          };
        };
      }
    ).job_template.spec;
    expect(job.active_deadline_seconds).toBe(43_200);
    expect(job.template.spec.container[0]?.command[2]).toMatch(
      / --file \/etc\/task\/maintenance\.sql --ignore-errors$/,
    );
    expect(JSON.stringify(job.template.spec)).toContain('"expiration_seconds":43200');
  });

  test("has a name that leaves room for the time of each run", () => {
    const template = synthesized({ namePrefix: `p${"x".repeat(46)}e` });
    const { name } = template.resource("kubernetes_cron_job_v1").metadata as { name: string };
    expect(name).toHaveLength(52);
    expect(files(template, name)["maintenance.sql"]).toContain("EXECUTE optimize");
  });

  test("runs when the user says", () => {
    const template = synthesized({ maintenanceSchedule: "30 1 * * 0" });
    expect(template.resource("kubernetes_cron_job_v1").spec).toMatchObject({ schedule: "30 1 * * 0" });
  });

  test("is not there without tables", () => {
    expect(synthesized({ zones: [{ name: "raw" }] }).count("kubernetes_cron_job_v1")).toBe(0);
  });
});
