import { TerraformVariable } from "cdktf";
import type { IAcceleratorCluster } from "../../../lib/cluster";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Slice } from "../../../lib/fabric/slice";
import { GangJobSet, type GangJobSetProps, GangService } from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import { conformance, conformanceTest } from "../conformance";
import * as clusters from "./clusters";
import { objectOf, stackOf } from "./synthesized";

interface PodSpec {
  readonly affinity?: unknown;
  readonly containers: readonly { readonly resources: Record<string, Record<string, string>> }[];
}

const CONTAINER = { name: "sim", image: "registry.example.com/sim:1" };

const poolOf = (vcpu: number, memoryGib: number): AcceleratorPoolProps => ({
  name: "sim",
  tier: "batch",
  slice: Slice.cpu({ vcpu, memoryGib, nodes: 4 }),
});
const aws = (vcpu = 64, memoryGib = 256) =>
  clusters.awsCluster([clusters.cloudPool(poolOf(vcpu, memoryGib))]);

function job(cluster: IAcceleratorCluster, props: Partial<GangJobSetProps> = {}, stack = stackOf()) {
  new GangJobSet(stack, "job", {
    cluster,
    pool: "sim",
    name: "weather",
    queue: { namespace: "vision", queueName: "vision" },
    container: CONTAINER,
    ...props,
  });
  return stack;
}

function podOf(cluster: IAcceleratorCluster, props: Partial<GangJobSetProps> = {}): PodSpec {
  const { replicatedJobs } = objectOf(job(cluster, props), "JobSet").spec;
  const [only] = replicatedJobs as readonly {
    readonly template: { readonly spec: { readonly template: { readonly spec: PodSpec } } };
  }[];
  return only!.template.spec.template.spec;
}
const requestsOf = (cluster: IAcceleratorCluster, container: object = {}) =>
  podOf(cluster, { container: { ...CONTAINER, ...container } }).containers[0]!.resources.requests;
const apart = (labels: object) => ({
  labelSelector: { matchLabels: labels },
  topologyKey: "kubernetes.io/hostname",
});
const JOB = apart({ "jobset.sigs.k8s.io/jobset-name": "weather" });

describe("a pod of a gang on a CPU pool has a node for itself", () => {
  test("by asking for all that daemons leave of it", () => {
    expect(requestsOf(aws())).toEqual({ cpu: "56", memory: "224Gi" });
    expect(requestsOf(aws(4, 16))).toEqual({ cpu: "3", memory: "14Gi" });
    expect(requestsOf(aws(2, 4))).toEqual({ cpu: "1", memory: "2Gi" });
  });

  test("by the machine, not by what the pool was declared with, where the machine is known", () => {
    const larger = clusters.cloudPool(poolOf(4, 16), { vcpuPerNode: 8, memoryGibPerNode: 32 });

    expect(requestsOf(clusters.awsCluster([larger]))).toEqual({ cpu: "7", memory: "28Gi" });
  });

  test("by what the pool was declared with, where nobody knows the machine", () => {
    const hall = clusters.onPremCluster({
      pools: [clusters.SYSTEM, poolOf(16, 64)],
      nodes: { system: { nodeSelector: { role: "s" } }, sim: { nodeSelector: { role: "sim" } } },
    });

    expect(requestsOf(hall)).toEqual({ cpu: "14", memory: "56Gi" });
  });

  test("unless it asks for something else itself", () => {
    expect(requestsOf(aws(), { resources: { requests: { cpu: 60 } } })).toEqual({
      cpu: "60",
      memory: "224Gi",
    });
    // Kubernetes takes a limit for the request, and a request beside it might be above it.
    expect(requestsOf(aws(), { resources: { limits: { cpu: 8, memory: "1Gi" } } })).toBeUndefined();
  });

  test("also on machines that are larger than declared: no two pods share one", () => {
    expect(podOf(aws()).affinity).toEqual({
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [JOB] },
    });
    const stack = stackOf();
    new GangService(stack, "service", {
      cluster: aws(),
      pool: "sim",
      name: "weather",
      queue: { namespace: "vision", queueName: "vision" },
      container: CONTAINER,
    });
    expect(JSON.stringify(objectOf(stack, "LeaderWorkerSet").spec)).toContain(
      JSON.stringify([apart({ "leaderworkerset.sigs.k8s.io/name": "weather" })]),
    );
  });

  test("beside affinities of its own", () => {
    const theirs = apart({ app: "database" });
    const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [] };
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [theirs] };

    expect(podOf(aws(), { podSpec: { affinity: { nodeAffinity, podAntiAffinity } } }).affinity).toEqual({
      nodeAffinity,
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [theirs, JOB] },
    });
  });

  test("which are no tokens as a whole", () => {
    const affinity = new TerraformVariable(stackOf(), "affinity", {}).stringValue;
    const codes = (given: unknown) =>
      captureValidationError(() => job(aws(), { podSpec: { affinity: given } })).codes;

    expect(codes(affinity)).toEqual(["TokenNotAllowed"]);
    expect(codes({ podAntiAffinity: affinity })).toEqual(["TokenNotAllowed"]);
    expect(codes("apart")).toEqual(["NotOneOf"]);
    expect(codes(null)).toEqual(["MissingValue"]);
  });

  test("and on pools with accelerators by those alone", () => {
    const cluster = clusters.awsCluster([clusters.cloudPool(clusters.TRAIN, clusters.AWS_TRAIN)]);
    const { affinity, containers } = podOf(cluster, { pool: "train" });

    expect(affinity).toBeUndefined();
    expect(containers[0]!.resources).not.toHaveProperty("requests");
  });
});

conformanceTest("gangs on CPU pools are what JobSet takes", () => {
  expect(conformance(job(aws())).failures).toEqual([]);
});
