import { COMMON_NAME, type NameRule, Problems } from "../core/problems";
import { planAdmission } from "./admission";
import { amplification } from "./amplification";
import { checkBackends, checkCountries } from "./backend-checks";
import { contextOf, countriesOf, type GatewayBackend } from "./backends";
import { budgetOf } from "./budget";
import type { ChainStep, ChainTarget, ClassRoutes, GatewayDeclaration } from "./declaration";
import { GatewayErrors } from "./errors";
import { checkLoops } from "./loops";
import type { PlannedAdmission, PlannedClass, PlannedModel, PlannedTarget, RoutePlan } from "./planned";
import { planShadows } from "./shadows";

const MODEL_NAME: NameRule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/,
  maxLength: 200,
  form: "letters, digits and ._:/@-, starting with a letter or digit",
};

const TENANT: NameRule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._@-]*$/,
  maxLength: 63,
  form: "1 to 63 letters, digits and ._@-, starting with a letter or digit",
};

const LIMIT_BOUNDS = { min: 1, max: 4_294_967_295 };

function targetsOf(step: ChainStep): readonly ChainTarget[] {
  if (typeof step === "string") {
    return [{ backend: step }];
  }
  return Array.isArray(step) ? step : [step as ChainTarget];
}

function modelAt(backend: GatewayBackend, asked: string, given: string | undefined): string {
  if (given !== undefined || backend.kind !== "endpoint") {
    return given ?? asked;
  }
  return backend.access.adapters.includes(asked) ? asked : backend.access.model;
}

/** Models that a backend is known to serve; undefined if that is not known. */
function servedBy(backend: GatewayBackend): readonly string[] | undefined {
  switch (backend.kind) {
    case "endpoint":
      return [backend.access.model, ...backend.access.adapters];
    case "gateway":
      return backend.access.models;
    case "provider":
      return undefined;
  }
}

class ClassPlanner {
  constructor(
    private readonly problems: Problems,
    private readonly declaration: GatewayDeclaration,
    private readonly backends: ReadonlyMap<string, GatewayBackend>,
    private readonly routes: ClassRoutes,
  ) {}

  private get subject(): string {
    return `class "${this.routes.class.name}"`;
  }

  plan(): PlannedClass | undefined {
    const { problems, routes } = this;
    const { class: traffic } = routes;
    if (!this.checkNumbers()) {
      return undefined;
    }
    this.checkGatewayCountry();
    problems.unique(
      `${this.subject} models`,
      routes.models.map(({ model }) => model),
    );
    problems.required(`${this.subject} models`, routes.models[0], "at least one model");
    const models = routes.models.map((route) => this.planModel(route.model, route.chain));
    const used = [...new Set(models.flatMap(({ steps }) => steps.flat().map(({ backend }) => backend)))]
      .map((name) => this.backends.get(name)!)
      .filter((backend) => backend !== undefined);
    const attemptTimeoutSeconds = routes.attemptTimeoutSeconds ?? attemptTimeout(traffic);
    const meanSeconds = (traffic.firstTokenP95Ms + traffic.outputTokens * traffic.nextTokenMs) / 1000;
    return {
      name: traffic.name,
      priority: traffic.priority,
      countries: traffic.residency.codes,
      tenants: routes.tenants,
      models,
      retries: amplification(problems, this.subject, routes, models, used),
      attemptTimeoutSeconds,
      parallelRequests: Math.max(16, Math.ceil(2 * traffic.requestsPerSecond * meanSeconds)),
      tokensPerTenant: routes.tokensPerTenant,
      requestsPerTenant: routes.requestsPerTenant,
      budget: budgetOf(problems, this.subject, traffic, used),
    };
  }

  private checkNumbers(): boolean {
    const { problems, routes, subject } = this;
    const ok = [problems.name(`${subject} name`, routes.class.name, COMMON_NAME)];
    const integers: readonly (readonly [string, number | undefined, { min: number; max: number }])[] = [
      ["attemptsPerBackend", routes.attemptsPerBackend, { min: 1, max: 5 }],
      ["maxAmplification", routes.maxAmplification, { min: 1, max: 100 }],
      ["retryBudgetPercent", routes.retryBudgetPercent, { min: 0, max: 100 }],
      ["attemptTimeoutSeconds", routes.attemptTimeoutSeconds, { min: 1, max: 86_400 }],
      ["tokensPerTenant.limit", routes.tokensPerTenant?.limit, LIMIT_BOUNDS],
      ["requestsPerTenant.limit", routes.requestsPerTenant?.limit, LIMIT_BOUNDS],
      ["admittedPerMinute", routes.admittedPerMinute || undefined, LIMIT_BOUNDS],
    ];
    for (const [name, value, bounds] of integers) {
      ok.push(value === undefined || problems.literalInteger(`${subject} ${name}`, value, bounds));
    }
    for (const name of ["tokensPerTenant", "requestsPerTenant"] as const) {
      const given = routes[name];
      if (given !== undefined) {
        problems.oneOf(`${subject} ${name}.per`, given.per, ["second", "minute", "hour", "day"]);
        this.needsLimiter(name);
      }
    }
    if (routes.class.budgetUsdPerHour !== undefined) {
      this.needsLimiter("budgetUsdPerHour");
    }
    problems.unique(`${subject} tenants`, routes.tenants ?? []);
    routes.tenants?.forEach((tenant) => void problems.name(`${subject} tenant`, tenant, TENANT));
    return ok.every(Boolean);
  }

  private checkGatewayCountry(): void {
    const { country, gatewayName } = this.declaration;
    const { residency } = this.routes.class;
    if (!residency.allows(country)) {
      this.problems.add(GatewayErrors.GatewayOutsideResidency, {
        subject: this.subject,
        given: `gateway ${gatewayName} in ${country}`,
        allowed: residency.describe(),
      });
    }
  }

  private needsLimiter(what: string): void {
    if (!this.declaration.limiter) {
      this.problems.add(GatewayErrors.LimiterWithoutBackend, {
        subject: `${this.subject} ${what}`,
        given: "limiter: false",
        allowed: "limiter: true, with the limiter of AiGatewayOperators",
      });
    }
  }

  private planModel(model: string, chain: readonly ChainStep[]): PlannedModel {
    const { problems } = this;
    const subject = `${this.subject}, model "${model}"`;
    problems.name(subject, model, MODEL_NAME);
    problems.required(`${subject} chain`, chain[0], "at least one backend");
    const steps = chain.map((step, index) => this.planStep(`${subject}, step ${index + 1}`, model, step));
    const names = steps.flat().map(({ backend }) => backend);
    problems.unique(`${subject} backends`, names);
    const known = names.flatMap((name) => this.backends.get(name) ?? []);
    this.checkResidency(subject, known);
    this.checkApis(subject, known);
    return { model, steps };
  }

  /** The gateway translates OpenAI's form for all but Anthropic's own API. */
  private checkApis(subject: string, chain: readonly GatewayBackend[]): void {
    const native = chain.filter(
      (backend) => backend.kind === "provider" && backend.provider.api === "anthropic",
    );
    if (native.length > 0 && native.length < chain.length) {
      this.problems.add(GatewayErrors.ProtocolNotRouted, {
        subject,
        given: `${native.map(({ name }) => name).join(", ")} among backends that speak as OpenAI does`,
        allowed: "a chain of one API: Anthropic's models beside others through bedrock or vertex",
      });
    }
  }

  private planStep(subject: string, asked: string, step: ChainStep): readonly PlannedTarget[] {
    const targets = targetsOf(step);
    this.problems.required(subject, targets[0], "at least one backend");
    const weights = targets.map(({ weight }) => weight ?? (targets.length === 1 ? 100 : 0));
    const whole = weights.every((weight) => Number.isInteger(weight) && weight > 0);
    if (!whole || weights.reduce((sum, weight) => sum + weight, 0) !== 100) {
      this.problems.add(GatewayErrors.WeightsNotSumming, {
        subject,
        given: targets.map(({ backend, weight }) => `${backend}: ${weight ?? "no weight"}`),
        allowed: "whole weights from 1 on that add up to 100",
      });
    }
    return targets.flatMap((target, index) => this.planTarget(subject, asked, target, weights[index]!));
  }

  private planTarget(subject: string, asked: string, target: ChainTarget, weight: number): PlannedTarget[] {
    const { problems, backends } = this;
    const backend = backends.get(target.backend);
    if (backend === undefined) {
      problems.add(GatewayErrors.UnknownBackend, {
        subject,
        given: target.backend,
        allowed: [...backends.keys()].join(", ") || "none is declared",
      });
      return [];
    }
    const model = modelAt(backend, asked, target.model);
    const served = servedBy(backend);
    if (target.model !== undefined) {
      problems.name(`${subject} model`, target.model, MODEL_NAME);
    }
    if (served !== undefined && !served.includes(model)) {
      problems.add(GatewayErrors.UnknownModel, {
        subject: `${subject}, backend "${backend.name}"`,
        given: model,
        allowed: served.join(", "),
      });
    }
    this.checkClass(subject, backend);
    this.checkContext(subject, backend);
    return [{ backend: backend.name, model, weight }];
  }

  private checkClass(subject: string, backend: GatewayBackend): void {
    if (backend.kind === "gateway") {
      const name = backend.className ?? this.routes.class.name;
      if (!backend.access.classes.includes(name)) {
        this.problems.add(GatewayErrors.UnknownClass, {
          subject: `${subject}, backend "${backend.name}"`,
          given: name,
          allowed: backend.access.classes.join(", "),
        });
      }
    }
  }

  private checkContext(subject: string, backend: GatewayBackend): void {
    const { promptTokens, maxOutputTokens } = this.routes.class;
    const needed = promptTokens + maxOutputTokens;
    if (contextOf(backend) < needed) {
      this.problems.add(GatewayErrors.ContextTooSmall, {
        subject: `${subject}, backend "${backend.name}"`,
        given: `context of ${contextOf(backend)} tokens`,
        allowed: `${promptTokens} of a mean prompt + ${maxOutputTokens} of the longest answer = ${needed} or more`,
      });
    }
  }

  private checkResidency(subject: string, chain: readonly GatewayBackend[]): void {
    const { residency } = this.routes.class;
    const outside = chain.flatMap((backend) => {
      const away = countriesOf(backend, this.routes.class.name).filter(
        (country) => !residency.allows(country),
      );
      return away.length === 0 ? [] : [`${backend.name} works in ${away.join(", ")}`];
    });
    if (outside.length === 0) {
      return;
    }
    const error =
      outside.length === chain.length
        ? GatewayErrors.NoRouteMeetsResidency
        : GatewayErrors.BackendOutsideResidency;
    this.problems.add(error, { subject, given: outside, allowed: residency.describe() });
  }
}

function attemptTimeout(traffic: ClassRoutes["class"]): number {
  const ms = 4 * traffic.firstTokenP95Ms + 2 * traffic.maxOutputTokens * traffic.nextTokenMs;
  return Math.max(1, Math.ceil(ms / 1000));
}

/**
 * Checks a declaration and says for each class and model which backends are tried in which order, how often, how long,
 * and what is limited. Pure.
 *
 * Errors are added to `problems`: those of `GatewayErrors`, and InvalidName, NumberOutOfRange, NotOneOf, DuplicateValue,
 * MissingValue, InvalidCountry, TokenNotAllowed.
 */
export function resolveRoutes(problems: Problems, declaration: GatewayDeclaration): RoutePlan {
  problems.name("gatewayName", declaration.gatewayName, COMMON_NAME);
  checkCountries(problems, "country", [declaration.country]);
  problems.required("classes", declaration.classes[0], "at least one class");
  problems.unique(
    "classes",
    declaration.classes.map((routes) => routes.class.name),
  );
  const backends = checkBackends(problems, declaration.backends);
  const planned = declaration.classes.flatMap(
    (routes) => new ClassPlanner(problems, declaration, backends, routes).plan() ?? [],
  );
  checkUse(problems, declaration);
  const sendsTo = checkLoops(problems, declaration);
  const admissions = problems.empty
    ? planAdmission(problems, declaration, planned)
    : new Map<string, PlannedAdmission>();
  const classes = planned.map((entry) => ({ ...entry, admission: admissions.get(entry.name) }));
  const shadows = problems.empty
    ? planShadows(
        problems,
        declaration.backends,
        planned,
        new Map(declaration.classes.map(({ class: traffic }) => [traffic.name, traffic.requestsPerSecond])),
      )
    : [];
  return { gatewayName: declaration.gatewayName, backends: declaration.backends, classes, shadows, sendsTo };
}

/**
 * Says for each class and model which backends are tried in which order, how often, how long, and what is limited. Use it
 * to look at a declaration without making anything.
 *
 * @throws all of `GatewayErrors` but ReservedHeader, EndpointOfOtherCluster, GatewayToldWrongly, GatewayNamesTaken,
 *   CacheOutsideResidency, TranslatedAnswersNotKept and StoreInTheClear; InvalidName, NumberOutOfRange, NotOneOf,
 *   DuplicateValue, MissingValue, InvalidCountry, TokenNotAllowed
 */
export function planRoutes(declaration: GatewayDeclaration): RoutePlan {
  const problems = new Problems(`planRoutes("${declaration.gatewayName}")`);
  const plan = resolveRoutes(problems, declaration);
  problems.throwIfAny();
  return plan;
}

function checkUse(problems: Problems, declaration: GatewayDeclaration): void {
  const used = new Set(
    declaration.classes.flatMap(({ models }) =>
      models.flatMap(({ chain }) => chain.flatMap((step) => targetsOf(step).map(({ backend }) => backend))),
    ),
  );
  for (const { name } of declaration.backends.filter((backend) => !used.has(backend.name))) {
    problems.add(GatewayErrors.UnusedBackend, {
      subject: "backends",
      given: name,
      allowed: "backends of a chain",
    });
  }
}
