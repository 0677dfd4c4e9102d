import type { EndpointBackend, OtherGatewayBackend, ProviderBackend } from "../lib/gateway/backends";
import type { KubernetesAiGateway } from "../lib/gateway/kubernetes/gateway";
import type { AiGatewayOperatorsProps } from "../lib/gateway/kubernetes/operators";
import type { KubernetesAiGatewayProps } from "../lib/gateway/kubernetes/props";
import type { PlatformEndpoint } from "./endpoint-props";

/** A variant of an endpoint of the platform. */
export interface PlatformEndpointBackend extends Pick<EndpointBackend, "kind" | "name" | "apiKeySecret"> {
  readonly endpoint: PlatformEndpoint;
  /** @default - the first */
  readonly variant?: string;
  /** Name of the site whose part is meant. @default - the gateway's own */
  readonly site?: string;
}

/** A gateway of a platform, and where it is. */
export interface PlatformGateway {
  readonly name: string;
  readonly site: string;
  readonly gateway: KubernetesAiGateway;
}

/** The gateway of another site of the platform: what is known of it is not asked again. */
export interface PlatformGatewayBackend
  extends Pick<OtherGatewayBackend, "kind" | "name" | "className" | "apiKeySecret" | "usdPerMillionTokens"> {
  readonly gateway: PlatformGateway;
}

export type PlatformBackend = PlatformEndpointBackend | PlatformGatewayBackend | ProviderBackend;

/** One front for models, in the cluster of one site. */
export interface PlatformGatewayProps
  extends Omit<
    KubernetesAiGatewayProps,
    "site" | "namePrefix" | "gatewayName" | "backends" | "limiter" | "ownToolSessionSeed"
  > {
  /** Name of the site: it is a Kubernetes site, or has a cluster of the platform. */
  readonly at: string;
  readonly backends: readonly PlatformBackend[];
  /** Envoy Gateway and Envoy AI Gateway, with their limiter. @default - without limiter */
  readonly operators?: AiGatewayOperatorsProps;
  /**
   * Both are in the cluster, though this gateway installs them not: whether with a limiter, and with a seed of their own for
   * sessions of tools (`toolSessionSecret`). Not with `operators`.
   */
  readonly installed?: { readonly limiter: boolean; readonly ownToolSessionSeed?: boolean };
}
