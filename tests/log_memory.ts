/** Logs a command's output and prints by how many bytes the memory grew; for the tests. */
import { localHost } from "../hosts/local.ts";
import { supervise } from "../hosts/supervise.ts";
import { openJobLog } from "../logs/job_log.ts";
import { masking } from "../logs/mask.ts";

const [path = "", command = "", secret = ""] = Deno.args;
const host = localHost({ stateRoot: "/nonexistent" });
const log = openJobLog({
  path,
  masker: masking([new TextEncoder().encode(secret)]),
});
const never = new AbortController().signal;
const before = Deno.memoryUsage().rss;
let most = before;
const child = await host.start({ argv: ["/bin/sh", "-euc", command] });
await supervise(child, {
  async output(stream, bytes) {
    await log.write(stream, bytes);
    most = Math.max(most, Deno.memoryUsage().rss);
  },
  limits: {
    timeoutSecs: 600,
    silenceTimeoutSecs: null,
    graceSecs: 1,
    cleanupSecs: 1,
  },
  cancel: never,
  force: never,
});
await log.close();
await Deno.stdout.write(new TextEncoder().encode(`${most - before}\n`));
