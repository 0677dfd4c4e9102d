import { TerraformResource, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { renderFinding } from "../../core/errors";
import { StreamingErrors } from "../errors";

/** Kinds that scale what their `scaleTargetRef` names. */
const SCALERS: ReadonlySet<string> = new Set(["HorizontalPodAutoscaler", "ScaledObject"]);

interface Manifest {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly spec?: { readonly scaleTargetRef?: { readonly name?: string } };
}

/**
 * Refuses, when the app is synthesized, objects of the stack by which KEDA or Kubernetes would scale what has a controller
 * already.
 *
 * @param owner who scales it, for the message
 * @param targets names of the objects that are scaled
 */
export function refuseOtherScalers(
  scope: Construct,
  owner: string,
  namespace: string,
  targets: readonly string[],
): void {
  scope.node.addValidation({
    validate: () =>
      TerraformStack.of(scope)
        .node.findAll()
        .filter((node) => TerraformResource.isTerraformResource(node))
        .map((node) => [node.node.path, manifestOf(node)] as const)
        .filter(([, manifest]) => scales(manifest, namespace, targets))
        .map(([path, manifest]) =>
          renderFinding({
            error: StreamingErrors.TwoScalers,
            subject: `${manifest!.kind} "${manifest!.metadata?.name}" (${path})`,
            given: manifest!.spec?.scaleTargetRef?.name,
            allowed: `nothing that ${owner} scales: ${targets.join(", ")}`,
          }),
        ),
  });
}

function manifestOf(node: object): Manifest | undefined {
  return "manifestInput" in node ? ((node.manifestInput as Manifest | undefined) ?? undefined) : undefined;
}

function scales(manifest: Manifest | undefined, namespace: string, targets: readonly string[]): boolean {
  const target = manifest?.spec?.scaleTargetRef?.name;
  return (
    SCALERS.has(manifest?.kind ?? "") &&
    target !== undefined &&
    targets.includes(target) &&
    (manifest?.metadata?.namespace ?? namespace) === namespace
  );
}
