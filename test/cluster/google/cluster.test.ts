import { TerraformVariable } from "cdktf";
import { ALLOW_DESTROY_CONTEXT } from "../../../lib/core/removal-policy";
import { Capacity } from "../../../lib/fabric/capacity";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Site } from "../../../lib/fabric/site";
import { Slice } from "../../../lib/fabric/slice";
import { captureValidationError } from "../../../lib/testing";
import { googleNetwork } from "../../properties/recipes-of-google-cluster";
import { cluster, newStack, refused, SITE, SYSTEM } from "./fixture";

const gang = (name: string, zone?: string): AcceleratorPoolProps => ({
  name,
  slice: Slice.accelerators("h200", { perNode: 8, nodes: 2 }),
  ...(zone === undefined ? {} : { zones: [zone] }),
});
const tpu = (slices: number): AcceleratorPoolProps => ({
  name: "tpu",
  slice: Slice.tpu("tpu-v6e", { topology: "4x4", slices }),
});
const serving: AcceleratorPoolProps = {
  name: "l4",
  slice: Slice.accelerators("l4", { perNode: 1, nodes: { min: 0, max: 4 } }),
  tier: "serving",
};

const controlPlane = (...args: Parameters<typeof cluster>) =>
  cluster(...args)
    .template()
    .resource("google_container_cluster") as Record<string, never>;

describe("addresses in Terraform", () => {
  const ids = (pools: readonly AcceleratorPoolProps[]) =>
    Object.entries(cluster(pools).template().json.resource!).flatMap(([type, all]) =>
      Object.keys(all).map((id) => `${type}.${id}`),
    );

  test("stay when a pool or a slice is added or removed", () => {
    const before = ids([gang("train"), tpu(1)]);
    expect(ids([serving, gang("train"), tpu(3), gang("more", "europe-west4-b")])).toEqual(
      expect.arrayContaining(before),
    );
  });

  test("and nothing else depends on the order of pools", () => {
    const json = (pools: readonly AcceleratorPoolProps[]) => {
      const { resource } = cluster([], { pools }).template().json;
      return JSON.stringify(
        Object.entries(resource!)
          .map(([type, all]) => [type, Object.entries(all).sort()])
          .sort(),
      );
    };
    const pools = [SYSTEM, { ...SYSTEM, name: "more" }, gang("train"), tpu(2), serving];
    expect(json([...pools].reverse())).toBe(json(pools));
  });
});

describe("networks of GPUDirect", () => {
  const networks = (pools: readonly AcceleratorPoolProps[]) => {
    const made = cluster(pools).made.gpuNetworks;
    return Object.fromEntries(
      [...made].map(([id, { networks, subnetworks }]) => [id, [networks.size, subnetworks.size]]),
    );
  };

  test("are made for gangs only, one set per family and zone", () => {
    expect(networks([serving, tpu(1)])).toEqual({});
    expect(networks([{ ...gang("one"), tier: "serving" }])).toEqual({});
    expect(networks([gang("one"), gang("two"), gang("three", "europe-west4-c")])).toEqual({
      "a3-ultragpu-a": [2, 9],
      "a3-ultragpu-c": [2, 9],
    });
  });

  test("are as many as the machine has interfaces", () => {
    const of = (name: string, perNode: number, machineType?: string, nodes = 2) =>
      networks([{ name: "gang", slice: Slice.accelerators(name, { perNode, nodes }), machineType }]);
    expect(of("h100", 8, "a3-highgpu-8g")).toEqual({ "a3-highgpu-a": [4, 4] });
    expect(of("h100", 8)).toEqual({ "a3-megagpu-a": [8, 8] });
    expect(of("b200", 8)).toEqual({ "a4-highgpu-a": [2, 9] });
    expect(of("gb200", 4)).toEqual({ "a4x-highgpu-a": [2, 5] });
    // The profile of bare metal makes the subnets of its cards itself.
    expect(of("gb300", 4)).toEqual({ "a4x-maxgpu-a": [2, 1] });
    expect(of("l4", 1)).toEqual({});
  });

  test("pods ask for them by annotation, through objects that a later phase makes", () => {
    const { made } = cluster([gang("train")]);
    const names = made.objects.filter(({ kind }) => kind === "Network").map(({ name }) => name);
    const annotations = made.pools.get("train")!.networkAnnotations!;
    const interfaces = JSON.parse(annotations["networking.gke.io/interfaces"]!);

    expect(names).toEqual([
      "a3-ultragpu-a-gvnic-1",
      ...[0, 1, 2, 3, 4, 5, 6, 7].map((card) => `a3-ultragpu-a-rdma-${card}`),
    ]);
    expect(interfaces.map(({ network }: { network: string }) => network)).toEqual(["default", ...names]);
    expect(new Set(made.objects.map(({ id }) => id)).size).toBe(18);
    expect(made.pools.get("system")!.networkAnnotations).toBeUndefined();
  });

  test("find a cluster that takes them: the first pool with such networks changes nothing of it", () => {
    const before = controlPlane([serving]);
    expect(before.enable_multi_networking).toBe(true);
    expect(controlPlane([serving, gang("train")])).toEqual(before);
    expect(controlPlane([serving], { multiNetworking: false }).enable_multi_networking).toBeUndefined();
    expect(refused([gang("train")], { multiNetworking: false }).code).toBe("NetworksNotAllowed");
  });

  test("do not overlap the cluster's own, and hold every node", () => {
    expect(refused([gang("train")], { gpuNetworksCidr: "10.0.0.0/12" }).code).toBe("AddressesExhausted");
    expect(refused([gang("train")], { gpuNetworksCidr: "10.64.0.0/16" }).code).toBe("AddressesExhausted");
    expect(refused([gang("train")], { gpuNetworksCidr: "192.168.0.0/21" }).code).toBe("NumberOutOfRange");
    expect(refused([gang("train")], { gpuNetworksCidr: "192.168.1.0/16" }).code).toBe("InvalidCidr");
    expect(refused([serving], { gpuNetworksCidr: "192.168.0.0/16" }).code).toBe("NoEffect");
    const many = { ...gang("train"), slice: Slice.accelerators("h200", { perNode: 8, nodes: 253 }) };
    const small = { gpuNetworksCidr: "192.168.0.0/20" };
    expect(refused([many], small).findings[0]).toMatchObject({
      given: "192.168.0.0/20: subnets of 256 addresses for 257",
      allowed: "a range of /19 or larger",
    });
    const fits = { ...gang("train"), slice: Slice.accelerators("h200", { perNode: 8, nodes: 252 }) };
    expect(() => cluster([fits], small)).not.toThrow();
  });

  test("can be left to GKE with a provider that knows how", () => {
    const profile = (googleProviderVersion: string) => ({
      acceleratorNetworkProfile: { googleProviderVersion },
    });
    const { made, template } = cluster([gang("train")], profile("7.31.0"));
    const pool = template().resource("google_container_node_pool", "pool-train") as Record<string, never>;

    expect(pool.network_config).toEqual({ accelerator_network_profile: "auto", enable_private_nodes: true });
    expect(made.gpuNetworks.size).toBe(0);
    expect(made.objects).toEqual([]);
    expect(refused([gang("train")], profile("7.30.9")).code).toBe("NewerProviderNeeded");
    expect(refused([gang("train")], profile("7.31")).code).toBe("InvalidName");
    expect(refused([gang("train")], { ...profile("7.31.0"), kubernetesVersion: "1.33" }).code).toBe(
      "MachineNeedsNewerGke",
    );
    expect(refused([serving], profile("7.31.0")).code).toBe("NoEffect");
    const tcpx = { ...gang("train"), slice: Slice.accelerators("h100", { perNode: 8, nodes: 2 }) };
    expect(refused([tcpx], profile("7.31.0")).code).toBe("NoEffect");
  });
});

describe("the cluster", () => {
  test("tells later phases how it is reached", () => {
    expect(cluster().made.access).toMatchObject({
      kind: "gke",
      clusterName: "acme",
      location: "europe-west4",
      project: "acme-ai",
      caCertificate: expect.any(String),
    });
    const { access } = cluster([], { dnsEndpoint: true }).made;
    expect(access).not.toHaveProperty("caCertificate");
    expect(controlPlane([], { dnsEndpoint: true }).control_plane_endpoints_config).toMatchObject({
      dns_endpoint_config: { allow_external_traffic: true },
    });
  });

  test("tells what Google brings, so that none of it is installed again", () => {
    const managed = (...args: Parameters<typeof cluster>) => cluster(...args).made.managed;
    expect(managed([gang("train")])).toEqual([
      "gpu-driver",
      "gpu-device-plugin",
      "gpu-metrics",
      "rdma",
      "tpu-device-plugin",
      "node-repair",
      "autoscaler",
    ]);
    expect(managed([serving], { monitoring: ["SYSTEM_COMPONENTS"] })).not.toContain("gpu-metrics");
    expect(managed([serving], { gpuDriver: "INSTALLATION_DISABLED" })).not.toContain("gpu-driver");
  });

  test("tells pods of its nodes what is left for them", () => {
    const { pools } = cluster([gang("train"), serving]).made;
    expect(pools.get("train")).toMatchObject({
      machineType: "a3-ultragpu-8g",
      resource: "nvidia.com/gpu",
      resourcePerNode: 8,
      vcpuPerNode: 223.3,
      memoryGibPerNode: 2886.1,
      topologyLevels: [
        "cloud.google.com/gce-topology-block",
        "cloud.google.com/gce-topology-subblock",
        "cloud.google.com/gce-topology-host",
      ],
    });
    expect(pools.get("l4")!.topologyLevels).toEqual([]);
    expect(pools.get("system")).toMatchObject({ resourcePerNode: 0, vcpuPerNode: 3.9, arch: "amd64" });
  });

  test("is encrypted with a key of its own, or one that exists in its region", () => {
    const key = "projects/acme-ai/locations/europe-west4/keyRings/ring/cryptoKeys/key";
    const json = cluster([], { kmsKey: key }).template();
    expect(json.count("google_kms_crypto_key")).toBe(0);
    expect(json.resource("google_container_cluster")).toMatchObject({
      database_encryption: { state: "ENCRYPTED", key_name: key },
    });
    expect(json.resource("google_container_node_pool")).toMatchObject({
      node_config: { boot_disk_kms_key: key },
    });
    expect(json.count("google_kms_crypto_key_iam_member")).toBe(2);
    expect(refused([], { kmsKey: key.replace("west4", "west1") }).code).toBe("InvalidName");
    expect(refused([], { kmsKey: key, keyRotationDays: 30 }).code).toBe("NoEffect");
  });

  test("waits for the rights of Google's accounts on the key, and these for the APIs that make them", () => {
    const json = cluster().template();
    const agents = Object.keys(json.resources("google_kms_crypto_key_iam_member"));
    const { depends_on } = json.resource("google_container_cluster") as { depends_on: string[] };
    expect(depends_on).toEqual(
      expect.arrayContaining(agents.map((id) => `google_kms_crypto_key_iam_member.${id}`)),
    );
    expect(json.resource("google_kms_crypto_key_iam_member", "container-agent")).toMatchObject({
      member: "serviceAccount:service-123456@container-engine-robot.iam.gserviceaccount.com",
      depends_on: [expect.stringContaining("container")],
    });
  });

  test("is protected with its key unless both keys of the removal policy are turned", () => {
    const lifecycle = (props: object, context = {}) => {
      const json = cluster([], props, newStack(context)).template();
      const at = json.resource("google_container_cluster") as {
        deletion_protection: boolean;
        lifecycle: object;
      };
      return [at.deletion_protection, at.lifecycle, json.resource("google_kms_crypto_key").lifecycle];
    };
    expect(lifecycle({})).toEqual([
      true,
      { prevent_destroy: true, ignore_changes: ["node_config"] },
      { prevent_destroy: true },
    ]);
    expect(lifecycle({ removalPolicy: "destroy" }, { [ALLOW_DESTROY_CONTEXT]: true })).toEqual([
      false,
      { prevent_destroy: false, ignore_changes: ["node_config"] },
      { prevent_destroy: false },
    ]);
    expect(refused([], { removalPolicy: "destroy" }).code).toBe("RemovalNeedsTwoKeys");
  });

  test("runs nodes as an account with the rights of a node and no more", () => {
    const json = cluster().template();
    const roles = Object.values(json.resources("google_project_iam_member")).map(({ role }) => role);
    expect(roles.sort()).toEqual([
      "roles/artifactregistry.reader",
      "roles/container.defaultNodeServiceAccount",
    ]);
    expect(json.resource("google_service_account")).toMatchObject({ account_id: "acme-nodes" });
    const long = cluster([], { namePrefix: "a".repeat(32) })
      .template()
      .resource("google_service_account");
    expect(String(long.account_id)).toMatch(/^a{21}-[0-9a-f]{8}$/);
  });

  test("waits for a pool without accelerators before it makes one with, because GKE then taints it", () => {
    const json = cluster([serving]).template();
    expect(json.resource("google_container_node_pool", "pool-l4").depends_on).toEqual([
      expect.stringMatching(/^google_container_node_pool\.ai_pool-system_/),
    ]);
  });

  test("asks Google for the project's number only if nobody told it", () => {
    expect(cluster().template().json.data).toBeUndefined();
    const site = Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" });
    expect(Object.keys(cluster([], { site }).template().json.data!)).toEqual(["google_project"]);
  });

  test("can leave the APIs to somebody else", () => {
    const json = cluster([], { enableServices: false }).template();
    expect(Object.keys(json.resources("google_project_service"))).toEqual([
      expect.stringContaining("net_project"),
    ]);
  });

  test("keeps out of the way of a run that must not lose nodes", () => {
    const exclusion = { name: "run-7", startTime: "2026-12-01T00:00:00Z", endTime: "2026-12-20T00:00:00Z" };
    expect(controlPlane([], { maintenanceExclusions: [exclusion] }).maintenance_policy).toMatchObject({
      maintenance_exclusion: [
        { exclusion_name: "run-7", exclusion_options: { scope: "NO_MINOR_OR_NODE_UPGRADES" } },
      ],
    });
    const bad = { ...exclusion, endTime: "tomorrow" };
    expect(refused([], { maintenanceExclusions: [bad, bad] }).codes).toEqual([
      "InvalidName",
      "InvalidName",
      "DuplicateValue",
    ]);
  });
});

describe("what is not certain is warned of", () => {
  const warnings = (pool: AcceleratorPoolProps, region = "europe-west4") => {
    const site = Site.google("site", { region, project: "acme-ai", projectNumber: "123456" });
    const ranges = { nodesCidr: "10.0.0.0/18" };
    const { made } = cluster([pool], { site, zones: [`${region}-a`] }, undefined, ranges);
    return made.node.metadata.map(({ data }) => String(data).replace(/ .*: pool/, " pool"));
  };
  const slice = (topology: string) => ({ name: "tpu", slice: Slice.tpu("tpu-v5p", { topology }) });

  test("slices larger than Google documents", () => {
    expect(warnings(slice("16x16x24"), "us-east5")).toEqual([]);
    expect(warnings(slice("16x20x28"), "us-east5")).toEqual([
      '[SliceBeyondDocumented] pool "tpu", ct5p-hightpu-4t: 16x20x28, 8960 chips',
    ]);
  });

  test("machines that price lists of the region do not have", () => {
    expect(warnings(serving)).toEqual([]);
    expect(warnings({ ...gang("train"), closeTogether: false }, "us-west2")).toEqual([
      '[MachineNotListedInRegion] pool "train", a3-ultragpu-8g in us-west2',
    ]);
  });
});

describe("identities of pods", () => {
  test("act as themselves", () => {
    const { made, template } = cluster();
    const grant = made.grantPodIdentity("trainer", { namespace: "ml", serviceAccount: "trainer" });
    const principal =
      "principal://iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/acme-ai.svc.id.goog/subject/ns/ml/sa/trainer";

    expect(grant).toEqual({
      identity: { kind: "google-member", name: "trainer", member: principal },
      annotations: {},
    });
    expect(`${made.operatorFacts.principalPrefix}ns/ml/sa/trainer`).toBe(principal);
    expect(template().count("google_service_account_iam_member")).toBe(0);
  });

  test("or as a Google service account, which the Kubernetes account names", () => {
    const { made, template } = cluster();
    const email = "trainer@acme-ai.iam.gserviceaccount.com";
    const grant = made.grantPodIdentity("trainer", {
      namespace: "ml",
      serviceAccount: "trainer",
      googleServiceAccount: email,
    });

    expect(grant.identity.member).toBe(`serviceAccount:${email}`);
    expect(grant.annotations).toEqual({ "iam.gke.io/gcp-service-account": email });
    expect(template().resource("google_service_account_iam_member")).toEqual({
      member: "serviceAccount:acme-ai.svc.id.goog[ml/trainer]",
      role: "roles/iam.workloadIdentityUser",
      service_account_id: `projects/acme-ai/serviceAccounts/${email}`,
    });
  });

  test("or as one of their own, for services that know e-mail addresses only", () => {
    const { made, template } = cluster();
    const { annotations, identity } = made.podServiceAccount("scorer", {
      namespace: "ml",
      serviceAccount: "scorer",
    });
    const [[id, account]] = Object.entries(template().resources("google_service_account")).filter(([key]) =>
      key.includes("scorer-account"),
    ) as [[string, Record<string, unknown>]];

    expect(account).toMatchObject({ account_id: "acme-scorer", project: "acme-ai" });
    expect(identity.kind).toBe("google-member");
    expect(Object.keys(annotations)).toEqual(["iam.gke.io/gcp-service-account"]);
    expect(template().resource("google_service_account_iam_member")).toEqual({
      member: "serviceAccount:acme-ai.svc.id.goog[ml/scorer]",
      role: "roles/iam.workloadIdentityUser",
      service_account_id: `projects/acme-ai/serviceAccounts/\${google_service_account.${id}.email}`,
    });
    const wrong = () => made.podServiceAccount("Scorer", { namespace: "ml", serviceAccount: "scorer" });
    expect(captureValidationError(wrong).code).toBe("InvalidName");
  });

  test("have names that can be ids", () => {
    const { made, stack } = cluster();
    const code = (props: Parameters<typeof made.grantPodIdentity>[1], name = "trainer") =>
      captureValidationError(() => made.grantPodIdentity(name, props)).code;
    const token = new TerraformVariable(stack, "user", {}).stringValue;
    expect(code({ namespace: "ML", serviceAccount: "a" })).toBe("InvalidName");
    expect(code({ namespace: "ml", serviceAccount: "a" }, token)).toBe("TokenNotAllowed");
    expect(code({ namespace: "ml", serviceAccount: "a", googleServiceAccount: "nobody" })).toBe(
      "InvalidPrincipal",
    );
  });
});

test("ranges that only Terraform knows are taken as they are", () => {
  const stack = newStack();
  const range = new TerraformVariable(stack, "range", {}).stringValue;
  const network = googleNetwork({ nodesCidr: range, podsCidr: range, servicesCidr: range });
  expect(() => cluster([gang("train")], { network }, stack)).not.toThrow();
  expect(refused([], { network: googleNetwork({ podsCidr: "10.0.0.0" }) }).code).toBe("InvalidCidr");
  expect(refused([], { network: googleNetwork({ networkName: "" }) }).code).toBe("MissingValue");
});

test("several capacities of one pool differ in how they are acquired and in nothing else", () => {
  const pool = { ...serving, capacity: [Capacity.spot(), Capacity.onDemand()] };
  const pools = cluster([pool]).made.pools.get("l4")!;
  expect(
    pools.groups.map(({ name, capacity, nodeLabels }) => [
      name,
      capacity,
      nodeLabels["hybrid-ai.io/capacity"],
    ]),
  ).toEqual([
    ["l4-spot", ["spot"], "spot"],
    ["l4-on-demand", ["onDemand"], "onDemand"],
  ]);
  expect(pools.groups.every(({ nodeLabels }) => nodeLabels["hybrid-ai.io/pool"] === "l4")).toBe(true);
});

test("the site of another project is the one that is worked in", () => {
  const json = cluster([], { site: { ...SITE, project: "other-ai" } }).template();
  expect(json.resource("google_container_cluster")).toMatchObject({ project: "other-ai" });
});
