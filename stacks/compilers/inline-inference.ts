import { TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";
import type { AwsCluster } from "../../lib/cluster/aws/cluster";
import type { IAcceleratorCluster } from "../../lib/cluster/cluster";
import { CoreErrors } from "../../lib/core/errors";
import type { Problems } from "../../lib/core/problems";
import type { Identity } from "../../lib/fabric/identity";
import type { Site } from "../../lib/fabric/site";
import type { OnlineLookup } from "../../lib/features/features";
import { COMPONENTS } from "../../lib/kubernetes/components";
import { HelmComponent } from "../../lib/kubernetes/helm-component";
import type { AwsEventStream } from "../../lib/streaming/aws/event-stream";
import { InlineInferenceProcessor } from "../../lib/streaming/inline/processor";
import type {
  InlineFeatureLookup,
  InlineInferenceProps,
  InlineVectorLookup,
  ServiceAuth,
} from "../../lib/streaming/inline/props";
import type { KubernetesEventStream } from "../../lib/streaming/kubernetes/event-stream";
import type { IEventStream, SecretKeyReference, TopicAccess } from "../../lib/streaming/streaming";
import { OPENSEARCH_VECTOR_FIELD } from "../../lib/vectors/opensearch-index";
import { carryDeep, outputName } from "../cross-stack";
import { StackErrors } from "../errors";
import type {
  PlatformFeatureLookup,
  PlatformInlineInferenceProps,
  PlatformVectorLookup,
} from "../inline-inference-props";
import type { PlatformContext } from "../platform-context";
import type { SiteStack } from "../site-stack";
import { isInstalled } from "./installed";
import { kedaRole, workerIdentity } from "./worker-identity";

const FEATURE_KINDS: Readonly<Record<OnlineLookup["kind"], InlineFeatureLookup["kind"]>> = {
  "sagemaker-feature-store": "sagemaker",
  vertex: "vertex",
  feast: "feast",
};

/** Wires topics, look-ups and identity of one site together. */
class Wiring {
  readonly trusted: SecretKeyReference[] = [];
  private readonly identity: Identity;
  readonly annotations: Readonly<Record<string, string>>;
  private readonly topics: IEventStream;
  private brokers?: string;

  constructor(
    private readonly problems: Problems,
    private readonly consumer: SiteStack,
    private readonly id: string,
    private readonly site: Site,
    private readonly props: PlatformInlineInferenceProps,
    private readonly cluster: IAcceleratorCluster | undefined,
  ) {
    const { identity, annotations } = workerIdentity(site, cluster, id, props.namespace);
    this.identity = identity;
    this.annotations = cluster === undefined ? annotations : this.carried(cluster, "account", annotations);
    this.topics = props.stream.at(props.at);
  }

  /** What a construct of another stack says, readable in the worker's. */
  private carried<T>(from: IConstruct, name: string, value: T): T {
    const producer = TerraformStack.of(from) as SiteStack;
    if (producer === this.consumer) {
      return value;
    }
    this.consumer.addDependency(producer);
    return carryDeep(this.consumer, producer, outputName(`${this.id}_${name}`), value);
  }

  /** What of an access the worker uses: it holds its own copy of schemas. Brokers are read from the other state once. */
  private reached(name: string, { schema: _schema, ...access }: TopicAccess): TopicAccess {
    if (access.kind !== "kafka") {
      return access;
    }
    const { bootstrapServers, ...rest } = access;
    this.brokers ??= this.carried(this.topics, "brokers", bootstrapServers);
    return { ...this.carried(this.topics, name, rest), bootstrapServers: this.brokers };
  }

  input(): TopicAccess {
    const { input, includePii } = this.props;
    const { access } = this.topics.topic(input).grantConsume(this.identity, { group: this.id, includePii });
    return this.reached("input", access);
  }

  output(name: string, topic: string): TopicAccess {
    return this.reached(name, this.topics.topic(topic).grantProduce(this.identity).access);
  }

  feature(lookup: PlatformFeatureLookup): InlineFeatureLookup {
    const { store, view: viewName, keys, includePii, ...rest } = lookup;
    const part = store.at(this.props.at);
    const view = part.view(viewName);
    view.grantRead(this.identity, { includePii });
    const online = this.carried(part, `features_${lookup.name}`, view.online());
    if (online.caSecret !== undefined) {
      this.trust({ ...online.caSecret, key: "ca.crt" });
    }
    return {
      ...rest,
      kind: FEATURE_KINDS[online.kind],
      endpoint: online.endpoint,
      view: online.resource,
      keys: this.keysOf(lookup, online),
      available: online.features.map(({ name }) => name),
      auth: this.authOf(online.auth),
    };
  }

  private keysOf({ name, keys }: PlatformFeatureLookup, online: OnlineLookup): InlineFeatureLookup["keys"] {
    const wanted = online.keys.map((key) => key.name);
    const given = Object.keys(keys);
    const wrong = [
      ...wanted.filter((key) => !given.includes(key)),
      ...given.filter((key) => !wanted.includes(key)),
    ];
    if (wrong.length > 0) {
      this.problems.add(CoreErrors.NotOneOf, {
        subject: `features "${name}" keys`,
        given,
        allowed: `exactly the keys of the entity: ${wanted.join(", ")}`,
      });
    }
    return wanted.map((key) => ({ name: key, from: keys[key] ?? "" }));
  }

  private authOf(auth: OnlineLookup["auth"]): ServiceAuth {
    switch (auth) {
      case "aws-sigv4":
        return {
          kind: "aws",
          region: this.site.kind === "aws" ? this.site.region : "",
          service: "sagemaker",
        };
      case "google-oauth":
        return { kind: "google" };
      case "kubernetes-token":
        return { kind: "service-account" };
    }
  }

  vector(lookup: PlatformVectorLookup): InlineVectorLookup | undefined {
    const { store, collection: name, topK, includePii, ...rest } = lookup;
    const part = store.at(this.props.at);
    const collection = part.collection(name);
    const { kind, auth, ...online } = collection.lookup();
    const grant = () => collection.grantRead(this.identity, { includePii });
    const reached = () => {
      const { endpoint, target, container = "" } = online;
      return this.carried(part, `vectors_${lookup.name}`, { endpoint, target, container });
    };
    const common = { ...rest, topK: topK ?? online.topK };
    if (kind === "qdrant" && auth.kind === "kubernetes-secret") {
      const { namespace, name: secretName } = grant().secret!;
      this.trust({ namespace, name: secretName, key: "ca.crt" });
      const { endpoint, target } = reached();
      const secret = { namespace, name: secretName, key: "token" };
      const header = { kind: "header", name: auth.header ?? "api-key", secret } as const;
      return { ...common, kind, endpoint, collection: target, auth: header };
    }
    if (auth.kind === "aws-sigv4") {
      grant();
      const { endpoint, target: index, container: bucket } = reached();
      const signed = { ...common, endpoint, index, auth: { ...auth, kind: "aws" } as const };
      return auth.service === "s3vectors"
        ? { ...signed, kind: "s3-vectors", bucket }
        : { ...signed, kind: "opensearch-serverless", field: OPENSEARCH_VECTOR_FIELD };
    }
    this.problems.add(StackErrors.VectorsNotForWorker, {
      subject: `vectors "${lookup.name}"`,
      given: `${kind}, by ${auth.kind}`,
      allowed: "qdrant, s3-vectors, opensearch-serverless",
    });
    return undefined;
  }

  private trust(secret: SecretKeyReference): void {
    if (!this.trusted.some(({ namespace, name }) => namespace === secret.namespace && name === secret.name)) {
      this.trusted.push(secret);
    }
  }

  /** KEDA asks the brokers how far the group is: it has to reach them, and with IAM it needs the right to ask. */
  openToKeda({ auth }: TopicAccess): void {
    const { kedaInstalled = false, input } = this.props;
    if (this.topics.engine.engine === "strimzi") {
      (this.topics as KubernetesEventStream).letIn(COMPONENTS.keda.namespace);
    } else if (auth === "sasl-iam" && !kedaInstalled) {
      const keda = kedaRole(this.cluster as AwsCluster);
      (this.topics as AwsEventStream).grantLag(keda, { topic: input, group: this.id });
    }
  }
}

/** KEDA in the platform stack, the worker in the workloads stack. */
export function compile(
  problems: Problems,
  platform: PlatformContext,
  id: string,
  props: PlatformInlineInferenceProps,
  cluster: IAcceleratorCluster | undefined,
): InlineInferenceProcessor {
  const { at, stream: _s, kedaInstalled = false, includePii: _i, ...rest } = props;
  const site = platform.site(at);
  const first = platform.stack(at, "platform");
  if (!kedaInstalled && !isInstalled(first, COMPONENTS.keda)) {
    new HelmComponent(first, "keda", { component: COMPONENTS.keda });
  }
  const stack = platform.stack(at, "workloads");
  const wiring = new Wiring(problems, stack, id, site, props, cluster);
  const input = wiring.input();
  const given: InlineInferenceProps = {
    ...rest,
    name: id,
    input,
    decisions: wiring.output("decisions", props.decisions),
    deadLetters:
      props.deadLetters === undefined ? undefined : wiring.output("dead_letters", props.deadLetters),
    log: props.log && { ...props.log, topic: wiring.output("log", props.log.topic) },
    features: props.features?.map((lookup) => wiring.feature(lookup)),
    vectors: props.vectors?.flatMap((lookup) => wiring.vector(lookup) ?? []),
    awsRegion: site.kind === "aws" && input.auth === "sasl-iam" ? site.region : undefined,
    serviceAccount: { annotations: wiring.annotations },
    trustedCas: [...(props.trustedCas ?? []), ...wiring.trusted],
  };
  problems.throwIfAny();
  if (props.scale?.prometheus === undefined) {
    wiring.openToKeda(input);
  }
  return new InlineInferenceProcessor(stack, id, given);
}
