import { Slice } from "../../../lib/fabric/slice";
import { RailAddresses } from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import * as clusters from "./clusters";
import { codesOf, groupOf, kindsOf, make, type Props, SPEECH, VISION } from "./queued";
import { objectOf, objectsOf, stackOf } from "./synthesized";

describe("jobs that may run on other clusters", () => {
  const DISPATCH: NonNullable<Props["dispatch"]> = {
    workers: [
      { name: "cks", kubeconfigSecret: "cks-kubeconfig" },
      { name: "gke", kubeconfigSecret: "gke-kubeconfig" },
    ],
    quotas: [{ team: "vision", resources: { "nvidia.com/gpu": 64 } }],
  };

  test("go through a queue of their own, to the first worker with room", () => {
    const { stack } = make({ dispatch: DISPATCH });

    expect(kindsOf(stack)).toEqual(
      expect.arrayContaining([
        "MultiKueueCluster cks",
        "MultiKueueCluster gke",
        "MultiKueueConfig dispatch",
        "AdmissionCheck dispatch",
        "ClusterQueue vision-remote",
        "LocalQueue vision-remote",
      ]),
    );
    expect(objectOf(stack, "MultiKueueCluster", "cks").spec).toEqual({
      clusterSource: { kubeConfig: { location: "cks-kubeconfig", locationType: "Secret" } },
    });
    expect(groupOf(stack, "vision-remote").flavors[0]!.resources).toContainEqual({
      name: "nvidia.com/gpu",
      nominalQuota: "64",
    });
    expect(objectOf(stack, "ClusterQueue", "vision-remote").spec).not.toHaveProperty("cohortName");
  });

  test("have a queue that the team is told, where it has a quota", () => {
    const { queues } = make({ dispatch: DISPATCH, priorities: [{ name: "urgent", value: 1 }] });
    const { namespace } = queues.queue("vision");

    expect(queues.remoteQueue("vision")).toEqual({
      team: "vision",
      namespace,
      queueName: "vision-remote",
      priorities: ["urgent"],
      remote: true,
    });
    const refusal = captureValidationError(() => queues.remoteQueue("speech"));
    expect(refusal.codes).toEqual(["UnknownTeam"]);
    expect(refusal.message).toContain("vision");
    expect(captureValidationError(() => make().queues.remoteQueue("vision")).codes).toEqual(["UnknownTeam"]);
  });

  test("find on a worker the queue of the same name, on the worker's own quota", () => {
    const { stack } = make({ workerOf: "hub" });

    expect(objectOf(stack, "LocalQueue", "vision-remote").spec).toEqual({ clusterQueue: "vision" });
  });

  test.each<[string, Props, string]>([
    [
      "to the manager itself",
      { dispatch: { ...DISPATCH, workers: [{ name: "acme", kubeconfigSecret: "k" }] } },
      "WorkerIsManager",
    ],
    ["from the worker itself", { workerOf: "acme" }, "WorkerIsManager"],
    [
      "of unknown teams",
      { dispatch: { ...DISPATCH, quotas: [{ team: "ghost", resources: { "nvidia.com/gpu": 1 } }] } },
      "UnknownTeam",
    ],
    ["to nobody", { dispatch: { ...DISPATCH, workers: [] } }, "MissingValue"],
    ["of nobody", { dispatch: { ...DISPATCH, quotas: [] } }, "MissingValue"],
    [
      "to one worker twice",
      { dispatch: { ...DISPATCH, workers: [DISPATCH.workers[0]!, DISPATCH.workers[0]!] } },
      "DuplicateValue",
    ],
    [
      "counted in CPUs",
      { dispatch: { ...DISPATCH, quotas: [{ team: "vision", resources: { cpu: 1 } }] } },
      "NoEffect",
    ],
    [
      "of a resource that is none",
      { dispatch: { ...DISPATCH, quotas: [{ team: "vision", resources: { gpu: 1 } }] } },
      "InvalidName",
    ],
    [
      "with a name that another team has",
      { dispatch: DISPATCH, teams: [VISION, { ...SPEECH, name: "vision-remote" }] },
      "DuplicateValue",
    ],
  ])("%s are refused", (_, props, code) => {
    expect(codesOf(props)).toEqual([code]);
  });
});

describe("NVLink across machines", () => {
  const RACK = { name: "rack", slice: Slice.accelerators("gb200", { perNode: 4, nodes: 18 }) };
  const cluster = () => clusters.cksCluster([clusters.SYSTEM, RACK]);
  const teams = [{ name: "moe", quotas: [{ pool: "rack", nodes: 18 }] }];

  test("is a ComputeDomain of each team with a quota; the driver makes the claim's template", () => {
    const { queues, stack } = make({ teams }, cluster());

    expect([...queues.computeDomains.keys()]).toEqual(["moe/rack"]);
    expect(objectOf(stack, "ComputeDomain").spec).toEqual({
      numNodes: 0,
      channel: { allocationMode: "Single", resourceClaimTemplate: { name: "rack-channel" } },
    });
    expect(objectsOf(stack).map(({ kind }) => kind)).not.toContain("ResourceClaimTemplate");
  });
});

describe("addresses of rails", () => {
  const rdma = { mode: "sriov", link: "ethernet", rails: [{ name: "rail-0", interface: "e0" }] } as const;
  const addresses = (rails: readonly { rail: string; subnet: string; perNode?: number }[]) => {
    const stack = stackOf();
    new RailAddresses(stack, "addresses", { cluster: clusters.onPremCluster({ rdma }), rails });
    return stack;
  };
  const SUBNET = "192.168.0.0/16";

  test("are pools named like the rails", () => {
    expect(objectOf(addresses([{ rail: "rail-0", subnet: SUBNET }]), "IPPool")).toMatchObject({
      metadata: { name: "rail-0", namespace: "nvidia-network-operator" },
      spec: { subnet: SUBNET, perNodeBlockSize: 32 },
    });
  });

  test.each([
    [[{ rail: "rail-9", subnet: SUBNET }], "UnknownRail"],
    [[{ rail: "rail-0", subnet: "192.168.0.1/16" }], "InvalidCidr"],
    [[{ rail: "rail-0", subnet: SUBNET, perNode: 1 }], "NumberOutOfRange"],
    [[], "MissingValue"],
    [
      [
        { rail: "rail-0", subnet: SUBNET },
        { rail: "rail-0", subnet: SUBNET },
      ],
      "DuplicateValue",
    ],
  ])("%j is refused", (rails, code) => {
    expect(captureValidationError(() => addresses(rails)).codes).toEqual([code]);
  });
});
