import type { Site } from "../lib/fabric/site";
import type { SageMakerEndpointProps } from "../lib/serving/aws/props";
import type { VertexEndpointProps } from "../lib/serving/google/props";
import type { KubernetesModelEndpointProps, KubernetesVariantProps } from "../lib/serving/kubernetes/props";
import type { IModelEndpoint, TrafficClass } from "../lib/serving/serving";
import type { EndpointPlanProps } from "../lib/serving/sizing/types";
import type { PlatformParts } from "./platform-parts";

/** A variant in the cluster of a site. Its accelerators are those of its pool, and how many it needs is computed. */
export interface PlatformVariant extends Omit<KubernetesVariantProps, "plan"> {
  /** Names of the classes that it is sized for. @default - all of the endpoint */
  readonly sizedFor?: readonly string[];
  /** Choices of the capacity model. @default - see `EndpointPlanProps` */
  readonly sizing?: Omit<EndpointPlanProps, "model" | "classes" | "accelerator" | "acceleratorsPerNode">;
}

/** In the platform's cluster at the site, of whatever kind the site is. */
export interface EndpointInCluster
  extends Omit<KubernetesModelEndpointProps, "cluster" | "namePrefix" | "name" | "classes" | "variants"> {
  readonly in: "cluster";
  readonly variants: readonly PlatformVariant[];
  /** The cluster has what the endpoint needs, though this platform installs it not. @default false */
  readonly operatorsInstalled?: boolean;
}

/** At an AWS site. */
export interface EndpointInSageMaker
  extends Omit<SageMakerEndpointProps, "site" | "namePrefix" | "endpointName" | "classes"> {
  readonly in: "sagemaker";
}

/** At a Google site. */
export interface EndpointInVertex
  extends Omit<VertexEndpointProps, "site" | "namePrefix" | "endpointName" | "classes"> {
  readonly in: "vertex";
}

/** What an endpoint is given wherever it is. */
export interface EndpointAtAnySite {
  readonly site: Site;
  readonly namePrefix: string;
  readonly classes: readonly TrafficClass[];
}

export type EndpointAtSite = EndpointInCluster | EndpointInSageMaker | EndpointInVertex;

/** A model that answers requests at one or more sites of a platform. */
export interface PlatformEndpointProps {
  /** What its requests are promised, at each of the sites. */
  readonly classes: readonly TrafficClass[];
  /** What runs it, by name of the site. */
  readonly at: Readonly<Record<string, EndpointAtSite>>;
}

/** A model endpoint at the sites of a platform. */
export type PlatformEndpoint = PlatformParts<IModelEndpoint>;
