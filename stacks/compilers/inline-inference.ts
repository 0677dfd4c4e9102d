import type { AwsCluster } from "../../lib/cluster/aws/cluster";
import type { IAcceleratorCluster } from "../../lib/cluster/cluster";
import { CoreErrors } from "../../lib/core/errors";
import type { Problems } from "../../lib/core/problems";
import { addWarning } from "../../lib/core/warnings";
import type { OnlineLookup } from "../../lib/features/features";
import { COMPONENTS } from "../../lib/kubernetes/components";
import { HelmComponent } from "../../lib/kubernetes/helm-component";
import type { AwsEventStream } from "../../lib/streaming/aws/event-stream";
import { InlineLogSink } from "../../lib/streaming/inline/log-sink";
import { InlineInferenceProcessor } from "../../lib/streaming/inline/processor";
import type {
  InlineFeatureLookup,
  InlineInferenceProps,
  InlineVectorLookup,
  ServiceAuth,
} from "../../lib/streaming/inline/props";
import { InlineWarnings } from "../../lib/streaming/inline/warnings";
import type { KubernetesEventStream } from "../../lib/streaming/kubernetes/event-stream";
import type { SecretKeyReference, TopicAccess } from "../../lib/streaming/streaming";
import { MILVUS_VECTOR_FIELD } from "../../lib/vectors/milvus-collection";
import { OPENSEARCH_VECTOR_FIELD } from "../../lib/vectors/opensearch-index";
import { StackErrors } from "../errors";
import type {
  PlatformFeatureLookup,
  PlatformInlineInferenceProps,
  PlatformVectorLookup,
} from "../inline-inference-props";
import type { PlatformContext } from "../platform-context";
import { isInstalled } from "./installed";
import { logSink } from "./log-sink";
import { kedaRole } from "./worker-identity";
import { type WiredProgram, WorkerWiring } from "./worker-wiring";

const FEATURE_KINDS: Readonly<Record<OnlineLookup["kind"], InlineFeatureLookup["kind"]>> = {
  "sagemaker-feature-store": "sagemaker",
  vertex: "vertex",
  feast: "feast",
};

/** Wires look-ups of one site to a worker, beside its topics. */
class Wiring extends WorkerWiring {
  readonly trusted: SecretKeyReference[] = [];

  constructor(
    private readonly problems: Problems,
    private readonly props: PlatformInlineInferenceProps,
    private readonly worker: WiredProgram,
  ) {
    super(worker);
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
    const signIn = () => {
      const { secret, databaseUser: user = "" } = grant();
      const { namespace, name: secretName } = secret!;
      this.trust({ namespace, name: secretName, key: "ca.crt" });
      const password = { namespace, name: secretName, key: "password" };
      return { kind: "login", user, password } as const;
    };
    if (kind === "qdrant" && auth.kind === "kubernetes-secret") {
      const { namespace, name: secretName } = grant().secret!;
      this.trust({ namespace, name: secretName, key: "ca.crt" });
      const { endpoint, target } = reached();
      const secret = { namespace, name: secretName, key: "token" };
      const header = { kind: "header", name: auth.header ?? "api-key", secret } as const;
      return { ...common, kind, endpoint, collection: target, auth: header };
    }
    if (kind === "milvus" && auth.kind === "kubernetes-secret") {
      const login = signIn();
      const { endpoint, target } = reached();
      return { ...common, kind, endpoint, collection: target, field: MILVUS_VECTOR_FIELD, auth: login };
    }
    if (kind === "pgvector" && auth.kind === "kubernetes-secret") {
      const login = signIn();
      const { endpoint: host, target: table, container: database } = reached();
      const { metric, precision, searchParameters } = online;
      return {
        ...common,
        kind,
        endpoint: `postgresql://${host}`,
        database,
        table,
        metric,
        precision: precision === "float16" ? precision : "float32",
        searchParameters,
        auth: login,
      };
    }
    if (auth.kind === "aws-sigv4") {
      grant();
      const { endpoint, target: index, container: bucket } = reached();
      const signed = { ...common, endpoint, index, auth: { ...auth, kind: "aws" } as const };
      return auth.service === "s3vectors"
        ? { ...signed, kind: "s3-vectors", bucket }
        : { ...signed, kind: "opensearch-serverless", field: OPENSEARCH_VECTOR_FIELD };
    }
    if (kind === "vertex" && auth.kind === "google-oauth") {
      grant();
      const { endpoint, target: deployedIndexId, container: indexEndpoint } = reached();
      const { payload, ...asked } = common;
      // What it knows of a neighbour is refused where the processor is made.
      const wanted = payload === undefined ? {} : { payload };
      return {
        ...asked,
        ...wanted,
        kind,
        endpoint,
        indexEndpoint,
        deployedIndexId,
        auth: { kind: "google" },
      };
    }
    this.problems.add(StackErrors.VectorsNotForWorker, {
      subject: `vectors "${lookup.name}"`,
      given: `${kind}, by ${auth.kind}`,
      allowed:
        "qdrant, milvus, pgvector on CloudNativePG, s3-vectors, opensearch-serverless, vertex with publicEndpoint",
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
      const keda = kedaRole(this.worker.cluster as AwsCluster);
      (this.topics as AwsEventStream).grantLag(keda, { topic: input, group: this.worker.id });
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
  const { at, stream, kedaInstalled = false, includePii, log, ...rest } = props;
  const site = platform.site(at);
  const first = platform.stack(at, "platform");
  if (!kedaInstalled && !isInstalled(first, COMPONENTS.keda)) {
    new HelmComponent(first, "keda", { component: COMPONENTS.keda });
  }
  const stack = platform.stack(at, "workloads");
  const program = { id, namespace: props.namespace, site, consumer: stack, stream, cluster };
  const wiring = new Wiring(problems, props, program);
  const input = wiring.input(props.input, includePii);
  const given: InlineInferenceProps = {
    ...rest,
    name: id,
    input,
    decisions: wiring.output("decisions", props.decisions),
    deadLetters:
      props.deadLetters === undefined ? undefined : wiring.output("dead_letters", props.deadLetters),
    log: log && { sampleRate: log.sampleRate, topic: wiring.output("log", log.topic) },
    features: props.features?.map((lookup) => wiring.feature(lookup)),
    vectors: props.vectors?.flatMap((lookup) => wiring.vector(lookup) ?? []),
    awsRegion: wiring.regionFor(input),
    serviceAccount: { annotations: wiring.annotations },
    trustedCas: [...(props.trustedCas ?? []), ...wiring.trusted],
  };
  const sink = log?.table && logSink(problems, program, props, log.table);
  problems.throwIfAny();
  if (props.scale?.prometheus === undefined) {
    wiring.openToKeda(input);
  }
  const processor = new InlineInferenceProcessor(stack, id, given);
  if (sink !== undefined) {
    const made = new InlineLogSink(stack, sink.props.name, sink.props);
    if (sink.warning !== undefined) {
      addWarning(made, InlineWarnings.LogNearlyTooFast, sink.warning);
    }
  }
  return processor;
}
