/** `pikaci prepared-outputs`: lists what a run made before its jobs, and where it is. */
import type { PrepareNode } from "../model/plan.ts";
import type { PrepareTimingRecord } from "../model/record.ts";
import { command } from "./command.ts";
import { booleanFlag } from "./flags.ts";
import { findRun, openToRead, runPositional } from "./state.ts";
import { tabTable } from "./table_text.ts";

export default command({
  details: [
    "One line each: id, status, host and path, separated by tabs",
  ],
  positionals: runPositional,
  flags: { json: booleanFlag("Print them as JSON") },
  examples: [
    ["pikaci prepared-outputs", "Those of the latest run"],
    ["pikaci prepared-outputs latest --json", "For a program"],
  ],
  async run({ flags, positionals: [reference] }, io) {
    using store = await openToRead(flags, io);
    const run = await findRun(store, reference);
    const nodes = (store.plan(run.run_id)?.nodes ?? [])
      .filter((node) => node.kind === "prepare");
    const timings = new Map(
      run.prepare_timings.map((timing) => [timing.node_id, timing]),
    );
    const outputs = nodes.map((node) => outputOf(node, timings.get(node.id)));
    if (flags.json) {
      const value = { schema_version: 1, run_id: run.run_id, outputs };
      await io.out(`${JSON.stringify(value, null, 2)}\n`);
      return 0;
    }
    await io.out(tabTable(
      outputs.map((output) => [
        output.output_id,
        output.status,
        output.host,
        output.realized_path ?? "",
      ]),
    ));
    return 0;
  },
});

/** Field names are the original's where it has them. */
function outputOf(node: PrepareNode, timing: PrepareTimingRecord | undefined) {
  const { output, prepare } = node;
  const nix = prepare.type === "nix_build";
  return {
    node_id: node.id,
    output_id: output.id,
    ...(nix
      ? {
        installable: prepare.installable,
        output_name: prepare.output_name,
        protocol: "nix_store_path_v1",
      }
      : { command: prepare.command }),
    host: node.host,
    residency: node.host === "local"
      ? "local_authoritative"
      : "remote_authoritative_staged_linux",
    status: timing?.status ?? "pending",
    duration_ms: timing?.duration_ms ?? null,
    realized_path: timing?.realized_path ?? null,
  };
}
