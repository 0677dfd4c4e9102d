import { createConnection } from "node:net";
import { valkeyBinary, versionOf } from "./binaries.js";
import { startMemoryStore } from "./memory-store.js";
import { freePort, run, until } from "./processes.js";
import type { StoreServer } from "./store-server.js";

export const PASSWORD = "correct horse";

/** Valkey where pip put one, else a stand-in in memory. */
export async function startStore(): Promise<StoreServer> {
  const binary = valkeyBinary();
  if (binary === undefined) {
    return startMemoryStore(PASSWORD);
  }
  const port = await freePort();
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--requirepass", PASSWORD];
  const running = run(binary, args);
  await until("Valkey", () => answers(port));
  return {
    name: `Valkey ${versionOf(binary)}`,
    port,
    freeze: () => void running.child.kill("SIGSTOP"),
    thaw: () => void running.child.kill("SIGCONT"),
    async stop() {
      running.child.kill("SIGCONT");
      await running.stop("SIGKILL");
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
