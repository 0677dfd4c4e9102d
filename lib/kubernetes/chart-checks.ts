import type { NameRule, Problems } from "../core/problems";
import type { ComponentFacts } from "./component-facts";
import { KubernetesErrors } from "./errors";
import { DNS_LABEL } from "./metadata";

/** Semantic version with an optional leading v. Source: https://semver.org */
const EXACT_VERSION =
  /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

const REPOSITORY = /^(https:\/\/|oci:\/\/)[^\s/?#]+(\/[^\s?#]*)?$/;

/** What Helm accepts. Source: helm/helm pkg/chartutil/validate_name.go. */
export const RELEASE_NAME: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
  maxLength: 53,
  form: "1 to 53 lower-case letters, digits, hyphens and dots, starting and ending alphanumeric",
};

export const TIMEOUT_SECONDS = { min: 1, max: 86_400 };

function checkExact(problems: Problems, subject: string, version: string): boolean {
  if (!problems.literal(subject, version, "an exact chart version")) {
    return false;
  }
  if (!EXACT_VERSION.test(version)) {
    problems.add(KubernetesErrors.ChartVersionNotExact, {
      subject,
      given: version,
      allowed: "an exact version such as 1.42.2 or v1.21.1",
    });
    return false;
  }
  return true;
}

/** Reports a version that is not exact, or not written as the chart's versions are published. */
export function checkVersion(problems: Problems, version: string, component: ComponentFacts): void {
  const published = component.version.startsWith("v");
  if (checkExact(problems, "version", version) && version.startsWith("v") !== published) {
    problems.add(KubernetesErrors.ChartVersionPrefix, {
      subject: "version",
      given: version,
      allowed: `a version ${published ? "with" : "without"} a leading v, such as ${component.version}`,
    });
  }
}

function checkRepository(problems: Problems, repository: string): void {
  const allowed = "https://host/path, or oci://host/path";
  if (problems.literal("component.repository", repository, allowed) && !REPOSITORY.test(repository)) {
    problems.add(KubernetesErrors.InvalidChartRepository, {
      subject: "component.repository",
      given: repository,
      allowed,
    });
  }
}

/** Reports facts of a chart that no release could use. */
export function checkComponentFacts(problems: Problems, facts: ComponentFacts): void {
  problems.name("component.name", facts.name, RELEASE_NAME);
  problems.name("component.namespace", facts.namespace, DNS_LABEL);
  problems.literal("component.chart", facts.chart, "the name of a chart");
  problems.required("component.chart", facts.chart, "the name of a chart");
  problems.integer("component.timeoutSeconds", facts.timeoutSeconds, TIMEOUT_SECONDS);
  checkExact(problems, "component.version", facts.version);
  checkRepository(problems, facts.repository);
  if (facts.crds === "chart-of-its-own") {
    problems.required("component.crdChart", facts.crdChart, "the name of the component with the definitions");
  }
}
