import type { IConstruct } from "constructs";
import { type Finding, renderFinding } from "../../core/errors";
import { mark, marked } from "../../kubernetes/markers";
import { countriesOf, type OtherGatewayBackend } from "../backends";
import { GatewayErrors } from "../errors";
import { loopThrough } from "../loops";
import { countriesOfClass, type RoutePlan, usesBackend } from "../planned";

const PLAN = "ai-gateway-plan";

/** What a gateway really does with a class. */
interface ClassFacts {
  readonly amplification: number;
  readonly countries: readonly string[];
}

interface GatewayFacts {
  readonly gateway: string;
  readonly sendsTo: readonly string[];
  readonly classes: Readonly<Record<string, ClassFacts>>;
}

/**
 * Holds what gateways of one app say of each other against what they do: no circle, no more calls, no other countries. A
 * gateway of another app is taken at its word.
 */
export function guardNeighbours(construct: IConstruct, plan: RoutePlan, country: string): void {
  mark(construct, PLAN, factsOf(plan, country));
  construct.node.addValidation({
    validate: () => {
      const known = construct.node.root.node
        .findAll()
        .flatMap((other) => marked<GatewayFacts>(other, PLAN) ?? []);
      return [...circles(plan, known), ...contradictions(plan, known)].map(renderFinding);
    },
  });
}

function factsOf(plan: RoutePlan, country: string): GatewayFacts {
  const facts = plan.classes.map((planned) => [
    planned.name,
    {
      amplification: planned.retries.amplification,
      countries: [country, ...countriesOfClass(plan, planned)],
    },
  ]);
  return { gateway: plan.gatewayName, sendsTo: plan.sendsTo, classes: Object.fromEntries(facts) };
}

function circles(plan: RoutePlan, known: readonly GatewayFacts[]): readonly Finding[] {
  const ways = new Map(known.map(({ gateway, sendsTo }) => [gateway, sendsTo]));
  const loop = loopThrough(plan.gatewayName, ways);
  return loop
    ? [
        {
          error: GatewayErrors.FallbackLoop,
          subject: `gateway "${plan.gatewayName}"`,
          given: loop.join(" -> "),
          allowed: "gateways that do not send requests back",
        },
      ]
    : [];
}

function contradictions(plan: RoutePlan, known: readonly GatewayFacts[]): readonly Finding[] {
  return plan.backends.flatMap((backend) => {
    const other =
      backend.kind === "gateway" ? known.find(({ gateway }) => gateway === backend.gateway) : undefined;
    return other === undefined
      ? []
      : plan.classes
          .filter((planned) => usesBackend(planned, backend.name))
          .flatMap(({ name }) => contradiction(backend as OtherGatewayBackend, other, name));
  });
}

function contradiction(
  backend: OtherGatewayBackend,
  { gateway, classes }: GatewayFacts,
  className: string,
): readonly Finding[] {
  const name = backend.className ?? className;
  const facts = classes[name];
  const said = {
    error: GatewayErrors.GatewayToldWrongly,
    subject: `backend "${backend.name}", class "${name}" of gateway ${gateway}`,
  };
  if (facts === undefined) {
    return [{ ...said, given: name, allowed: Object.keys(classes).join(", ") }];
  }
  const told = countriesOf(backend, className);
  const away = facts.countries.filter((country) => !told.includes(country));
  return [
    ...(facts.amplification > backend.amplification
      ? [{ ...said, given: `amplification: ${backend.amplification}`, allowed: `${facts.amplification}` }]
      : []),
    ...(away.length > 0
      ? [
          {
            ...said,
            given: told,
            allowed: `a list with ${[...new Set(away)].sort().join(", ")}`,
          },
        ]
      : []),
  ];
}
