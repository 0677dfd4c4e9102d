import type { Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { KubernetesErrors } from "./errors";

const DIGEST = /^[^\s@]+@sha256:[0-9a-f]{64}$/;

/** Adds ImageNotPinned unless the image is named by its digest. Tokens pass. */
export function checkPinnedImage(problems: Problems, subject: string, image: string): void {
  if (!isToken(image) && !DIGEST.test(image ?? "")) {
    problems.add(KubernetesErrors.ImageNotPinned, {
      subject,
      given: image,
      allowed: "registry/name@sha256:<64 hexadecimal digits>",
    });
  }
}
