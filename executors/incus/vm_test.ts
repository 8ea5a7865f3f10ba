/** Virtual machines by a fake `incus` on the path: no machine that runs these tests starts one. */
import assert from "node:assert/strict";
import { localHost } from "../../hosts/local.ts";
import { HostError } from "../../hosts/host.ts";
import type { Host } from "../../hosts/host.ts";
import { testAttempt } from "../_testing.ts";
import { incusExecutor } from "../incus.ts";
import { incusClient } from "./client.ts";
import { waitForAgent } from "./readiness.ts";

/** Answers like a daemon with qemu whose agent comes after `late` tries. */
const fake = `#!/bin/sh
dir=$(dirname "$0")
echo "$@" | head -n 1 | cut -c1-200 >> "$dir/calls"
case "$*" in
  *exec*"-- true"*)
    n=$(cat "$dir/tries" 2>/dev/null || echo 0); n=$((n + 1)); echo $n > "$dir/tries"
    [ $n -gt "$(cat "$dir/late")" ] || { echo "Error: VM agent isn't currently running" >&2; exit 1; } ;;
  *exec*) for word; do :; done
    bytes=\${word#*-c } && head -c "\${bytes%)*}" >"$dir/script"
    [ ! -e "$dir/full" ] || { echo "mkdir: can't create directory '/artifacts': No space left on device"
      echo "[pikaci] guest: cannot make /artifacts"; exit 125; }
    nonce=$(sed -n "s/^cat > .* <<'PIKACI_\\(.*\\)'$/\\1/p" "$dir/script" | head -n 1)
    echo from the guest
    echo "{\\"schema_version\\":1,\\"nonce\\":\\"$nonce\\",\\"exit_code\\":0,\\"timed_out\\":false}" >&2 ;;
  *images/aliases*) echo '{"error_code":0,"metadata":{"target":"fff"}}' ;;
  *-X\\ DELETE*) touch "$dir/gone"; echo '{"error_code":0}' ;;
  *-X*) echo '{"error_code":0}' ;;
  *instances/*) [ ! -e "$dir/gone" ] && echo "{\\"error_code\\":0,\\"metadata\\":{\\"status\\":\\"$(cat "$dir/status")\\"}}" || echo '{"error_code":404,"error":"not found"}' ;;
  *instances*) echo '{"error_code":0,"metadata":[]}' ;;
  *) echo '{"error_code":0,"metadata":{"environment":{"driver":"lxc | qemu","server_clustered":false}}}' ;;
esac
`;

interface Fake extends AsyncDisposable {
  readonly host: Host;
  readonly dir: string;
  calls(): Promise<readonly string[]>;
}

async function fakeIncus(late: number, status: string): Promise<Fake> {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(`${dir}/incus`, fake, { mode: 0o755 });
  await Deno.writeTextFile(`${dir}/late`, `${late}`);
  await Deno.writeTextFile(`${dir}/status`, status);
  const local = localHost({ stateRoot: `${dir}/state` });
  const env = { PATH: `${dir}:${Deno.env.get("PATH")}` };
  const found = (argv: readonly [string, ...string[]]) =>
    ["/usr/bin/env", ...argv] as const;
  return {
    dir,
    host: {
      ...local,
      run: (spec) => local.run({ ...spec, argv: found(spec.argv), env }),
      start: (spec) => local.start({ ...spec, argv: found(spec.argv), env }),
    },
    calls: async () =>
      (await Deno.readTextFile(`${dir}/calls`)).trim().split("\n"),
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

Deno.test("a virtual machine whose agent comes late runs its job, in this order", async () => {
  await using incus = await fakeIncus(2, "Running");
  await using test = await testAttempt("true", {
    job: { runtimeConfig: { kind: "incus", image: "i", instance: "vm" } },
  });
  const executor = incusExecutor();
  const outcome = await executor.execute({ ...test.attempt, host: incus.host });
  await executor.settle?.();
  assert.deepEqual(outcome, { status: "passed", exit_code: 0 });
  assert.equal(test.text(), "from the guest\n");
  assert.deepEqual(test.phases, [
    "prepare",
    "create",
    "start",
    "run",
    "delete",
  ]);
  const calls = (await incus.calls())
    .map((call) => call.replace(/pikaci-[0-9a-f]{20}/g, "<name>"))
    .filter((call) => !/images|\/1\.0$|instances\?recursion/.test(call));
  assert.deepEqual(
    calls.map((call) =>
      call.replace(/ -d \{.*/, " -d <body>").replace(/-c \d+/, "-c <bytes>")
    ),
    [
      "query --raw -X POST --wait -d <body>",
      "exec -T -n <name> -- true",
      "query --raw /1.0/instances/<name>",
      "exec -T -n <name> -- true",
      "query --raw /1.0/instances/<name>",
      "exec -T -n <name> -- true",
      'exec -T <name> -- /bin/sh -c eval "$(head -c <bytes>)"',
      "query --raw -X PUT --wait -d <body>",
      "query --raw -X DELETE --wait /1.0/instances/<name>",
    ],
  );
});

Deno.test("a guest whose disk is full before the command is infrastructure", async () => {
  await using incus = await fakeIncus(0, "Running");
  await Deno.writeTextFile(`${incus.dir}/full`, "");
  await using test = await testAttempt("true", {
    job: { runtimeConfig: { kind: "incus", image: "i" } },
  });
  const executor = incusExecutor();
  const outcome = await executor.execute({ ...test.attempt, host: incus.host });
  await executor.settle?.();
  assert.deepEqual(outcome, {
    status: "infrastructure_failed",
    step: "start command",
    message:
      "The guest could not start the command: cannot make /artifacts. Its root disk is full: free space in its storage pool, or give it a larger rootDiskGib",
  });
  assert.match((await incus.calls()).join("\n"), /-X DELETE/);
});

Deno.test("a virtual machine that stops while it starts is infrastructure, and is deleted", async () => {
  await using incus = await fakeIncus(99, "Stopped");
  await using test = await testAttempt("true", {
    job: { runtimeConfig: { kind: "incus", image: "i", instance: "vm" } },
  });
  const executor = incusExecutor();
  await assert.rejects(
    executor.execute({ ...test.attempt, host: incus.host }),
    (error) => {
      assert.ok(error instanceof HostError);
      assert.match(error.message, /stopped while it started/);
      return true;
    },
  );
  await executor.settle?.();
  assert.match((await incus.calls()).join("\n"), /-X DELETE/);
});

Deno.test("an agent that never answers is given up at the limit", async () => {
  await using incus = await fakeIncus(99, "Running");
  const client = incusClient({ host: incus.host, project: null, sudo: false });
  await assert.rejects(
    waitForAgent(client, "vm", {
      cancel: new AbortController().signal,
      limitMs: 10,
    }),
    /did not answer within 0\.01 s.*incus-agent/,
  );
});
