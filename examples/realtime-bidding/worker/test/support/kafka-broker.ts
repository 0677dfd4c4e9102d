import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Apache Kafka, from Maven Central: https://repo1.maven.org/maven2/org/apache/kafka/kafka_2.13. */
const KAFKA = "4.1.1";
const CACHE = join(tmpdir(), `kafka-${KAFKA}-jars`);
const DOWNLOAD_MS = 180_000;
const START_MS = 30_000;

export interface Broker {
  readonly name: string;
  readonly bootstrap: string;
  stop(): void;
}

/** @throws Error that says why there is no broker to be had */
function jars(): string {
  if (existsSync(CACHE)) {
    return CACHE;
  }
  const work = mkdtempSync(join(tmpdir(), "kafka-download-"));
  try {
    writeFileSync(
      join(work, "pom.xml"),
      `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>test</groupId><artifactId>broker</artifactId><version>1</version><dependencies><dependency>
<groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA}</version>
</dependency></dependencies></project>`,
    );
    const goal = ["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime"];
    execFileSync("mvn", [...goal, `-DoutputDirectory=${join(work, "jars")}`], {
      cwd: work,
      stdio: "pipe",
      timeout: DOWNLOAD_MS,
    });
    // At once, so that two suites at the same time never see half of it.
    renameSync(join(work, "jars"), CACHE);
  } catch (error) {
    if (!existsSync(CACHE)) {
      throw error;
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return CACHE;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });

/** One node in KRaft mode that keeps nothing. @throws Error if Java, Maven or the network are missing */
export async function startKafka(): Promise<Broker> {
  const libraries = jars();
  const directory = mkdtempSync(join(tmpdir(), "kafka-"));
  mkdirSync(join(directory, "data"));
  const [port, controller] = [await freePort(), await freePort()];
  const properties = join(directory, "server.properties");
  const settings = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.voters": `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    "controller.listener.names": "CONTROLLER",
    "log.dirs": join(directory, "data"),
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 1,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1_000,
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1_000,
    "auto.create.topics.enable": false,
  };
  writeFileSync(
    properties,
    Object.entries(settings)
      .map((entry) => entry.join("="))
      .join("\n"),
  );
  const classPath = join(libraries, "*");
  const cluster = randomBytes(16).toString("base64url");
  execFileSync(
    "java",
    ["-Xmx128m", "-cp", classPath, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", properties],
    {
      stdio: "pipe",
      timeout: START_MS,
    },
  );
  const java: ChildProcess = spawn(
    "java",
    ["-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classPath, "kafka.Kafka", properties],
    { stdio: "ignore" },
  );
  const stop = () => {
    java.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once("exit", stop);
  for (const end = Date.now() + START_MS; !(await isOpen(port)); await sleep(100)) {
    if (java.exitCode !== null || Date.now() > end) {
      stop();
      throw new Error("Kafka did not start");
    }
  }
  return {
    name: `Apache Kafka ${KAFKA} (KRaft, one node, from Maven Central)`,
    bootstrap: `127.0.0.1:${port}`,
    stop,
  };
}
