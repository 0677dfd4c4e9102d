import { Identity, Site } from "../../lib";
import { AwsNetwork } from "../../lib/aws";
import { expectStable, findTokenLeaks, synthStack, testApp } from "../../lib/testing";
import { HybridPlatform, type PlatformStreamProps } from "../../stacks";
import { objects } from "../lakehouse/kubernetes/support";
import { docs } from "../vectors/fixture";
import {
  addLakehouse,
  awsNetwork,
  charts,
  codes,
  EEMSHAVEN,
  FRANKFURT,
  googleNetwork,
  IRELAND,
  kinds,
  newPlatform,
  OSLO,
  OWNERSHIP,
  POD,
  refusal,
  S3,
  stacksOf,
  TOPICS,
  template,
} from "./data-fixture";

const KAFKA: PlatformStreamProps = { at: ["frankfurt"], topics: TOPICS };
const EXTERNAL = { bootstrap: "kafka.fra.example.com:9094", allowedCidrs: ["10.0.0.0/8"] };
const CREDENTIALS = { kind: "mtls", secretName: "mirror" } as const;

/** A stream at a site of each kind. */
function everywhere(platform: HybridPlatform, change: Partial<PlatformStreamProps> = {}) {
  return platform.addStream("events", {
    at: ["ireland", "eemshaven", "frankfurt"],
    topics: TOPICS,
    aws: { engine: "msk-provisioned", network: awsNetwork(platform) },
    google: { engine: "managed-kafka", network: googleNetwork(platform) },
    ...change,
  });
}

describe("a stream at three kinds of sites", () => {
  const platform = newPlatform();
  const stream = everywhere(platform);

  test("has its parts in the stacks where they belong", () => {
    expect(stacksOf(platform)).toEqual([
      "acme-eemshaven-foundation",
      "acme-frankfurt-platform",
      "acme-frankfurt-workloads",
      "acme-ireland-foundation",
    ]);
    expect(template(platform, "ireland", "foundation").count("aws_msk_cluster")).toBe(1);
    expect(template(platform, "eemshaven", "foundation").count("google_managed_kafka_cluster")).toBe(1);
    expect(charts(platform, "frankfurt")).toEqual(["strimzi-kafka-operator"]);
    expect(kinds(template(platform, "frankfurt", "platform"))).toEqual([]);
    expect(kinds(template(platform, "frankfurt", "workloads"))).toEqual([
      "Kafka",
      "KafkaNodePool",
      "KafkaTopic",
    ]);
  });

  test("is named after its site, because sites can share an account, and has the same topics everywhere", () => {
    const parts = stream.sites.map((site) => stream.at(site));
    expect(stream).toMatchObject({ name: "events", sites: ["ireland", "eemshaven", "frankfurt"] });
    expect(parts.map(({ streamName }) => streamName)).toEqual(
      parts.map(({ site }) => `acme-prod-events-${site.name}`),
    );
    expect(parts.map(({ topicNames }) => topicNames)).toEqual(Array(3).fill(["bids", "decisions"]));
    expect(parts.map(({ site }) => site.kind)).toEqual(["aws", "google", "kubernetes"]);
  });

  test("gives rights at each site by itself", () => {
    const { access } = stream.at("frankfurt").topic("bids").grantConsume(POD, { group: "scorer" });
    expect(access).toMatchObject({ kind: "kafka", auth: "mtls", consumerGroup: "scorer" });
    expect(codes(() => stream.at("oslo"))).toEqual(["UnknownSite"]);
    expect(refusal(() => stream.at("oslo"))).toContain("ireland, eemshaven, frankfurt");
  });
});

test("choices for a single site are laid over those of its kind", () => {
  const platform = newPlatform();
  platform.addStream("events", {
    at: ["frankfurt", "oslo"],
    topics: TOPICS,
    kubernetes: { namespace: "bidding", brokers: { storageGiB: 2_000 } },
    perSite: { oslo: { kubernetes: { clientAuth: "scram", brokers: { storageGiB: 3_000 } } } },
  });
  const pool = (site: string) => objects(template(platform, site, "workloads"), "KafkaNodePool");
  const text = (site: string) => JSON.stringify(pool(site));
  expect(text("frankfurt")).toContain("2000Gi");
  expect(text("oslo")).toContain("3000Gi");
  const kafka = (site: string) =>
    objects(template(platform, site, "workloads"), "Kafka")[`acme-prod-events-${site}`];
  expect(kafka("frankfurt")!.metadata).toMatchObject({ namespace: "bidding" });
  expect(kafka("oslo")!.metadata).toMatchObject({ namespace: "bidding" });
  expect(JSON.stringify(kafka("oslo"))).toContain("scram-sha-512");
});

describe("operators", () => {
  const both = (first: () => unknown, second: () => unknown) => void [first(), second()];

  test("are installed once for two streams of a site", () => {
    const platform = newPlatform();
    platform.addStream("events", KAFKA);
    platform.addStream("clicks", KAFKA);
    expect(charts(platform, "frankfurt")).toEqual(["strimzi-kafka-operator"]);
  });

  test("are the cluster's own where that is said", () => {
    const platform = newPlatform();
    platform.addStream("events", { ...KAFKA, kubernetes: { operators: { strimzi: false } } });
    platform.addStream("clicks", KAFKA);
    expect(charts(platform, "frankfurt")).toEqual([]);
  });

  test.each(["lakehouse first", "stream first"])("share cert-manager with a lakehouse, %s", (order) => {
    const platform = newPlatform();
    const lakehouse = () => addLakehouse(platform, ["frankfurt"]);
    const stream = () =>
      platform.addStream("events", { ...KAFKA, kubernetes: { operators: { flink: true } } });
    both(
      ...((order === "stream first" ? [stream, lakehouse] : [lakehouse, stream]) as [
        () => unknown,
        () => unknown,
      ]),
    );
    expect(charts(platform, "frankfurt")).toEqual([
      "cert-manager",
      "cloudnative-pg",
      "flink-kubernetes-operator",
      "spark-operator",
      "strimzi-kafka-operator",
    ]);
  });

  test("of a later stream would do nothing, and are refused", () => {
    const platform = newPlatform();
    platform.addStream("events", KAFKA);
    const later = { ...KAFKA, kubernetes: { operators: { flink: true } } };
    expect(codes(() => platform.addStream("clicks", later))).toEqual(["NoEffect"]);
  });
});

describe("a mirror", () => {
  const mirrored = (change: Partial<NonNullable<PlatformStreamProps["mirrors"]>[number]> = {}) => {
    const platform = newPlatform();
    platform.addStream("events", {
      at: ["frankfurt", "oslo"],
      topics: TOPICS,
      perSite: { frankfurt: { kubernetes: { external: EXTERNAL } } },
      mirrors: [
        {
          from: "frankfurt",
          to: "oslo",
          topics: ["bids"],
          credentials: CREDENTIALS,
          caSecretName: "fra-ca",
          ...change,
        },
      ],
    });
    return platform;
  };

  test("works beside its target, with the address that the source has outside", () => {
    const platform = mirrored();
    const found = template(platform, "oslo", "workloads");
    const [mirror] = Object.values(objects(found, "KafkaMirrorMaker2"));
    expect(mirror!.metadata.name).toContain("from-frankfurt");
    expect(JSON.stringify(mirror!.spec)).toContain("kafka.fra.example.com:9094");
    expect(JSON.stringify(Object.values(objects(found, "KafkaTopic")))).toContain("frankfurt.bids");
    expect(kinds(template(platform, "frankfurt", "workloads"))).not.toContain("KafkaMirrorMaker2");
  });

  test("carries positions of groups, and the copies can be read at the target", () => {
    const platform = newPlatform();
    const stream = platform.addStream("events", {
      at: ["frankfurt", "oslo"],
      topics: TOPICS,
      perSite: { frankfurt: { kubernetes: { external: EXTERNAL } } },
      mirrors: [
        {
          from: "frankfurt",
          to: "oslo",
          topics: ["bids"],
          credentials: CREDENTIALS,
          consumerGroups: ["ranker"],
        },
      ],
    });
    const reader = Identity.kubernetesServiceAccount("ranker", {
      namespace: "ranking",
      serviceAccount: "ranker",
    });
    stream.at("oslo").topic("frankfurt.bids").grantConsume(reader, { group: "ranker" });
    const found = template(platform, "oslo", "workloads");
    const [mirror] = Object.values(objects(found, "KafkaMirrorMaker2"));
    expect(mirror!.spec.mirrors[0].groupsPattern).toBe("ranker");
    expect(JSON.stringify(Object.values(objects(found, "KafkaUser")))).toContain('"group"');
    expect(JSON.stringify(objects(found, "KafkaUser"))).toContain("-ranker");
  });

  test("reads MSK by an address that is told", () => {
    const platform = newPlatform();
    platform.addStream("events", {
      at: ["ireland", "oslo"],
      topics: TOPICS,
      aws: {
        engine: "msk-provisioned",
        network: awsNetwork(platform),
        clientCertificateAuthorityArns: [
          "arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/11111111-2222-3333-4444-555555555555",
        ],
      },
      mirrors: [
        {
          from: "ireland",
          to: "oslo",
          topics: ["bids"],
          bootstrapServers: "b-1.example.com:9094",
          credentials: CREDENTIALS,
        },
      ],
    });
    const [mirror] = Object.values(objects(template(platform, "oslo", "workloads"), "KafkaMirrorMaker2"));
    expect(JSON.stringify(mirror!.spec)).toContain("b-1.example.com:9094");
  });

  describe("from MSK to MSK", () => {
    const PARIS = Site.aws("paris", { region: "eu-west-3", account: "111122223333" });
    const CHOSEN = { engine: "msk-provisioned", replicatedAcrossRegions: true } as const;

    function replicated(change: object = {}) {
      const platform = new HybridPlatform(testApp(), "acme", {
        ...OWNERSHIP,
        backend: S3,
        sites: [IRELAND, PARIS],
      });
      const network = new AwsNetwork(platform.stack("paris", "foundation"), "net", {
        site: PARIS,
        namePrefix: "acme",
        cidrBlock: "10.1.0.0/16",
        availabilityZones: ["eu-west-3a", "eu-west-3b", "eu-west-3c"],
        internetEgress: "single-nat",
      });
      const stream = platform.addStream("events", {
        at: ["ireland", "paris"],
        topics: TOPICS,
        aws: { ...CHOSEN, network: awsNetwork(platform) },
        perSite: { paris: { aws: { network } } },
        mirrors: [
          { from: "paris", to: "ireland", topics: ["bids"], consumerGroups: ["ranker"], ...change } as never,
        ],
      });
      return { platform, stream };
    }

    test("a replicator beside the target reads what the source's stack puts out", () => {
      const { platform, stream } = replicated();
      const target = template(platform, "ireland", "foundation");
      const { kafka_cluster: clusters } = target.resource("aws_msk_replicator") as never as {
        kafka_cluster: readonly { amazon_msk_cluster: { msk_cluster_arn: string }; vpc_config: object }[];
      };
      expect(clusters[0]!.amazon_msk_cluster.msk_cluster_arn).toContain("terraform_remote_state");
      expect(JSON.stringify(clusters[0]!.vpc_config)).toContain("terraform_remote_state");
      expect(clusters[1]!.amazon_msk_cluster.msk_cluster_arn).toContain("aws_msk_cluster");
      expect(platform.stack("ireland", "foundation").dependencies).toContain(
        platform.stack("paris", "foundation"),
      );
      expect(template(platform, "paris", "foundation").count("aws_msk_replicator")).toBe(0);
      expect(stream.at("ireland").topic("paris.bids").model.partitions).toBeGreaterThan(0);
    });

    test.each<[string, object, string]>([
      ["credentials", { credentials: CREDENTIALS }, "NoEffect"],
      ["pods", { replicas: 3 }, "NoEffect"],
      ["no groups", { consumerGroups: undefined }, "MissingValue"],
    ])("is refused with %s", (_, change, code) => {
      expect(codes(() => replicated(change))).toEqual([code]);
    });
  });

  const inClusters = (mirror: object) => () =>
    newPlatform().addStream("events", {
      at: ["frankfurt", "oslo"],
      topics: TOPICS,
      perSite: { frankfurt: { kubernetes: { external: EXTERNAL } } },
      mirrors: [{ from: "frankfurt", to: "oslo", topics: ["bids"], ...mirror } as never],
    });

  test.each<[string, object, readonly string[]]>([
    ["no credentials", {}, ["MissingValue"]],
    ["a start", { credentials: CREDENTIALS, startAt: "latest" }, ["NoEffect"]],
    ["a compression", { credentials: CREDENTIALS, compression: "zstd" }, ["NoEffect"]],
  ])("to a cluster is refused with %s", (_, mirror, expected) => {
    expect(codes(inClusters(mirror))).toEqual(expected);
  });

  test.each<[string, Parameters<typeof mirrored>[0], string, string]>([
    ["from a site without a part", { from: "ireland" }, "MirrorNotAtSite", "mirrors[0].from"],
    ["to a site without a part", { to: "ireland" }, "MirrorNotAtSite", "mirrors[0].to"],
    ["of a topic that there is not", { topics: ["clicks"] }, "UnknownTopic", "clicks"],
  ])("%s is refused", (_, change, code, text) => {
    expect(codes(() => mirrored(change))).toContain(code);
    expect(refusal(() => mirrored(change))).toContain(text);
  });

  test("to a cloud's brokers is refused, because nothing could run it there", () => {
    const platform = newPlatform();
    const mirrors = [{ from: "frankfurt", to: "ireland", topics: ["bids"], credentials: CREDENTIALS }];
    const declare = () => everywhere(platform, { mirrors });
    expect(codes(declare)).toEqual(["MirrorNotAtSite"]);
    expect(refusal(declare)).toContain("frankfurt");
  });

  test("without an address of the source is refused", () => {
    const declare = () =>
      newPlatform().addStream("events", {
        at: ["frankfurt", "oslo"],
        topics: TOPICS,
        mirrors: [{ from: "frankfurt", to: "oslo", topics: ["bids"], credentials: CREDENTIALS }],
      });
    expect(codes(declare)).toEqual(["MissingValue"]);
    expect(refusal(declare)).toContain("bootstrapServers");
  });

  test("twice between the same sites is refused", () => {
    const mirror = { from: "frankfurt", to: "oslo", topics: ["bids"], credentials: CREDENTIALS };
    const declare = () =>
      newPlatform().addStream("events", {
        at: ["frankfurt", "oslo"],
        topics: TOPICS,
        mirrors: [mirror, { ...mirror, topics: ["decisions"] }],
      });
    expect(codes(declare)).toEqual(["DuplicateValue"]);
  });
});

describe("a stream is refused", () => {
  test.each<[string, Partial<PlatformStreamProps>, string, string]>([
    ["at no site", { at: [] }, "MissingValue", "at"],
    ["at a site that nobody knows", { at: ["mars"] }, "UnknownSite", "mars"],
    ["at one site twice", { at: ["frankfurt", "frankfurt"] }, "DuplicateValue", "at"],
    ["without the engine of an AWS site", { at: ["ireland"] }, "MissingValue", "aws.engine"],
    ["without the engine of a Google site", { at: ["eemshaven"] }, "MissingValue", "google.engine"],
    ["with choices of another kind of site", { aws: { engine: "kinesis" } }, "OptionsWithoutSite", "aws"],
    ["with choices for a site that it is not at", { perSite: { oslo: {} } }, "UnknownSite", "oslo"],
    [
      "with choices of the wrong kind for a site",
      { perSite: { frankfurt: { aws: { engine: "kinesis" } } } },
      "OptionsWithoutSite",
      "frankfurt",
    ],
    ["without topics", { topics: [] }, "MissingValue", "topics"],
  ])("%s", (_, change, code, text) => {
    const declare = () => newPlatform().addStream("events", { ...KAFKA, ...change });
    expect(codes(declare)).toEqual([code]);
    expect(refusal(declare)).toContain(text);
  });

  test("under a name that is taken, or that is none", () => {
    const platform = newPlatform();
    platform.addStream("events", KAFKA);
    expect(codes(() => platform.addStream("events", KAFKA))).toEqual(["DuplicateName"]);
    expect(codes(() => platform.addStream("Events", KAFKA))).toEqual(["InvalidName"]);
  });

  test("under the name of something else: ids and names of resources would meet", () => {
    const platform = newPlatform();
    addLakehouse(platform, ["frankfurt"]);
    expect(codes(() => platform.addStream("lake", KAFKA))).toEqual(["DuplicateName"]);
    platform.addStream("events", KAFKA);
    const store = { at: ["frankfurt"], collections: [docs()], kubernetes: { engine: "qdrant" } } as const;
    expect(codes(() => platform.addVectorStore("events", store))).toEqual(["DuplicateName"]);
    expect(refusal(() => platform.addVectorStore("events", store))).toContain("a stream has this one");
    const zones = [{ name: "raw", at: ["ireland"] }];
    expect(codes(() => platform.addLakehouse("events", { zones }))).toEqual(["DuplicateName"]);
    const cluster = { at: "oslo", pools: [], kubernetes: { provider: "generic", nodes: {} } } as const;
    expect(codes(() => platform.addCluster("events", cluster))).toContain("DuplicateName");
  });

  test("and leaves its name free", () => {
    const platform = newPlatform();
    expect(codes(() => platform.addStream("events", { ...KAFKA, at: [] }))).toEqual(["MissingValue"]);
    expect(platform.addStream("events", KAFKA).sites).toEqual(["frankfurt"]);
  });
});

describe("the output", () => {
  const build =
    (change: Partial<PlatformStreamProps>) => (app: ConstructorParameters<typeof HybridPlatform>[0]) => {
      const platform = new HybridPlatform(app, "acme", {
        ...OWNERSHIP,
        backend: S3,
        sites: [IRELAND, EEMSHAVEN, FRANKFURT, OSLO],
      });
      everywhere(platform, change);
      return platform;
    };

  test("is the same in every run, and holds no token", () => {
    expectStable(build({}));
    const platform = newPlatform();
    everywhere(platform);
    for (const [site, phase] of [
      ["ireland", "foundation"],
      ["eemshaven", "foundation"],
      ["frankfurt", "workloads"],
    ] as const) {
      expect(findTokenLeaks(synthStack(platform.stack(site, phase)))).toEqual([]);
    }
  });

  test("does not depend on the order of sites and topics", () => {
    const text = (change: Partial<PlatformStreamProps>) => {
      const platform = newPlatform();
      everywhere(platform, change);
      return [
        template(platform, "ireland", "foundation").text,
        template(platform, "eemshaven", "foundation").text,
        template(platform, "frankfurt", "platform").text,
        template(platform, "frankfurt", "workloads").text,
      ];
    };
    expect(text({ at: ["frankfurt", "eemshaven", "ireland"], topics: [...TOPICS].reverse() })).toEqual(
      text({}),
    );
  });
});
