import type { AcceleratorFacts, AcceleratorVendor, Precision } from "../catalog/facts";
import { type NameRule, Problems } from "../core/problems";
import { CatalogueErrors } from "./catalogue-errors";
import { givenRow, literalFacts, positive, shown, wholeNumber } from "./given-facts";
import { requireObject } from "./untyped";

/** Facts about an accelerator that the catalogue does not know. What is left out stays unknown. */
export interface AcceleratorProps
  extends Omit<AcceleratorFacts, "kind" | "resource" | "source" | "unverified" | "read"> {
  /** @default - `gpu`; `tpu` of Google, `neuron` of AWS, `other` of Qualcomm */
  readonly kind?: AcceleratorFacts["kind"];
  /** What a pod asks for. @default - the vendor's: `nvidia.com/gpu`, `amd.com/gpu`, `google.com/tpu`, … */
  readonly resource?: AcceleratorFacts["resource"];
  /** Day on which you read the facts, ISO 8601. @default - "not given" */
  readonly read?: string;
}

const VENDORS: Readonly<Record<AcceleratorVendor, Pick<AcceleratorFacts, "kind" | "resource">>> = {
  nvidia: { kind: "gpu", resource: "nvidia.com/gpu" },
  google: { kind: "tpu", resource: "google.com/tpu" },
  aws: { kind: "neuron", resource: "aws.amazon.com/neuron" },
  amd: { kind: "gpu", resource: "amd.com/gpu" },
  qualcomm: { kind: "other", resource: "qualcomm.com/qaic" },
};
const KINDS = ["gpu", "tpu", "neuron", "other"] as const;
const RESOURCES = Object.values(VENDORS).map(({ resource }) => resource);
const PRECISIONS: readonly Precision[] = ["fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp4"];

const ACCELERATOR_NAME: NameRule = {
  pattern: /^[a-z0-9]+(-[a-z0-9]+)*$/,
  maxLength: 40,
  form: "lower-case letters, digits and hyphens, such as h200 or mi300x-192gb",
};
const MIG_PROFILE = /^[1-9]g\.[1-9]\d*gb(\+[a-z.]+)?$/;

/** Read when facts are given, not when a program is loaded. */
const catalogue = () => require("../catalog/accelerators") as typeof import("../catalog/accelerators");

/** The name of an accelerator, also where a machine names it. */
export function checkAcceleratorName(problems: Problems, subject: string, name: string): boolean {
  const { pattern, maxLength, form } = ACCELERATOR_NAME;
  if (typeof name !== "string" || name.length > maxLength || !pattern.test(name)) {
    problems.add(CatalogueErrors.InvalidAcceleratorName, { subject, given: name, allowed: form });
    return false;
  }
  return true;
}

function checkPeak(problems: Problems, peak: AcceleratorProps["peakTflops"]): void {
  for (const [precision, value] of Object.entries(peak ?? {})) {
    problems.oneOf("peakTflops", precision, PRECISIONS);
    positive(problems, `peakTflops.${precision}`, value);
  }
}

function checkScaleUp(problems: Problems, scaleUp: AcceleratorProps["scaleUp"]): void {
  if (scaleUp !== undefined) {
    problems.required("scaleUp.technology", scaleUp.technology, "its name, such as NVLink 5");
    wholeNumber(problems, "scaleUp.domain", scaleUp.domain, 1);
    positive(problems, "scaleUp.oneWayGBps", scaleUp.oneWayGBps);
  }
}

function checkMig(problems: Problems, profiles: AcceleratorProps["migProfiles"]): void {
  for (const [profile, instances] of Object.entries(profiles ?? {})) {
    if (!MIG_PROFILE.test(profile)) {
      const allowed = "profiles such as 1g.18gb or 1g.18gb+me";
      problems.add(CatalogueErrors.InvalidMigProfile, { subject: "migProfiles", given: profile, allowed });
    }
    problems.literalInteger(`migProfiles.${profile}`, instances, { min: 1, max: 8 });
  }
}

export const Accelerator = {
  /**
   * Facts of your own about an accelerator, for what the catalogue does not know.
   *
   * Of a name that the catalogue knows, facts may add what is unknown there and correct what it marks as unverified.
   *
   * @param props.name lower-case, such as `mi300x-192gb`
   * @param props.vendor nvidia, google, aws, amd or qualcomm: decides the defaults of `kind` and `resource`
   * @param props.memoryGib GiB, as the driver shows it; bandwidths in GB/s (10^9 bytes); peak in 10^12 operations a second,
   *   dense; power in watts; `nicGbps` in Gbit/s, one direction
   * @returns a frozen row whose `source` is "given by the user"
   * @throws InvalidAcceleratorName, NotOneOf, NumberOutOfRange, MissingValue, InvalidMigProfile, InvalidDay,
   *   ContradictsCatalogue, TokenNotAllowed
   */
  of(props: AcceleratorProps): AcceleratorFacts {
    const problems = new Problems(`Accelerator.of("${shown(props?.name)}")`);
    requireObject(problems, "props", props, "facts of the accelerator, with its name and vendor");
    literalFacts(problems, props);
    const named = checkAcceleratorName(problems, "name", props.name);
    problems.oneOf("vendor", props.vendor, Object.keys(VENDORS));
    if (props.kind !== undefined) {
      problems.oneOf("kind", props.kind, KINDS);
    }
    if (props.resource !== undefined) {
      problems.oneOf("resource", props.resource, RESOURCES);
    }
    for (const property of ["memoryGib", "memoryBandwidthGBps", "powerWatts", "nicGbps"] as const) {
      positive(problems, property, props[property]);
    }
    checkPeak(problems, props.peakTflops);
    checkScaleUp(problems, props.scaleUp);
    checkMig(problems, props.migProfiles);
    if (props.gpuProduct !== undefined) {
      problems.required("gpuProduct", props.gpuProduct, "value of the label nvidia.com/gpu.product");
    }
    const known = named ? catalogue().acceleratorFacts(props.name) : undefined;
    const row = givenRow<AcceleratorFacts>(problems, props, VENDORS[props.vendor] ?? {}, known);
    problems.throwIfAny();
    return row;
  },
} as const;
