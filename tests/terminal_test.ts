/** What a person reads of a run, line by line. */
import assert from "node:assert/strict";
import { join } from "@std/path";
import type { RecordedEvent } from "../model/event.ts";
import type { RunRecord } from "../model/record.ts";
import { fold } from "../model/fold.ts";
import { terminalReporter } from "../reporters/terminal.ts";
import { failed, passed, run, type TestRun } from "../runner/_testing.ts";
import { repository } from "./pikaci.ts";
import { testJob, testNode } from "../runner/_testing_plan.ts";
import { Cancellation } from "../runner/cancellation.ts";

interface ShowOptions {
  readonly colours?: boolean;
  readonly columns?: number | null;
}

/** Shows the events of a run, times aside. */
async function show(
  { events, record }: Pick<TestRun, "events" | "record">,
  { colours = false, columns = null }: ShowOptions = {},
): Promise<string> {
  let text = "";
  const reporter = terminalReporter({
    out: { write: (more) => Promise.resolve(void (text += more)) },
    colours,
    columns: () => columns,
    tail: (path, lines) =>
      Promise.resolve([`last of ${lines} lines`, `of ${path}\u001b[31m`]),
    tailLines: 2,
  });
  let folded: RunRecord | null = null;
  for (const event of events) {
    const next: RunRecord = fold(folded, event);
    folded = next;
    reporter.event(event, () => next);
  }
  await reporter.finish(record);
  return text.replaceAll(/\b\d+ ms\b/g, "N ms");
}

const node = (
  id: string,
  needs: readonly string[] = [],
  more: Parameters<typeof testJob>[1] = {},
) =>
  testNode(testJob(id, more), {
    depends_on: needs.map((need) => `execute-${need}`),
    reasons: [{
      kind: "target",
      message: `why ${id}`,
      path: null,
      pattern: null,
    }],
  });

Deno.test("terminal: what was selected and why, each end, a failure's last lines, one closing line", async () => {
  const shown = await show(
    await run(
      [
        node("unit", [], { retry: { attempts: 2, on: ["failed"] } }),
        node("lint", ["unit"], { allowFailure: true }),
        node("bad", ["lint"]),
        node("behind", ["bad"]),
        { ...node("filtered"), decision: "skip" },
        { ...node("known"), decision: "cached", cached_from: "earlier" },
      ],
      ({ job, attempt }) =>
        job.id === "unit"
          ? attempt === 1 ? failed(1) : passed
          : job.id === "lint"
          ? failed(7)
          : failed(3),
    ),
  );
  assert.equal(
    shown,
    `Run 20260101T000000Z-00000000
  snapshot 4b825dc642cb, 0 files
  compared with nothing
  run    unit      why unit
  run    lint      why lint
  run    bad       why bad
  run    behind    why behind
  skip   filtered  why filtered
  cached known     why known
  unit started
↻ unit attempt 1 failed: exit code 1; trying again
✓ unit N ms flaky: passed in attempt 2
  lint started
✗ lint failed after N ms: exit code 7, which is allowed
  │ last of 2 lines
  │ of runs/20260101T000000Z-00000000/jobs/lint/attempt-1/host.log
  pikaci logs 20260101T000000Z-00000000 lint
  bad started
✗ bad failed after N ms: exit code 3
  │ last of 2 lines
  │ of runs/20260101T000000Z-00000000/jobs/bad/attempt-1/host.log
  pikaci logs 20260101T000000Z-00000000 bad
- behind skipped: needs bad, which ended as failed
1 passed, 2 failed, 1 cached, 2 skipped, 1 flaky, 1 allowed to fail in N ms
`,
  );
});

Deno.test("terminal: who cancelled, and that once more kills", async () => {
  const cancellation = new Cancellation();
  cancellation.request({ kind: "signal", signal: "SIGINT" });
  const { events, record } = await run([node("a")], () => passed, {
    cancellation,
  });
  const asked: RecordedEvent = {
    event: "cancel_requested",
    by: { kind: "signal", signal: "SIGINT" },
    forced: false,
    seq: 0,
    at: "2026-01-01T00:00:00.000Z",
    run_id: record.run_id,
  };
  const cancelled = {
    record,
    events: [...events.slice(0, 2), asked, ...events.slice(2)],
  };
  const shown = await show(cancelled);
  assert.equal(
    shown,
    `Run 20260101T000000Z-00000000
  snapshot 4b825dc642cb, 0 files
  compared with nothing
  run    a  why a
Cancelled by Ctrl-C; ending what runs (once more kills it)
✗ a cancelled: by Ctrl-C
Cancelled by Ctrl-C
1 cancelled in N ms
`,
  );
  // What the terminal made of the key goes from the line.
  const typed = await show(cancelled, { columns: 80 });
  assert.ok(typed.includes("\n\r\u001b[KCancelled by Ctrl-C; ending"), typed);
});

Deno.test("terminal: colours and a status line only where they are wanted", async () => {
  const made = await run([node("a")], () => passed);
  const plain = await show(made);
  assert.ok(!plain.includes("\u001b") && !plain.includes("\r"));
  const coloured = await show(made, { colours: true });
  assert.ok(coloured.includes("\u001b[32m✓\u001b[0m a"), coloured);
});

Deno.test("terminal: many jobs are counted before they start, not listed", async () => {
  const nodes = Array.from({ length: 41 }, (_, i) => node(`j${i}`));
  const shown = await show(await run(nodes, () => passed));
  assert.match(shown, /^ {2}41 jobs: 41 to run, 0 cached, 0 skipped$/m);
  assert.doesNotMatch(shown, /why j0/);
});

/** What differs from run to run, as words. */
function formOf(shown: string): readonly string[] {
  return shown.trimEnd()
    .replaceAll(/\d{8}T\d{6}Z-[0-9a-f]{8}/g, "RUN")
    .replace(/snapshot [0-9a-f]{12}, \d+ files/, "snapshot TREE")
    .replace(/compared with .*/i, "BASE")
    .replaceAll(/\b[\d.N]+ m?s\b/g, "TIME")
    .split("\n").sort();
}

Deno.test("the pages show runs as they are on a terminal", async () => {
  const because = (id: string, message: string, needs: readonly string[]) => ({
    ...node(id, needs),
    reasons: [{ kind: "target" as const, message, path: null, pattern: null }],
  });
  const page = await Deno.readTextFile(join(repository, "README.md"));
  const block = /```console\n\$ pikaci run\n([^]*?)```/.exec(page)?.[1];
  const parsed = 'src/parse.ts matches "src/**" of target "check"';
  const known = "passed with the same inputs in 20260101T000000Z-00000000";
  const first = await run([
    { ...because("docs", known, []), decision: "cached", cached_from: "x" },
    because("unit", parsed, []),
    because("build", parsed, ["unit"]),
  ], () => passed);
  assert.deepEqual(formOf(block ?? ""), formOf(await show(first)));

  const picture = await Deno.readTextFile(
    join(repository, "docs/images/terminal.svg"),
  );
  const [, ...lines] = [...picture.matchAll(/<text [^>]*>([^]*?)<\/text>/g)]
    .map(([, line = ""]) => {
      const parts = line.matchAll(
        /<tspan\s+x="([\d.]+)"[^>]*>([^]*?)<\/tspan>/g,
      );
      let text = "";
      for (const [, x, part = ""] of parts) {
        text = text.padEnd(Math.round((Number(x) - 16) / 8.43)) + part;
      }
      return text;
    });
  const edited = 'src/new.ts matches "src/**" of target "check"';
  const guide = 'docs/guide.md matches "docs/**" of target "site"';
  const log = "  │ guide.md:12: no such link: setup.md";
  const second = await run(
    [
      { ...because("lint", known, []), decision: "cached", cached_from: "x" },
      because("unit", edited, []),
      because("build", edited, ["unit"]),
      because("docs", guide, []),
    ],
    ({ job }) => job.id === "docs" ? failed(1) : passed,
    { limits: { failFast: "continue" } },
  );
  const shown = (await show(second))
    .replace("exit code 1", "Exited with 1")
    .replace(/ {2}│ last of 2 lines\n {2}│ .*/, log);
  assert.deepEqual(formOf(lines.join("\n")), formOf(shown));
});
