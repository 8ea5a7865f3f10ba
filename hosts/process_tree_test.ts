import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { leaveOut } from "../tests/leave_out.ts";
import { parseStat } from "./_proc.ts";
import { parsePsLine } from "./_ps.ts";
import { localHost } from "./local.ts";
import { type RunningProcess, startProcess } from "./process.ts";
import { markerEnv } from "./process_marker.ts";
import { listProcesses, processStartTime } from "./process_table.ts";
import {
  endLeftovers,
  endProcess,
  endTree,
  isAlive,
  type ProcessId,
} from "./process_tree.ts";

const ignore = leaveOut(
  "process trees",
  Deno.build.os === "linux" ? null : "they are made by setsid(1), of Linux",
);

const runId = () => `20260101T000000Z-${crypto.randomUUID().slice(0, 8)}`;

/** Starts a shell command and waits for its first line. */
async function start(
  command: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProcess & { id: ProcessId; line: string }> {
  const child = startProcess({ argv: ["sh", "-euc", command], env });
  const startedAt = await processStartTime(child.pid) ?? "";
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  // Read to the end: a shell that tells of a signal must not meet a closed pipe.
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipeTo(new WritableStream()).catch(() => {});
  }
  const line = new TextDecoder().decode(value).trim();
  return { ...child, id: { pid: child.pid, startedAt }, line };
}

async function idOf(pid: number): Promise<ProcessId> {
  return { pid, startedAt: await processStartTime(pid) ?? "" };
}

const now = { graceMs: 0 };

Deno.test({
  name: "isAlive() knows a process by its pid and its start",
  ignore,
  async fn() {
    const child = await start("echo ready; exec sleep 60");
    strictEqual(await isAlive(child.id), true);
    strictEqual(await isAlive({ ...child.id, startedAt: "other" }), false);
    child.kill("SIGKILL");
    await child.status;
    strictEqual(await isAlive(child.id), false);
  },
});

Deno.test({
  name:
    "endTree() ends the group, other sessions by parent and by marker, and nothing else",
  ignore,
  async fn() {
    const marker = { runId: runId(), jobId: "unit", attempt: 1 };
    const other = { ...marker, attempt: 2 };
    const neighbour = await start(
      "echo ready; exec sleep 60",
      markerEnv(other),
    );
    const child = await start(
      // A child in another session without the marker, and an orphan with it.
      "env -u PIKACI_RUN_ID setsid sh -c 'sleep 60 & wait' & " +
        "(setsid sh -c 'sleep 60 & wait' &); echo ready; wait",
      markerEnv(marker),
    );
    const own = async () =>
      (await listProcesses({ since: child.id.startedAt })).filter((entry) =>
        entry.name === "sleep" && entry.marker?.attempt !== 2
      );
    while ((await own()).length < 2);
    const tree = await endTree(child.id, { graceMs: 10_000, marker });
    deepStrictEqual(tree.survivors, []);
    ok(tree.ended.length >= 4, JSON.stringify(tree.ended));
    strictEqual((await child.status).signal, "SIGTERM");
    deepStrictEqual(
      (await listProcesses()).filter((entry) =>
        entry.marker?.runId === marker.runId && entry.marker.attempt === 1
      ),
      [],
    );
    strictEqual(await isAlive(neighbour.id), true);
    neighbour.kill("SIGKILL");
    await neighbour.status;
  },
});

Deno.test({
  name: "endTree() continues a stopped process, so that it can end by itself",
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir();
    const child = await start(
      `trap 'echo >${folder}/cleaned; exit' TERM; echo ready; while :; do sleep 0.02 || :; done`,
    );
    Deno.kill(child.pid, "SIGSTOP");
    await endTree(child.id, { graceMs: 30_000 });
    await Deno.stat(`${folder}/cleaned`);
    await Deno.remove(folder, { recursive: true });
    await child.status;
  },
});

Deno.test({
  name: "endTree() after the end of the process ends and names what is left",
  ignore,
  async fn() {
    const child = await start("sleep 60 & echo ready");
    await child.status;
    const tree = await endTree(child.id, { graceMs: 10_000 });
    strictEqual(tree.ended.length, 1);
    deepStrictEqual(await endTree(child.id, now), { ended: [], survivors: [] });
  },
});

Deno.test({
  name: "endProcess() never touches a stranger with the same pid",
  ignore,
  async fn() {
    const child = await start("sleep 60 & echo ready; wait");
    const stranger = { ...child.id, startedAt: "boot:1" };
    deepStrictEqual(await endProcess(stranger, now), {
      ended: [],
      survivors: [],
    });
    strictEqual(await isAlive(child.id), true);
    const { ended } = await endProcess(child.id, now);
    strictEqual(ended.length, 2);
    await child.status;
  },
});

Deno.test({
  name: "endProcess() leaves a group alone whose leader is gone",
  ignore,
  async fn() {
    const child = await start("sleep 60 & echo $!");
    await child.status;
    deepStrictEqual((await endProcess(child.id, now)).ended, []);
    const left = await idOf(Number(child.line));
    strictEqual(await isAlive(left), true);
    await endProcess(left, now);
    strictEqual(await isAlive(left), false);
  },
});

Deno.test({
  name:
    "endLeftovers() ends what a run left: recorded trees and marked daemons",
  ignore,
  async fn() {
    const id = runId();
    const env = (run: string) =>
      markerEnv({ runId: run, jobId: "unit", attempt: 1 });
    const daemon = await start(
      "setsid sleep 60 </dev/null >/dev/null 2>&1 & echo ready",
      env(id),
    );
    await daemon.status;
    const unmarked = await start("sleep 60 & echo ready; wait");
    const stranger = await start("echo ready; exec sleep 60", env(runId()));
    const tree = await endLeftovers({
      runId: id,
      graceMs: 10_000,
      processes: [unmarked.id, { ...stranger.id, startedAt: "boot:1" }],
    });
    strictEqual(tree.ended.length, 3, JSON.stringify(tree.ended));
    strictEqual(await isAlive(stranger.id), true);
    stranger.kill("SIGKILL");
    await Promise.all([unmarked.status, stranger.status]);
  },
});

Deno.test({
  name: "localHost() gives its processes the marker and a group of their own",
  ignore,
  async fn() {
    const marker = { runId: runId(), jobId: "unit", attempt: 3 };
    const host = localHost({ stateRoot: "/nonexistent" });
    const child = await host.start({
      argv: ["sh", "-euc", "echo $PIKACI_ATTEMPT; sleep 60"],
      marker,
    });
    const reader = child.stdout.getReader();
    strictEqual(new TextDecoder().decode((await reader.read()).value), "3\n");
    const entry = (await listProcesses()).find(({ pid }) => pid === child.pid);
    strictEqual(entry?.pgid, child.pid);
    strictEqual(entry?.sid, child.pid);
    deepStrictEqual(entry?.marker, marker);
    await child.endTree(now);
    await Promise.all([reader.cancel(), child.stderr.cancel(), child.status]);
  },
});

Deno.test("parseStat() reads names with spaces and brackets, and leaves out the dead", () => {
  const rest = (state: string) =>
    `${state} 1 42 43 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 987654 1000 1 18446744073709551615`;
  deepStrictEqual(parseStat(`44 (a) b (c) ${rest("T")}\n`), {
    name: "a) b (c",
    state: "T",
    ppid: 1,
    pgid: 42,
    sid: 43,
    ticks: 987654,
  });
  strictEqual(parseStat(`44 (x) ${rest("Z")}\n`), null);
  strictEqual(parseStat(""), null);
});

Deno.test("parsePsLine() reads a line of macOS's ps with the environment", () => {
  deepStrictEqual(
    parsePsLine(
      "  501   499   500 S    Mon Nov 23 09:05:07 2026     /bin/sleep 60 PATH=/bin PIKACI_RUN_ID=r PIKACI_JOB_ID=j PIKACI_ATTEMPT=2",
    ),
    {
      pid: 501,
      ppid: 499,
      pgid: 500,
      sid: 0,
      startedAt: "Mon Nov 23 09:05:07 2026",
      name: "sleep",
      stopped: false,
      marker: { runId: "r", jobId: "j", attempt: 2 },
    },
  );
  strictEqual(
    parsePsLine("7 1 7 Z+   Mon Nov  2 09:05:07 2026 (defunct)"),
    null,
  );
  strictEqual(parsePsLine(""), null);
});
