import assert from "node:assert/strict";
import { attemptLabels } from "./labels.ts";
import { instanceName } from "./instance.ts";
import { isAbandoned } from "./sweep.ts";
import { testAttempt } from "../_testing.ts";

Deno.test("isAbandoned() takes what is ours and nobody's, and nothing else", async () => {
  await using test = await testAttempt("true");
  const { attempt } = test;
  const owner = "here 12 345";
  const labels = attemptLabels(attempt, owner);
  const name = await instanceName({
    runId: attempt.runId,
    jobId: attempt.job.id,
    attempt: attempt.attempt,
  });
  const now = Date.now();
  const judge = (
    given: Record<string, string>,
    options: { alive?: boolean; now?: number; name?: string } = {},
  ) =>
    isAbandoned(options.name ?? name, { ...labels, ...given }, {
      machine: "here",
      isAlive: (owner) => {
        assert.deepEqual(owner, {
          machine: "here",
          pid: 12,
          pidStarted: "345",
        });
        return Promise.resolve(options.alive ?? false);
      },
      now: options.now ?? now,
    });
  assert.equal(await judge({}), true);
  assert.equal(await judge({}, { alive: true }), false);
  assert.equal(await judge({}, { name: `${name}-copy` }), false);
  assert.equal(await judge({}, { name: "pikaci-0123456789" }), false);
  assert.equal(await judge({ "user.pikaci.job": "another" }), false);
  assert.equal(await judge({ "user.pikaci.owner": "there 12 345" }), false);
  assert.equal(await judge({ "user.pikaci.owner": "kept" }), false);
  assert.equal(await judge({ "user.pikaci.owner": "here -1 345" }), false);
  const late = now + 100 * 24 * 3600 * 1000;
  assert.equal(
    await judge({ "user.pikaci.owner": "there 12 345" }, { now: late }),
    true,
  );
  assert.equal(
    await judge({
      "user.pikaci.owner": "kept",
      "user.pikaci.expires": "never",
    }, { now: late }),
    false,
  );
  assert.equal(
    await isAbandoned(name, {}, {
      machine: "here",
      isAlive: () => Promise.resolve(false),
      now: late,
    }),
    false,
  );
});
