import assert from "node:assert/strict";
import { join } from "@std/path";
import { localHost } from "../../hosts/local.ts";
import { tartClient } from "./client.ts";
import { tartSettings } from "./settings.ts";
import { sshClient } from "./ssh_client.ts";

/** Beside the client: a `tart` that knows an address, and an `ssh` that tells what it was given. */
async function rig(env: Readonly<Record<string, string>>) {
  const folder = await Deno.makeTempDir();
  const own = join(folder, "own, it's");
  await Deno.mkdir(own);
  const tools = {
    tart: '[ "$4" = vm ] && echo 192.168.64.7',
    ssh: `printf 'arg %s\\n' "$@"
echo "input $(cat)"
for prompt in "(admin@192.168.64.7) Password:" "Enter passphrase for key '/k': "; do
  echo "answer $("$SSH_ASKPASS" "$prompt")"
done
echo "$SSH_ASKPASS_REQUIRE $PIKACI_RUN_ID"`,
  };
  for (const [name, text] of Object.entries(tools)) {
    await Deno.writeTextFile(join(folder, name), `#!/bin/sh\n${text}\n`, {
      mode: 0o755,
    });
  }
  const local = localHost({ stateRoot: folder });
  const PATH = `${folder}:${Deno.env.get("PATH")}`;
  const client = tartClient({
    ...local,
    start: (spec) => local.start({ ...spec, env: { ...spec.env, PATH } }),
  }, { runId: "run", jobId: "j", attempt: 1 });
  const { ssh } = tartSettings(
    { kind: "tart", image: "i", channel: "ssh" },
    (name) => env[name],
  );
  return {
    own,
    carrier: await sshClient(client, "vm", { own }, ssh),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("ssh gets its password from a program, which answers for nothing else", async () => {
  const password = "it's $ecret";
  const env = { PIKACI_TART_SSH_PASSWORD: password };
  await using made = await rig(env);
  const { own, carrier } = made;
  const input = join(own, "input");
  await Deno.writeTextFile(input, "script");
  const child = await carrier.start(["/bin/sh", "-c", "echo it's"], input);
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  assert.equal((await child.status).code, 0, stderr);
  const lines = stdout.trim().split("\n");
  const args = lines.filter((line) => line.startsWith("arg "))
    .map((line) => line.slice(4));
  assert.deepEqual(args.slice(0, 7), [
    ...["-T", "-F", "/dev/null", "-l", "admin", "-p", "22"],
  ]);
  assert.deepEqual(args.slice(-3), [
    "--",
    "192.168.64.7",
    `'/bin/sh' '-c' 'echo it'"'"'s'`,
  ]);
  assert.ok(!args.join("\n").includes(password));
  assert.deepEqual(lines.slice(args.length), [
    "input script",
    `answer ${password}`,
    "answer ",
    "force run",
  ]);
  const mode = async (name: string) =>
    ((await Deno.stat(join(own, name))).mode ?? 0) & 0o777;
  assert.equal(await mode("password"), 0o600);
  assert.equal(await mode("askpass"), 0o700);
  const said = carrier.needs(`bad ${password}\n`);
  assert.match(said, /^ssh said: bad \*\*\*\. .*Remote Login.*user "admin"/);
});

Deno.test("ssh with a key asks for nothing", async () => {
  await using made = await rig({ PIKACI_TART_SSH_KEY: "/keys/id" });
  const { own, carrier } = made;
  assert.deepEqual(await Array.fromAsync(Deno.readDir(own)), []);
  const child = await carrier.start(["true"]);
  const [stdout] = await Promise.all([
    new Response(child.stdout).text(),
    child.stderr.cancel(),
    child.status,
  ]);
  assert.match(stdout, /^arg -i\narg \/keys\/id\narg -o\narg BatchMode=yes$/m);
  assert.match(carrier.needs(""), /^Its image .*the key "\/keys\/id"/);
});

Deno.test("a network that macOS keeps to itself is told of", async () => {
  await using made = await rig({});
  assert.match(
    made.carrier.needs("ssh: connect to host x: No route to host\n"),
    /Privacy & Security, Local Network\. Its image/,
  );
});
