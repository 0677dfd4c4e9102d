import { TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";
import type { IAcceleratorCluster } from "../../lib/cluster/cluster";
import type { Identity } from "../../lib/fabric/identity";
import type { Site } from "../../lib/fabric/site";
import type { IEventStream, TopicAccess } from "../../lib/streaming/streaming";
import { carryDeep, outputName } from "../cross-stack";
import type { SiteStack } from "../site-stack";
import type { PlatformStream } from "../stream-builder";
import { workerIdentity } from "./worker-identity";

export interface WiredProgram {
  /** Name of the program, of its service account, and of its consumer group. */
  readonly id: string;
  readonly namespace: string;
  readonly site: Site;
  /** Stack that the program is in. */
  readonly consumer: SiteStack;
  readonly stream: PlatformStream;
  /** Of a cloud site. */
  readonly cluster: IAcceleratorCluster | undefined;
}

/** Wires topics and identity of a program at one site together. */
export class WorkerWiring {
  readonly identity: Identity;
  /** Of the service account in the cluster. */
  readonly annotations: Readonly<Record<string, string>>;
  protected readonly topics: IEventStream;
  protected readonly site: Site;
  private brokers?: string;

  constructor(private readonly program: WiredProgram) {
    const { id, namespace, site, cluster, stream } = program;
    const { identity, annotations } = workerIdentity(site, cluster, id, namespace);
    this.site = site;
    this.identity = identity;
    this.annotations = cluster === undefined ? annotations : this.carried(cluster, "account", annotations);
    this.topics = stream.at(site.name);
  }

  /** What a construct of another stack says, readable in the program's. */
  carried<T>(from: IConstruct, name: string, value: T): T {
    const { consumer, id } = this.program;
    const producer = TerraformStack.of(from) as SiteStack;
    if (producer === consumer) {
      return value;
    }
    consumer.addDependency(producer);
    return carryDeep(consumer, producer, outputName(`${id}_${name}`), value);
  }

  /** What of an access programs use: they hold their own copy of schemas. Brokers are read from the other state once. */
  private reached(name: string, { schema: _schema, ...access }: TopicAccess): TopicAccess {
    if (access.kind !== "kafka") {
      return access;
    }
    const { bootstrapServers, ...rest } = access;
    this.brokers ??= this.carried(this.topics, "brokers", bootstrapServers);
    return { ...this.carried(this.topics, name, rest), bootstrapServers: this.brokers };
  }

  /** As a group of the program's name. */
  input(topic: string, includePii: boolean | undefined): TopicAccess {
    const options = { group: this.program.id, includePii };
    return this.reached("input", this.topics.topic(topic).grantConsume(this.identity, options).access);
  }

  output(name: string, topic: string): TopicAccess {
    return this.reached(name, this.topics.topic(topic).grantProduce(this.identity).access);
  }

  /** Region of the brokers, if they ask for it. */
  regionFor(input: TopicAccess): string | undefined {
    return this.site.kind === "aws" && input.auth === "sasl-iam" ? this.site.region : undefined;
  }
}
