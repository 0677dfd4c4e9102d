import { Construct } from "constructs";
import type { CustomResource } from "../../kubernetes/custom-resource";
import type { EndpointBackend, GatewayBackend } from "../backends";
import { TRAFFIC_CLASS_HEADER } from "../gateway";
import type { PlannedClass, PlannedModel, PlannedTarget, RoutePlan } from "../planned";
import { backendName } from "./backends";
import {
  AI_API,
  ENVOY_API,
  GATEWAY_API,
  type GatewayContext,
  gatewayName,
  gatewayObject,
  MODEL_HEADER,
  OBJECTIVE_HEADER,
  RESIDENCY,
  routeName,
  seconds,
} from "./context";
import { objectiveName } from "./pools";
import type { KubernetesAiGatewayProps } from "./props";
import { securitySpec } from "./security";
import { requestCosts, trafficSpec } from "./traffic";

/** Most rules of one AIGatewayRoute. Source: its definition, v1.1.0. */
const RULES_PER_ROUTE = 15;

export interface ClassRoutingProps {
  readonly context: GatewayContext;
  readonly plan: RoutePlan;
  readonly authentication: KubernetesAiGatewayProps["authentication"];
  readonly limiter: boolean;
  /** Smallest number of proxies. */
  readonly leastReplicas: number;
  readonly streamIdleSeconds: number;
  /** What routes must come after. */
  readonly after: readonly CustomResource[];
}

/**
 * Routes of all classes, and who may use them how often.
 *
 * Terraform resource types: `kubernetes_manifest` (AIGatewayRoute, BackendTrafficPolicy, SecurityPolicy).
 */
export class ClassRouting extends Construct {
  readonly routes: readonly CustomResource[];
  /** Names of the HTTPRoutes that the AI gateway makes of them. */
  readonly routeNames: readonly string[];
  private readonly backends: ReadonlyMap<string, GatewayBackend>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ClassRoutingProps,
  ) {
    super(scope, id);
    this.backends = new Map(props.plan.backends.map((backend) => [backend.name, backend]));
    const made = props.plan.classes.map((planned) => this.makeClass(planned));
    this.routes = made.flatMap(({ routes }) => routes);
    this.routeNames = made.flatMap(({ names }) => names);
  }

  private makeClass(planned: PlannedClass) {
    const { context, authentication, limiter, leastReplicas } = this.props;
    const names = routeNames(context, planned);
    // Policies first: a route without them would be open.
    const policies = [
      this.policy("SecurityPolicy", planned.name, securitySpec(authentication, planned, names)),
      this.policy(
        "BackendTrafficPolicy",
        planned.name,
        trafficSpec(planned, names, { limiter, leastReplicas }),
      ),
    ];
    const routes = names.map((name, part) => this.makeRoute(planned, name, part, policies));
    return { names, routes };
  }

  private policy(kind: string, className: string, spec: Readonly<Record<string, unknown>>): CustomResource {
    const { context } = this.props;
    return gatewayObject(this, `${className}-${kind}`, context, {
      api: ENVOY_API,
      version: "v1alpha1",
      kind,
      name: routeName(context, className),
      component: "route",
      spec,
    });
  }

  private makeRoute(
    planned: PlannedClass,
    name: string,
    part: number,
    policies: readonly CustomResource[],
  ): CustomResource {
    const { context, after } = this.props;
    const models = planned.models.slice(part * RULES_PER_ROUTE, (part + 1) * RULES_PER_ROUTE);
    return gatewayObject(this, `${planned.name}-route-${part + 1}`, context, {
      api: AI_API,
      version: "v1beta1",
      kind: "AIGatewayRoute",
      name,
      component: "route",
      annotations: { [RESIDENCY]: planned.countries?.join(",") ?? "anywhere" },
      spec: {
        parentRefs: [{ group: GATEWAY_API, kind: "Gateway", name: gatewayName(context) }],
        llmRequestCosts: requestCosts(planned),
        rules: models.map((model) => this.rule(planned, model)),
      },
      dependsOn: [...policies, ...after].map(({ manifest }) => manifest),
    });
  }

  private rule(planned: PlannedClass, { model, steps }: PlannedModel) {
    const exact = (name: string, value: string) => ({ type: "Exact", name, value });
    return {
      matches: [{ headers: [exact(MODEL_HEADER, model), exact(TRAFFIC_CLASS_HEADER, planned.name)] }],
      backendRefs: steps.flatMap((targets, priority) =>
        targets.map((target) => this.backendRef(planned.name, model, target, priority)),
      ),
      timeouts: { request: seconds(requestSeconds(planned)) },
      streamIdleTimeout: seconds(this.props.streamIdleSeconds),
    };
  }

  private backendRef(className: string, asked: string, target: PlannedTarget, priority: number) {
    const headers = this.headersFor(className, this.backends.get(target.backend)!);
    return {
      name: backendName(this.props.context, target.backend),
      priority,
      weight: target.weight,
      modelNameOverride: target.model === asked ? undefined : target.model,
      headerMutation: headers && { set: headers },
    };
  }

  /** What a backend is told of the class: pools by the objective, other gateways by their own class. */
  private headersFor(className: string, backend: GatewayBackend) {
    if (isPool(backend)) {
      return [{ name: OBJECTIVE_HEADER, value: objectiveName(this.props.context, backend, className) }];
    }
    return backend.kind === "gateway"
      ? [{ name: TRAFFIC_CLASS_HEADER, value: backend.className ?? className }]
      : undefined;
  }
}

/** Names of the routes of a class. */
export function routeNames(
  context: Pick<GatewayContext, "prefix">,
  { name, models }: Pick<PlannedClass, "name" | "models">,
): readonly string[] {
  const parts = Math.ceil(models.length / RULES_PER_ROUTE);
  return Array.from({ length: parts }, (_, part) => routeName(context, name, part));
}

const isPool = (backend: GatewayBackend): backend is EndpointBackend =>
  backend.kind === "endpoint" && backend.access.reach.kind === "inference-pool";

/** Time for all attempts of a request. */
export function requestSeconds({ attemptTimeoutSeconds, retries }: PlannedClass): number {
  return attemptTimeoutSeconds * retries.attempts;
}
