import type { NameRule, Problems } from "../../core/problems";
import { checkPinnedImage } from "../../kubernetes/image";

/** Within weights, or within a volume. */
export const PATH: NameRule = {
  pattern: /^(?!.*\.\.)[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/,
  maxLength: 300,
  form: "a relative path without ..",
};

/** An image that stays what it is. Adds MissingValue, ImageNotPinned. */
export function checkImage(problems: Problems, subject: string, image: string | undefined): void {
  if (problems.required(subject, image, "registry/name@sha256:…")) {
    checkPinnedImage(problems, subject, image!);
  }
}
