import assert from "node:assert/strict";
import { makeProject } from "./project.ts";

const token = "t0ken-of-the-shared-cache";

/** A server that keeps what it is given, as any cache server does. */
function serve(options: { readonly status?: number } = {}) {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>();
  const asked: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const key = new URL(request.url).pathname.slice("/cache/".length);
      asked.push(`${request.method} ${request.headers.get("authorization")}`);
      if (options.status !== undefined) {
        return new Response(null, { status: options.status });
      }
      switch (request.method) {
        case "PUT":
          kept.set(key, await request.bytes());
          return new Response(null, { status: 201 });
        default: {
          const bytes = kept.get(key);
          return bytes === undefined
            ? new Response(null, { status: 404 })
            : new Response(request.method === "HEAD" ? null : bytes);
        }
      }
    },
  );
  return {
    kept,
    asked,
    url: `http://127.0.0.1:${server.addr.port}/cache`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function project(url: string, access = "read-write") {
  return makeProject({
    "in.txt": "content",
    "pikaci.config.ts": `
import { artifact, defineConfig, job, secret, sh, target } from "@pikaci/pikaci";
const out = artifact({ id: "out", paths: ["dist/**"] });
const build = job({
  id: "build", inputs: ["in.txt"], workspace: "writable", artifacts: [out],
  guestCommand: sh\`echo "built here"; mkdir -p dist && cp in.txt "dist/it's out" && ln -s "it's out" dist/link\`,
});
const use = job({ id: "use", needs: [out], guestCommand: sh\`cat "dist/link"\` });
export default defineConfig({
  targets: [target({ id: "all", jobs: [build, use] })],
  resultCache: { remote: { url: "${url}", token: secret.env("CACHE_TOKEN"), access: "${access}" } },
});`,
  });
}

const env = { CACHE_TOKEN: token };

Deno.test("run takes a pass of another machine, with its files and its log", async () => {
  await using server = serve();
  await using here = await project(server.url);
  await using there = await project(server.url, "read-only");

  const first = await here.pikaci(["run"], { env });
  assert.equal(first.code, 0, first.stderr);
  assert.equal(server.kept.size, 1);

  const second = await there.pikaci(["run", "--output", "json"], { env });
  assert.equal(second.code, 0, second.stderr);
  const { jobs } = JSON.parse(second.stdout);
  assert.deepEqual(
    jobs.map(({ id, status }: { id: string; status: string }) => [id, status]),
    [["build", "cached"], ["use", "passed"]],
  );
  const log = await there.pikaci(["logs", "latest", "--job", "use"]);
  assert.match(log.stdout, /content/);

  // Now it is this machine's own: the server is not asked again.
  const asked = server.asked.length;
  const third = await there.pikaci(["run"], { env });
  assert.match(third.stdout, /1 passed, 1 cached/);
  assert.equal(server.asked.length, asked);

  // Who may only read gives nothing; the next one makes it again and gives it.
  await there.write("in.txt", "other");
  assert.equal((await there.pikaci(["run"], { env })).code, 0);
  assert.equal(server.kept.size, 1);
  await here.write("in.txt", "other");
  assert.equal((await here.pikaci(["run"], { env })).code, 0);
  assert.equal(server.kept.size, 2);
  assert.ok(server.asked.every((line) => line.endsWith(`Bearer ${token}`)));
  for (const { stdout, stderr } of [first, second, third]) {
    assert.ok(!(stdout + stderr).includes(token));
  }
});

Deno.test("run goes on without a shared cache that is dead, refuses, or gives rubbish", async () => {
  await using refusing = serve({ status: 401 });
  await using rubbish = serve();
  const dead = "http://127.0.0.1:9/cache";
  for (
    const [url, why] of [
      [dead, /is not used: .*/],
      [refusing.url, /is not used: it answered GET with 401/],
      [rubbish.url, /is not used: .*/],
    ] as const
  ) {
    await using made = await project(url);
    if (url === rubbish.url) {
      const plan = await made.pikaci(["plan", "--json"], { env });
      const key =
        JSON.parse(plan.stdout).nodes.find((node: { job_id: string }) =>
          node.job_id === "build"
        ).cache_key;
      rubbish.kept.set(key, new Uint8Array(2048).fill(7));
    }
    const run = await made.pikaci(["run"], { env });
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /2 passed/);
    assert.match(run.stdout + run.stderr, why);
  }
});

Deno.test("run says that the token of the shared cache is not there", async () => {
  await using server = serve();
  await using made = await project(server.url);
  const run = await made.pikaci(["run"]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout + run.stderr, /is not used: .*CACHE_TOKEN/);
  assert.equal(server.asked.length, 0);
});
