import type { Front, FrontSetup } from "./front.js";
export async function startStandIn(_: FrontSetup): Promise<Front> {
  throw new Error("not yet");
}
