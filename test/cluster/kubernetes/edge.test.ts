import { Site } from "../../../lib/fabric/site";
import { Slice } from "../../../lib/fabric/slice";
import { COMPONENTS, HelmComponent, type KubernetesClusterProps } from "../../../lib/kubernetes";
import { synthStack } from "../../../lib/testing";
import { captureValidationError } from "../../../lib/testing/template";
import { SHOP, SYSTEM } from "../in-cluster/clusters";
import { CPUS, make, nodeOf } from "./machines-of";

describe("what the cluster comes with", () => {
  test("is told, and then not installed a second time", () => {
    const { stack, cluster } = make({ managed: ["kueue", "gpu-driver"] });
    new HelmComponent(stack, "kueue", { component: COMPONENTS.kueue });

    expect(cluster.managed).toEqual(["gpu-driver", "kueue"]);
    expect(() => synthStack(stack)).toThrow(/ManagedByProvider/);
  });

  test("is one of a list", () => {
    const of = (managed: readonly string[]) =>
      captureValidationError(() => make({ managed: managed as never })).codes;

    expect(of(["coffee"])).toEqual(["NotOneOf"]);
    expect(of(["rdma", "rdma"])).toEqual(["DuplicateValue"]);
  });
});

describe("the edge", () => {
  const L4 = { name: "vision", tier: "serving", slice: Slice.accelerators("l4", { perNode: 1, nodes: 1 }) };
  const edge = (props: Partial<KubernetesClusterProps> = {}) =>
    make({ site: SHOP, pools: [L4], nodes: { vision: { machines: [{ name: "till" }] } }, ...props });

  test("may be a single node, which then runs everything and has no taint", () => {
    const { cluster, stack } = edge();

    expect(nodeOf(stack, "till")).toEqual({
      labels: {
        "hybrid-ai.io/capacity": "onDemand",
        "hybrid-ai.io/pool": "vision",
        "hybrid-ai.io/tier": "serving",
      },
      taint: undefined,
    });
    expect(cluster.operatorFacts).toEqual({ runtimeClass: "nvidia" });
    expect(cluster.pools.get("vision")!.topologyLevels).toEqual([]);
  });

  test("has the taint where other nodes run the system", () => {
    const { stack } = edge({
      pools: [SYSTEM, L4],
      nodes: { system: CPUS, vision: { machines: [{ name: "till" }] } },
    });

    expect(nodeOf(stack, "till").taint).toHaveLength(1);
  });

  test("has no network that gangs could use", () => {
    const codes = (props: Partial<KubernetesClusterProps>) => captureValidationError(() => edge(props)).codes;

    expect(codes({ topology: { levels: ["rack"] } })).toEqual(["OptionWithoutEffect"]);
    expect(codes({ rdma: { mode: "shared", interfaces: ["ib0"] } })).toEqual(["OptionWithoutEffect"]);
    expect(codes({ pools: [{ ...L4, closeTogether: true }] })).toEqual(["OptionWithoutEffect"]);
  });

  test("names its runtime class", () => {
    expect(edge({ runtimeClass: "nvidia-cdi" }).cluster.operatorFacts).toEqual({
      runtimeClass: "nvidia-cdi",
    });
    expect(captureValidationError(() => edge({ runtimeClass: "Not A Name" })).codes).toEqual(["InvalidName"]);
    expect(make().cluster.operatorFacts).toEqual({});
  });
});

test("a neocloud with ready nodes is like one's own hall", () => {
  const site = Site.kubernetes("nebius", {
    country: "FI",
    operator: "neocloud",
    kubeconfig: { context: "n" },
  });

  expect(make({ site, managed: ["gpu-driver"] }).cluster.managed).toEqual(["gpu-driver"]);
});
