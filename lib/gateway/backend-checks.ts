import { isCountry } from "../catalog/countries";
import { awsRegionCountry, googleRegionCountry } from "../catalog/regions";
import { CoreErrors } from "../core/errors";
import { COMMON_NAME, type NameRule, type Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import type { EndpointBackend, GatewayBackend, OtherGatewayBackend, ProviderBackend } from "./backends";
import { GatewayErrors } from "./errors";
import { checkSecretName } from "./secrets";
import { checkShadows } from "./shadows";

const HOST: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
  maxLength: 253,
  form: "a host name of two parts or more, without scheme, port and path",
};

const PREFIX: NameRule = {
  pattern: /^(\/[A-Za-z0-9._-]+)+$/,
  maxLength: 200,
  form: "a path that starts with a slash and does not end with one",
};

const REGION: NameRule = {
  pattern: /^[a-z]+(-[a-z0-9]+)+$/,
  maxLength: 40,
  form: "the name of a region, such as eu-central-1",
};

const API_VERSION: NameRule = {
  pattern: /^\d{4}-\d{2}-\d{2}(-preview)?$/,
  maxLength: 20,
  form: "a date, and -preview if it is one",
};

/** Checks all backends by themselves. Returns them by name. */
export function checkBackends(
  problems: Problems,
  backends: readonly GatewayBackend[],
): ReadonlyMap<string, GatewayBackend> {
  problems.unique(
    "backends",
    backends.map(({ name }) => name),
  );
  for (const backend of backends) {
    problems.name("backend name", backend.name, COMMON_NAME);
    const subject = `backend "${backend.name}"`;
    switch (backend.kind) {
      case "endpoint":
        checkEndpoint(problems, subject, backend);
        break;
      case "gateway":
        checkGateway(problems, subject, backend);
        break;
      case "provider":
        checkProvider(problems, subject, backend);
        break;
      default:
        problems.oneOf(`${subject} kind`, (backend as GatewayBackend).kind, [
          "endpoint",
          "gateway",
          "provider",
        ]);
    }
  }
  return new Map(backends.map((backend) => [backend.name, backend]));
}

function checkEndpoint(problems: Problems, subject: string, backend: EndpointBackend): void {
  const { access, apiKeySecret } = backend;
  const { reach } = access;
  checkShadows(problems, subject, backend);
  if (reach.kind === "https") {
    if (reach.protocol !== "openai") {
      problems.add(GatewayErrors.ProtocolNotRouted, { subject, given: reach.protocol, allowed: "openai" });
    }
    checkHost(problems, `${subject} host`, reach.host);
  } else if (apiKeySecret !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: `${subject} apiKeySecret`,
      given: apiKeySecret,
      allowed: `nothing for an endpoint that is reached as ${reach.kind}: network policies guard it`,
    });
  }
  checkSecretName(problems, `${subject} apiKeySecret`, apiKeySecret);
}

function checkGateway(problems: Problems, subject: string, backend: OtherGatewayBackend): void {
  problems.name(`${subject} gateway`, backend.gateway, COMMON_NAME);
  problems.literalInteger(`${subject} amplification`, backend.amplification, { min: 1, max: 100 });
  problems.literalInteger(`${subject} contextTokens`, backend.contextTokens, { min: 1, max: 100_000_000 });
  checkHost(problems, `${subject} host`, backend.access.host);
  checkCountries(problems, `${subject} processesIn`, backend.processesIn);
  for (const [name, countries] of Object.entries(backend.processesInByClass ?? {})) {
    const of = `${subject} processesInByClass["${name}"]`;
    problems.oneOf(`${of}, class`, name, backend.access.classes);
    checkCountries(problems, of, countries);
    for (const country of countries) {
      problems.oneOf(of, country, backend.processesIn);
    }
  }
  checkPrice(problems, subject, backend);
  checkSecretName(problems, `${subject} apiKeySecret`, backend.apiKeySecret);
}

function checkProvider(problems: Problems, subject: string, backend: ProviderBackend): void {
  const { provider } = backend;
  problems.literalInteger(`${subject} contextTokens`, backend.contextTokens, { min: 1, max: 100_000_000 });
  checkCountries(problems, `${subject} processesIn`, backend.processesIn);
  checkPrice(problems, subject, backend);
  switch (provider.api) {
    case "openai":
      checkHost(problems, `${subject} host`, provider.host);
      if (provider.prefix !== undefined) {
        problems.name(`${subject} prefix`, provider.prefix, PREFIX);
      }
      checkKey(problems, subject, provider.apiKeySecret);
      break;
    case "anthropic":
      checkHost(problems, `${subject} host`, provider.host);
      checkKey(problems, subject, provider.apiKeySecret);
      break;
    case "azure-openai":
      checkHost(problems, `${subject} host`, provider.host);
      problems.name(`${subject} apiVersion`, provider.apiVersion, API_VERSION);
      checkKey(problems, subject, provider.apiKeySecret);
      break;
    case "bedrock":
      checkRegion(problems, subject, backend, provider.region, awsRegionCountry);
      checkSecretName(problems, `${subject} credentialsSecret`, provider.credentialsSecret);
      break;
    case "vertex":
      problems.required(`${subject} project`, provider.project, "a Google Cloud project");
      checkRegion(problems, subject, backend, provider.region, googleRegionCountry);
      checkSecretName(problems, `${subject} credentialsSecret`, provider.credentialsSecret);
      break;
    default:
      problems.oneOf(`${subject} api`, (provider as { api: string }).api, [
        "openai",
        "anthropic",
        "azure-openai",
        "bedrock",
        "vertex",
      ]);
  }
}

function checkKey(problems: Problems, subject: string, name: string): void {
  if (problems.required(`${subject} apiKeySecret`, name, "the name of a Secret")) {
    checkSecretName(problems, `${subject} apiKeySecret`, name);
  }
}

function checkHost(problems: Problems, subject: string, host: string | undefined): void {
  if (host !== undefined && !isToken(host)) {
    problems.name(subject, host, HOST);
  }
}

function checkRegion(
  problems: Problems,
  subject: string,
  backend: ProviderBackend,
  region: string,
  countryOf: (region: string) => string | undefined,
): void {
  if (!problems.name(`${subject} region`, region, REGION)) {
    return;
  }
  const country = countryOf(region);
  if (country !== undefined && !backend.processesIn.includes(country)) {
    problems.add(GatewayErrors.ProviderCountryContradiction, {
      subject,
      given: backend.processesIn,
      allowed: `a list with ${country}, where ${region} is`,
    });
  }
}

/** At least one country, each once and known. */
export function checkCountries(problems: Problems, subject: string, countries: readonly string[]): void {
  problems.required(subject, countries[0], "at least one country");
  problems.unique(subject, countries);
  for (const country of countries) {
    if (problems.literal(subject, country) && !isCountry(country)) {
      problems.add(CoreErrors.InvalidCountry, {
        subject,
        given: country,
        allowed: "ISO 3166-1 alpha-2 codes",
      });
    }
  }
}

function checkPrice(
  problems: Problems,
  subject: string,
  { usdPerMillionTokens: price }: OtherGatewayBackend | ProviderBackend,
): void {
  for (const side of ["input", "output"] as const) {
    const given = price?.[side];
    if (
      given !== undefined &&
      problems.literal(`${subject} usdPerMillionTokens.${side}`, given) &&
      !(given >= 0 && given <= 10_000)
    ) {
      problems.add(CoreErrors.NumberOutOfRange, {
        subject: `${subject} usdPerMillionTokens.${side}`,
        given,
        allowed: "a number from 0 to 10000",
      });
    }
  }
}
