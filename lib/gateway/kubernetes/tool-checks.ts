import { CoreErrors } from "../../core/errors";
import { COMMON_NAME, type NameRule, type Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { checkCountries } from "../backend-checks";
import { GatewayErrors } from "../errors";
import { checkSecretName } from "../secrets";
import type { ClassTools, KubernetesAiGatewayProps, ToolServer } from "./props";

const TOOL: NameRule = {
  pattern: /^[A-Za-z0-9_.-]+$/,
  maxLength: 128,
  form: "letters, digits and _.-",
};

const PATH: NameRule = {
  pattern: /^(\/[A-Za-z0-9._~-]+)+$/,
  maxLength: 1024,
  form: "a path that starts with a slash and does not end with one",
};

/** Most tools of one rule. Source: MCPRoute, v1.1.0. */
const TOOLS_PER_SERVER = 16;

/** Checks servers of tools: their class, where they work, and what of them may be called. */
export function checkTools(problems: Problems, props: KubernetesAiGatewayProps): void {
  const tools = props.tools ?? [];
  if (props.ownToolSessionSeed !== undefined && tools.length === 0) {
    problems.add(CoreErrors.NoEffect, {
      subject: "ownToolSessionSeed",
      given: props.ownToolSessionSeed,
      allowed: "nothing without tools",
    });
  }
  problems.unique(
    "tools classes",
    tools.map((entry) => entry.class),
  );
  problems.unique(
    "tools servers",
    tools.flatMap(({ servers }) => servers.map(({ name }) => name)),
  );
  for (const entry of tools) {
    checkClassTools(problems, props, entry);
  }
}

function checkClassTools(problems: Problems, props: KubernetesAiGatewayProps, entry: ClassTools): void {
  const subject = `tools of class "${entry.class}"`;
  const traffic = props.classes.find((routes) => routes.class.name === entry.class)?.class;
  if (traffic === undefined) {
    problems.add(GatewayErrors.UnknownClass, {
      subject,
      given: entry.class,
      allowed: props.classes.map((routes) => routes.class.name).join(", "),
    });
  }
  problems.required(`${subject} servers`, entry.servers[0], "at least one server");
  for (const server of entry.servers) {
    checkServer(problems, `tool server "${server.name}"`, server);
    const away = server.processesIn.filter((country) => traffic && !traffic.residency.allows(country));
    if (away.length > 0) {
      problems.add(GatewayErrors.BackendOutsideResidency, {
        subject: `${subject}, server "${server.name}"`,
        given: away,
        allowed: traffic!.residency.describe(),
      });
    }
  }
  if (entry.callsPerTenant) {
    checkLimit(problems, `${subject} callsPerTenant`, entry.callsPerTenant, props.limiter);
  }
}

function checkLimit(
  problems: Problems,
  subject: string,
  { limit, per }: NonNullable<ClassTools["callsPerTenant"]>,
  limiter: boolean,
): void {
  problems.literalInteger(subject, limit, { min: 1, max: 4_294_967_295 });
  problems.oneOf(`${subject}.per`, per, ["second", "minute", "hour", "day"]);
  if (!limiter) {
    problems.add(GatewayErrors.LimiterWithoutBackend, {
      subject,
      given: "limiter: false",
      allowed: "limiter: true, with the limiter of AiGatewayOperators",
    });
  }
}

function checkServer(problems: Problems, subject: string, server: ToolServer): void {
  problems.name(`${subject} name`, server.name, COMMON_NAME);
  if (!isToken(server.host)) {
    problems.required(`${subject} host`, server.host, "a host name");
  }
  if (server.port !== undefined) {
    problems.literalInteger(`${subject} port`, server.port, { min: 1, max: 65_535 });
  }
  if (server.path !== undefined) {
    problems.name(`${subject} path`, server.path, PATH);
  }
  problems.unique(`${subject} tools`, server.tools);
  problems.integer(`${subject} number of tools`, server.tools.length, { min: 1, max: TOOLS_PER_SERVER });
  server.tools.forEach((tool) => void problems.name(`${subject} tool`, tool, TOOL));
  checkCountries(problems, `${subject} processesIn`, server.processesIn);
  checkSecretName(problems, `${subject} apiKeySecret`, server.apiKeySecret);
}
