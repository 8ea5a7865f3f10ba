import {
  deepStrictEqual,
  match,
  ok,
  rejects,
  strictEqual,
} from "node:assert/strict";
import type { CustomRuntimeConfig } from "../model/runtime.ts";
import { testAttempt } from "./_testing.ts";
import { executorKey, runtimeRow, runtimes } from "./table.ts";

Deno.test("the table has a row for each runtime, with the original's labels", () => {
  deepStrictEqual(
    runtimes.map(({ runtime, label }) => [
      runtime,
      label("local"),
      label("remote_ssh"),
    ]),
    [
      ["host_process", "host_local", "remote_ssh_host_process"],
      ["incus", "local_incus", "remote_linux_vm"],
      ["tart", "tart_local", "remote_ssh_tart"],
      ["custom", "local_custom", "remote_ssh_custom"],
    ],
  );
});

Deno.test("describe() tells the command of a host process as a person could type it", async () => {
  await using test = await testAttempt("echo 'it is'; exit 1");
  const describe = await runtimeRow("host_process").describe();
  deepStrictEqual(describe(test.attempt.job), [{
    phase: "run",
    command: `sh -euc 'echo '"'"'it is'"'"'; exit 1'`,
  }]);
});

const options = {
  env: () => undefined,
  secret: () => Promise.resolve(""),
};

Deno.test("load() makes the executor of host processes", async () => {
  const executor = await runtimeRow("host_process").load({
    kind: "host_process",
  }, options);
  await using test = await testAttempt("true");
  strictEqual((await executor.execute(test.attempt)).status, "passed");
});

function custom(source: string, settings: unknown = {}): CustomRuntimeConfig {
  const executor = `data:text/javascript,${encodeURIComponent(source)}`;
  return { kind: "custom", name: "docker", executor, settings };
}

Deno.test("load() imports the executor of a custom runtime and gives it its settings", async () => {
  const executor = await runtimeRow("custom").load(
    custom(
      `export const executorInterface = 1;
     export function createExecutor({ code }) {
       return { execute: () => Promise.resolve({ status: "passed", exit_code: code }) };
     }`,
      { code: 0 },
    ),
    options,
  );
  await using test = await testAttempt("true");
  deepStrictEqual(await executor.execute(test.attempt), {
    status: "passed",
    exit_code: 0,
  });
});

Deno.test("load() tells what is wrong with the module of a custom runtime", async () => {
  const cases: readonly [source: string, message: RegExp][] = [
    ["throw new Error('boom')", /cannot be imported: boom/],
    ["export const a = 1", /executorInterface = undefined, .* has 1: use/],
    ["export const executorInterface = 2", /executorInterface = 2/],
    [
      "export const executorInterface = 1",
      /does not export a function createExecutor/,
    ],
    [
      "export const executorInterface = 1; export const createExecutor = () => ({})",
      /makes no executor/,
    ],
  ];
  for (const [source, message] of cases) {
    await rejects(
      runtimeRow("custom").load(custom(source), options),
      (error) => {
        ok(error instanceof Error);
        match(error.message, /^The executor of the runtime "docker" cannot/);
        match(error.message, message);
        return true;
      },
    );
  }
});

Deno.test("executorKey() is one for each executor a run needs", () => {
  strictEqual(executorKey({ kind: "host_process" }), "host_process");
  const one = executorKey(custom("a", { x: 1 }));
  strictEqual(executorKey(custom("a", { x: 1 })), one);
  ok(executorKey(custom("a", { x: 2 })) !== one);
  ok(executorKey(custom("b", { x: 1 })) !== one);
});
