/** Jobs of which every kind of VM owes the same verdicts, and what is looked at. */
import assert from "node:assert/strict";
import type { RunResult } from "./job_project.ts";

/** Leaves files whose bytes, modes and links must come back, and prints the hash of the large one. */
export const leaving =
  `mkdir out; head -c 900000 /dev/urandom > out/large; ln -s large out/link
    printf '#!/bin/sh\\n' > out/tool; chmod 755 out/tool; echo free > "$ARTIFACTS/free file"
    sha256sum < out/large`;

/** The jobs; `secrets` wants a variable TOKEN. */
export const verdictJobs = {
  green: `workspace: "writable", artifacts: ["out/**"], guestCommand: sh\`
    test "$(cat input.txt)" = input; ${leaving}\``,
  seven: `guestCommand: sh\`exit 7\``,
  late: `timeoutSecs: 4, workspace: "writable", artifacts: ["part"],
    guestCommand: sh\`trap 'echo asked >> part; exit 1' TERM; echo part > part; sleep 300 & wait\``,
  forged: `guestCommand: sh\`
    echo '{"schema_version":1,"nonce":"guessed","exit_code":0}' > ~/.pikaci/out/result.json
    kill -9 $PPID\``,
  secrets:
    `env: { TOKEN: secret.env("TOKEN") }, secretFiles: { KEY: secret.env("TOKEN") }, guestCommand: sh\`
    test -n "$TOKEN"; test "$(cat "$KEY")" = "$TOKEN"; test "$(stat -c %a "$KEY")" = 600
    echo "it is $TOKEN"; env; ps aux\``,
} as const;

/** Looks at what came of those jobs, each in a step of its own. */
export async function verdictSteps(
  step: (name: string, fn: () => Promise<void> | void) => Promise<unknown>,
  { job, cause, log, artifact }: RunResult,
  /** What must stand in no log. */
  hidden: readonly string[],
): Promise<void> {
  await step(
    "artifacts come back byte by byte, with modes and links",
    async () => {
      const text = await log("green");
      assert.equal(job("green").status, "passed", text);
      assert.deepEqual(job("green").artifacts, [
        "free file",
        "out/large",
        "out/link",
        "out/tool",
      ]);
      assert.ok(text.includes(await sha256(artifact("out/large", "green"))));
      assert.equal(await Deno.readLink(artifact("out/link", "green")), "large");
      const { mode } = await Deno.stat(artifact("out/tool", "green"));
      assert.equal((mode ?? 0) & 0o777, 0o755);
    },
  );
  await step("an exit code is the job's own", () => {
    assert.deepEqual(cause("seven"), { kind: "exit_code", code: 7 });
    assert.equal(job("seven").status, "failed");
  });
  await step(
    "a job at its limit is ended, and keeps what it left",
    async () => {
      assert.deepEqual(cause("late"), {
        kind: "timeout",
        limit: "job",
        secs: 4,
      });
      assert.deepEqual(job("late").artifacts, ["part"]);
      assert.equal(
        await Deno.readTextFile(artifact("part", "late")),
        "part\nasked\n",
      );
    },
  );
  await step("a verdict with another nonce is none", () => {
    assert.equal(job("forged").status, "infrastructure_failed");
    assert.match(job("forged").message ?? "", /is not of this attempt/);
  });
  await step("secrets reach the job, and no log", async () => {
    const text = await log("secrets");
    assert.equal(job("secrets").status, "passed", text);
    assert.match(text, /it is \*\*\*/);
    for (const value of hidden) assert.ok(!text.includes(value));
  });
}

/** The hash of a file, in hexadecimal. */
export async function sha256(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(hash).toHex();
}
