import { CoreErrors } from "../../core/errors";
import type { NameRule, Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { checkPinnedImage } from "../../kubernetes/image";
import { checkCountries } from "../backend-checks";
import type { GatewayBackend } from "../backends";
import type { ClassRoutes, GatewayDeclaration } from "../declaration";
import { GatewayErrors } from "../errors";
import { checkSecretName } from "../secrets";
import type { CacheStore, ResponseCacheProps } from "./props";
import { VALKEY_MEMORY_MIB } from "./valkey";

const HOST: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
  maxLength: 253,
  form: "a host name or address, without port",
};

const WEEK_SECONDS = 604_800;

/** APIs whose answers the AI gateway turns into OpenAI's form, after everything else has seen them. */
const TRANSLATED: ReadonlySet<string> = new Set(["anthropic", "bedrock", "vertex"]);

const speaksOpenAi = (backend: GatewayBackend) =>
  backend.kind !== "provider" || !TRANSLATED.has(backend.provider.api);

/** What is needed to judge the cache of a gateway. */
type Given = Pick<GatewayDeclaration, "backends" | "classes"> & { readonly cache?: ResponseCacheProps };

export function checkCache(problems: Problems, { cache, backends, classes }: Given): void {
  if (cache === undefined) {
    return;
  }
  checkPinnedImage(problems, "cache.image", cache.image);
  for (const [name, bounds] of [
    ["replicas", { min: 2, max: 100 }],
    ["lookupMs", { min: 1, max: 1000 }],
    ["maxAnswerKib", { min: 1, max: 65_536 }],
  ] as const) {
    const given = cache[name];
    if (given !== undefined) {
      problems.literalInteger(`cache.${name}`, given, bounds);
    }
  }
  if (cache.memory !== undefined) {
    problems.size("cache.memory", cache.memory);
  }
  if (problems.required("cache.store", cache.store, "an address, or a Valkey of the gateway's own")) {
    checkStore(problems, cache.store);
  }
  problems.required("cache.classes", cache.classes[0], "at least one class");
  problems.unique(
    "cache.classes",
    cache.classes.map((cached) => cached.class),
  );
  for (const cached of cache.classes) {
    const subject = `cache, class "${cached.class}"`;
    problems.literalInteger(`${subject} ttlSeconds`, cached.ttlSeconds, { min: 1, max: WEEK_SECONDS });
    const routes = classes.find((each) => each.class.name === cached.class);
    if (routes === undefined) {
      problems.add(GatewayErrors.UnknownClass, {
        subject,
        given: cached.class,
        allowed: classes.map((each) => each.class.name).join(", "),
      });
    } else {
      checkAnswers(problems, subject, routes, backends);
      checkResidency(problems, subject, routes, cache.store);
    }
  }
}

function checkAnswers(
  problems: Problems,
  subject: string,
  { models }: ClassRoutes,
  backends: readonly GatewayBackend[],
): void {
  const names = new Set(
    models
      .flatMap(({ chain }) => chain)
      .flatMap((step) => step as string | { readonly backend: string })
      .map((target) => (typeof target === "string" ? target : target.backend)),
  );
  const used = backends.filter(({ name }) => names.has(name));
  if (used.length > 0 && !used.some(speaksOpenAi)) {
    problems.add(GatewayErrors.TranslatedAnswersNotKept, {
      subject,
      given: used.map(({ name }) => name),
      allowed: "a class with a backend that speaks as OpenAI does",
    });
  }
}

function checkResidency(
  problems: Problems,
  subject: string,
  { class: traffic }: ClassRoutes,
  store: CacheStore | undefined,
): void {
  const country = store?.kind === "address" ? store.country : undefined;
  // The gateway's own country is held against the class by the plan.
  if (country !== undefined && !traffic.residency.allows(country)) {
    problems.add(GatewayErrors.CacheOutsideResidency, {
      subject,
      given: `store in ${country}`,
      allowed: traffic.residency.describe(),
    });
  }
}

function checkStore(problems: Problems, store: CacheStore): void {
  problems.oneOf("cache.store.kind", store.kind, ["address", "valkey"]);
  checkSecretName(problems, "cache.store.passwordSecret", store.passwordSecret);
  if (store.kind === "valkey") {
    problems.required("cache.store.passwordSecret", store.passwordSecret, "the name of a Secret");
    if (store.memoryMib !== undefined) {
      problems.literalInteger("cache.store.memoryMib", store.memoryMib, VALKEY_MEMORY_MIB);
    }
    return;
  }
  const { host, port, tls = true, caSecret, country } = store;
  if (problems.required("cache.store.host", host, HOST.form) && !isToken(host)) {
    problems.name("cache.store.host", host, HOST);
    if (!tls && !inCluster(host)) {
      problems.add(GatewayErrors.StoreInTheClear, {
        subject: "cache.store.tls",
        given: `tls: false, host ${host}`,
        allowed: "TLS, or a Service of the cluster",
      });
    }
  }
  if (port !== undefined) {
    problems.literalInteger("cache.store.port", port, { min: 1, max: 65_535 });
  }
  checkSecretName(problems, "cache.store.caSecret", caSecret);
  if (caSecret !== undefined && !tls) {
    problems.add(CoreErrors.NoEffect, {
      subject: "cache.store.caSecret",
      given: caSecret,
      allowed: "nothing without TLS",
    });
  }
  if (country !== undefined) {
    checkCountries(problems, "cache.store.country", [country]);
  }
}

/** `name.namespace.svc` and `name.namespace.svc.cluster.local`. */
export const namespaceOf = (host: string): string | undefined =>
  /^[^.]+\.([^.]+)\.svc(\.cluster\.local)?$/.exec(host)?.[1];

const inCluster = (host: string) => namespaceOf(host) !== undefined;
