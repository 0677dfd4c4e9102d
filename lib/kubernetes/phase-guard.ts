import {
  DefaultTokenResolver,
  StringConcat,
  TerraformDataSource,
  TerraformElement,
  TerraformLocal,
  TerraformModule,
  TerraformProvider,
  TerraformResource,
  TerraformStack,
  Tokenization,
} from "cdktf";
import { renderFinding } from "../core/errors";
import { apiGroup } from "./canonical-fields";
import { KubernetesErrors } from "./errors";
import { type InstalledComponent, installedComponents } from "./installed-component";
import { firstTime } from "./markers";

/** Providers whose configuration must be known when Terraform plans. */
const CLUSTER_PROVIDERS: ReadonlySet<string> = new Set(["kubernetes", "helm"]);
const RESOLVER = new DefaultTokenResolver(new StringConcat());
const REMOTE_STATE = "data.terraform_remote_state.";
const ADDRESS = /(?:data\.)?[a-z][a-z0-9_]*\.[A-Za-z_][A-Za-z0-9_-]*/g;

function elementsOf(stack: TerraformStack): readonly TerraformElement[] {
  return stack.node
    .findAll()
    .filter(TerraformElement.isTerraformElement)
    .filter((element) => TerraformStack.of(element) === stack);
}

function addressOf(element: TerraformElement): string | undefined {
  if (TerraformResource.isTerraformResource(element)) {
    return `${element.terraformResourceType}.${element.friendlyUniqueId}`;
  }
  if (TerraformDataSource.isTerraformDataSource(element)) {
    return `data.${element.terraformResourceType}.${element.friendlyUniqueId}`;
  }
  if (element instanceof TerraformModule) {
    return `module.${element.friendlyUniqueId}`;
  }
  return element instanceof TerraformLocal ? `local.${element.friendlyUniqueId}` : undefined;
}

/** Elements of a stack by address, looked up when the first is asked for. */
function addressBook(
  elements: readonly TerraformElement[],
): (address: string) => TerraformElement | undefined {
  let book: ReadonlyMap<string | undefined, TerraformElement> | undefined;
  return (address) => {
    book ??= new Map(elements.map((element) => [addressOf(element), element]));
    return book.get(address);
  };
}

/** Managed resources and modules that `element` is computed from, through data sources and locals as well. */
function originsOf(
  stack: TerraformStack,
  element: TerraformElement,
  find: (address: string) => TerraformElement | undefined,
  seen: Set<string>,
): readonly string[] {
  const text = JSON.stringify(
    Tokenization.resolve(element.toTerraform(), { scope: stack, resolver: RESOLVER }),
  );
  // The state of another stack comes from no resource of this one.
  const addresses = [...text.matchAll(ADDRESS)].filter(([address]) => !address.startsWith(REMOTE_STATE));
  return addresses.flatMap(([address]) => {
    const source = find(address);
    if (source === undefined || seen.has(address)) {
      return [];
    }
    seen.add(address);
    const passesOn = TerraformDataSource.isTerraformDataSource(source) || source instanceof TerraformLocal;
    return passesOn ? originsOf(stack, source, find, seen) : [address];
  });
}

function objectsOf(
  provider: TerraformProvider,
  elements: readonly TerraformElement[],
): readonly TerraformResource[] {
  return elements
    .filter(TerraformResource.isTerraformResource)
    .filter((resource) => resource.terraformResourceType.startsWith(`${provider.terraformResourceType}_`))
    .filter((resource) =>
      resource.provider ? resource.provider === provider : provider.alias === undefined,
    );
}

function objectsBesideTheirCluster(stack: TerraformStack): readonly string[] {
  const elements = elementsOf(stack);
  const find = addressBook(elements);
  return elements
    .filter(TerraformProvider.isTerraformProvider)
    .filter((provider) => CLUSTER_PROVIDERS.has(provider.terraformResourceType))
    .flatMap((provider) => {
      const [origin] = originsOf(stack, provider, find, new Set());
      const [first, ...others] = origin === undefined ? [] : objectsOf(provider, elements);
      return first === undefined
        ? []
        : [
            renderFinding({
              error: KubernetesErrors.KubernetesObjectBesideItsCluster,
              subject: [first, ...others].map((object) => object.node.path).join(", "),
              given: `provider ${provider.terraformResourceType} is configured from ${origin} of the same stack "${stack.node.path}"`,
              allowed: `a stack that is applied after the one with ${origin}`,
            }),
          ];
    });
}

function definingComponent(
  group: string,
  components: readonly InstalledComponent[],
): InstalledComponent | undefined {
  return components.find(({ facts, skipCrds }) => !skipCrds && facts.apiGroups?.includes(group));
}

function customResourcesBesideTheirOperator(stack: TerraformStack): readonly string[] {
  const components = installedComponents(stack).filter((installed) => installed.stack === stack);
  if (components.length === 0) {
    return [];
  }
  return elementsOf(stack)
    .filter(TerraformResource.isTerraformResource)
    .filter((resource) => resource.terraformResourceType === "kubernetes_manifest")
    .flatMap((resource) => {
      const { manifestInput } = resource as { manifestInput?: { apiVersion?: unknown; kind?: unknown } };
      const apiVersion = String(manifestInput?.apiVersion ?? "");
      const operator = definingComponent(apiGroup(apiVersion), components);
      return operator === undefined
        ? []
        : [
            renderFinding({
              error: KubernetesErrors.CustomResourceBesideItsOperator,
              subject: resource.node.path,
              given: `${apiVersion} ${manifestInput?.kind}, defined by ${operator.facts.name} (${operator.construct.node.path}) in the same stack "${stack.node.path}"`,
              allowed: `a stack that is applied after "${stack.node.path}"`,
            }),
          ];
    });
}

/**
 * Makes synth fail if Terraform could not plan this stack on an empty account: Kubernetes objects whose provider is
 * configured from a resource of the same stack, or custom resources whose definitions a chart of the same stack
 * installs. `CustomResource`, `HelmComponent` and `attachCluster` call it by themselves; call it for stacks that
 * hold plain provider resources only. Calling it again changes nothing.
 *
 * What it cannot see: a kubeconfig file that something else writes, and definitions of charts whose `apiGroups` are
 * not told.
 */
export function guardPhases(stack: TerraformStack): void {
  if (firstTime(stack, "phase-guard")) {
    stack.node.addValidation({
      validate: () => [...objectsBesideTheirCluster(stack), ...customResourcesBesideTheirOperator(stack)],
    });
  }
}
