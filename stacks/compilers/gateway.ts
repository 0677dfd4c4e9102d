import { TerraformStack } from "cdktf";
import { CoreErrors } from "../../lib/core/errors";
import { resourceName } from "../../lib/core/naming";
import type { Problems } from "../../lib/core/problems";
import { contextOf, countriesOf, type GatewayBackend } from "../../lib/gateway/backends";
import { KubernetesAiGateway } from "../../lib/gateway/kubernetes/gateway";
import { AiGatewayOperators } from "../../lib/gateway/kubernetes/operators";
import { countriesOfClass } from "../../lib/gateway/planned";
import { COMPONENTS } from "../../lib/kubernetes/components";
import type { EndpointAccess, IModelEndpoint } from "../../lib/serving/serving";
import { carryDeep, outputName } from "../cross-stack";
import { StackErrors } from "../errors";
import type { PlatformBackend, PlatformGatewayBackend, PlatformGatewayProps } from "../gateway-props";
import type { PlatformContext } from "../platform-context";
import type { SiteStack } from "../site-stack";
import { isInstalled } from "./installed";

const PREFIX_LENGTH = 32;

/** What a gateway of the platform is to another one: what its plan says, and the worst of it. */
function behind({ gateway: { gateway, name }, ...rest }: PlatformGatewayBackend): GatewayBackend {
  const { plan } = gateway;
  // Prompts are read where the gateway is, and worked on where its backends are.
  const processesIn = sorted([gateway.site.country, ...plan.backends.flatMap((each) => countriesOf(each))]);
  const byClass = plan.classes.map(
    (each) => [each.name, sorted([gateway.site.country, ...countriesOfClass(plan, each)])] as const,
  );
  const differ = byClass.some(([, countries]) => countries.length < processesIn.length);
  return {
    ...rest,
    gateway: name,
    access: gateway.access(),
    processesIn,
    ...(differ ? { processesInByClass: Object.fromEntries(byClass) } : {}),
    amplification: Math.max(...plan.classes.map(({ retries }) => retries.amplification)),
    sendsTo: plan.sendsTo,
    contextTokens: Math.min(...plan.backends.map(contextOf)),
  };
}

const sorted = (countries: readonly string[]) => [...new Set(countries)].sort();

/** Names and hosts of another stack, readable in the gateway's. */
function accessOf(
  consumer: SiteStack,
  id: string,
  endpoint: IModelEndpoint,
  variant?: string,
): EndpointAccess {
  const access = endpoint.access(variant);
  const producer = TerraformStack.of(endpoint) as SiteStack;
  return producer === consumer
    ? access
    : {
        ...access,
        reach: carryDeep(
          consumer,
          producer,
          outputName(`${id}_${access.endpoint}_${access.variant}`),
          access.reach,
        ),
      };
}

/** Adds BackendOfOtherSite. */
function backendOf(
  problems: Problems,
  consumer: SiteStack,
  id: string,
  at: string,
  backend: PlatformBackend,
): readonly GatewayBackend[] {
  if (backend.kind === "provider") {
    return [backend];
  }
  if (backend.kind === "gateway") {
    return [behind(backend)];
  }
  const { endpoint, variant, site = at, ...rest } = backend;
  const access = accessOf(consumer, id, endpoint.at(site), variant);
  if (site !== at && access.reach.kind !== "https") {
    problems.add(StackErrors.BackendOfOtherSite, {
      subject: `backend "${backend.name}"`,
      given: `endpoint "${endpoint.name}" in the cluster of site "${site}"`,
      allowed: `endpoints of site "${at}", those reached by https, and gateways of other sites`,
    });
  }
  return [{ ...rest, access }];
}

/** Envoy's two gateways in the platform stack, ours in the workloads stack. */
export function compile(
  problems: Problems,
  platform: PlatformContext,
  id: string,
  { at, backends, operators, installed, ...options }: PlatformGatewayProps,
): KubernetesAiGateway {
  const site = platform.site(at);
  const first = platform.stack(at, "platform");
  const workloads = platform.stack(at, "workloads");
  const there = isInstalled(first, COMPONENTS.envoyAiGateway);
  if (operators !== undefined && (installed !== undefined || there)) {
    problems.add(CoreErrors.NoEffect, {
      subject: "operators",
      given: "operators",
      allowed:
        installed === undefined
          ? "nothing: those of another gateway of the site are there, whose limiter is told by `installed`"
          : "nothing, with `installed`",
    });
  }
  const known = backends.flatMap((backend) => backendOf(problems, workloads, id, at, backend));
  problems.throwIfAny();
  if (installed === undefined && !there) {
    new AiGatewayOperators(first, `${id}-operators`, {
      ...operators,
      certManager: operators?.certManager ?? !isInstalled(first, COMPONENTS.certManager),
    });
  }
  return new KubernetesAiGateway(workloads, id, {
    ...options,
    site,
    namePrefix: resourceName([platform.name, platform.environment, id], { maxLength: PREFIX_LENGTH }),
    gatewayName: id,
    backends: known,
    limiter: installed?.limiter ?? operators?.limiter !== undefined,
    ownToolSessionSeed:
      options.tools && (installed?.ownToolSessionSeed ?? operators?.toolSessionSecret !== undefined),
  });
}
