import { stableJson } from "../../core/json";
import type { AlertTopics } from "./props";

/** A receiver that publishes to a topic. Source: https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-config.html. */
function receiver(name: string, topicArn: string, region: string): object {
  return {
    name,
    sns_configs: [
      {
        topic_arn: topicArn,
        send_resolved: true,
        sigv4: { region },
        attributes: { severity: name },
        subject: "{{ .CommonLabels.alertname }}",
        message:
          "{{ range .Alerts }}{{ .Status }}: {{ .Annotations.summary }}\n{{ .Annotations.description }}\n{{ end }}",
      },
    ],
  };
}

/** Alertmanager's configuration as the service takes it: a document that holds the document. */
export function alertManagerDefinition(topics: AlertTopics, region: string): string {
  const group_by = ["alertname", "slo", "traffic_class"];
  const config = {
    route: {
      receiver: "ticket",
      group_by,
      group_wait: "1m",
      group_interval: "10m",
      repeat_interval: "24h",
      routes: [
        {
          receiver: "page",
          matchers: ['severity="page"'],
          group_by,
          group_wait: "10s",
          group_interval: "5m",
          repeat_interval: "1h",
        },
      ],
    },
    receivers: [
      receiver("page", topics.pageTopicArn, region),
      receiver("ticket", topics.ticketTopicArn, region),
    ],
    inhibit_rules: [
      {
        source_matchers: ['alertname="ErrorBudgetBurn"', 'severity="page"'],
        target_matchers: ['alertname="ErrorBudgetBurn"', 'severity="ticket"'],
        equal: ["slo", "traffic_class"],
      },
    ],
  };
  return stableJson({ alertmanager_config: stableJson(config) });
}
