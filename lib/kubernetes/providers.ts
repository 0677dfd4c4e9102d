import { HelmProvider, type HelmProviderKubernetes } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { Fn, type TerraformStack } from "cdktf";
import { escapeTemplate } from "../core/escape";
import { Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { SiteErrors } from "../fabric/errors";
import type { ClusterAccess } from "./cluster-access";
import { KubernetesErrors } from "./errors";
import { recordCluster } from "./installed-component";
import { guardPhases } from "./phase-guard";

const EXEC_API = "client.authentication.k8s.io/v1beta1";
const ABSOLUTE = /^([/\\]|[A-Za-z]:)/;

function identityOf(access: ClusterAccess): string | undefined {
  const parts =
    access.kind === "kubeconfig"
      ? [access.path ?? "", access.context]
      : access.kind === "eks"
        ? [access.region, access.clusterName]
        : [access.project, access.location, access.clusterName];
  return isToken(parts) ? undefined : JSON.stringify([access.kind, ...parts]);
}

function checkAccess(problems: Problems, access: ClusterAccess): void {
  for (const [key, value] of Object.entries(access)) {
    if (value !== undefined) {
      problems.required(key, value, "a text that is not empty");
    }
  }
  if (access.kind !== "kubeconfig") {
    return;
  }
  problems.literal("context", access.context, "the name of a kubeconfig context");
  if (access.path !== undefined && problems.literal("path", access.path) && ABSOLUTE.test(access.path)) {
    problems.add(SiteErrors.AbsoluteKubeconfigPath, {
      subject: "path",
      given: access.path,
      allowed: "a path that starts with ~/ or is relative",
    });
  }
}

function connection(access: ClusterAccess): HelmProviderKubernetes {
  switch (access.kind) {
    case "kubeconfig":
      return {
        configPath: escapeTemplate(access.path ?? "~/.kube/config"),
        configContext: escapeTemplate(access.context),
      };
    case "eks":
      return {
        host: access.endpoint,
        clusterCaCertificate: Fn.base64decode(access.caCertificate),
        exec: {
          apiVersion: EXEC_API,
          command: "aws",
          args: [
            "eks",
            "get-token",
            "--cluster-name",
            access.clusterName,
            "--region",
            access.region,
            "--output",
            "json",
          ],
        },
      };
    case "gke":
      return {
        host: `https://${access.endpoint}`,
        ...(access.caCertificate === undefined
          ? {}
          : { clusterCaCertificate: Fn.base64decode(access.caCertificate) }),
        exec: {
          apiVersion: EXEC_API,
          command: "gke-gcloud-auth-plugin",
        },
      };
  }
}

/**
 * Gives a stack its Kubernetes and Helm providers, for one cluster. No token or certificate key is written: with
 * EKS and GKE an exec plugin asks for a token in each run (`aws` or `gke-gcloud-auth-plugin` must be installed where
 * Terraform runs), otherwise the kubeconfig's own user is used.
 *
 * The cluster must exist when Terraform plans: it belongs to an earlier stack.
 *
 * @throws ClusterAlreadyAttached, MissingValue, TokenNotAllowed, AbsoluteKubeconfigPath; at synth
 *   KubernetesObjectBesideItsCluster
 */
export function attachCluster(
  stack: TerraformStack,
  access: ClusterAccess,
): { readonly kubernetes: KubernetesProvider; readonly helm: HelmProvider } {
  const problems = new Problems(stack.node.path);
  for (const id of ["kubernetes", "helm"]) {
    if (stack.node.tryFindChild(id)) {
      problems.add(KubernetesErrors.ClusterAlreadyAttached, {
        subject: "attachCluster",
        given: access.kind,
        allowed: "one cluster per stack",
      });
    }
  }
  checkAccess(problems, access);
  problems.throwIfAny();
  const { exec, ...rest } = connection(access);
  const kubernetes = new KubernetesProvider(stack, "kubernetes", {
    ...rest,
    exec: exec ? [exec] : undefined,
  });
  const helm = new HelmProvider(stack, "helm", { kubernetes: { ...rest, exec } });
  if (access.kind === "gke") {
    // As constructor arguments the names of environment variables would be turned to snake case.
    kubernetes.addOverride("exec.0.env", { CLOUDSDK_CORE_PROJECT: access.project });
    helm.addOverride("kubernetes.exec.env", { CLOUDSDK_CORE_PROJECT: access.project });
  }
  const identity = identityOf(access);
  if (identity !== undefined) {
    recordCluster(stack, identity);
  }
  guardPhases(stack);
  return { kubernetes, helm };
}
