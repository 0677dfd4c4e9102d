import type { App } from "cdktf";
import { type AwsSite, type Ownership, Residency, Site, StateBackend } from "../../lib";
import { AwsLakehouse } from "../../lib/aws";
import { GoogleLakehouse } from "../../lib/google";
import { KubernetesLakehouse, Namespace, ObjectStore } from "../../lib/kubernetes";
import { SiteModel } from "../../lib/placement";
import {
  CloudStack,
  HybridPlatform,
  type HybridPlatformProps,
  OnPremStack,
  type OnPremStackProps,
  type PlatformLakehouseProps,
  type PlatformZoneProps,
  type ShareProps,
  type SiteStackProps,
} from "../../stacks";
import { EEMSHAVEN, EVENTS, FRANKFURT, GERMANY, IRELAND } from "./subjects";
import { noDeadPropsIn, programOutcome } from "./support";

const OWNER: Ownership = { owner: "data", environment: "prod", costCentre: "cc-1" };
const STATE = StateBackend.s3({ bucket: "acme-state", region: "eu-west-1" });
const ownership = {
  owner: { to: ["platform"] },
  environment: { to: ["dev"] },
  costCentre: { to: ["cc-2"] },
  dataClass: { to: ["confidential"], default: "internal" },
  extra: { to: [{ team: "bids" }], default: {} },
};
const versions = { to: [{ aws: "~> 6.30" }], default: { aws: "~> 6.25" } };

function awsStack(app: App, props: Partial<SiteStackProps<AwsSite>>): void {
  const site = props.site ?? IRELAND;
  const stack = new CloudStack(app, "ireland", { ...OWNER, site, backend: STATE, ...props });
  new AwsLakehouse(stack, "lake", {
    site,
    namePrefix: "acme",
    residency: Residency.EU,
    zones: [{ name: "raw" }],
    athena: false,
    spark: false,
    lakeFormation: false,
  });
}

noDeadPropsIn<SiteStackProps<AwsSite>>(
  "SiteStackProps",
  (props) => programOutcome(awsStack, props),
  { ...OWNER, site: IRELAND, backend: STATE },
  {
    ...ownership,
    site: { to: [Site.aws("paris", { region: "eu-west-3" })] },
    backend: { to: [StateBackend.local()] },
    providerVersions: versions,
  },
);

type OnPrem = Omit<OnPremStackProps, "after"> & { readonly after?: boolean };

function onPremStack(app: App, { after, ...props }: OnPrem): void {
  const first = new OnPremStack(app, "first", {
    ...OWNER,
    site: FRANKFURT,
    backend: STATE,
    phase: "platform",
  });
  const second = new OnPremStack(app, "second", { ...props, after: after ? [first] : undefined });
  new Namespace(second, "namespace", { name: "lake" });
}

noDeadPropsIn<OnPrem>(
  "OnPremStackProps",
  (props) => programOutcome(onPremStack, props),
  { ...OWNER, site: FRANKFURT, backend: STATE, phase: "platform" },
  {
    ...ownership,
    site: { to: [Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "other" } })] },
    backend: { to: [StateBackend.local()] },
    providerVersions: { to: [{ helm: "~> 3.2" }, { kubernetes: "~> 2.40" }] },
    phase: { to: ["workloads"], refused: [["foundation" as never, "PhaseNotAtSite"]] },
    after: { to: [true], default: false },
  },
);

const ALL = [IRELAND, FRANKFURT, EEMSHAVEN];
const STORE = ObjectStore.rook({ storageClassName: "rook-bucket", objectStore: { name: "s3" } });
const QUIET = { athena: false, spark: false, lakeFormation: false } as const;
const SMALL: PlatformLakehouseProps = { zones: [{ name: "raw", at: ["ireland"] }], aws: QUIET };

noDeadPropsIn<HybridPlatformProps>(
  "HybridPlatformProps",
  (props) =>
    programOutcome(
      (app, given) => void new HybridPlatform(app, "acme", given).addLakehouse("lake", SMALL),
      props,
    ),
  { ...OWNER, backend: STATE, sites: [IRELAND] },
  {
    ...ownership,
    backend: { to: [StateBackend.local()] },
    sites: { to: [[Site.aws("ireland", { region: "eu-west-1" })]] },
    providerVersions: versions,
    placement: {
      refused: [[{ models: [SiteModel.of(FRANKFURT, { pue: 1.2, gramsCo2PerKwh: 300 })] }, "UnknownSite"]],
    },
  },
);

function lakehouse(app: App, props: PlatformLakehouseProps): void {
  const platform = new HybridPlatform(app, "acme", { ...OWNER, backend: STATE, sites: ALL });
  platform.addLakehouse("lake", props);
}

noDeadPropsIn<PlatformLakehouseProps>(
  "PlatformLakehouseProps",
  (props) => programOutcome(lakehouse, props),
  SMALL,
  {
    zones: {
      to: [
        [
          { name: "raw", at: ["ireland"] },
          { name: "curated", at: ["ireland"] },
        ],
      ],
    },
    residency: { refused: [[GERMANY, "ResidencyViolation"]] },
    perSite: { to: [{ ireland: { aws: { athena: {} } } }], refused: [[{ mars: {} }, "UnknownSite"]] },
    removalPolicy: { refused: [["destroy", "RemovalNeedsTwoKeys"]], default: "retain" },
    accessLogs: { to: [false], default: true },
    accessLogRetentionDays: { to: [30], default: 365 },
    dataEvents: { to: [false], default: true },
    noncurrentVersionDays: { to: [7], default: 30 },
    shares: {
      given: {
        zones: [{ name: "raw", at: ["frankfurt"], tables: [EVENTS] }],
        kubernetes: { objectStore: STORE, catalogUri: "https://lake.example.com" },
        aws: undefined,
      },
      to: [[{ zone: "raw", from: "frankfurt", to: ["eemshaven"], mode: "replication" }]],
    },
    aws: { to: [{ ...QUIET, athena: {} }] },
    google: {
      given: { zones: [{ name: "raw", at: ["eemshaven"] }], aws: undefined, google: { etl: false } },
      to: [{ etl: false, dataplex: false }],
    },
    kubernetes: {
      given: {
        zones: [{ name: "raw", at: ["frankfurt"] }],
        aws: undefined,
        kubernetes: { objectStore: STORE },
      },
      to: [
        { objectStore: STORE, operators: { certManager: false } },
        { objectStore: STORE, namespace: "lake" },
      ],
      refused: [[undefined, "MissingValue"]],
    },
  },
);

noDeadPropsIn<PlatformZoneProps>(
  "PlatformZoneProps",
  (zone) => programOutcome(lakehouse, { zones: [zone], aws: QUIET }),
  { name: "raw", at: ["ireland"] },
  {
    name: { to: ["curated"] },
    at: { refused: [[["nowhere"], "UnknownSite"]], to: [["ireland", "eemshaven"]] },
    tables: { to: [[EVENTS]] },
    residency: { refused: [[GERMANY, "ResidencyViolation"]] },
    dataClass: { to: ["public"] },
    retentionDays: { to: [90] },
    tiering: { to: [{ warmAfterDays: 30 }], default: {} },
  },
);

const SHARE: ShareProps = { zone: "raw", from: "frankfurt", to: ["ireland"], mode: "replication" };

noDeadPropsIn<ShareProps>(
  "ShareProps",
  (share) =>
    programOutcome(lakehouse, {
      zones: [
        { name: "raw", at: ["frankfurt"], tables: [EVENTS] },
        { name: "curated", at: ["frankfurt"], tables: [EVENTS] },
      ],
      shares: [share],
      kubernetes: { objectStore: STORE, catalogUri: "https://lake.example.com" },
    }),
  SHARE,
  {
    zone: { to: ["curated"] },
    from: { refused: [["ireland", "ShareWithItself"]] },
    to: { to: [["eemshaven"], ["ireland", "eemshaven"]] },
    mode: { to: ["federation"] },
    direction: { refused: [["both", "TwoWayReplication"]], default: "one-way" },
    schedule: { to: ["30 * * * *"], default: "15 * * * *" },
  },
);

type Options<F extends (name: string, props: never) => Site> = Parameters<F>[1];

noDeadPropsIn<Options<typeof Site.aws>>(
  "Site.aws",
  (props) => programOutcome((app, given) => awsStack(app, { site: Site.aws("ireland", given) }), props),
  { region: "eu-west-1" },
  {
    region: { to: ["eu-west-3"] },
    account: { to: ["111122223333"] },
    country: { given: { region: "eu-new-1", country: "DE" }, refused: [["US", "ResidencyViolation"]] },
  },
);

noDeadPropsIn<Options<typeof Site.google>>(
  "Site.google",
  (props) =>
    programOutcome((app, given) => {
      const site = Site.google("eemshaven", given);
      const stack = new CloudStack(app, "eemshaven", { ...OWNER, site, backend: STATE });
      new GoogleLakehouse(stack, "lake", {
        site,
        namePrefix: "acme",
        residency: Residency.EU,
        zones: [{ name: "raw" }],
        etl: false,
        dataplex: false,
      });
    }, props),
  { region: "europe-west4", project: "acme-ai" },
  {
    region: { to: ["europe-west1"] },
    project: { to: ["beta-ai"] },
    projectNumber: { to: ["123456"] },
    country: { given: { region: "europe-new9", country: "DE" }, refused: [["US", "ResidencyViolation"]] },
  },
);

noDeadPropsIn<Options<typeof Site.kubernetes>>(
  "Site.kubernetes",
  (props) =>
    programOutcome((app, given) => {
      const site = Site.kubernetes("frankfurt", given);
      const stack = new OnPremStack(app, "fra", { ...OWNER, site, backend: STATE, phase: "workloads" });
      new KubernetesLakehouse(stack, "lake", {
        site,
        namePrefix: "acme",
        residency: GERMANY,
        objectStore: STORE,
        query: given.oidcIssuer === undefined ? { jwksUri: "https://keys.example.com" } : {},
      });
    }, props),
  { country: "DE", kubeconfig: { context: "fra" } },
  {
    country: { refused: [["FR", "ResidencyViolation"]] },
    operator: { to: ["neocloud", "edge"], default: "on-prem" },
    kubeconfig: { to: [{ context: "other" }, { context: "fra", path: "~/fra.yaml" }] },
    oidcIssuer: { to: ["https://oidc.example.com/fra"] },
  },
);

function backendOf(backend: StateBackend): string {
  return programOutcome(
    (app) => void new CloudStack(app, "ireland", { ...OWNER, site: IRELAND, backend }),
    undefined,
  );
}

type BackendOptions<F extends (options: never) => StateBackend> = Required<Parameters<F>>[0];

noDeadPropsIn<BackendOptions<typeof StateBackend.s3>>(
  "StateBackend.s3",
  (options) => backendOf(StateBackend.s3(options)),
  { bucket: "acme-state", region: "eu-west-1" },
  {
    bucket: { to: ["beta-state"] },
    region: { to: ["eu-west-3"] },
    prefix: { to: ["other"], default: "hybrid-ai" },
    kmsKeyId: { to: ["alias/state"] },
  },
);

noDeadPropsIn<BackendOptions<typeof StateBackend.gcs>>(
  "StateBackend.gcs",
  (options) => backendOf(StateBackend.gcs(options)),
  { bucket: "acme-state" },
  {
    bucket: { to: ["beta-state"] },
    prefix: { to: ["other"], default: "hybrid-ai" },
    kmsEncryptionKey: { to: ["projects/p/locations/l/keyRings/r/cryptoKeys/k"] },
  },
);

noDeadPropsIn<BackendOptions<typeof StateBackend.kubernetes>>(
  "StateBackend.kubernetes",
  (options) => backendOf(StateBackend.kubernetes(options)),
  { context: "fra" },
  {
    context: { to: ["other"] },
    namespace: { to: ["state"], default: "terraform-state" },
    configPath: { to: ["~/fra.yaml"], default: "~/.kube/config" },
  },
);

noDeadPropsIn<BackendOptions<typeof StateBackend.http>>(
  "StateBackend.http",
  (options) => backendOf(StateBackend.http(options)),
  { address: "https://state.example.com" },
  { address: { to: ["https://other.example.com"] } },
);

/** With local state a platform in which one stack reads another's outputs is refused unless it is allowed. */
function localPlatform(app: App, options: BackendOptions<typeof StateBackend.local>): void {
  const backend = StateBackend.local(options);
  const platform = new HybridPlatform(app, "acme", {
    ...OWNER,
    backend,
    sites: [FRANKFURT, Site.aws("ireland", { region: "eu-west-1" })],
  });
  platform.addLakehouse("lake", {
    zones: [{ name: "raw", at: ["frankfurt"], tables: [EVENTS] }],
    shares: [SHARE],
    kubernetes: { objectStore: STORE },
  });
}

noDeadPropsIn<BackendOptions<typeof StateBackend.local>>(
  "StateBackend.local",
  (options) => {
    try {
      return programOutcome(localPlatform, options);
    } catch (error) {
      return `${error}`.includes("LocalBackendWithCrossStackReferences") ? "stopped at synth" : `${error}`;
    }
  },
  { allowCrossStackReferences: true },
  {
    directory: { to: ["../state"], default: "../../../state" },
    allowCrossStackReferences: { to: [false] },
  },
);
