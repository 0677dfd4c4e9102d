import type { RemovalPolicy } from "../../core/removal-policy";
import type { AwsSite } from "../../fabric/site";
import type { ObservabilityProps } from "../observability";

/** Cluster whose pods the managed scraper reads. Values may be tokens. */
export interface ScrapedCluster {
  readonly clusterArn: string;
  /** At least two, in different zones. */
  readonly subnetIds: readonly string[];
  /** @default - the default security group of the network */
  readonly securityGroupIds?: readonly string[];
}

/** Topics of SNS that alerts go to. Their policies must let `aps.amazonaws.com` publish. */
export interface AlertTopics {
  readonly pageTopicArn: string;
  readonly ticketTopicArn: string;
}

export interface ManagedGrafana {
  /** Who signs in: IAM Identity Center or SAML. */
  readonly signIn: "AWS_SSO" | "SAML";
  /** @default "10.4" */
  readonly version?: string;
}

export interface AwsObservabilityProps extends ObservabilityProps {
  readonly site: AwsSite;
  /** @default - nothing is scraped: a Prometheus in a cluster writes here (`ObservabilityOperators.remoteWrite`) */
  readonly cluster?: ScrapedCluster;
  /** Between two scrapes. Needs `cluster`. @default "30s" */
  readonly scrapeInterval?: string;
  /** @default - alerts are evaluated, and sent to nobody */
  readonly topics?: AlertTopics;
  /** @default - no Grafana is made */
  readonly grafana?: ManagedGrafana;
  /** Days for which samples are kept, at most 1095. @default 150, as the service does */
  readonly retentionDays?: number;
  /** Days for which errors of rules and alerts are kept. @default 30 */
  readonly logRetentionDays?: number;
  /** Key for samples and logs; CloudWatch Logs must be let use it. @default - a key of its own */
  readonly encryptionKeyArn?: string;
  /** Samples go with the declaration only if the app agrees. @default "retain" */
  readonly removalPolicy?: RemovalPolicy;
}
