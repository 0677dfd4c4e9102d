import { AWS_MACHINES, awsMachineFacts } from "../../lib/catalog/aws-machines";
import { coreWeaveMachineFacts } from "../../lib/catalog/coreweave-machines";
import { googleMachineFacts } from "../../lib/catalog/google-machines";
import {
  awsTopologyLabels,
  coreWeaveTopologyLabels,
  googleTopologyLabels,
  onPremTopologyLabels,
  TOPOLOGY_LABELS,
} from "../../lib/catalog/topology-labels";

const LABEL_KEY = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?\/[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

test("every key is a label key, and no level is there twice", () => {
  const all = [...Object.values(TOPOLOGY_LABELS), onPremTopologyLabels()];
  for (const { levels } of all) {
    expect(levels.filter((key) => !LABEL_KEY.test(key))).toEqual([]);
    expect(new Set(levels).size).toBe(levels.length);
    expect(levels).not.toContain("kubernetes.io/hostname");
  }
});

describe("AWS", () => {
  test("has three layers, the first the widest", () => {
    expect(awsTopologyLabels(awsMachineFacts("p5en.48xlarge")!).levels).toEqual([
      "topology.k8s.aws/network-node-layer-1",
      "topology.k8s.aws/network-node-layer-2",
      "topology.k8s.aws/network-node-layer-3",
    ]);
  });

  test("has a fourth layer on P6-B200 and P6-B300, so the leaf has another key", () => {
    const four = AWS_MACHINES.filter((row) => awsTopologyLabels(row).levels.length === 4);
    expect(four.map(({ name }) => name)).toEqual(["p6-b200.48xlarge", "p6-b300.48xlarge"]);
    expect(awsTopologyLabels(four[0]!).levels.at(-1)).toBe("topology.k8s.aws/network-node-layer-4");
  });

  test("has no such labels on types of which EC2 tells no topology", () => {
    const without = AWS_MACHINES.filter((row) => awsTopologyLabels(row).levels.length === 0);
    const families = new Set(without.map(({ name }) => name.split(".")[0]));
    expect([...families].sort()).toEqual(
      "c7i dl2q g4ad g4dn g5 g5g g6 g6f g7 gr6 gr6f inf1 inf2 m7g m7i r7i".split(" "),
    );
  });

  test("tells NVLink domains across machines by the clique of GB200", () => {
    expect(awsTopologyLabels(awsMachineFacts("p6e-gb200.36xlarge")!).nvlinkDomain).toBe(
      "nvidia.com/gpu.clique",
    );
    expect(awsTopologyLabels(awsMachineFacts("p5.48xlarge")!)).not.toHaveProperty("nvlinkDomain");
  });
});

test.each([
  ["a3-ultragpu-8g", ["gce-topology-block", "gce-topology-subblock", "gce-topology-host"]],
  ["a4x-highgpu-4g", ["gce-topology-block", "gce-topology-subblock", "gke-nodepool", "gce-topology-host"]],
  ["ct6e-standard-4t", ["gke-nodepool"]],
])("GKE nodes of %s have %j", (name, keys) => {
  const { levels } = googleTopologyLabels(googleMachineFacts(name)!);
  expect(levels).toEqual(keys.map((key) => `cloud.google.com/${key}`));
});

test("CoreWeave nodes have fabric, superpod and leaf group, and trays of NVL72 their rack as well", () => {
  const fabric = ["fabric", "superpod", "leafgroup"].map((key) => `backend.coreweave.cloud/${key}`);
  expect(coreWeaveTopologyLabels(coreWeaveMachineFacts("gd-8xh200ib-i128")!).levels).toEqual(fabric);
  expect(coreWeaveTopologyLabels(coreWeaveMachineFacts("gb200-4x")!)).toMatchObject({
    levels: [...fabric, "ds.coreweave.com/nvlink.domain"],
    nvlinkDomain: "ds.coreweave.com/nvlink.domain",
  });
});

test("on-prem nodes have the tiers of Topograph 1.x, of which 0 is the closest", () => {
  expect(onPremTopologyLabels()).toMatchObject({
    levels: ["fabric.topograph.run/tier-2", "fabric.topograph.run/tier-1", "fabric.topograph.run/tier-0"],
    nvlinkDomain: "nvidia.com/gpu.clique",
  });
  expect(onPremTopologyLabels(1).levels).toEqual(["fabric.topograph.run/tier-0"]);
});
