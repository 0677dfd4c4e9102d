import { defineErrors } from "../../core/errors";

export const VertexErrors = defineErrors({
  VertexMachineUnknown: {
    meaning: "Vertex AI serves no models on this machine type, or it has no GPUs that are known",
    fix: "choose a machine type with GPUs, for example g2-standard-12 or a3-highgpu-8g",
  },
  VertexMachineNotFilled: {
    meaning:
      "one container with one copy of the model runs on each machine, and this division does not fill it exactly",
    fix: "choose a machine type with as many accelerators as the copy needs, or a parallelism whose product is the accelerators of the machine",
  },
  VertexWeightsUnsupported: {
    meaning: "this way of deployment does not read weights from there",
    fix: "model-garden: a public model of a hub; commands: a prefix of Cloud Storage",
  },
  VertexAdaptersUnsupported: {
    meaning: "endpoints of Vertex AI are deployed with one set of weights",
    fix: "merge the adapter into its weights, or serve the model in a cluster",
  },
  VertexOptionUnsupported: {
    meaning: "Model Garden makes the endpoint itself, and the provider has no argument for this there",
    fix: 'leave the option out, or deploy by commands: deployment: { kind: "commands" }',
  },
  RequestLogOfPersonalData: {
    meaning: "logged requests and answers may hold personal data, and the log does not say so",
    fix: "set includePii: true on the log if its table may hold personal data, or pii: false on the endpoint if requests hold none",
  },
});
