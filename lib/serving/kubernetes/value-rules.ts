import type { NameRule, Problems } from "../../core/problems";
import { KubernetesServingErrors } from "./errors";

const IMAGE =
  /^[a-z0-9]+([.-][a-z0-9]+)*(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[A-Za-z0-9._-]{1,128})?@sha256:[0-9a-f]{64}$/;

/** Within weights, or within a volume. */
export const PATH: NameRule = {
  pattern: /^(?!.*\.\.)[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/,
  maxLength: 300,
  form: "a relative path without ..",
};

/** An image that stays what it is. */
export function checkImage(problems: Problems, subject: string, image: string | undefined): void {
  if (
    problems.required(subject, image, "registry/name@sha256:…") &&
    problems.literal(subject, image, "registry/name@sha256:…") &&
    !IMAGE.test(image!)
  ) {
    problems.add(KubernetesServingErrors.ImageNotByDigest, {
      subject,
      given: image,
      allowed: "registry/name@sha256:…",
    });
  }
}
