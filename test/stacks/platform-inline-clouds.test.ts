import { Identity } from "../../lib";
import { findTokenLeaks } from "../../lib/testing";
import type { HybridPlatform } from "../../stacks";
import { objects } from "../lakehouse/kubernetes/support";
import { docs } from "../vectors/fixture";
import {
  addAwsCluster,
  addGoogleCluster,
  addLakehouse,
  awsNetwork,
  charts,
  codes,
  googleNetwork,
  newPlatform,
  refusal,
  TOPICS,
  template,
} from "./data-fixture";
import { accountOf, featuresOf, lookup, PROMETHEUS, policies, WORKER } from "./worker-fixture";

describe("a worker at an AWS site", () => {
  const ireland = () => {
    const platform = newPlatform();
    addAwsCluster(platform);
    const features = featuresOf(platform, ["ireland"], addLakehouse(platform, ["ireland"]));
    const stream = platform.addStream("events", {
      at: ["ireland"],
      topics: TOPICS,
      delivery: "exactly-once",
      aws: { engine: "msk-provisioned", network: awsNetwork(platform) },
    });
    const props = { ...WORKER, at: "ireland", stream, features: [lookup(features)] };
    return { platform, props };
  };
  const { platform, props } = ireland();
  platform.addInlineInference("scorer", props);
  const foundation = template(platform, "ireland", "foundation");
  const workloads = template(platform, "ireland", "workloads");

  test("has a role of its own, with the rights of its topics and features", () => {
    expect(foundation.resource("aws_eks_pod_identity_association", "pod-role-bidding")).toMatchObject({
      namespace: "bidding",
      service_account: "scorer",
    });
    const text = policies(foundation);
    expect(text).toContain("topic/acme-prod-events-ireland/*/bids");
    expect(text).toContain("topic/acme-prod-events-ireland/*/decisions");
    expect(text).toContain("group/acme-prod-events-ireland/*/scorer");
    expect(text).toContain("transactional-id/acme-prod-events-ireland/*/scorer-*");
    expect(text).toContain("sagemaker:GetRecord");
  });

  test("gets brokers and feature group through one output each of the foundation, which is applied before", () => {
    expect(foundation.json.output).toHaveProperty("scorer_brokers");
    const outputs = Object.keys(foundation.json.output ?? {}).filter((name) => name.startsWith("scorer"));
    expect(outputs).toEqual(["scorer_brokers", "scorer_features_user_resource"]);
    expect(workloads.text).toContain(
      "data.terraform_remote_state.state-of-acme-ireland-foundation.outputs.scorer_brokers",
    );
    const order = platform.stack("ireland", "workloads").dependencies.map(({ node }) => node.id);
    expect(order).toEqual(expect.arrayContaining(["acme-ireland-foundation", "acme-ireland-platform"]));
    expect(workloads.text).not.toContain("cross-stack-output");
    expect(findTokenLeaks(workloads.json)).toEqual([]);
  });

  test("signs by the region of its site", () => {
    const text = (workloads.resource("kubernetes_config_map_v1", "scorer").data as Record<string, string>)[
      "config.json"
    ]!;
    expect(text).toContain('"sasl":{"kind":"aws-iam","region":"eu-west-1"}');
    expect(text).toContain('"auth":{"kind":"aws","region":"eu-west-1","service":"sagemaker"}');
    expect(text).toContain('"delivery":"exactly-once"');
  });

  test("lets KEDA ask how far the group is, and read nothing", () => {
    expect(charts(platform, "ireland")).toContain("keda");
    expect(foundation.resource("aws_eks_pod_identity_association", "pod-role-keda")).toMatchObject({
      namespace: "keda",
      service_account: "keda-operator",
    });
    const { policy } = foundation.resource("aws_iam_role_policy", "events_grants_keda");
    const { Statement } = JSON.parse(String(policy)) as { Statement: { Action: string[] | string }[] };
    expect(Statement.flatMap(({ Action }) => Action).sort()).toEqual([
      "kafka-cluster:Connect",
      "kafka-cluster:DescribeGroup",
      "kafka-cluster:DescribeTopic",
    ]);
    const trigger = Object.values(objects(workloads, "ScaledObject"))[0]!.spec.triggers[0];
    expect(trigger.metadata).toMatchObject({ saslTokenProvider: "aws_msk_iam", awsRegion: "eu-west-1" });
  });

  test("shares KEDA's role with other workers, and needs none without it", () => {
    const two = ireland();
    two.platform.addInlineInference("scorer", two.props);
    two.platform.addInlineInference("ranker", { ...two.props, features: [] });
    const roles = (made: HybridPlatform) =>
      Object.keys(
        template(made, "ireland", "foundation").resources("aws_eks_pod_identity_association"),
      ).filter((id) => id.includes("pod-role-keda"));
    expect(roles(two.platform)).toHaveLength(1);
    for (const change of [{ kedaInstalled: true }, { scale: PROMETHEUS }]) {
      const own = ireland();
      own.platform.addInlineInference("scorer", { ...own.props, ...change });
      expect(roles(own.platform)).toEqual([]);
    }
  });

  test("needs a cluster there", () => {
    const bare = newPlatform();
    const stream = bare.addStream("events", {
      at: ["ireland"],
      topics: TOPICS,
      aws: { engine: "msk-provisioned", network: awsNetwork(bare) },
    });
    const declare = () => bare.addInlineInference("scorer", { ...WORKER, at: "ireland", stream });
    expect(codes(declare)).toEqual(["NoClusterAtSite"]);
    expect(refusal(declare)).toContain("addCluster");
  });

  test("does not read Kinesis", () => {
    const other = newPlatform();
    addAwsCluster(other);
    const stream = other.addStream("events", { at: ["ireland"], topics: TOPICS, aws: { engine: "kinesis" } });
    expect(codes(() => other.addInlineInference("scorer", { ...WORKER, at: "ireland", stream }))).toContain(
      "InlinePathUnsupported",
    );
  });
});

describe("a worker at a Google site", () => {
  const eemshaven = () => {
    const platform = newPlatform();
    addGoogleCluster(platform);
    const stream = platform.addStream("events", {
      at: ["eemshaven"],
      topics: TOPICS,
      google: { engine: "managed-kafka", network: googleNetwork(platform) },
    });
    return { platform, stream };
  };
  const { platform, stream } = eemshaven();
  const props = { ...WORKER, at: "eemshaven", stream, scale: PROMETHEUS };
  const features = featuresOf(platform, ["eemshaven"], addLakehouse(platform, ["eemshaven"]));
  platform.addInlineInference("scorer", { ...props, features: [lookup(features)] });
  const foundation = template(platform, "eemshaven", "foundation");
  const workloads = template(platform, "eemshaven", "workloads");

  test("acts as a Google service account of its own, which the brokers can name", () => {
    const [[id, account]] = Object.entries(foundation.resources("google_service_account")).filter(([key]) =>
      key.includes("scorer"),
    ) as [[string, Record<string, unknown>]];
    expect(account).toMatchObject({ project: "acme-ai" });
    expect(String(account.account_id).length).toBeLessThanOrEqual(30);
    const acls = JSON.stringify(foundation.resources("google_managed_kafka_acl"));
    expect(acls).toContain(`User:\${google_service_account.${id}.email}`);
    expect(acls).not.toContain("principal://");
    expect(foundation.resource("google_service_account_iam_member", "scorer")).toMatchObject({
      role: "roles/iam.workloadIdentityUser",
      member: "serviceAccount:acme-ai.svc.id.goog[bidding/scorer]",
    });
  });

  test("has the annotation that binds it, through an output of the foundation", () => {
    expect(accountOf(workloads).metadata.annotations).toEqual({
      "iam.gke.io/gcp-service-account": expect.stringContaining(
        "data.terraform_remote_state.state-of-acme-eemshaven-foundation.outputs.scorer_account",
      ),
    });
    expect(workloads.text).not.toContain("cross-stack-output");
    expect(findTokenLeaks(workloads.json)).toEqual([]);
  });

  test("signs in at brokers and Vertex AI by tokens of Google", () => {
    const text = (workloads.resource("kubernetes_config_map_v1", "scorer").data as Record<string, string>)[
      "config.json"
    ]!;
    expect(text).toContain('"sasl":{"kind":"google"}');
    expect(text).toContain('"auth":{"kind":"google"}');
    expect(text).toContain('"kind":"vertex"');
  });

  test("is scaled by what Prometheus knows: KEDA cannot sign in at these brokers", () => {
    const other = eemshaven();
    const declare = () =>
      other.platform.addInlineInference("scorer", { ...WORKER, at: "eemshaven", stream: other.stream });
    expect(codes(declare)).toEqual(["ScalerCannotAuthenticate"]);
  });

  test("pods that act as themselves are refused by the stream, with the way out", () => {
    const itself = {
      kind: "google-member",
      name: "itself",
      member: "principal://iam.googleapis.com/projects/1/subject/ns/bidding/sa/scorer",
    } as const;
    const grant = () => eemshaven().stream.at("eemshaven").topic("bids").grantConsume(itself);
    expect(codes(grant)).toEqual(["GrantNotApplicable"]);
    expect(refusal(grant)).toContain("podServiceAccount");
    const account = Identity.googleServiceAccount("sa", "scorer@acme-ai.iam.gserviceaccount.com");
    expect(eemshaven().stream.at("eemshaven").topic("bids").grantConsume(account).access.kind).toBe("kafka");
  });
});

describe("vectors for a worker at Google", () => {
  const lookedUp = (google: object, payload?: readonly string[]) => {
    const platform = newPlatform();
    addGoogleCluster(platform);
    const store = platform.addVectorStore("ads", {
      at: ["eemshaven"],
      collections: [docs({ topK: 7 })],
      google: { engine: "vertex", ...google },
    });
    const stream = platform.addStream("events", {
      at: ["eemshaven"],
      topics: TOPICS,
      google: { engine: "managed-kafka", network: googleNetwork(platform) },
    });
    const vector = { name: "ads", store, collection: "docs", vector: "embedding" };
    platform.addInlineInference("scorer", {
      ...WORKER,
      at: "eemshaven",
      stream,
      scale: PROMETHEUS,
      vectors: [payload === undefined ? vector : { ...vector, payload }],
    });
    return platform;
  };

  test("are looked up at a public endpoint of Vertex AI, as the worker's service account", () => {
    const platform = lookedUp({ publicEndpoint: true });
    const workloads = template(platform, "eemshaven", "workloads");
    const text = (workloads.resource("kubernetes_config_map_v1", "scorer").data as Record<string, string>)[
      "config.json"
    ]!;
    expect(JSON.parse(text).vectors).toEqual([
      {
        kind: "vertex",
        name: "ads",
        endpoint: expect.stringContaining("vectors_ads_endpoint"),
        indexEndpoint: expect.stringContaining("vectors_ads_container"),
        deployedIndexId: expect.stringMatching(/ads_docs_europe_west4$/),
        vector: "embedding",
        topK: 7,
        timeoutMs: 50,
        onMissing: "default",
        auth: { kind: "google" },
      },
    ]);
    expect(findTokenLeaks(workloads.json)).toEqual([]);
    const members = Object.values(
      template(platform, "eemshaven", "foundation").resources("google_project_iam_member"),
    ).filter(({ role }) => String(role).includes("google_project_iam_custom_role"));
    expect(members.map(({ member }) => member)).toEqual([expect.stringContaining("scorer")]);
  });

  test("are refused behind a private endpoint, with the way out", () => {
    const declare = () => lookedUp({ network: googleNetwork(newPlatform()) });
    expect(codes(declare)).toEqual(["VectorsNotForWorker"]);
    expect(refusal(declare)).toContain("publicEndpoint: true");
  });

  test("have no payload", () => {
    expect(codes(() => lookedUp({ publicEndpoint: true }, ["brand"]))).toEqual(["NoEffect"]);
  });
});
