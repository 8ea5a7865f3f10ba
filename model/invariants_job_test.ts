import assert from "node:assert/strict";
import { invariantsCommand, invariantsJob } from "./invariants_job.ts";
import { job } from "./job.ts";
import { sh } from "./command.ts";

Deno.test("invariantsJob() runs the program of the package that the config imports", () => {
  const made = invariantsJob();
  assert.equal(made.id, "invariants");
  assert.equal(made.kind, "job");
  const cli = new URL("../cli.ts", import.meta.url).href;
  assert.equal(
    made.guestCommand?.kind === "shell_command" && made.guestCommand.command,
    `deno run -A --no-lock --node-modules-dir=none '${cli}' invariants`,
  );
});

Deno.test("invariantsJob() is a job like any other", () => {
  const lint = job({ id: "lint", guestCommand: sh`deno lint` });
  const made = invariantsJob({
    id: "rules",
    needs: [lint],
    timeoutSecs: 60,
    cli: "./cli.ts",
  });
  assert.equal(made.id, "rules");
  assert.deepEqual(made.needs, [lint]);
  assert.equal(made.timeoutSecs, 60);
  assert.throws(
    // @ts-expect-error: no such field
    () => invariantsJob({ timeout: 60 }),
    /Unknown field "timeout" in job "invariants"/,
  );
});

Deno.test("invariantsCommand() quotes what it is given", () => {
  const { command } = invariantsCommand({
    cli: "./my cli.ts",
    spec: "design.toml",
    only: ["A", "B"],
    reviewer: "claude -p",
  });
  assert.equal(
    command,
    "deno run -A --no-lock --node-modules-dir=none './my cli.ts' invariants '--spec' 'design.toml' '--only' 'A' '--only' 'B' '--reviewer' 'claude -p'",
  );
});
