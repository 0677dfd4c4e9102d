import type { AcceleratorFacts } from "../../catalog/facts";
import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import { checkCount, checkPositive, checkQuantity } from "../../fabric/quantities";
import { givenAccelerator } from "../../fabric/slice";
import { checkObject, isObject } from "../../fabric/untyped";
import type { PrefillDecode } from "../../placement/inference-pool";
import { ServingErrors } from "../errors";
import { ServedModel } from "../model";
import { formatsOf, peakOf } from "../precision";
import type { EngineKind, Parallelism, TrafficClass as TrafficClassValue } from "../serving";
import { TrafficClass } from "../traffic";
import { SERVING_EFFICIENCY, type ServingEfficiency } from "./efficiency";
import { checkParallelism, type Machines, machinesOf } from "./shapes";
import type { AcceleratorPrice, EndpointPlanProps } from "./types";

/** What a plan starts from, every default filled in. */
export interface Settings {
  readonly model: ServedModel;
  readonly classes: readonly TrafficClassValue[];
  readonly machines: Machines;
  readonly parallelism: Partial<Parallelism>;
  readonly engine: EngineKind;
  readonly prefillDecode: PrefillDecode;
  readonly memoryUtilization: number;
  readonly maxSequences: number;
  readonly prefillChunkTokens: number;
  readonly efficiency: ServingEfficiency;
  readonly maxReplicas: number;
  readonly spareReplicas: number;
  readonly rttMs: number;
  readonly networkGbps?: number;
  readonly usdPerAcceleratorHour?: number;
}

const SHARES = ["compute", "memory", "experts", "scaleUp", "network"] as const;
const TIMES = ["stepOverheadMs", "linkLatencyUs", "networkLatencyUs"] as const;

function efficiencyOf(problems: Problems, given: Partial<ServingEfficiency> | undefined): ServingEfficiency {
  if (given === undefined || !checkObject(problems, "efficiency", given, "shares and times by name")) {
    return SERVING_EFFICIENCY;
  }
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  for (const key of Object.keys(known)) {
    problems.oneOf("efficiency", key, Object.keys(SERVING_EFFICIENCY));
  }
  const efficiency = { ...SERVING_EFFICIENCY, ...known };
  for (const share of SHARES) {
    checkPositive(problems, `efficiency.${share}`, efficiency[share], 1);
  }
  for (const time of TIMES) {
    checkQuantity(problems, `efficiency.${time}`, efficiency[time]);
  }
  return efficiency;
}

/** Plain values may be written by hand: throws what making them throws. */
function checkValues(problems: Problems, { model, classes }: EndpointPlanProps): void {
  if (checkObject(problems, "model", model, "what ServedModel.of returned")) {
    ServedModel.of(model.name, model);
  }
  if (!Array.isArray(classes) || classes.length === 0) {
    const given = Array.isArray(classes) ? undefined : classes;
    if (problems.literal("classes", given)) {
      problems.add(CoreErrors.MissingValue, {
        subject: "classes",
        given,
        allowed: "at least one TrafficClass",
      });
    }
    return;
  }
  for (const of of classes) {
    if (checkObject(problems, "classes", of, "what TrafficClass.of returned")) {
      TrafficClass.of(of.name, of);
    }
  }
  problems.unique(
    "classes",
    classes.map((of) => of?.name),
  );
}

function checkContext(problems: Problems, { model, classes }: EndpointPlanProps): void {
  for (const { name, promptTokens, outputTokens, maxOutputTokens } of classes) {
    const mean = promptTokens + outputTokens;
    const longest = promptTokens + maxOutputTokens;
    if (longest > model.contextTokens) {
      problems.add(ServingErrors.ClassExceedsContext, {
        subject: `class "${name}"`,
        given: `${promptTokens} tokens of prompt and up to ${maxOutputTokens} of answer`,
        allowed: `at most ${model.contextTokens} together`,
        ...(mean <= model.contextTokens && {
          fix: `give maxOutputTokens of at most ${Math.floor(model.contextTokens - promptTokens)}, or raise contextTokens`,
        }),
      });
    }
  }
}

function checkFacts(problems: Problems, accelerator: AcceleratorFacts): boolean {
  const needed = ["memoryGib", "memoryBandwidthGBps", "peakTflops"] as const;
  const missing = needed.filter((fact) => accelerator[fact] === undefined);
  if (missing.length > 0) {
    problems.add(ServingErrors.AcceleratorFactsMissing, {
      subject: "accelerator",
      given: accelerator.name,
      allowed: `facts with ${missing.join(", ")}`,
    });
  }
  return missing.length === 0;
}

function checkPrecision(problems: Problems, accelerator: AcceleratorFacts, props: EndpointPlanProps): void {
  const { model, engine = "vllm" } = props;
  const formats = formatsOf(accelerator);
  if (!formats.includes(model.precision)) {
    problems.add(ServingErrors.PrecisionUnsupported, {
      subject: "model.precision",
      given: `${model.precision} on ${accelerator.name}`,
      allowed: formats.join(", "),
    });
  }
  const cache = model.cachePrecision;
  // TensorRT-LLM alone holds its cache in int8; fp8 is converted in hardware.
  const held =
    cache === "int8" ? engine === "triton" : cache !== "fp8" || peakOf(accelerator, "fp8") !== undefined;
  if (!held) {
    problems.add(ServingErrors.PrecisionUnsupported, {
      subject: "model.cachePrecision",
      given: `${cache} with ${engine} on ${accelerator.name}`,
      allowed: `bf16, fp16${peakOf(accelerator, "fp8") === undefined ? "" : ", fp8"}${engine === "triton" ? ", int8" : ""}`,
    });
  }
}

function priceOf(
  problems: Problems,
  price: AcceleratorPrice | undefined,
  accelerator: AcceleratorFacts,
): number | undefined {
  if (
    price === undefined ||
    !checkObject(problems, "price", price, "{ usdPerAcceleratorHour } or { provider, region }")
  ) {
    return undefined;
  }
  if ("usdPerAcceleratorHour" in price) {
    checkPositive(problems, "price.usdPerAcceleratorHour", price.usdPerAcceleratorHour);
    return price.usdPerAcceleratorHour;
  }
  const { provider, region, purchase = "on-demand" } = price;
  problems.oneOf("price.provider", provider, ["aws", "google", "coreweave", "lambda", "nebius"]);
  problems.literal("price.region", region);
  problems.oneOf("price.purchase", purchase, ["on-demand", "spot"]);
  const table = require("../../catalog/prices") as typeof import("../../catalog/prices");
  const row = table.priceOf(provider, region, accelerator.name);
  const usd = purchase === "spot" ? row?.spotUsdPerHour : row?.onDemandUsdPerHour;
  return row === undefined || usd === undefined ? undefined : usd / row.accelerators;
}

function checkBudgets(
  problems: Problems,
  classes: readonly TrafficClassValue[],
  price: number | undefined,
): void {
  const limited = classes.filter((of) => of.budgetUsdPerHour !== undefined);
  if (limited.length > 0 && price === undefined) {
    problems.add(ServingErrors.PriceUnknown, {
      subject: "price",
      given: undefined,
      allowed: `a price, because of the budget of ${limited.map((of) => of.name).join(", ")}`,
    });
  }
}

/** Checks the props and fills in defaults. Throws what is wrong with them. */
export function settingsOf(problems: Problems, props: EndpointPlanProps): Settings {
  checkValues(problems, props);
  const accelerator = givenAccelerator(problems, props.accelerator);
  const perNode = checkCount(problems, "acceleratorsPerNode", props.acceleratorsPerNode);
  problems.throwIfAny();
  const { model, classes, engine = "vllm", prefillDecode = "together", parallelism = {} } = props;
  const { memoryUtilization = 0.9, maxSequences = 512, prefillChunkTokens = 8192 } = props;
  const { maxReplicas = 64, spareReplicas = 0, rttMs = 0, scaleUpDomain, networkGbps } = props;
  const facts = accelerator!;
  problems.oneOf("engine", engine, ["vllm", "sglang", "triton"]);
  problems.oneOf("prefillDecode", prefillDecode, ["together", "split"]);
  checkPositive(problems, "memoryUtilization", memoryUtilization, 1);
  problems.literalInteger("maxSequences", maxSequences, { min: 1, max: 65_536 });
  problems.literalInteger("prefillChunkTokens", prefillChunkTokens, { min: 64, max: 1_048_576 });
  problems.literalInteger("maxReplicas", maxReplicas, { min: 1, max: 10_000 });
  problems.literalInteger("spareReplicas", spareReplicas, { min: 0, max: 1000 });
  checkQuantity(problems, "rttMs", rttMs);
  if (scaleUpDomain !== undefined) {
    checkCount(problems, "scaleUpDomain", scaleUpDomain);
  }
  if (networkGbps !== undefined) {
    checkPositive(problems, "networkGbps", networkGbps);
  }
  const efficiency = efficiencyOf(problems, props.efficiency);
  checkContext(problems, props);
  if (checkFacts(problems, facts)) {
    checkPrecision(problems, facts, props);
  }
  const usdPerAcceleratorHour = priceOf(problems, props.price, facts);
  checkBudgets(problems, classes, usdPerAcceleratorHour);
  const machines = machinesOf(facts, perNode ? props.acceleratorsPerNode : 1, scaleUpDomain);
  if (isObject(parallelism)) {
    checkParallelism(problems, model, engine, parallelism, machines);
  } else {
    checkObject(problems, "parallelism", parallelism, "{ tensor, pipeline, expert, data }");
  }
  problems.throwIfAny();
  return {
    model,
    classes,
    machines,
    parallelism,
    engine,
    prefillDecode,
    memoryUtilization,
    maxSequences,
    prefillChunkTokens,
    efficiency,
    maxReplicas,
    spareReplicas,
    rttMs,
    networkGbps: networkGbps ?? facts.nicGbps,
    usdPerAcceleratorHour,
  };
}
