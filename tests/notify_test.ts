import assert from "node:assert/strict";
import { makeProject } from "./project.ts";

Deno.test("run tells a webhook of failed, passed and fixed runs, and no other", async () => {
  const got: { path: string; status: string }[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { status } = await request.json();
      got.push({ path: new URL(request.url).pathname, status });
      return new Response(null, { status: 204 });
    },
  );
  const { port } = server.addr;
  await using project = await makeProject({
    "verdict": "1",
    "pikaci.config.ts": `
import { defineConfig, job, secret, sh, target } from "@pikaci/pikaci";
const unit = job({ id: "unit", guestCommand: sh\`exit "$(cat verdict)"\` });
export default defineConfig({
  targets: [target({ id: "all", jobs: [unit] })],
  notify: [
    { on: ["failed", "fixed"], webhook: secret.env("HOOK") },
    { on: ["passed"], webhook: "http://127.0.0.1:${port}/passed" },
    { on: ["passed"], webhook: "http://127.0.0.1:9/away" },
  ],
});`,
  });
  const hook = `http://127.0.0.1:${port}/a-secret-path`;
  const run = () => project.pikaci(["run"], { env: { HOOK: hook } });
  try {
    assert.equal((await run()).code, 1);
    assert.deepEqual(got.splice(0), [{
      path: "/a-secret-path",
      status: "failed",
    }]);
    await project.write("verdict", "0");
    const fixed = await run();
    assert.equal(fixed.code, 0);
    assert.deepEqual(
      got.splice(0).map(({ path }) => path).sort(),
      ["/a-secret-path", "/passed"],
    );
    assert.match(fixed.stderr, /Cannot notify "http:\/\/127\.0\.0\.1:9\/away"/);
    assert.equal((await run()).code, 0);
    assert.deepEqual(got.splice(0), [{ path: "/passed", status: "passed" }]);
    assert.ok(!(fixed.stdout + fixed.stderr).includes("a-secret-path"));
  } finally {
    await server.shutdown();
  }
});

Deno.test("run says that a webhook's secret is not there, and keeps its verdict", async () => {
  await using project = await makeProject({
    "pikaci.config.ts": `
import { defineConfig, job, secret, sh, target } from "@pikaci/pikaci";
const unit = job({ id: "unit", guestCommand: sh\`true\` });
export default defineConfig({
  targets: [target({ id: "all", jobs: [unit] })],
  notify: [{ on: ["passed"], webhook: secret.env("HOOK") }],
});`,
  });
  const run = await project.pikaci(["run"]);
  assert.equal(run.code, 0);
  assert.match(
    run.stderr,
    /warning: Cannot notify the webhook of the env secret "HOOK".*HOOK/s,
  );
});
