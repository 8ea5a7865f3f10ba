/**
 * A fake of Tart (https://tart.run), faithful in what its callers can see:
 * messages, exit codes, locks, states and known faults.
 *
 * Its contract is checked by tests/contract/tart_test.ts, against the real one
 * too where there is a Mac.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { commands } from "./commands.ts";
import { Crash, runtimeError, TartError, usageError } from "./errors.ts";
import { exec } from "./exec.ts";
import { readKnobs } from "./knobs.ts";
import { run } from "./run.ts";

const kept = [
  "TART_HOME",
  "TART_NO_AUTO_PRUNE",
  "CI",
  "TART_REGISTRY_USERNAME",
];

function home(): string {
  const path = Deno.env.get("TART_HOME") ??
    join(Deno.env.get("HOME") ?? "/", ".tart");
  try {
    Deno.mkdirSync(path, { recursive: true });
  } catch (error) {
    throw runtimeError(
      `TART_HOME is invalid: ${path} does not exist, yet we can't create it: ${
        error instanceof Error ? error.message : String(error)
      }`,
    );
  }
  return path;
}

async function tart(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  const root = home();
  switch (command) {
    case "--version":
      print(`${readKnobs(root).version}\n`);
      return 0;
    case undefined:
    case "--help":
      print("OVERVIEW: Tart\n\nUSAGE: tart <subcommand>\n");
      return 0;
    case "run":
      return await run(
        root,
        Deno.env.get("FAKE_TART_LIMIT") ?? join(dirname(root), "limit"),
        rest,
      );
    case "exec":
      return await exec(root, rest);
    default: {
      const found = commands[command];
      if (found === undefined) {
        throw usageError("", `Unexpected argument '${command}'`);
      }
      print(await found(root, rest));
      return 0;
    }
  }
}

function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    at += Deno.stdout.writeSync(bytes.subarray(at));
  }
}

function complain(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

/** Appends to the record of calls that tests look at. */
function record(entry: Readonly<Record<string, unknown>>): void {
  try {
    Deno.writeTextFileSync(
      join(home(), "calls.jsonl"),
      `${JSON.stringify({ pid: Deno.pid, t: Date.now(), ...entry })}\n`,
      { append: true },
    );
  } catch {
    // A TART_HOME that cannot be made has no record.
  }
}

async function main(): Promise<number> {
  const env = Object.fromEntries(
    kept.flatMap((name) => {
      const value = Deno.env.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const cwd = Deno.cwd();
  record({ call: "start", argv: Deno.args, env, cwd });
  let code = 1;
  try {
    code = await tart(Deno.args);
  } catch (error) {
    if (error instanceof TartError) {
      complain(error.stderr);
      code = error.code;
    } else if (error instanceof Crash) {
      complain(`${error.message}\n`);
      record({ call: "end", argv: Deno.args, signal: error.signal });
      Deno.kill(Deno.pid, error.signal);
      await new Promise(() => {});
    } else {
      complain(`Error: ${error instanceof Error ? error.stack : error}\n`);
    }
  }
  record({ call: "end", argv: Deno.args, exit: code });
  return code;
}

Deno.exit(await main());
