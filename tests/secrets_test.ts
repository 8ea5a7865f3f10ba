/** Secrets of jobs. */
import assert from "node:assert/strict";
import { type Flow, makeFlow } from "./flow.ts";

let flow: Flow;
Deno.test.beforeAll(async () => {
  flow = await makeFlow();
});
Deno.test.afterAll(async () => {
  await flow[Symbol.asyncDispose]();
});

Deno.test("secrets reach the job and nothing else", async () => {
  const token = "s3cr3t-token-value";
  await flow.project.write(
    "secret.pem",
    "-----BEGIN-----\nMIIabcdef\n-----END-----\n",
  );
  const { code, log, state, stdout, stderr } = await flow.record(["secrets"], {
    env: { DEPLOY_TOKEN: token },
  });
  assert.equal(code, 0, stdout + stderr);
  const text = await log("secrets");
  assert.match(text, /^token \*\*\*$/m);
  assert.match(text, /^600$/m);
  const found = await new Deno.Command("grep", {
    args: [
      "-rlaE",
      `${token}|MIIabcdef|${btoa(token)}`,
      `${state}/runs`,
      `${state}/state.db`,
      `${state}/state.db-wal`,
    ],
  }).output();
  assert.equal(new TextDecoder().decode(found.stdout), "");
  assert.doesNotMatch(stdout, new RegExp(token));
});

Deno.test("a secret that is missing, or too short to be masked, fails its job with the reason", async () => {
  for (
    const [token, why] of [
      [undefined, /DEPLOY_TOKEN.*not set/],
      ["abc", /The secret "TOKEN" has 3 bytes, too short.*: /],
    ] as const
  ) {
    const { code, job } = await flow.record(["secrets"], {
      env: { DEPLOY_TOKEN: token },
    });
    assert.equal(code, 4);
    assert.equal(job("secrets").status, "infrastructure_failed");
    assert.match(String(job("secrets").message), why);
  }
});
