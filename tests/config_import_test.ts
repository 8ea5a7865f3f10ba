/** What goes wrong while a config is imported. */
import assert from "node:assert/strict";
import { refused, uncheckedProject } from "./config_project.ts";

Deno.test("what goes wrong while a config is imported is told by its place", async (t) => {
  await using project = await uncheckedProject({
    "pikaci.config.ts":
      `import { defineConfig, job, sh, target } from "@pikaci/pikaci";
import { fail } from "./ci/fail.ts";
const mode = Deno.env.get("MODE");
const fields: Record<string, string> = { timoutSecs: "5" };
if (mode === "throw") fail();
if (mode === "throw text") throw "a text";
if (mode === "helper") job({ id: "x", guestCommand: sh\`true\`, ...fields });
if (mode === "exit") Deno.exit(0);
if (mode === "never") await new Promise(() => {});
if (mode === "print") Reflect.get(globalThis, "console").log("printed");
if (mode === "reject") Promise.reject(new RangeError("Nobody waits"));
if (mode === "reject text") Promise.reject("a text");
if (mode === "reject and wait") {
  Promise.reject(new RangeError("Nobody waits"));
  await new Promise(() => {});
}
const unit = job({ id: "unit", guestCommand: sh\`true\` });
const config = defineConfig({ targets: [target({ id: "all", jobs: [unit] })] });
const other: Record<string, unknown> = {
  job: unit,
  none: undefined,
  newer: { ...config, version: "9.1.0", format: 2 },
  novel: { ...config, version: "9.1.0", novelty: true },
};
export default mode !== undefined && mode in other ? other[mode] : config;
`,
    "ci/fail.ts": `export function fail(): never {
  throw new RangeError("Out of it");
}
`,
  });
  const call = (mode: string, env: Record<string, string> = {}) =>
    project.pikaci(["catalog", "--json"], { env: { MODE: mode, ...env } });

  await t.step("a throw", async () => {
    refused(
      await call("throw"),
      /^error: Importing pikaci\.config\.ts failed\n {2}RangeError: Out of it\n {4}at ci\/fail\.ts:2:9\n$/,
    );
  });
  await t.step("a throw of something that is no error", async () => {
    refused(await call("throw text"), /failed\n {2}It threw "a text"\n$/);
  });
  await t.step("a mistake that a helper finds", async () => {
    refused(
      await call("helper"),
      /^error: Unknown field "timoutSecs" in job "x": did you mean "timeoutSecs"\?\n[^]*\n {4}at pikaci\.config\.ts:7:24\n$/,
    );
  });
  await t.step("an exit", async () => {
    refused(
      await call("exit"),
      /^error: The config "pikaci\.config\.ts" ended the process while it was imported/,
    );
  });
  await t.step("a top-level await that never settles", async () => {
    refused(
      await call("never", { PIKACI_CONFIG_TIMEOUT_SECS: "0.2" }),
      /^error: Importing pikaci\.config\.ts did not end in 0\.2 s: a top-level await/,
    );
  });
  await t.step("a rejected promise that nobody waits for", async () => {
    refused(
      await call("reject"),
      /^error: A promise of the config was rejected: RangeError: Nobody waits\n +at file:.*pikaci\.config\.ts:11:/,
    );
    refused(
      await call("reject text"),
      /^error: A promise of the config was rejected: "a text"\n$/,
    );
    refused(
      await call("reject and wait"),
      /^error: A promise of the config was rejected: RangeError: Nobody waits\n/,
    );
  });
  await t.step("a default export of another kind", async () => {
    refused(
      await call("job"),
      /^error: The config "pikaci\.config\.ts" has a problem\n {2}kind = "job": Expected what defineConfig\(\) returns/,
    );
    refused(await call("none"), /has a problem\n.*Expected what defineConfig/);
  });
  await t.step("a config of a newer package", async () => {
    refused(
      await call("newer"),
      /^error: The config "pikaci\.config\.ts" has 2 problems\n {2}version = "9\.1\.0": The config uses @pikaci\/pikaci 9\.1\.0, this CLI is \d/,
    );
    refused(await call("novel"), /uses @pikaci\/pikaci 9\.1\.0[^]*novelty/);
  });
  await t.step("what it prints goes to stderr", async () => {
    const { code, stdout, stderr } = await call("print");
    assert.deepEqual([code, stderr], [0, "printed\n"]);
    assert.equal(JSON.parse(stdout).format, 1);
  });
});
