import type { Problems } from "../core/problems";
import type { OtherGatewayBackend } from "./backends";
import type { GatewayDeclaration } from "./declaration";
import { GatewayErrors } from "./errors";

/** Refuses gateways that send requests back to this one. Returns the names of all that it sends to. */
export function checkLoops(problems: Problems, declaration: GatewayDeclaration): readonly string[] {
  const others = declaration.backends.filter(
    (backend): backend is OtherGatewayBackend => backend.kind === "gateway",
  );
  for (const { name, gateway, sendsTo = [] } of others) {
    const back =
      gateway === declaration.gatewayName ? [] : sendsTo.filter((next) => next === declaration.gatewayName);
    if (gateway === declaration.gatewayName || back.length > 0) {
      problems.add(GatewayErrors.FallbackLoop, {
        subject: `backend "${name}"`,
        given: [declaration.gatewayName, gateway, ...back].join(" -> "),
        allowed: `gateways that do not send requests to ${declaration.gatewayName}`,
      });
    }
  }
  return [...new Set(others.flatMap(({ gateway, sendsTo = [] }) => [gateway, ...sendsTo]))].sort();
}

/** A way from a gateway back to itself, over what each sends to; undefined if there is none. */
export function loopThrough(
  start: string,
  sendsTo: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const seen = new Set<string>();
  const open: (readonly string[])[] = [[start]];
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    for (const next of sendsTo.get(path.at(-1)!) ?? []) {
      if (next === start) {
        return [...path, next];
      }
      if (!seen.has(next)) {
        seen.add(next);
        open.push([...path, next]);
      }
    }
  }
  return undefined;
}
