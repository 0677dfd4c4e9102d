/**
 * The worker's program, in which the process ends at the worst time: the records of the `CRASH_AT_SEND`th commit are
 * written at the broker, and neither positions nor the end of the transaction are.
 */
import { Producer } from "@platformatic/kafka";

type Send = (this: Producer, options: never, callback?: (...result: unknown[]) => void) => unknown;

const prototype = Producer.prototype as unknown as { send: Send };
const send = prototype.send;
let left = Number(process.env.CRASH_AT_SEND);

function crashed(): void {
  left -= 1;
  if (left === 0) {
    process.kill(process.pid, "SIGKILL");
  }
}

prototype.send = function (options, callback) {
  if (callback !== undefined) {
    return send.call(this, options, (...result) => {
      crashed();
      callback(...result);
    });
  }
  return (send.call(this, options) as Promise<unknown>).then((result) => {
    crashed();
    return result;
  });
};

await import("../../src/main.js");
