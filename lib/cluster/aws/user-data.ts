import { stableJson } from "../../core/json";

const BOUNDARY = "NODECONFIG";

/** Settings of nodeadm, which joins AL2023 nodes to their cluster. */
export interface NodeSettings {
  /** Local NVMe becomes the disk of containers and of `emptyDir` volumes. */
  readonly localStorage: boolean;
  /** @default - nodeadm's own calculation */
  readonly maxPods?: number;
}

/**
 * User data of a launch template in base64, undefined if there is nothing to say. EKS adds a part with the cluster's
 * facts to a multipart message; nodeadm merges the parts.
 *
 * Source: https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/ (read 2026-11-24)
 */
export function nodeUserData({ localStorage, maxPods }: NodeSettings): string | undefined {
  const spec = {
    ...(localStorage ? { instance: { localStorage: { strategy: "RAID0" } } } : {}),
    ...(maxPods === undefined ? {} : { kubelet: { config: { maxPods } } }),
  };
  if (Object.keys(spec).length === 0) {
    return undefined;
  }
  // JSON is YAML, and needs no template.
  const config = stableJson({ apiVersion: "node.eks.aws/v1alpha1", kind: "NodeConfig", spec }, 2);
  const message = [
    "MIME-Version: 1.0",
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
    "",
    `--${BOUNDARY}`,
    "Content-Type: application/node.eks.aws",
    "",
    config,
    `--${BOUNDARY}--`,
    "",
  ].join("\n");
  return Buffer.from(message).toString("base64");
}
