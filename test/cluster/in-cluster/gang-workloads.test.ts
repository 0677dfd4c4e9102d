import { type TerraformStack, TerraformVariable } from "cdktf";
import type { GangJobSetProps } from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import * as clusters from "./clusters";
import { CONTAINER, jobCodes, jobOf, jobSet, type Pod, podOf, QUEUE, service, serviceCodes } from "./gangs";
import { objectOf, resourcesOf, stackOf } from "./synthesized";

describe("a job over several nodes", () => {
  test("has a pod per node, all of the pool or fewer", () => {
    expect(jobOf(jobSet()).template.spec).toMatchObject({ parallelism: 4, completions: 4 });
    expect(jobOf(jobSet({ nodes: 2 })).template.spec).toMatchObject({ parallelism: 2, completions: 2 });
    expect(jobCodes({ nodes: 5 })).toEqual(["GangDoesNotFit"]);
    expect(jobCodes({ nodes: 0 })).toEqual(["NumberOutOfRange"]);
  });

  test("waits in the team's queue with its priority", () => {
    const stack = jobSet({ priority: "urgent" });

    expect(objectOf(stack, "JobSet")).toMatchObject({
      metadata: {
        namespace: "vision",
        labels: { "kueue.x-k8s.io/queue-name": "vision", "kueue.x-k8s.io/priority-class": "urgent" },
      },
      spec: { suspend: true },
    });
    expect(podOf(stack).spec.priorityClassName).toBe("urgent");
  });

  test("has a priority that the cluster of its queue declares", () => {
    const queue = { ...QUEUE, priorities: ["calm", "urgent"] };
    const refusal = (priorities: readonly string[]) =>
      captureValidationError(() => jobSet({ queue: { ...QUEUE, priorities }, priority: "urgnet" }));

    expect(podOf(jobSet({ queue, priority: "urgent" })).spec.priorityClassName).toBe("urgent");
    expect(refusal(queue.priorities).codes).toEqual(["NotOneOf"]);
    expect(refusal(queue.priorities).message).toContain("calm, urgent");
    expect(refusal([]).message).toContain("declare no priorities");
    expect(serviceCodes({ queue, priority: "urgnet" })).toEqual(["NotOneOf"]);
  });

  test("is started again so many times", () => {
    expect(objectOf(jobSet(), "JobSet").spec.failurePolicy).toEqual({ maxRestarts: 3 });
    expect(objectOf(jobSet({ maxRestarts: 0 }), "JobSet").spec.failurePolicy).toEqual({ maxRestarts: 0 });
    expect(jobCodes({ maxRestarts: 1001 })).toEqual(["NumberOutOfRange"]);
  });

  test("is another job when its declaration changes, and Kueue's changes are none", () => {
    const stack = jobSet();
    const [id, data] = Object.entries(resourcesOf(stack, "terraform_data"))[0]!;
    const [manifest] = Object.values(resourcesOf(stack, "kubernetes_manifest"));

    expect(manifest!.lifecycle).toEqual({ replace_triggered_by: [`terraform_data.${id}`] });
    expect(data.triggers_replace).toEqual({ spec: objectOf(stack, "JobSet").spec });
    expect(manifest!.computed_fields).toContain("spec.suspend");
  });

  test("takes the user's container, CPU and memory included", () => {
    const stack = stackOf();
    const image = new TerraformVariable(stack, "image", {}).stringValue;
    jobSet(
      {
        container: {
          ...CONTAINER,
          image,
          resources: { requests: { cpu: 4, memory: "1024Gi" }, limits: { memory: "1Ti" } },
        },
        podSpec: {
          serviceAccountName: "trainer",
          volumes: [{ name: "shm", emptyDir: { medium: "Memory" } }],
        },
      },
      stack,
    );
    const { spec } = podOf(stack);

    expect(spec).toMatchObject({ serviceAccountName: "trainer", restartPolicy: "Never" });
    expect(spec.containers[0]).toMatchObject({
      image: "${var.image}",
      command: ["train"],
      resources: {
        requests: { cpu: "4", memory: "1Ti" },
        limits: { memory: "1Ti", "nvidia.com/gpu": "8", "vpc.amazonaws.com/efa": "16" },
      },
    });
  });

  test.each<[string, Partial<GangJobSetProps>, string]>([
    [
      "accelerators in the container",
      { container: { ...CONTAINER, resources: { limits: { "nvidia.com/gpu": 1 } } } },
      "AcceleratorsSetByPool",
    ],
    ["no image", { container: { name: "a", image: "" } }, "MissingValue"],
    ["a container without a name", { container: { image: "a" } as never }, "InvalidName"],
    ["a node selector of one's own", { podSpec: { nodeSelector: {} } }, "NoEffect"],
    ["containers of one's own", { podSpec: { containers: [] } }, "NoEffect"],
    ["a name of 41 letters", { name: "a".repeat(41) }, "InvalidName"],
    ["no namespace", { queue: { namespace: "", queueName: "a" } }, "MissingValue"],
    ["a queue that is no name", { queue: { namespace: "a", queueName: "A" } }, "InvalidName"],
    ["a priority that is no name", { priority: "A" }, "InvalidName"],
    ["an unknown pool", { pool: "ghost" }, "UnknownPool"],
    ["an edge site", { cluster: clusters.edgeCluster(), pool: "vision" }, "GangAtEdge"],
  ])("%s is refused", (_, props, code) => {
    expect(jobCodes(props)).toEqual([code]);
  });
});

describe("a service over several nodes", () => {
  const templateOf = (stack: TerraformStack) =>
    objectOf(stack, "LeaderWorkerSet").spec.leaderWorkerTemplate as Record<string, Pod>;

  test("is a leader and workers that start anew together", () => {
    const stack = service({ size: 2 });

    expect(objectOf(stack, "LeaderWorkerSet").spec).toMatchObject({
      replicas: 1,
      leaderWorkerTemplate: { size: 2, restartPolicy: "RecreateGroupOnPodRestart" },
    });
    expect(templateOf(stack)).not.toHaveProperty("leaderTemplate");
    expect(templateOf(stack).workerTemplate!.spec.restartPolicy).toBe("Always");
  });

  test("may have another leader", () => {
    const leader = { name: "leader", image: "registry.example.com/lead:1" };

    expect(templateOf(service({ leader })).leaderTemplate!.spec.containers[0]).toMatchObject(leader);
    expect(serviceCodes({ leader: { name: "leader", image: "" } })).toEqual(["MissingValue"]);
  });

  test("is drained one copy at a time, where there are several", () => {
    const budgets = (replicas: number) =>
      Object.values(resourcesOf(service({ replicas }), "kubernetes_pod_disruption_budget_v1"));

    expect(budgets(1)).toEqual([]);
    expect(budgets(2)[0]).toMatchObject({
      metadata: { name: "moe", namespace: "vision" },
      spec: {
        max_unavailable: "1",
        selector: { match_labels: { "leaderworkerset.sigs.k8s.io/name": "moe" } },
      },
    });
  });

  test("fits into its pool", () => {
    expect(() => service({ size: 2, replicas: 2 })).not.toThrow();
    expect(serviceCodes({ size: 2, replicas: 3 })).toEqual(["GangDoesNotFit"]);
    expect(serviceCodes({ size: 5 })).toEqual(["GangDoesNotFit", "GangDoesNotFit"]);
    expect(serviceCodes({ replicas: 0 })).toEqual(["NumberOutOfRange"]);
    expect(serviceCodes({ cluster: clusters.edgeCluster(), pool: "vision", size: 1 })).toEqual([
      "GangAtEdge",
    ]);
  });
});
