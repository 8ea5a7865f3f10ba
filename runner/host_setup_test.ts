import assert from "node:assert/strict";
import { localHost } from "../hosts/local.ts";
import type { CatalogJob } from "../model/catalog.ts";
import type { RunEvent } from "../model/event.ts";
import { testJob } from "./_testing_plan.ts";
import { hostSetup, hostSetupCommands } from "./host_setup.ts";
import { RunEndError } from "./outcome.ts";

interface Result {
  readonly events: readonly RunEvent[];
  readonly log: string;
  readonly error: unknown;
}

async function setUp(
  commands: readonly string[],
  timeoutSecs = 60,
  cancel = new AbortController().signal,
): Promise<Result> {
  const folder = await Deno.makeTempDir();
  const events: RunEvent[] = [];
  let log = "";
  let error: unknown = null;
  await using host = localHost({ stateRoot: folder });
  try {
    await hostSetup({
      runId: `20260101T000000Z-${crypto.randomUUID().slice(0, 8)}`,
      commands,
      host,
      sourceRoot: folder,
      log: {
        write: (_stream, bytes) =>
          Promise.resolve(void (log += new TextDecoder().decode(bytes))),
        note: (line) => Promise.resolve(void (log += `# ${line}\n`)),
      },
      timeoutSecs,
      graceSecs: 1,
      emit: (event) => events.push(event),
      cancel,
      force: cancel,
    });
  } catch (thrown) {
    error = thrown;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return { events, log, error };
}

Deno.test("hostSetupCommands() gives each command once, in the order of the jobs", () => {
  const tart = (id: string, command: string): CatalogJob =>
    testJob(id, {
      runtimeConfig: {
        kind: "tart",
        image: "sequoia",
        hostSetupCommand: { kind: "shell_command", command },
      },
    });
  assert.deepEqual(
    hostSetupCommands([
      tart("a", "one"),
      testJob("b"),
      tart("c", "two"),
      tart("d", "one"),
    ]),
    ["one", "two"],
  );
});

Deno.test("hostSetup() runs the commands in the source root, one after the other, logged", async () => {
  const { events, log, error } = await setUp([
    "echo one >made; echo out",
    "cat made; echo err >&2",
  ]);
  assert.equal(error, null);
  assert.match(log, /out\n/);
  assert.match(log, /one\n/);
  assert.match(log, /err\n/);
  assert.deepEqual(
    events.map((e) =>
      e.event === "host_setup_finished" ? e.exit_code : e.event
    ),
    ["host_setup_started", 0, "host_setup_started", 0],
  );
});

Deno.test("hostSetup() stops at a failure, which ends the run as infrastructure", async () => {
  const { events, error } = await setUp(["exit 3", "true"]);
  assert.ok(error instanceof RunEndError);
  assert.equal(error.end.status, "infrastructure_failed");
  assert.match(error.message, /failed with exit code 3: exit 3/);
  assert.equal(events.length, 2);
});

Deno.test("hostSetup() ends a command at its limit", async () => {
  const { error } = await setUp(["sleep 60"], 0.2);
  assert.ok(error instanceof RunEndError);
  assert.deepEqual(error.end.cause, {
    kind: "timeout",
    limit: "host_setup",
    secs: 0.2,
  });
});

Deno.test("hostSetup() does not wait for a service that a command starts", async () => {
  const { error } = await setUp(["sleep 5 & echo started"]);
  assert.equal(error, null);
});

Deno.test("hostSetup() ends what runs when the run is cancelled, without a failure", async () => {
  const stop = new AbortController();
  const ended = setUp(["sleep 60", "true"], 60, stop.signal);
  stop.abort({ kind: "signal", signal: "SIGINT" });
  const { events, error } = await ended;
  assert.equal(error, null);
  assert.ok(events.length <= 2);
});
