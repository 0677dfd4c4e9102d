import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import type { AlertReceiver, AlertReceivers, SecretKey } from "./props";

const SECRET_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const SECRET_KEY = /^[A-Za-z0-9._-]{1,253}$/;

function secretOf(receiver: AlertReceiver): SecretKey {
  switch (receiver.kind) {
    case "pagerduty":
      return receiver.routingKey;
    case "slack":
      return receiver.apiUrl;
    case "webhook":
      return receiver.url;
  }
}

function isReference(given: unknown): boolean {
  const { name, key } = (typeof given === "object" && given !== null ? given : {}) as Partial<SecretKey>;
  return (
    typeof name === "string" && SECRET_NAME.test(name) && typeof key === "string" && SECRET_KEY.test(key)
  );
}

/** Adds NotOneOf, SecretAsText, MissingValue. What was given is not shown: it may be the secret. */
export function checkReceivers(problems: Problems, receivers: AlertReceivers): void {
  for (const severity of ["page", "ticket"] as const) {
    const subject = `receivers.${severity}`;
    const receiver = receivers[severity];
    if (!problems.required(subject, receiver, "a receiver")) {
      continue;
    }
    if (!problems.oneOf(`${subject}.kind`, receiver.kind, ["pagerduty", "slack", "webhook"])) {
      continue;
    }
    if (!isReference(secretOf(receiver))) {
      problems.add(CoreErrors.SecretAsText, {
        subject,
        given: "something else than a reference",
        allowed: "{ name: name of a Secret, key: key in it }",
      });
    }
    if (receiver.kind === "slack") {
      problems.required(`${subject}.channel`, receiver.channel, "a channel such as #ai-alerts");
    }
  }
}

const reference = ({ name, key }: SecretKey) => ({ name, key });

function receiverSpec(name: string, receiver: AlertReceiver): Record<string, unknown> {
  switch (receiver.kind) {
    case "pagerduty":
      return {
        name,
        pagerdutyConfigs: [{ routingKey: reference(receiver.routingKey), sendResolved: true }],
      };
    case "slack":
      return {
        name,
        slackConfigs: [
          {
            apiURL: reference(receiver.apiUrl),
            channel: receiver.channel,
            sendResolved: true,
            title: "{{ .CommonLabels.alertname }}",
            text: "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.description }}\n{{ end }}",
          },
        ],
      };
    case "webhook":
      return { name, webhookConfigs: [{ urlSecret: reference(receiver.url), sendResolved: true }] };
  }
}

/** Pages at once and again every hour; tickets in batches, once a day. */
export function alertmanagerSpec({ page, ticket }: AlertReceivers): Record<string, unknown> {
  const groupBy = ["alertname", "slo", "traffic_class"];
  return {
    route: {
      receiver: "ticket",
      groupBy,
      groupWait: "1m",
      groupInterval: "10m",
      repeatInterval: "24h",
      routes: [
        {
          receiver: "page",
          groupBy,
          groupWait: "10s",
          groupInterval: "5m",
          repeatInterval: "1h",
          matchers: [{ name: "severity", value: "page", matchType: "=" }],
        },
      ],
    },
    receivers: [receiverSpec("page", page), receiverSpec("ticket", ticket)],
    inhibitRules: [
      {
        // While somebody is woken for a promise, its slower windows say nothing new.
        sourceMatch: [
          { name: "alertname", value: "ErrorBudgetBurn", matchType: "=" },
          { name: "severity", value: "page", matchType: "=" },
        ],
        targetMatch: [
          { name: "alertname", value: "ErrorBudgetBurn", matchType: "=" },
          { name: "severity", value: "ticket", matchType: "=" },
        ],
        equal: ["slo", "traffic_class"],
      },
    ],
  };
}
