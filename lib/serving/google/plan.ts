import type { GoogleMachineFacts } from "../../catalog/facts";
import { googleMachineFacts } from "../../catalog/google-machines";
import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import { EndpointErrors } from "../endpoint-errors";
import type { Parallelism } from "../serving";
import { planEndpoint } from "../sizing/plan";
import type { EndpointPlan } from "../sizing/types";
import { IMAGE_BY_DIGEST } from "../weights";
import { VertexErrors } from "./errors";
import type { VertexEndpointProps } from "./props";

/**
 * Accelerators of Vertex AI that are in the catalogue. Source: MachineSpec.accelerator_type in the documentation of
 * `google_vertex_ai_endpoint_with_model_garden_deployment` 6.50 (read 2026-11)
 */
const SERVED: ReadonlySet<string> = new Set([
  "NVIDIA_TESLA_T4",
  "NVIDIA_TESLA_A100",
  "NVIDIA_A100_80GB",
  "NVIDIA_L4",
  "NVIDIA_H100_80GB",
  "NVIDIA_H100_MEGA_80GB",
  "NVIDIA_H200_141GB",
  "NVIDIA_B200",
]);

const BIGQUERY = /^bq:\/\/[a-z0-9.:-]+\.[A-Za-z0-9_]+\.[A-Za-z0-9_-]+$/;
const MOST_REPLICAS = 64;

/** All that the endpoint is made from, checked and sized. */
export interface ResolvedVertex {
  readonly machine: GoogleMachineFacts;
  /** As Vertex AI names it. */
  readonly acceleratorType: string;
  readonly parallelism: Parallelism;
  readonly plan: EndpointPlan;
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** Checks and sizes an endpoint. Throws what is wrong, once. */
export function resolveVertex(problems: Problems, props: VertexEndpointProps): ResolvedVertex {
  checkProps(problems, props);
  const machine = checkMachine(problems, props.machineType);
  const parallelism = machine && fillMachine(problems, machine, props.parallelism ?? {});
  problems.throwIfAny();
  const plan = planEndpoint({
    model: props.model,
    classes: props.classes,
    accelerator: machine!.accelerator!,
    acceleratorsPerNode: machine!.acceleratorCount,
    parallelism,
    engine: "vllm",
    maxReplicas: props.maxReplicas ?? props.minReplicas ?? MOST_REPLICAS,
    price:
      props.usdPerMachineHour === undefined
        ? undefined
        : { usdPerAcceleratorHour: props.usdPerMachineHour / machine!.acceleratorCount },
  });
  const minReplicas = props.minReplicas ?? plan.accelerators / plan.acceleratorsPerReplica;
  const maxReplicas = props.maxReplicas ?? minReplicas;
  problems.literalInteger("maxReplicas", maxReplicas, { min: minReplicas, max: 1000 });
  if (props.targetDutyCyclePercent !== undefined && maxReplicas === minReplicas) {
    problems.add(CoreErrors.NoEffect, {
      subject: "targetDutyCyclePercent",
      given: props.targetDutyCyclePercent,
      allowed: "nothing, where maxReplicas is minReplicas",
    });
  }
  problems.throwIfAny();
  const acceleratorType = typeOf(machine!)!;
  return { machine: machine!, acceleratorType, parallelism: parallelism!, plan, minReplicas, maxReplicas };
}

function typeOf({ gkeAccelerator }: GoogleMachineFacts): string | undefined {
  return gkeAccelerator?.toUpperCase().replaceAll("-", "_");
}

function checkMachine(problems: Problems, machineType: string): GoogleMachineFacts | undefined {
  const allowed = `a machine type with one of ${[...SERVED].join(", ")}`;
  if (!problems.literal("machineType", machineType, allowed)) {
    return undefined;
  }
  const machine = googleMachineFacts(machineType);
  if (machine?.accelerator === undefined || !SERVED.has(typeOf(machine) ?? "")) {
    problems.add(VertexErrors.VertexMachineUnknown, { subject: "machineType", given: machineType, allowed });
    return undefined;
  }
  return machine;
}

/** One copy of the model on all accelerators of a machine. */
function fillMachine(
  problems: Problems,
  machine: GoogleMachineFacts,
  given: Partial<Parallelism>,
): Parallelism | undefined {
  const { pipeline = 1, data = 1, expert = 1 } = given;
  const known = Object.entries({ pipeline, data, expert, ...given }).map(([name, degree]) =>
    problems.literalInteger(`parallelism.${name}`, degree, { min: 1, max: 1024 }),
  );
  if (!known.every(Boolean)) {
    return undefined;
  }
  const tensor = given.tensor ?? Math.floor(machine.acceleratorCount / (pipeline * data));
  if (tensor * pipeline * data !== machine.acceleratorCount) {
    problems.add(VertexErrors.VertexMachineNotFilled, {
      subject: "parallelism",
      given: { tensor, pipeline, data },
      allowed: `tensor x pipeline x data = ${machine.acceleratorCount}, the accelerators of ${machine.name}`,
    });
    return undefined;
  }
  return { tensor, pipeline, data, expert };
}

function checkProps(problems: Problems, props: VertexEndpointProps): void {
  const { classes, image, site, deployment, minReplicas, targetDutyCyclePercent } = props;
  problems.name("namePrefix", props.namePrefix);
  problems.name("endpointName", props.endpointName);
  problems.required("classes", classes[0], "one class of traffic or more");
  problems.name("image", image, {
    pattern: IMAGE_BY_DIGEST,
    maxLength: 512,
    form: "an image by digest: host/path@sha256:…",
  });
  problems.oneOf("deployment.kind", deployment.kind, ["model-garden", "commands"]);
  if (minReplicas !== undefined) {
    problems.literalInteger("minReplicas", minReplicas, { min: 1, max: 1000 });
  }
  if (targetDutyCyclePercent !== undefined) {
    problems.literalInteger("targetDutyCyclePercent", targetDutyCyclePercent, { min: 1, max: 100 });
  }
  for (const { name, residency } of classes) {
    if (!residency.allows(site.country)) {
      problems.add(EndpointErrors.EndpointOutsideResidency, {
        subject: `class "${name}"`,
        given: `${site.name} (${site.country})`,
        allowed: `${residency.name}: ${residency.describe()}`,
      });
    }
  }
  checkModel(problems, props);
  checkOptions(problems, props);
  checkLog(problems, props);
}

function checkModel(
  problems: Problems,
  { model: { weights, adapters }, deployment }: VertexEndpointProps,
): void {
  if (adapters.length > 0) {
    problems.add(VertexErrors.VertexAdaptersUnsupported, {
      subject: "model.adapters",
      given: adapters.map(({ name }) => name),
      allowed: "none",
    });
  }
  const garden = deployment.kind === "model-garden";
  const isPublic = weights.kind === "hub" && weights.tokenSecret === undefined;
  const isStored = weights.kind === "object-storage" && weights.uri.startsWith("gs://");
  if (garden ? !isPublic : !isStored) {
    problems.add(VertexErrors.VertexWeightsUnsupported, {
      subject: "model.weights",
      given: weights.kind === "object-storage" ? weights.uri : weights.kind,
      allowed: garden
        ? "a public model of a hub: a token would stand in the state as text"
        : "gs://bucket/prefix",
    });
  }
}

function checkOptions(problems: Problems, props: VertexEndpointProps): void {
  if (props.deployment.kind === "commands") {
    if (props.privateAccess !== undefined) {
      const { projects, host } = props.privateAccess;
      problems.required("privateAccess.projects", projects[0], "one project or more");
      problems.unique("privateAccess.projects", projects);
      problems.required("privateAccess.host", host, "an address or a name");
    }
    return;
  }
  const { kmsKey, privateAccess, requestLog } = props;
  for (const [subject, given] of Object.entries({ kmsKey, privateAccess, requestLog })) {
    if (given !== undefined) {
      problems.add(VertexErrors.VertexOptionUnsupported, {
        subject,
        given,
        allowed: "nothing, with model-garden",
      });
    }
  }
}

function checkLog(problems: Problems, { requestLog, pii }: VertexEndpointProps): void {
  if (requestLog === undefined) {
    return;
  }
  problems.literalInteger("requestLog.samplePercent", requestLog.samplePercent, { min: 1, max: 100 });
  problems.name("requestLog.table", requestLog.table, {
    pattern: BIGQUERY,
    maxLength: 2000,
    form: "bq://project.dataset.table",
  });
  if (pii !== false && requestLog.includePii !== true) {
    problems.add(VertexErrors.RequestLogOfPersonalData, {
      subject: "requestLog",
      given: "no includePii, and requests may hold personal data",
      allowed: "includePii: true, or pii: false on the endpoint",
    });
  }
  if (pii === false && requestLog.includePii !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: "requestLog.includePii",
      given: requestLog.includePii,
      allowed: "nothing, with pii: false",
    });
  }
}
