/** The stub model and feature server of the bench, in a process of their own. Prints their address. */
import { startServices } from "../test/support/stub-services.js";

const { url } = await startServices({ status: 200, delayMs: Number(process.argv[2]), calls: 0 });
process.stdout.write(`${url}\n`);
