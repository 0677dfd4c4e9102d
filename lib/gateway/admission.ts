import type { Problems } from "../core/problems";
import type { EndpointBackend } from "./backends";
import type { ClassRoutes, GatewayDeclaration } from "./declaration";
import { GatewayErrors } from "./errors";
import type { PlannedAdmission, PlannedClass } from "./planned";

interface Share {
  readonly routes: ClassRoutes;
  readonly planned: number;
}

const perMinute = (perSecond: number) => Math.floor(perSecond * 60);

/** Own backends with a known size, each with the classes that use it first. */
function firstBackends(declaration: GatewayDeclaration, planned: readonly PlannedClass[]) {
  const own = declaration.backends.filter(
    (backend): backend is EndpointBackend => backend.kind === "endpoint",
  );
  return own.map((backend) => ({
    backend,
    classes: planned.filter(({ models }) =>
      models.some(({ steps }) => steps[0]?.some((target) => target.backend === backend.name)),
    ),
  }));
}

/**
 * Divides each backend among the classes that use it first: each class is let in at the rate it was planned for, the one
 * of highest priority also at what is left. The sum is never more than the backend was sized for, so that a burst of one
 * class takes nothing from another.
 */
export function planAdmission(
  problems: Problems,
  declaration: GatewayDeclaration,
  planned: readonly PlannedClass[],
): Map<string, PlannedAdmission> {
  const admitted = new Map<string, PlannedAdmission>();
  const routesOf = new Map(declaration.classes.map((routes) => [routes.class.name, routes]));
  for (const { backend, classes } of firstBackends(declaration, planned)) {
    const shares = classes.map(({ name }) => shareOf(routesOf.get(name)!)).sort(byPriority);
    const total = shares.reduce((sum, share) => sum + share.planned, 0);
    const capacity = perMinute(backend.access.planned.requestsPerSecond);
    if (total > capacity) {
      problems.add(GatewayErrors.ClassesExceedCapacity, {
        subject: `backend "${backend.name}"`,
        given: `${shares.map((share) => `${share.routes.class.name} ${share.planned}`).join(" + ")} = ${total} requests per minute`,
        allowed: `${capacity} requests per minute`,
      });
    }
    shares.forEach((share, index) => {
      const extra = index === 0 ? Math.max(0, capacity - total) : 0;
      admit(admitted, backend.name, share, extra);
    });
  }
  return checked(problems, declaration, admitted, planned);
}

/** A class without any limit is counted at its plan. */
function shareOf(routes: ClassRoutes): Share {
  const given = routes.admittedPerMinute;
  return { routes, planned: given || Math.max(1, perMinute(routes.class.requestsPerSecond)) };
}

function byPriority(a: Share, b: Share): number {
  const order = b.routes.class.priority - a.routes.class.priority;
  return order === 0 ? (a.routes.class.name < b.routes.class.name ? -1 : 1) : order;
}

function admit(admitted: Map<string, PlannedAdmission>, backend: string, share: Share, extra: number): void {
  const { class: traffic, admittedPerMinute } = share.routes;
  const known = admitted.get(traffic.name);
  const limit = share.planned + (admittedPerMinute === undefined ? extra : 0);
  if (admittedPerMinute !== false && (known === undefined || limit < known.perMinute)) {
    const left = limit > share.planned ? ` and ${extra} that are left of ${backend}` : "";
    admitted.set(traffic.name, { perMinute: limit, reason: `${share.planned} per minute${left}` });
  }
}

/** A limit that was given for a class without sized backends holds too; all need something that counts. */
function checked(
  problems: Problems,
  declaration: GatewayDeclaration,
  admitted: Map<string, PlannedAdmission>,
  planned: readonly PlannedClass[],
): Map<string, PlannedAdmission> {
  for (const { class: traffic, admittedPerMinute } of declaration.classes) {
    if (admittedPerMinute && !admitted.has(traffic.name)) {
      admitted.set(traffic.name, { perMinute: admittedPerMinute, reason: "given" });
    }
  }
  if (!declaration.limiter) {
    checkLocal(problems, declaration, admitted, planned);
  }
  return admitted;
}

/** Without a limiter each replica counts alone, and each model by itself: the number of both must be known. */
function checkLocal(
  problems: Problems,
  declaration: GatewayDeclaration,
  admitted: ReadonlyMap<string, PlannedAdmission>,
  planned: readonly PlannedClass[],
): void {
  for (const { name, models } of planned.filter((entry) => admitted.has(entry.name))) {
    const replicas = declaration.fixedReplicas;
    if (replicas === undefined || models.length > 1 || admitted.get(name)!.perMinute < replicas) {
      problems.add(GatewayErrors.LimiterWithoutBackend, {
        subject: `class "${name}" admittedPerMinute`,
        given: `limiter: false, ${replicas ?? "a varying number of"} replicas, ${models.length} models, ${admitted.get(name)!.perMinute} requests per minute`,
        allowed:
          "limiter: true; or a fixed number of replicas, one model per class, and at least one request per replica and minute; or admittedPerMinute: false",
      });
    }
  }
}
