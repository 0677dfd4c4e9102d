import { ServedModel, Weights } from "../../lib";
import type { PlatformEndpointProps } from "../../stacks";
import { IMAGE as AWS_IMAGE, CHAT, model, SHAPE, VARIANT } from "../serving/aws/fixture";
import { awsNetwork, codes, newPlatform, refusal, stacksOf, template } from "./data-fixture";
import { gatewayProps, inCluster, platformWith } from "./serving-fixture";

type At = PlatformEndpointProps["at"][string];

const GOOGLE_IMAGE = `europe-west4-docker.pkg.dev/acme-ai/serving/vllm@sha256:${"a".repeat(64)}`;

const VERTEX: At = {
  in: "vertex",
  model: ServedModel.of("assistant", {
    shape: SHAPE,
    weights: Weights.objectStorage("gs://acme-models/assistant/8b"),
    contextTokens: 8192,
  }),
  image: GOOGLE_IMAGE,
  machineType: "a2-ultragpu-1g",
  deployment: { kind: "commands" },
};

function sageMaker(platform = newPlatform()) {
  const options: At = {
    in: "sagemaker",
    model: model(),
    engine: { kind: "vllm", image: AWS_IMAGE },
    variants: [VARIANT],
    network: awsNetwork(platform),
  };
  return { platform, options };
}

function both() {
  const { platform, options } = sageMaker();
  const endpoint = platform.addEndpoint("assistant", {
    classes: [CHAT],
    at: { ireland: options, eemshaven: VERTEX },
  });
  return { platform, endpoint };
}

describe("endpoints that clouds run", () => {
  const { platform, endpoint } = both();

  test("are in the foundations of their sites, and need no cluster", () => {
    expect(stacksOf(platform)).toEqual(["acme-eemshaven-foundation", "acme-ireland-foundation"]);
    expect(template(platform, "ireland", "foundation").count("aws_sagemaker_endpoint")).toBe(1);
    expect(template(platform, "eemshaven", "foundation").count("google_vertex_ai_endpoint")).toBe(1);
  });

  test("have the same name and the same classes, and each says how it is reached", () => {
    expect(endpoint.sites).toEqual(["ireland", "eemshaven"]);
    for (const site of endpoint.sites) {
      expect(endpoint.at(site).endpointName).toBe("assistant");
      expect(endpoint.at(site).classes).toEqual([CHAT]);
      expect(template(platform, site, "foundation").text).toContain("acme-prod-assistant");
    }
    expect(endpoint.at("ireland").access().reach).toMatchObject({ kind: "https", protocol: "sagemaker" });
    expect(endpoint.at("eemshaven").access().reach).toMatchObject({ kind: "https", protocol: "vertex" });
  });

  test("take the options of their construct", () => {
    const { platform: changed, options } = sageMaker();
    changed.addEndpoint("assistant", {
      classes: [CHAT],
      at: { ireland: { ...options, alarmTopicArns: ["arn:aws:sns:eu-west-1:111122223333:on-call"] } as At },
    });
    expect(template(changed, "ireland", "foundation").text).toContain("on-call");
    expect(template(platform, "ireland", "foundation").text).not.toContain("on-call");
    const vertex = newPlatform();
    vertex.addEndpoint("assistant", {
      classes: [CHAT],
      at: { eemshaven: { ...VERTEX, minReplicas: 3, maxReplicas: 3 } as At },
    });
    expect(template(vertex, "eemshaven", "foundation").text).not.toBe(
      template(platform, "eemshaven", "foundation").text,
    );
  });

  test("are the same in every run", () => {
    const again = both().platform;
    for (const site of ["ireland", "eemshaven"]) {
      expect(template(again, site, "foundation").text).toBe(template(platform, site, "foundation").text);
    }
  });

  test("are not behind a gateway, which does not sign for these clouds", () => {
    const declare = () => {
      const { platform: here, options } = sageMaker(platformWith("frankfurt"));
      const made = here.addEndpoint("assistant", { classes: [CHAT], at: { ireland: options } });
      return here.addGateway(
        "front",
        gatewayProps([{ kind: "endpoint", name: "cloud", endpoint: made, site: "ireland" }]),
      );
    };
    expect(codes(declare)).toEqual(["ProtocolNotRouted"]);
    expect(refusal(declare)).toContain("sagemaker");
  });
});

describe("a way to run an endpoint that the site does not have", () => {
  const { options } = sageMaker();
  test.each<[string, At, string]>([
    ["ireland", VERTEX, "cluster, sagemaker"],
    ["eemshaven", options, "cluster, vertex"],
    ["frankfurt", options, "cluster"],
    ["frankfurt", VERTEX, "cluster"],
  ])("is refused at %s", (site, at, allowed) => {
    const declare = () => newPlatform().addEndpoint("assistant", { classes: [CHAT], at: { [site]: at } });
    expect(codes(declare)).toEqual(["EndpointNotAtSite"]);
    expect(refusal(declare)).toContain(`allowed: ${allowed}\n`);
    expect(refusal(declare)).toContain(`at.${site}.in`);
  });

  test("is told of all sites before anything is made", () => {
    const platform = newPlatform();
    const declare = () =>
      platform.addEndpoint("assistant", {
        classes: [CHAT],
        at: { ireland: VERTEX, oslo: inCluster(), frankfurt: VERTEX },
      });
    expect(codes(declare)).toEqual(["EndpointNotAtSite", "EndpointNotAtSite"]);
    expect(stacksOf(platform)).toEqual([]);
  });
});
