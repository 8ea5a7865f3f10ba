import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { localHost } from "../hosts/local.ts";
import { maskText } from "../logs/masker.ts";
import type { Secret } from "../model/secret.ts";
import { SecretError } from "./resolve.ts";
import { RunSecrets } from "./run_secrets.ts";

const command = (name: string): Secret => ({
  kind: "secret",
  source: "command",
  name,
});

Deno.test("RunSecrets finds each secret once and masks them all", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const secrets = new RunSecrets({
      env: () => undefined,
      cwd: folder,
      host: localHost({ stateRoot: folder }),
    });
    const shared = command("echo run >>count; echo hunter2");
    const job = {
      env: { TOKEN: shared, PLAIN: "plain" },
      secretFiles: { KEY: command("printf 'line one\\nline two\\n'") },
      placement: {
        kind: "orchard",
        url: "https://o",
        token: command("echo fleet:swordfish"),
      },
    } as const;
    const [found] = await Promise.all([secrets.of(job), secrets.of(job)]);
    deepStrictEqual(found.env, { TOKEN: "hunter2" });
    strictEqual(
      new TextDecoder().decode(found.files.KEY),
      "line one\nline two\n",
    );
    strictEqual(
      maskText("hunter2 plain line two", found.masker),
      "*** plain ***",
    );
    // The fleet's token is no variable of the job, and masked all the same.
    strictEqual(
      maskText("fleet:swordfish, swordfish", found.masker),
      "***, ***",
    );
    strictEqual(await Deno.readTextFile(`${folder}/count`), "run\n");
    // What could not be found is looked for again, as by the next attempt.
    const late = {
      env: { KEY: command("cat made-later") },
      secretFiles: {},
      placement: { kind: "local" },
    } as const;
    await rejects(secrets.of(late), SecretError);
    await Deno.writeTextFile(`${folder}/made-later`, "correct horse");
    deepStrictEqual((await secrets.of(late)).env, { KEY: "correct horse" });
    await rejects(
      secrets.of({
        env: { PIN: command("echo 123") },
        secretFiles: {},
        placement: { kind: "local" },
      }),
      (error) =>
        error instanceof SecretError &&
        error.message.startsWith('The secret "PIN" has 3 bytes, too short'),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
