import { CoreErrors } from "../core/errors";
import { type NameRule, Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { PoolErrors } from "./pool-errors";
import { checkObject } from "./untyped";

/** Bought by the hour, kept as long as one likes. */
export interface OnDemandCapacity {
  readonly kind: "onDemand";
}

/** Cheaper, taken back at short notice. */
export interface SpotCapacity {
  readonly kind: "spot";
}

/** An AWS On-Demand Capacity Reservation: one by id, or a group of them by ARN. */
export interface AwsReservation {
  /** `cr-…`. May be a token. */
  readonly id?: string;
  /** ARN of a resource group of reservations. May be a token. */
  readonly resourceGroupArn?: string;
  /**
   * Availability zone in which it is: that of the pool at AWS, which then needs no `zones`. Literal.
   * @default - `zones` of the pool
   */
  readonly zone?: string;
}

/** A reservation of Compute Engine, or a block of one. */
export interface GoogleReservation {
  readonly name: string;
  /** Project that owns it, also as `example.com:project`. @default - the site's project */
  readonly project?: string;
  /**
   * Zone in which it is: that of the pool at Google, which then needs no `zones`. Literal.
   * @default - `zones` of the pool
   */
  readonly zone?: string;
  /** Needs `zone`, or `zones` of the pool. @default - any block */
  readonly block?: string;
  /** Needs `block`. @default - any sub-block */
  readonly subBlock?: string;
}

/** Paid for in advance or by contract; the pool takes nothing else. */
export interface ReservationCapacity {
  readonly kind: "reservation";
  readonly aws?: AwsReservation;
  readonly google?: GoogleReservation;
  /** Instances that a contract with CoreWeave reserves. */
  readonly coreWeave?: true;
  /** Machines of one's own, in a hall or at the edge. */
  readonly owned?: true;
}

/** An EC2 Capacity Block: GPUs for some days from a fixed start, paid upfront. */
export interface CapacityBlockCapacity {
  readonly kind: "capacityBlock";
  readonly aws: {
    /** `cr-…` of a block that was bought. May be a token. */
    readonly reservationId: string;
  };
}

/** Dynamic Workload Scheduler on Google: capacity for at most some days, had when it is free. */
export interface FlexStartCapacity {
  readonly kind: "flexStart";
  /** Days after which nodes are taken away, 1 to 7. */
  readonly maxRunDays: number;
}

/** Nodes of a gang are asked for all at once (ProvisioningRequest), and come when all are there. */
export interface QueuedCapacity {
  readonly kind: "queued";
  /** Days after which nodes are taken away, 1 to 7. */
  readonly maxRunDays: number;
}

/** How the nodes of a pool are acquired. A plain, frozen value. */
export type Capacity =
  | OnDemandCapacity
  | SpotCapacity
  | ReservationCapacity
  | CapacityBlockCapacity
  | FlexStartCapacity
  | QueuedCapacity;

export type CapacityKind = Capacity["kind"];

const KINDS: readonly CapacityKind[] = [
  "onDemand",
  "spot",
  "reservation",
  "capacityBlock",
  "flexStart",
  "queued",
];

const RUN_DAYS = { min: 1, max: 7 };

/** Source: https://cloud.google.com/compute/docs/naming-resources (read 2026-11-24) */
const RESOURCE_NAME: NameRule = {
  pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
  maxLength: 63,
  form: "1 to 63 lower-case letters, digits and hyphens, starting with a letter, not ending with a hyphen",
};

/**
 * Projects of a domain have it before a colon.
 * Source: pattern of `project` in the discovery document of Compute Engine,
 * https://www.googleapis.com/discovery/v1/apis/compute/v1/rest (read 2026-11-24)
 */
const PROJECT: NameRule = {
  pattern: /^([a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*\.[a-z][a-z0-9-]{0,62}:)?[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
  maxLength: 317,
  form: "the id of a project, such as acme-ai or example.com:acme-ai",
};

/** Zones of all providers; whether the site has it is told by the cluster. */
const ZONE: NameRule = {
  pattern: /^[a-z]+(-[a-z0-9]+)+$/,
  maxLength: 40,
  form: "the name of a zone, such as us-east-2a or europe-west4-b",
};

const RESERVATION_ID: NameRule = {
  pattern: /^cr-[0-9a-f]{8,17}$/,
  maxLength: 20,
  form: "cr- and 8 to 17 hexadecimal digits",
};

function checkReservationId(problems: Problems, subject: string, id: string): void {
  if (!isToken(id)) {
    problems.name(subject, id, RESERVATION_ID);
  }
}

function checkAwsReservation(problems: Problems, { id, resourceGroupArn, zone }: AwsReservation): void {
  const allowed = "exactly one of id and resourceGroupArn";
  if (zone !== undefined) {
    problems.name("aws.zone", zone, ZONE);
  }
  if (id !== undefined && resourceGroupArn !== undefined) {
    problems.add(CoreErrors.NoEffect, { subject: "aws.id", given: id, allowed });
  } else if (id !== undefined) {
    checkReservationId(problems, "aws.id", id);
  } else if (problems.required("aws", resourceGroupArn, allowed)) {
    problems.arn("aws.resourceGroupArn", resourceGroupArn!, "resource-groups");
  }
}

const GOOGLE_RULES: Readonly<Record<keyof GoogleReservation, NameRule>> = {
  name: RESOURCE_NAME,
  project: PROJECT,
  zone: ZONE,
  block: RESOURCE_NAME,
  subBlock: RESOURCE_NAME,
};

function checkGoogleReservation(problems: Problems, google: GoogleReservation): void {
  for (const key of Object.keys(GOOGLE_RULES) as (keyof GoogleReservation)[]) {
    const value = google[key];
    if (value !== undefined) {
      problems.name(`google.${key}`, value, GOOGLE_RULES[key]);
    }
  }
  problems.required("google.name", google.name, "the name of a reservation");
  if (google.subBlock !== undefined) {
    problems.required("google.block", google.block, "the block of the sub-block");
  }
}

function withRunDays<K extends "flexStart" | "queued">(kind: K, maxRunDays: number) {
  const problems = new Problems(`Capacity.${kind}`);
  problems.literalInteger("maxRunDays", maxRunDays, RUN_DAYS);
  problems.throwIfAny();
  return Object.freeze({ kind, maxRunDays });
}

export const Capacity = {
  /** Bought by the hour. On-prem and at the edge: the machines that are there. */
  onDemand(): OnDemandCapacity {
    return Object.freeze({ kind: "onDemand" });
  },

  /** Spare capacity, taken back at short notice. */
  spot(): SpotCapacity {
    return Object.freeze({ kind: "spot" });
  },

  /**
   * What is paid for already. Name it for each kind of site where the pool may be: a site takes its own, and refuses a
   * pool that names none for it.
   *
   * @param props.coreWeave `true`: instances that a contract reserves. CoreWeave gives them to the same NodePools as
   *   instances on demand, without a name. @default - none at CoreWeave
   * @param props.owned `true`: the machines that are there, at a site on-prem or at the edge. @default - none there
   * @throws MissingValue, NotOneOf, NoEffect, InvalidName, InvalidArn, TokenNotAllowed
   */
  reservation(props: {
    readonly aws?: AwsReservation;
    readonly google?: GoogleReservation;
    readonly coreWeave?: true;
    readonly owned?: true;
  }): ReservationCapacity {
    const problems = new Problems("Capacity.reservation");
    const { aws, google, coreWeave, owned } = props ?? {};
    const any = aws ?? google ?? coreWeave ?? owned;
    problems.required(
      "aws, google, coreWeave or owned",
      any,
      "what is reserved, for one kind of site or more",
    );
    if (aws !== undefined && checkObject(problems, "aws", aws, "{ id } or { resourceGroupArn }")) {
      checkAwsReservation(problems, aws);
    }
    if (google !== undefined && checkObject(problems, "google", google, "{ name }")) {
      checkGoogleReservation(problems, google);
    }
    for (const [subject, value] of Object.entries({ coreWeave, owned })) {
      if (value !== undefined && value !== true) {
        problems.add(CoreErrors.NotOneOf, { subject, given: value, allowed: "true, or nothing" });
      }
    }
    problems.throwIfAny();
    return Object.freeze({
      kind: "reservation",
      ...(aws ? { aws: Object.freeze({ ...aws }) } : {}),
      ...(google ? { google: Object.freeze({ ...google }) } : {}),
      ...(coreWeave ? { coreWeave } : {}),
      ...(owned ? { owned } : {}),
    });
  },

  /**
   * An EC2 Capacity Block. Only at AWS sites.
   *
   * @throws MissingValue, InvalidName
   */
  capacityBlock(props: { readonly aws: { readonly reservationId: string } }): CapacityBlockCapacity {
    const problems = new Problems("Capacity.capacityBlock");
    if (problems.required("aws.reservationId", props?.aws?.reservationId, "cr-…, the id of a block")) {
      checkReservationId(problems, "aws.reservationId", props.aws.reservationId);
    }
    problems.throwIfAny();
    return Object.freeze({ kind: "capacityBlock", aws: Object.freeze({ ...props.aws }) });
  },

  /**
   * Flex-start of Google's Dynamic Workload Scheduler. Only at Google sites.
   *
   * @param props.maxRunDays 1 to 7
   * @throws NumberOutOfRange, TokenNotAllowed
   */
  flexStart(props: { readonly maxRunDays: number }): FlexStartCapacity {
    return withRunDays("flexStart", props?.maxRunDays);
  },

  /**
   * Queued provisioning: all nodes of a gang at once, by a ProvisioningRequest that Kueue makes. Only at Google sites.
   *
   * @param props.maxRunDays 1 to 7
   * @throws NumberOutOfRange, TokenNotAllowed
   */
  queued(props: { readonly maxRunDays: number }): QueuedCapacity {
    return withRunDays("queued", props?.maxRunDays);
  },
} as const;

/** Capacities are plain values, which may be written by hand: throws what making them throws. */
function requireFacts(capacity: Capacity): void {
  switch (capacity.kind) {
    case "reservation":
      Capacity.reservation(capacity);
      break;
    case "capacityBlock":
      Capacity.capacityBlock(capacity);
      break;
    case "flexStart":
    case "queued":
      Capacity[capacity.kind](capacity);
      break;
    default:
  }
}

/**
 * The order in which kinds of capacity are tried, as a list.
 *
 * Each kind once; on demand, which is always to be had as far as a program can tell, only at the end.
 */
export function capacityOrder(
  problems: Problems,
  given: Capacity | readonly Capacity[] | undefined,
): readonly Capacity[] {
  const order =
    given === undefined ? [Capacity.onDemand()] : Array.isArray(given) ? given : [given as Capacity];
  // Programs run without type checks: a text or a function in place of what Capacity makes has no kind.
  if (!order.every((each) => KINDS.includes(each?.kind))) {
    problems.add(CoreErrors.NotOneOf, {
      subject: "capacity",
      given: Array.isArray(given) ? order.map((each) => each ?? null) : given,
      allowed: `values of ${KINDS.map((kind) => `Capacity.${kind}`).join(", ")}`,
    });
    return [Capacity.onDemand()];
  }
  order.forEach(requireFacts);
  const kinds = order.map(({ kind }) => kind);
  const misplaced = kinds.slice(0, -1).includes("onDemand");
  if (order.length === 0 || misplaced || new Set(kinds).size !== kinds.length) {
    problems.add(PoolErrors.CapacityOrderInvalid, {
      subject: "capacity",
      given: kinds,
      allowed: "one capacity, or several of different kinds with onDemand last",
    });
  }
  return order;
}
