import { accessSync, constants } from "node:fs";
import { experimental, Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import type { Config } from "./config.js";
import { Exchange, type Parts } from "./exchange.js";
import { errorText } from "./log.js";
import { type ProcessingRequest, type ProcessingResponse, SERVICE } from "./messages.js";

/** Around a body come headers and metadata. */
const MESSAGE_OVERHEAD_BYTES = 1_048_576;
const RELOAD_MS = 60_000;

export interface Processor {
  readonly port: number;
  /** No new exchanges; those in work may end, but no longer than this. */
  drain(ms: number): Promise<void>;
}

type Stream = ServerDuplexStream<ProcessingRequest, ProcessingResponse>;

/** Serves Envoy's ext_proc, each exchange by itself. @throws Error if a file of the certificate is not there */
export async function serve(parts: Parts, reloadMs = RELOAD_MS): Promise<Processor> {
  const { config } = parts;
  const longest = Math.max(config.maxRequestBytes, config.maxAnswerBytes);
  const server = new Server({
    // A proxy's buffer may be longer than what is kept: what it holds must be taken, or the exchange would fail.
    "grpc.max_receive_message_length": Math.max(67_108_864, longest) + MESSAGE_OVERHEAD_BYTES,
    "grpc.max_send_message_length": longest + MESSAGE_OVERHEAD_BYTES,
  });
  server.addService(SERVICE, { process: (stream: Stream) => attend(stream, parts) });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      `0.0.0.0:${config.listen.port}`,
      credentials(config.listen.tls, reloadMs),
      (error, bound) => (error ? reject(error) : resolve(bound)),
    );
  });
  return {
    port,
    async drain(ms) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        server.tryShutdown(() => resolve());
        timer = setTimeout(resolve, ms);
      });
      clearTimeout(timer);
      server.forceShutdown();
    },
  };
}

function credentials(tls: Config["listen"]["tls"], reloadMs: number): ServerCredentials {
  if (tls === undefined) {
    return ServerCredentials.createInsecure();
  }
  const { certificateFile, privateKeyFile } = tls;
  // What watches them only logs that they are not there.
  accessSync(certificateFile, constants.R_OK);
  accessSync(privateKeyFile, constants.R_OK);
  const files = new experimental.FileWatcherCertificateProvider({
    certificateFile,
    privateKeyFile,
    refreshIntervalMs: reloadMs,
  });
  // The identity comes first, whatever the parameters' names say: grpc-js 1.14.7, server-credentials.js.
  return experimental.createCertificateProviderServerCredentials(files, null, false);
}

/** Messages of an exchange are answered one by one, in their order. */
function attend(stream: Stream, parts: Parts): void {
  const exchange = new Exchange(parts);
  const failed = (error: unknown) => {
    parts.log("debug", "An exchange ended early", { error: errorText(error) });
    stream.destroy();
  };
  let last = Promise.resolve();
  stream.on("data", (request: ProcessingRequest) => {
    last = last
      .then(() => exchange.answer(request))
      .then((answer) => {
        if (!stream.cancelled) {
          stream.write(answer);
        }
      })
      .catch(failed);
  });
  stream.on("end", () => void last.then(() => stream.end()));
  stream.on("error", failed);
}
