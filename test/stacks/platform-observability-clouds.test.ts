import { ServedModel, TrafficClass, Weights } from "../../lib";
import type { PlatformEndpointProps, PlatformObservabilityProps } from "../../stacks";
import { source } from "../observability/fixture";
import { IMAGE, model, SHAPE, VARIANT } from "../serving/aws/fixture";
import { awsNetwork, codes, newPlatform, refusal, stacksOf, template } from "./data-fixture";
import { addEndpoint, gatewayProps, platformWith } from "./serving-fixture";

type At = PlatformEndpointProps["at"][string];

const SAGEMAKER = {
  in: "sagemaker",
  model: model(),
  engine: { kind: "vllm", image: IMAGE },
  variants: [VARIANT],
} as const;
const VERTEX: At = {
  in: "vertex",
  model: ServedModel.of("helper", {
    shape: SHAPE,
    weights: Weights.objectStorage("gs://acme-models/helper/8b"),
    contextTokens: 8192,
  }),
  image: `europe-west4-docker.pkg.dev/acme-ai/serving/vllm@sha256:${"a".repeat(64)}`,
  machineType: "a2-ultragpu-1g",
  deployment: { kind: "commands" },
};
const TALK = TrafficClass.of("talk", {
  requestsPerSecond: 1,
  promptTokens: 900,
  outputTokens: 200,
  maxOutputTokens: 1000,
  firstTokenP95Ms: 1500,
  nextTokenMs: 50,
});
const TOPIC = "arn:aws:sns:eu-west-1:111122223333:on-call";
const TOPICS = { pageTopicArn: TOPIC, ticketTopicArn: TOPIC };
/** No cloud measures first tokens. */
const UNMEASURED = { withoutSlo: { talk: ["first-token"] } } as const;
const BY_CLOUD = {
  ireland: { in: "cloudwatch", topics: TOPICS },
  eemshaven: { in: "google-managed-prometheus" },
} as const;

/** An endpoint at both clouds, and no cluster anywhere. */
function platform() {
  const made = newPlatform();
  made.addEndpoint("helper", {
    classes: [TALK],
    at: { ireland: { ...SAGEMAKER, network: awsNetwork(made) }, eemshaven: VERTEX },
  });
  return made;
}

describe("endpoints that clouds run", () => {
  const made = platform();
  const watch = made.addObservability("watch", { ...UNMEASURED, at: BY_CLOUD });

  test("are found at their sites and watched by their cloud, without a cluster", () => {
    expect(watch.at("ireland").backend).toBe("cloudwatch");
    expect(watch.at("eemshaven").backend).toBe("google-managed-prometheus");
    for (const site of ["ireland", "eemshaven"]) {
      expect(watch.at(site).plan.slos).toMatchObject([{ kind: "answered", endpoint: "helper" }]);
    }
    const aws = template(made, "ireland", "foundation");
    expect(aws.count("aws_cloudwatch_dashboard")).toBe(1);
    expect(aws.count("aws_cloudwatch_composite_alarm")).toBe(4);
    expect(aws.text).toContain("acme-prod-watch-helper-burn-1h");
    expect(aws.text).toContain(TOPIC);
    const google = template(made, "eemshaven", "foundation");
    expect(google.count("google_monitoring_dashboard")).toBe(1);
    expect(google.text).toContain("EndpointErrorBudgetBurn-helper-1h-5m");
    expect(stacksOf(made)).toEqual(["acme-eemshaven-foundation", "acme-ireland-foundation"]);
  });

  test("take limits of the site", () => {
    const other = platform();
    other.addObservability("watch", {
      ...UNMEASURED,
      at: { ireland: { in: "cloudwatch", limits: { idleShare: 0.25 } } },
    });
    expect(template(other, "ireland", "foundation").text).toContain("25 % of an hour");
  });

  test("are watched beside what Amazon scrapes, each with what is its own", () => {
    const both = platform();
    both.addObservability("watch", {
      ...UNMEASURED,
      at: { ireland: { in: "amazon-managed-prometheus", topics: TOPICS, sources: [source("keda")] } },
    });
    const foundation = template(both, "ireland", "foundation");
    expect(foundation.count("aws_prometheus_workspace")).toBe(1);
    expect(foundation.count("aws_cloudwatch_composite_alarm")).toBe(4);
    expect(Object.values(foundation.resources("aws_prometheus_rule_group_namespace"))).toHaveLength(1);
  });
});

describe("Amazon's scraper", () => {
  const scraped = (at: "ireland" | "nowhere") => () => {
    const made = at === "ireland" ? platformWith("ireland") : newPlatform();
    made.addObservability("watch", {
      at: { ireland: { in: "amazon-managed-prometheus", cluster: "platform", sources: [source("keda")] } },
    });
    return template(made, "ireland", "foundation");
  };

  test("reads the cluster that the platform made at the site", () => {
    const { eks } = (
      scraped("ireland")().resource("aws_prometheus_scraper") as { source: { eks: unknown }[] }
    ).source[0]!;
    expect(eks).toMatchObject([
      {
        cluster_arn: expect.stringMatching(/^\$\{aws_eks_cluster\..*\.arn\}$/),
        subnet_ids: expect.arrayContaining([expect.stringContaining("aws_subnet.")]),
      },
    ]);
  });

  test("is refused where there is none", () => {
    expect(codes(scraped("nowhere"))).toEqual(["NoClusterAtSite"]);
  });
});

test("the cost of a gateway's tokens is that of what it can reach: no endpoint of a cloud", () => {
  const made = platformWith("ireland");
  const endpoint = addEndpoint(made, {}, { at: "ireland" });
  made.addEndpoint("helper", {
    classes: [TALK],
    at: {
      ireland: {
        ...SAGEMAKER,
        network: awsNetwork(made),
        variants: SAGEMAKER.variants.map((variant) => ({ ...variant, usdPerInstanceHour: 5 })),
      },
    },
  });
  made.addGateway("front", gatewayProps([{ kind: "endpoint", name: "own", endpoint }], { at: "ireland" }));
  const { plan } = made.addObservability("watch", { at: { ireland: { in: "cluster" } } }).at("ireland");
  expect(JSON.stringify(plan.groups)).not.toContain("helper");
  expect(plan.slos.map(({ trafficClass }) => trafficClass)).not.toContain("talk");
});

describe("refused", () => {
  test.each<[string, PlatformObservabilityProps, readonly string[]]>([
    ["first tokens, which no cloud measures", { at: BY_CLOUD }, ["SloWithoutMetric"]],
    [
      "a class of nobody",
      { withoutSlo: { ...UNMEASURED.withoutSlo, x: [] }, at: BY_CLOUD },
      ["UnknownTrafficClass"],
    ],
    [
      "a cluster's Prometheus, where there is none",
      { ...UNMEASURED, at: { ireland: { in: "cluster" } } },
      ["NotWatchedThere"],
    ],
    [
      "Amazon's, where nothing is scraped",
      { ...UNMEASURED, at: { ireland: { in: "amazon-managed-prometheus" } } },
      ["NotWatchedThere"],
    ],
    ["CloudWatch at Google", { ...UNMEASURED, at: { eemshaven: { in: "cloudwatch" } } }, ["NotOneOf"]],
    [
      "CloudWatch without an endpoint",
      { at: { frankfurt: { in: "cloudwatch" } } },
      ["NotOneOf", "NotWatchedThere"],
    ],
    [
      "sources and alerts that CloudWatch cannot use",
      {
        ...UNMEASURED,
        sources: [source("keda")],
        alerts: () => [],
        at: { ireland: BY_CLOUD.ireland },
      },
      ["NoEffect", "NoEffect"],
    ],
  ])("%s", (_, props, expected) => {
    expect(codes(() => platform().addObservability("watch", props))).toEqual(expected);
  });

  test("with the way out: CloudWatch needs no cluster", () => {
    const declare = () =>
      platform().addObservability("watch", {
        ...UNMEASURED,
        at: { ireland: { in: "amazon-managed-prometheus" } },
      });
    expect(refusal(declare)).toContain('in: "cloudwatch"');
  });
});
