import { match, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { localHost } from "../hosts/local.ts";
import type { Secret } from "../model/secret.ts";
import {
  resolveSecret,
  SecretError,
  type SecretSources,
  secretText,
} from "./resolve.ts";

async function withSources(
  work: (sources: SecretSources, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const variables: Record<string, string> = {
    TOKEN: "hunter2\n",
    HOME: `${folder}/home`,
  };
  try {
    await work({
      env: (name) => variables[name],
      cwd: folder,
      host: localHost({ stateRoot: folder }),
    }, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const secret = (source: Secret["source"], name: string): Secret => ({
  kind: "secret",
  source,
  name,
});

async function text(of: Secret, sources: SecretSources): Promise<string> {
  return secretText(of, await resolveSecret(of, sources));
}

async function refused(of: Secret, sources: SecretSources): Promise<string> {
  let message = "";
  await rejects(resolveSecret(of, sources), (error) => {
    ok(error instanceof SecretError);
    message = error.message;
    return true;
  });
  return message;
}

Deno.test("resolveSecret() reads variables, files and commands", () =>
  withSources(async (sources, folder) => {
    await Deno.mkdir(`${folder}/home/.ssh`, { recursive: true });
    await Deno.writeTextFile(`${folder}/home/.ssh/key`, "line 1\nline 2\n");
    await Deno.writeTextFile(`${folder}/rel`, "rel\r\n");
    strictEqual(await text(secret("env", "TOKEN"), sources), "hunter2\n");
    const key = secret("file", "~/.ssh/key");
    const bytes = await resolveSecret(key, sources);
    strictEqual(new TextDecoder().decode(bytes), "line 1\nline 2\n");
    strictEqual(secretText(key, bytes), "line 1\nline 2");
    strictEqual(await text(secret("file", "rel"), sources), "rel");
    strictEqual(
      await text(secret("file", `${folder}/rel`), sources),
      "rel",
    );
    strictEqual(
      await text(
        secret("command", "cat rel; printf '%s\\n\\n' \"$(pwd)\""),
        sources,
      ),
      `rel\r\n${folder}`,
    );
  }));

Deno.test("resolveSecret() names the source of what it cannot read", () =>
  withSources(async (sources, folder) => {
    strictEqual(
      await refused(secret("env", "NOT_SET"), sources),
      "Cannot read the secret from the variable NOT_SET: it is not set in pikaci's environment",
    );
    strictEqual(
      await refused(secret("file", "gone"), sources),
      `Cannot read the secret from the file gone: "${folder}/gone" does not exist`,
    );
    match(await refused(secret("file", "."), sources), /is no file/);
    await Deno.writeFile(`${folder}/big`, new Uint8Array(20_000));
    match(
      await refused(secret("file", "big"), sources),
      /20000 bytes, at most 16384 are allowed/,
    );
    match(
      await refused(secret("command", "head -c 1000000 /dev/zero"), sources),
      /at most 16384/,
    );
  }));

Deno.test("resolveSecret() tells why a command failed, never what it printed", () =>
  withSources(async (sources) => {
    const message = await refused(
      secret("command", "X=hun; echo ${X}ter2; echo bad: ${X}ter2 >&2; exit 4"),
      sources,
    );
    match(message, /ended with 4: bad: \*\*\*$/);
    ok(!message.includes("hunter2"));
    match(await refused(secret("command", "kill -9 $$"), sources), /SIGKILL/);
  }));

Deno.test("resolveSecret() ends the command when the run is cancelled", () =>
  withSources(async (sources) => {
    const cancelling = new AbortController();
    const running = resolveSecret(secret("command", "sleep 60"), {
      ...sources,
      cancel: cancelling.signal,
    });
    const reason = { kind: "signal", signal: "SIGINT" };
    cancelling.abort(reason);
    await running.then(() => ok(false), (error) => strictEqual(error, reason));
  }));

Deno.test("secretText() refuses what no variable can hold", () => {
  const of = secret("file", "key");
  throws(() => secretText(of, Uint8Array.of(255)), /not UTF-8: pass it by/);
  throws(() => secretText(of, Uint8Array.of(65, 0)), /NUL/);
});
