import { planEndpoint, ServedModel, TrafficClass, Weights } from "../../../lib";
import { Slice } from "../../../lib/fabric/slice";
import * as clusters from "../../cluster/in-cluster/clusters";
import * as given from "./support";

const SHAPE = {
  params: 8.03e9,
  layers: 32,
  hidden: 4096,
  sequence: 131_072,
  kvHidden: 1024,
  attentionHeads: 32,
  kvHeads: 8,
  vocabulary: 128_256,
};

const model = ServedModel.of("llama-3.1-8b", {
  shape: SHAPE,
  weights: Weights.hub("meta-llama/Llama-3.1-8B-Instruct", {
    revision: "0e9e39f249a16976918f6564b8830bc894c89659",
  }),
  contextTokens: 16_384,
});

const classes = [
  TrafficClass.of("chat", {
    requestsPerSecond: 4,
    promptTokens: 800,
    outputTokens: 200,
    firstTokenP95Ms: 1500,
  }),
];

test("what planEndpoint sizes becomes pods of that size", () => {
  const plan = planEndpoint({ model, classes, accelerator: "h200", acceleratorsPerNode: 8 });
  const stack = given.kubernetesStack();
  given.endpoint(
    {
      cluster: clusters.awsCluster([
        clusters.cloudPool({ name: "serve", slice: Slice.accelerators("h200", { perNode: 8, nodes: 4 }) }),
      ]),
      classes,
      variants: [given.variant({ model, plan, pool: "serve" })],
    },
    stack,
  );
  const { spec } = given.theObject(stack, "Deployment");
  const [engine] = spec.template.spec.containers;
  expect(engine.resources.limits["nvidia.com/gpu"]).toBe(String(plan.acceleratorsPerReplica));
  expect(engine.args).toContain(`--max-num-seqs=${plan.maxBatch}`);
  expect(spec.replicas).toBe(plan.replicas.kind === "together" ? plan.replicas.count : undefined);
  expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(plan.drainSeconds);
});
