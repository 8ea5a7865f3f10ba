import assert from "node:assert/strict";
import { formatProblem } from "../catalog.ts";
import { catalog } from "./_catalog_testing.ts";
import {
  type Config,
  defineConfig,
  hostOs,
  job,
  lane,
  nightly,
  sh,
  target,
} from "../mod.ts";

function problemsOf(config: unknown): readonly string[] {
  const result = catalog(config);
  return result.ok ? [] : result.problems.map(formatProblem);
}

const unit = job({ id: "unit", guestCommand: sh`deno test` });

Deno.test("targets, lanes and the rest of a config are checked", () => {
  const empty = target({ id: "Empty", filters: ["["], jobs: [] });
  assert.deepEqual(
    problemsOf(defineConfig({
      targets: [empty],
      lanes: [lane({ id: "l", target: empty, trigger: nightly("0 25 * * *") })],
      run: { timeoutSecs: 0, runtimeSlots: { incus: 0 } },
      snapshot: { exclude: ["/x"] },
      notify: [{ on: ["failed"], webhook: "chat.lan/hook" }],
      resultCache: { remote: { url: "cache.lan" } },
      cacheMaxMib: -1,
    })),
    [
      'lanes[0] "l".trigger.cron = "0 25 * * *": Expected cron\'s five fields, such as "0 3 * * *": minute, hour, day, month, weekday',
      "run.timeoutSecs = 0: Expected seconds above 0",
      "run.runtimeSlots.incus = 0: Expected a whole number from 1",
      'snapshot.exclude[0] = "/x": This glob starts with /: paths are relative',
      'notify[0].webhook = "chat.lan/hook": Expected an address: http://... or https://...',
      'resultCache.remote.url = "cache.lan": Expected an address: http://... or https://...',
      "cacheMaxMib = -1: Expected a whole number from 1",
      'targets[0].id = "Empty": Expected an id: [a-z0-9][a-z0-9-]*, such as "empty"',
      'targets[0] "Empty".filters[0] = "[": This glob has a [ without its ]',
      'targets[0] "Empty".jobs = an empty list: This target has no jobs, expected at least one',
    ],
  );
  for (const cron of ["0 3 * * *", "*/15 0-5 1,15 * 1-5", "0 3 * * 7"]) {
    const night = target({ id: "t", jobs: [unit] });
    const config = defineConfig({
      lanes: [lane({ id: "l", target: night, trigger: nightly(cron) })],
    });
    assert.deepEqual(problemsOf(config), []);
  }
});

Deno.test("what is no config at all is refused", () => {
  for (const value of [undefined, null, 5, "x", [], () => 1, new Map()]) {
    const [first, ...more] = problemsOf(value);
    assert.match(first ?? "", /Expected what defineConfig\(\) returns/);
    assert.deepEqual(more, []);
  }
});

Deno.test("another version leads what only it can have written", () => {
  const config: Config = defineConfig({ jobs: [unit] });
  const lead =
    'version = "0.3.0": The config uses @pikaci/pikaci 0.3.0, this CLI is 0.1.0: run `deno task ci`, or upgrade';
  const newer = { ...config, version: "0.3.0" };
  assert.deepEqual(problemsOf(newer), []);
  assert.equal(problemsOf({ ...newer, sandbox: true })[0], lead);
  assert.equal(problemsOf({ ...newer, format: 2 })[0], lead);
  const when = { kind: "weekday", day: 1 };
  assert.equal(problemsOf({ ...newer, jobs: [{ ...unit, when }] })[0], lead);
  // So does an older one, whose form this program may no longer know.
  const older = { ...config, version: "0.0.9", format: 0 };
  assert.equal(problemsOf(older)[0], lead.replaceAll("0.3.0", "0.0.9"));
  assert.match(problemsOf(older)[1] ?? "", /^format = 0: /);
  // The same version cannot be the reason, nor can another one for a plain mistake.
  assert.equal(problemsOf({ ...config, sandbox: true }).length, 1);
  assert.equal(problemsOf({ ...newer, cacheMaxMib: 0 }).length, 1);
});

Deno.test("a problem of the whole and of its parts are told at once", () => {
  const told = problemsOf({
    ...defineConfig({
      jobs: [
        job({
          id: "a",
          when: hostOs("linux"),
          timeoutSecs: 0,
          guestCommand: sh`x`,
        }),
      ],
    }),
    sandbox: true,
  });
  assert.equal(told.length, 2);
});
