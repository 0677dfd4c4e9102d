import type { RemovalPolicy } from "../../core/removal-policy";
import type { GoogleSite } from "../../fabric/site";
import type { Parallelism, ServedModel, TrafficClass } from "../serving";

/**
 * How the model comes onto the endpoint. `model-garden`: Terraform deploys a public model of a hub, endpoint and all.
 * `commands`: Terraform makes the endpoint, the account and its rights; the provider has no resource that deploys a model of
 * one's own, so the commands that do are an output, to be run once after each change.
 */
export type VertexDeployment =
  | {
      readonly kind: "model-garden";
      /** Whether you accept the licence of the model. Required to be true where it has one. @default false */
      readonly acceptEula?: boolean;
      /** Machines that Google may take away. @default false */
      readonly spot?: boolean;
    }
  | { readonly kind: "commands" };

/** A sample of requests and answers, as rows of BigQuery. */
export interface VertexRequestLog {
  /** `bq://project.dataset.table`: the dataset must exist, the table must not. */
  readonly table: string;
  /** Share of requests, in whole percent, 1 to 100. */
  readonly samplePercent: number;
  /** Required to be true unless the endpoint says `pii: false`. @default false */
  readonly includePii?: boolean;
}

/** Private Service Connect. */
export interface VertexPrivateAccess {
  /** Projects that may reach it. */
  readonly projects: readonly string[];
  /**
   * By which clients reach it: the address of a forwarding rule to the service attachment of the endpoint, or a name for it. The
   * attachment is there once a model is deployed, so the rule cannot be made here. May be a token.
   */
  readonly host: string;
}

/** A model endpoint of Vertex AI. */
export interface VertexEndpointProps {
  readonly site: GoogleSite;
  /** Start of all names. */
  readonly namePrefix: string;
  /** After the prefix. */
  readonly endpointName: string;
  readonly model: ServedModel;
  /** Image of vLLM by digest: `<host>/<path>@sha256:…`; its OpenAI server is started by the library. Literal. */
  readonly image: string;
  /** Requests that it is made for. */
  readonly classes: readonly TrafficClass[];
  /** For example `g2-standard-12`. */
  readonly machineType: string;
  /** How the model is divided among the accelerators of a machine. @default - all of them by tensor parallelism */
  readonly parallelism?: Partial<Parallelism>;
  /** Machines at least, 1 or more. @default - what the traffic needs by the capacity model */
  readonly minReplicas?: number;
  /** Machines at most. @default - `minReplicas` */
  readonly maxReplicas?: number;
  /** Busy time of accelerators, in percent, at which a machine is added. Refused unless there may be more. @default 60 */
  readonly targetDutyCyclePercent?: number;
  readonly deployment: VertexDeployment;
  /** List price of one machine on Vertex AI: such prices are not in the catalogue. @default - the cost is not told */
  readonly usdPerMachineHour?: number;
  /** Whether requests and answers may hold personal data. @default true */
  readonly pii?: boolean;
  /** Only with `commands`. @default - nothing is logged */
  readonly requestLog?: VertexRequestLog;
  /** Full name of a key in the region that encrypts endpoint and model. May be a token. Only with `commands`. @default - a key of its own */
  readonly kmsKey?: string;
  /** Reached by Private Service Connect only. Only with `commands`. @default - by a name of its own, with IAM */
  readonly privateAccess?: VertexPrivateAccess;
  /** Turn on the APIs that are called. @default true */
  readonly enableServices?: boolean;
  /** @default "retain" */
  readonly removalPolicy?: RemovalPolicy;
}
