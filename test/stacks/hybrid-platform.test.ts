import { ALLOW_DESTROY_CONTEXT, Residency, Site, StateBackend } from "../../lib";
import { ObjectStore } from "../../lib/kubernetes";
import {
  captureValidationError,
  type SynthesizedStack,
  synthStack,
  Template,
  testApp,
} from "../../lib/testing";
import { HybridPlatform, type Phase, type PlatformLakehouseProps } from "../../stacks";

const issuer = "https://oidc.frankfurt.acme.example";
const frankfurt = Site.kubernetes("frankfurt", {
  country: "DE",
  kubeconfig: { context: "fra" },
  oidcIssuer: issuer,
});
const munich = Site.kubernetes("munich", {
  country: "DE",
  kubeconfig: { context: "muc" },
  oidcIssuer: "https://oidc.munich.acme.example",
});
const ireland = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });
const eemshaven = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456789012",
});

const objectStore = ObjectStore.s3Compatible({
  endpoint: "https://s3.frankfurt.acme.example",
  credentialsSecret: { name: "s3-key" },
  sts: true,
});
const catalogUri = "https://catalog.frankfurt.acme.example/catalog";
const tables = [{ name: "bids", columns: [{ name: "bid_id", type: "long" }] }];

type PlatformKubernetes = NonNullable<PlatformLakehouseProps["kubernetes"]>;

function build(
  props: PlatformLakehouseProps,
  sites: readonly Site[] = [frankfurt, ireland, eemshaven],
  context: Record<string, unknown> = {},
) {
  const platform = new HybridPlatform(testApp(context), "adtech", {
    environment: "prod",
    owner: "data-platform",
    costCentre: "cc-1042",
    backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" }),
    sites,
  });
  const lake = platform.addLakehouse("bids", {
    residency: Residency.EU,
    kubernetes: { objectStore, catalogUri },
    ...props,
  });
  const synth = (site: string, phase: Phase): SynthesizedStack => synthStack(platform.stack(site, phase));
  return { platform, lake, synth };
}

const atFrankfurt = [{ name: "curated", at: ["frankfurt"], tables }];

describe("a zone copied from a cluster to two clouds", () => {
  const { platform, lake, synth } = build({
    zones: atFrankfurt,
    shares: [{ zone: "curated", from: "frankfurt", to: ["ireland", "eemshaven"], mode: "replication" }],
  });
  const workloads = synth("frankfurt", "workloads");

  test("each cloud trusts the cluster's issuer for the copier and for nobody else", () => {
    const aws = new Template(synth("ireland", "foundation"));
    expect(aws.resource("aws_iam_openid_connect_provider")).toMatchObject({ url: issuer });
    const [copier] = Object.values(aws.resources("aws_iam_role")).filter((role) =>
      String(role.assume_role_policy).includes("AssumeRoleWithWebIdentity"),
    );
    expect(copier?.assume_role_policy).toContain("system:serviceaccount:");
    const google = new Template(synth("eemshaven", "foundation"));
    expect(google.resource("google_iam_workload_identity_pool_provider")).toMatchObject({
      oidc: { issuer_uri: issuer },
    });
  });

  test("the clouds get bucket and name space; tables are left to the copy, which at Google finds empty ones", () => {
    expect(new Template(synth("ireland", "foundation")).count("aws_glue_catalog_table")).toBe(0);
    expect(new Template(synth("ireland", "foundation")).count("aws_glue_catalog_database")).toBe(1);
    const google = new Template(synth("eemshaven", "foundation"));
    expect(google.count("google_bigquery_table")).toBe(1);
    expect(google.resource("google_bigquery_table", "").lifecycle).toMatchObject({ ignore_changes: "all" });
  });

  test("the cluster reads from the clouds only what is not known at synth", () => {
    expect(synth("ireland", "foundation").output).toEqual({
      bids_curated_writer_frankfurt_role_arn: { value: expect.stringContaining("aws_iam_role.") },
    });
    expect(synth("eemshaven", "foundation").output).toBeUndefined();
    expect(Object.keys(workloads.data?.terraform_remote_state ?? {})).toEqual([
      "state-of-adtech-ireland-foundation",
    ]);
    expect(platform.stack("frankfurt", "workloads").dependsOn(platform.stack("ireland", "foundation"))).toBe(
      true,
    );
  });

  test("one scheduled job per target carries the role by reference", () => {
    const jobs = Object.values(new Template(workloads).manifests()).filter(
      ({ kind }) => kind === "ScheduledSparkApplication",
    );
    expect(jobs).toHaveLength(2);
    expect(JSON.stringify(jobs)).toContain("outputs.bids_curated_writer_frankfurt_role_arn");
  });

  test("the copies are zones of the platform's lakehouse", () => {
    expect(lake.zone("curated").sites).toEqual(["frankfurt", "ireland", "eemshaven"]);
    expect(lake.sites).toEqual(["frankfurt", "ireland", "eemshaven"]);
  });
});

describe("federation", () => {
  test("a cloud's Spark gets the cluster's catalogue and no copy", () => {
    const { synth } = build({
      zones: atFrankfurt,
      shares: [{ zone: "curated", from: "frankfurt", to: ["ireland"], mode: "federation" }],
    });
    const aws = synth("ireland", "foundation");
    expect(JSON.stringify(aws.resource?.aws_emrserverless_application)).toContain(catalogUri);
    expect(new Template(aws).count("aws_s3_bucket")).toBe(0);
    expect(synth("frankfurt", "workloads").data).toBeUndefined();
  });

  test("a cluster's Trino gets a cloud's catalogue and a role to read it", () => {
    const { synth } = build({
      zones: [
        { name: "curated", at: ["ireland"], tables },
        { name: "local", at: ["frankfurt"] },
      ],
      shares: [{ zone: "curated", from: "ireland", to: ["frankfurt"], mode: "federation" }],
    });
    expect(Object.keys(synth("ireland", "foundation").output ?? {})).toContain(
      "bids_curated_reader_frankfurt_role_arn",
    );
    const trino = JSON.stringify(synth("frankfurt", "workloads"));
    expect(trino).toContain("ireland_curated");
    expect(trino).toContain("outputs.bids_curated_reader_frankfurt_role_arn");
  });

  test("between clusters nothing but the address is needed", () => {
    const { synth } = build(
      {
        zones: [...atFrankfurt, { name: "local", at: ["munich"] }],
        shares: [{ zone: "curated", from: "frankfurt", to: ["munich"], mode: "federation" }],
      },
      [frankfurt, munich],
    );
    const workloads = synth("munich", "workloads");
    expect(JSON.stringify(workloads)).toContain("frankfurt_curated");
    expect(workloads.data).toBeUndefined();
  });
});

describe("refused", () => {
  test("a cluster without options", () => {
    const error = captureValidationError(() => build({ zones: atFrankfurt, kubernetes: undefined }));
    expect(error.code).toBe("MissingValue");
    expect(error.message).toContain("objectStore");
  });

  test("federation from a catalogue that nobody outside can reach", () => {
    const body = () =>
      build({
        zones: atFrankfurt,
        kubernetes: { objectStore },
        shares: [{ zone: "curated", from: "frankfurt", to: ["ireland"], mode: "federation" }],
      });
    expect(captureValidationError(body).code).toBe("MissingCatalogEndpoint");
  });

  test("federation between clusters over a store without short-lived keys, which Trino needs", () => {
    const rook = ObjectStore.rook({ storageClassName: "bucket", objectStore: { name: "objects" } });
    const body = () =>
      build(
        {
          zones: [...atFrankfurt, { name: "local", at: ["munich"] }],
          kubernetes: { objectStore: rook, catalogUri },
          shares: [{ zone: "curated", from: "frankfurt", to: ["munich"], mode: "federation" }],
        },
        [frankfurt, munich],
      );
    const error = captureValidationError(body);
    expect(error.code).toBe("UnsupportedShare");
    expect(error.message).toContain("ObjectStore.s3Compatible({ sts: true })");
  });

  test("a copy from a cluster whose issuer is not known", () => {
    const silent = Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } });
    const body = () =>
      build(
        {
          zones: atFrankfurt,
          shares: [{ zone: "curated", from: "frankfurt", to: ["ireland"], mode: "replication" }],
        },
        [silent, ireland],
      );
    expect(captureValidationError(body).code).toBe("MissingOidcIssuer");
  });

  test("a zone with a name that no bucket can have", () => {
    const { platform } = build({ zones: atFrankfurt });
    const kubernetes = { objectStore };
    expect(() =>
      platform.addLakehouse("other", { zones: [{ name: "Bad", at: ["frankfurt"] }], kubernetes }),
    ).toThrow("InvalidName");
  });
});

describe("choices for one site", () => {
  const zones = [{ name: "local", at: ["frankfurt", "munich"] }];
  const perSite = { munich: { kubernetes: { catalogUri: "https://catalog.munich.acme.example/catalog" } } };

  test("are laid over those of its kind", () => {
    const { lake } = build({ zones, perSite }, [frankfurt, munich]);
    expect(lake.at("frankfurt").catalogEndpoint("local")).toMatchObject({ uri: catalogUri });
    expect(lake.at("munich").catalogEndpoint("local")).toMatchObject({
      uri: "https://catalog.munich.acme.example/catalog",
    });
  });

  test("can stand alone", () => {
    const each = { kubernetes: { objectStore } };
    const { lake } = build({ zones, kubernetes: undefined, perSite: { frankfurt: each, munich: each } }, [
      frankfurt,
      munich,
    ]);
    expect(lake.sites).toEqual(["frankfurt", "munich"]);
  });

  test.each([
    ["an unknown site", { mars: { aws: {} } }, "UnknownSite"],
    ["another kind than the site's", { munich: { aws: { athena: false as const } } }, "OptionsWithoutSite"],
  ])("of %s are refused", (_, wrong, code) => {
    const body = () => build({ zones, perSite: wrong }, [frankfurt, munich]);
    expect(captureValidationError(body).codes).toEqual([code]);
  });
});

test("Rook's namespace may be destroyed with the lakehouse, unless the operators say otherwise", () => {
  const lifecycle = (operators?: PlatformKubernetes["operators"]) => {
    const kubernetes = { objectStore: ObjectStore.newRook({ deviceFilter: "^sdb$" }), operators };
    const props = { zones: atFrankfurt, kubernetes, removalPolicy: "destroy" } as const;
    const context = { [ALLOW_DESTROY_CONTEXT]: true };
    const { synth } = build(props, [frankfurt], context);
    return Object.values(synth("frankfurt", "platform").resource?.kubernetes_namespace_v1 ?? {}).map(
      (namespace) => namespace.lifecycle,
    );
  };
  expect(lifecycle()).toEqual([undefined]);
  expect(lifecycle({ removalPolicy: "retain" })).toEqual([{ prevent_destroy: true }]);
  expect(lifecycle({ rookCeph: false })).toEqual([]);
});

test("operators are installed once, however many lakehouses a site has", () => {
  const { platform, synth } = build({ zones: atFrankfurt });
  platform.addLakehouse("second", {
    zones: [{ name: "curated", at: ["frankfurt"] }],
    kubernetes: { objectStore },
  });
  const releases = Object.keys(synth("frankfurt", "platform").resource?.helm_release ?? {});
  expect(releases).toHaveLength(3);
});
