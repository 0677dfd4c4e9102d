import type { AwsFacts } from "../../core/aws-facts";
import { awsPartition } from "../../core/aws-partitions";
import type { Problems } from "../../core/problems";
import { SageMakerErrors } from "./errors";

const ECR_IMAGE =
  /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?|amazonaws\.eu)\/([a-z0-9]+(?:[._/-][a-z0-9]+)*)@sha256:[0-9a-f]{64}$/;

/** An image of SageMaker must be of ECR, in the endpoint's region, by digest. */
export function checkEcrImage(problems: Problems, subject: string, image: string, region: string): void {
  const { dnsSuffix } = awsPartition(region);
  const allowed = `<12 digits>.dkr.ecr.${region}.${dnsSuffix}/<repository>@sha256:<64 hexadecimal digits>`;
  if (!problems.literal(subject, image, allowed)) {
    return;
  }
  const match = ECR_IMAGE.exec(image);
  if (match?.[2] !== region || match[3] !== dnsSuffix) {
    problems.add(SageMakerErrors.SageMakerImageForm, { subject, given: image, allowed });
  }
}

/** ARN of the repository of an image that was checked. */
export function repositoryArn(facts: AwsFacts, image: string): string {
  const [, account, region, , repository] = ECR_IMAGE.exec(image)!;
  return `arn:${facts.partition}:ecr:${region}:${account}:repository/${repository}`;
}
