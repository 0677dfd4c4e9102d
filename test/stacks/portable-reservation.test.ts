import { Capacity, Site, Slice, StateBackend } from "../../lib";
import { captureValidationError, synthStack, testApp } from "../../lib/testing";
import { HybridPlatform, type PlatformClusterProps } from "../../stacks";

const SITES = [
  Site.aws("stockholm", { region: "eu-north-1", account: "111122223333" }),
  Site.google("eemshaven", { region: "europe-west4", project: "acme-ai", projectNumber: "123456789012" }),
  Site.kubernetes("coreweave", { country: "NO", operator: "neocloud", kubeconfig: { context: "cw" } }),
  Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } }),
];

const RESERVED = {
  aws: { id: "cr-0123456789abcdef0", zone: "eu-north-1b" },
  google: { name: "h200-2026", zone: "europe-west4-b" },
  coreWeave: true,
  owned: true,
} as const;

/** 16 x 8 H200, paid for already. */
const pools = (capacity: Capacity) => [
  { name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) },
  { name: "h200", slice: Slice.accelerators("h200", { perNode: 8, nodes: 16 }), capacity },
];

/** Everything but the pools: what each site has to be told about itself. */
const OPTIONS: Readonly<Record<string, Partial<PlatformClusterProps>>> = {
  stockholm: {
    aws: { network: { cidrBlock: "10.0.0.0/16", availabilityZones: ["eu-north-1a", "eu-north-1b"] } },
  },
  eemshaven: {
    google: {
      network: { nodesCidr: "10.30.0.0/20", podsCidr: "10.32.0.0/14", servicesCidr: "10.31.0.0/20" },
      zones: ["europe-west4-a", "europe-west4-b"],
    },
  },
  coreweave: { kubernetes: { provider: "coreweave" } },
  frankfurt: {
    kubernetes: {
      provider: "generic",
      nodes: {
        system: { nodeSelector: { "acme.example/role": "system" } },
        h200: { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H200" } },
      },
    },
  },
};

function clusterAt(at: string, capacity: Capacity = Capacity.reservation(RESERVED)) {
  const platform = new HybridPlatform(testApp(), "acme", {
    environment: "prod",
    owner: "ml-platform",
    costCentre: "cc-1042",
    backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" }),
    sites: SITES,
  });
  return { platform, added: platform.addCluster("train", { at, pools: pools(capacity), ...OPTIONS[at] }) };
}

test.each(["stockholm", "eemshaven", "coreweave", "frankfurt"])(
  "a reserved pool moves to %s by changing the site alone",
  (at) => {
    const { platform, added } = clusterAt(at);

    expect(added.cluster.pools.get("h200")!.groups.map(({ capacity }) => capacity)).toEqual([
      ["reservation"],
    ]);
    expect(JSON.stringify(synthStack(platform.stack(at, "platform")))).toContain("terraform");
  },
);

test("each cloud puts the pool where its own reservation is", () => {
  const foundation = (at: string) =>
    JSON.stringify(synthStack(clusterAt(at).platform.stack(at, "foundation")));

  expect(foundation("stockholm")).toContain("cr-0123456789abcdef0");
  expect(clusterAt("stockholm").added.cluster.pools.get("h200")!.pool.zones).toEqual(["eu-north-1b"]);
  expect(foundation("eemshaven")).toContain("projects/acme-ai/reservations/h200-2026");
  expect(clusterAt("eemshaven").added.cluster.pools.get("h200")!.pool.zones).toEqual(["europe-west4-b"]);
});

test.each([
  ["stockholm", "aws"],
  ["eemshaven", "google"],
  ["coreweave", "coreWeave"],
  ["frankfurt", "owned"],
] as const)("at %s it is refused if it does not name %s, and told what to write", (at, key) => {
  const others = Capacity.reservation({ ...RESERVED, [key]: undefined });
  const error = captureValidationError(() => clusterAt(at, others));

  expect(error.codes).toContain("CapacityFactMissing");
  expect(error.message).toContain(`${key}: `);
});
