/**
 * A process that writes into a store, for tests that kill it or run several.
 *
 * Arguments: state folder, run id, number of events (0: without end), and
 * whether the run is begun. Prints the sequence number of each event once the
 * store has taken it.
 */
import { openStore } from "../store/store.ts";
import { runStarted } from "./run_events.ts";

const [stateRoot = "", runId = "", count = "0", begin = "begin"] = Deno.args;
using store = await openStore({ stateRoot });
if (begin === "begin") store.begin(runId, runStarted());
for (let n = 0; count === "0" || n < Number(count); n++) {
  const { seq } = store.append(runId, {
    event: "notice",
    level: "info",
    job_id: null,
    message: `${Deno.pid} ${n}`,
  });
  Deno.stdout.writeSync(new TextEncoder().encode(`${seq}\n`));
}
