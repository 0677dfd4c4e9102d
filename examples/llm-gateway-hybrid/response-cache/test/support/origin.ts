import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";

export interface Origin {
  readonly port: number;
  /** Requests so far. */
  readonly seen: { readonly headers: IncomingMessage["headers"]; readonly body: string }[];
  close(): void;
}

/** A model that counts: each answer is another one. What the prompt says decides how it answers. */
export async function origin(): Promise<Origin> {
  const seen: Origin["seen"] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const body = Buffer.concat(chunks).toString("utf8");
    seen.push({ headers: request.headers, body });
    const asked = JSON.parse(body) as {
      stream?: boolean;
      messages?: { content: string }[];
      model: string;
    };
    const prompt = asked.messages?.[0]?.content ?? "";
    if (asked.stream) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (let index = 0; index < 3; index++) {
        response.write(`data: {"number":${seen.length},"part":${index}}\n\n`);
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      response.end("data: [DONE]\n\n");
      return;
    }
    if (prompt.includes("fails")) {
      response.writeHead(500, { "content-type": "application/json" }).end('{"error":{"message":"no"}}');
      return;
    }
    const chat = {
      id: `answer-${seen.length}`,
      object: "chat.completion",
      model: asked.model,
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: prompt.includes("long") ? "x".repeat(400_000) : "yes" },
          finish_reason: prompt.includes("unfinished") ? null : "stop",
        },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
    };
    if (prompt.includes("slow")) {
      await new Promise((resolve) => setTimeout(resolve, 11_000));
    }
    const translated = { output: { message: { content: [{ text: `answer-${seen.length}` }] } } };
    const text = JSON.stringify(prompt.includes("foreign") ? translated : chat);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(text);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    seen,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
