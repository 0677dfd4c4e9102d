import { awsMachineFacts } from "../../catalog/aws-machines";
import type { AwsMachineFacts } from "../../catalog/facts";
import type { Problems } from "../../core/problems";
import { SageMakerErrors } from "./errors";

/**
 * Instance types with GPUs on which SageMaker hosts models, without `ml.`. All have disks of their own, which encrypt
 * themselves. Those with Inferentia and Trainium are left out: their engines count in cores, and compile for them.
 *
 * Source: enumeration ProductionVariantInstanceType of the SDK in hashicorp/aws 5.100.0; read 2026-11-24
 */
const HOSTED: ReadonlySet<string> = new Set(
  `
  g4dn.xlarge g4dn.2xlarge g4dn.4xlarge g4dn.8xlarge g4dn.12xlarge g4dn.16xlarge
  g5.xlarge g5.2xlarge g5.4xlarge g5.8xlarge g5.12xlarge g5.16xlarge g5.24xlarge g5.48xlarge
  g6.xlarge g6.2xlarge g6.4xlarge g6.8xlarge g6.12xlarge g6.16xlarge g6.24xlarge g6.48xlarge
  g6e.xlarge g6e.2xlarge g6e.4xlarge g6e.8xlarge g6e.12xlarge g6e.16xlarge g6e.24xlarge g6e.48xlarge
  gr6.4xlarge gr6.8xlarge
  p3dn.24xlarge p4d.24xlarge p4de.24xlarge p5.48xlarge p5e.48xlarge p5en.48xlarge p6-b200.48xlarge
  `
    .trim()
    .split(/\s+/),
);

/** Facts of an instance type of SageMaker, or what is wrong with it. */
export function hostedMachine(
  problems: Problems,
  subject: string,
  instanceType: string,
): AwsMachineFacts | undefined {
  const allowed = "an instance type such as ml.g6e.12xlarge";
  if (!problems.literal(subject, instanceType, allowed)) {
    return undefined;
  }
  const name = String(instanceType).replace(/^ml\./, "");
  const machine = awsMachineFacts(name);
  if (!String(instanceType).startsWith("ml.") || !HOSTED.has(name) || machine?.accelerator === undefined) {
    problems.add(SageMakerErrors.SageMakerMachineUnknown, {
      subject,
      given: instanceType,
      allowed: `ml. and one of: ${[...HOSTED].join(", ")}`,
    });
    return undefined;
  }
  return machine;
}
