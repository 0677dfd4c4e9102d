import { CoreErrors } from "../core/errors";
import type { Problems } from "../core/problems";
import { OBJECT_NAME } from "../kubernetes/metadata";
import type { MetricsSource, MetricsTls } from "../kubernetes/metrics-source";
import { ObservabilityErrors } from "./errors";

const KEY = /^[A-Za-z0-9._-]{1,253}$/;

function isReference(value: unknown): boolean {
  const { name, key } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  return (
    typeof name === "string" && OBJECT_NAME.pattern.test(name) && typeof key === "string" && KEY.test(key)
  );
}

function checkTls(
  problems: Problems,
  subject: string,
  { ca, serverName, insecureSkipVerify }: MetricsTls,
): void {
  problems.required(
    `${subject}, tls`,
    ca ?? serverName ?? (insecureSkipVerify || undefined),
    "ca, serverName, or insecureSkipVerify: true",
  );
  if (ca) {
    problems.oneOf(`${subject}, tls.ca.kind`, ca.kind, ["secret", "config-map"]);
    problems.name(`${subject}, tls.ca.name`, ca.name, OBJECT_NAME);
    problems.name(`${subject}, tls.ca.key`, ca.key, {
      pattern: KEY,
      maxLength: 253,
      form: "letters, digits, dots, hyphens and underscores",
    });
    if (insecureSkipVerify) {
      problems.add(CoreErrors.NoEffect, {
        subject: `${subject}, tls.ca`,
        given: ca,
        allowed: "nothing, with insecureSkipVerify",
      });
    }
  }
  if (serverName !== undefined) {
    problems.literal(`${subject}, tls.serverName`, serverName);
  }
}

/** How a source is read, whoever reads it. What was given as a token is not shown. */
export function checkAccess(problems: Problems, { name, tls, bearerToken }: MetricsSource): void {
  const subject = `source "${name}"`;
  if (tls) {
    checkTls(problems, subject, tls);
  }
  if (bearerToken === undefined) {
    return;
  }
  if (!tls) {
    problems.add(CoreErrors.MissingValue, {
      subject: `${subject}, tls`,
      given: undefined,
      allowed: "tls: a token would be sent as it is",
    });
  }
  if (bearerToken !== "service-account" && !isReference(bearerToken)) {
    problems.add(CoreErrors.SecretAsText, {
      subject: `${subject}, bearerToken`,
      given: "something else than a reference",
      allowed: '{ name: name of a Secret, key: key in it }, or "service-account"',
    });
  }
}

/** Who collects, and what of it cannot be done there. */
const COLLECTORS = {
  operator: {
    name: "a PodMonitor",
    caKinds: ["secret", "config-map"],
    tokens: ["secret"],
  },
  gke: { name: "a PodMonitoring", caKinds: ["secret"], tokens: ["secret"] },
  amazon: { name: "the scraper of Amazon Managed Prometheus", caKinds: [], tokens: ["service-account"] },
} as const satisfies Record<
  string,
  { readonly name: string; readonly caKinds: readonly string[]; readonly tokens: readonly string[] }
>;

/**
 * Refuses ways that the collector does not know: monitors name no token of a service account, managed scrapers read no Secret.
 * Adds SourceAccessUnsupported.
 */
export function refuseAccess(
  problems: Problems,
  sources: readonly MetricsSource[],
  collector: keyof typeof COLLECTORS,
): void {
  const { name: who, caKinds, tokens } = COLLECTORS[collector];
  const refuse = (subject: string, given: string, known: readonly string[]) => {
    if (!known.includes(given)) {
      problems.add(ObservabilityErrors.SourceAccessUnsupported, {
        subject,
        given: `${given} with ${who}`,
        allowed: known.join(", ") || "serverName, or insecureSkipVerify",
      });
    }
  };
  for (const { name, tls, bearerToken } of sources) {
    if (tls?.ca) {
      refuse(`source "${name}", tls.ca`, tls.ca.kind, caKinds);
    }
    if (bearerToken !== undefined) {
      const given = bearerToken === "service-account" ? bearerToken : "secret";
      refuse(`source "${name}", bearerToken`, given, tokens);
    }
  }
}

/** Without what is not given. */
const given = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function trust({ serverName, insecureSkipVerify }: MetricsTls) {
  return given({ serverName, insecureSkipVerify });
}

/** Fields of an endpoint of a PodMonitor. Source: its published definition, v0.93. */
export function operatorAccess({ tls, bearerToken }: MetricsSource): Readonly<Record<string, unknown>> {
  const { ca } = tls ?? {};
  const reference = ca && { name: ca.name, key: ca.key };
  return {
    ...(tls
      ? {
          scheme: "https",
          tlsConfig: {
            ...trust(tls),
            ...(ca ? { ca: ca.kind === "secret" ? { secret: reference } : { configMap: reference } } : {}),
          },
        }
      : {}),
    ...(typeof bearerToken === "object"
      ? {
          authorization: {
            type: "Bearer",
            credentials: { name: bearerToken.name, key: bearerToken.key },
          },
        }
      : {}),
  };
}

/**
 * Fields of an endpoint of a PodMonitoring. Source: GoogleCloudPlatform/prometheus-engine
 * charts/operator/crds/monitoring.googleapis.com_podmonitorings.yaml at 00f28d4 (read 2026-11).
 */
export function managedAccess({ tls, bearerToken }: MetricsSource): Readonly<Record<string, unknown>> {
  const { ca } = tls ?? {};
  return {
    ...(tls
      ? {
          scheme: "https",
          tls: { ...trust(tls), ...(ca ? { ca: { secret: { name: ca.name, key: ca.key } } } : {}) },
        }
      : {}),
    ...(typeof bearerToken === "object"
      ? {
          authorization: {
            type: "Bearer",
            credentials: { secret: { name: bearerToken.name, key: bearerToken.key } },
          },
        }
      : {}),
  };
}
