/** An instance as a host: what runs there runs by `incus exec`, as its root. */
import { type Host, HostError, type HostFiles } from "../../hosts/host.ts";
import type { ProcessResult, ProcessSpec } from "../../hosts/process.ts";
import { quote } from "../../model/command.ts";
import type { IncusClient } from "./client.ts";
import { startScript } from "./session.ts";

/** How often a command is run again whose output was lost. */
const tries = 10;

/** Makes the host. What is `run` there must only read: it may be run again. */
export function guestHost(client: IncusClient, instance: string): Host {
  const { host } = client.access;
  return {
    id: host.id,
    kind: "guest",
    stateRoot: "",
    run: (spec) => run(client, instance, spec),
    start: (spec) => startScript(client, instance, script(spec)),
    facts: () => host.facts(),
    env: () => Promise.resolve({}),
    files,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * Runs a command until its output has come whole, mark included. Cheaper than a
 * session over ssh, where a process that streams takes more calls.
 */
async function run(
  client: IncusClient,
  instance: string,
  { argv, stdin }: ProcessSpec,
): Promise<ProcessResult> {
  if (stdin !== undefined) throw new TypeError("Not for what reads its input");
  const { host } = client.access;
  const marked = '"$@"; code=$?; printf "\\036"; exit "$code"';
  for (let left = tries; left > 0; left--) {
    const result = await client.run({
      instance,
      argv: ["/bin/sh", "-c", marked, "sh", ...argv],
    });
    const { code, stdout } = result;
    if (stdout.at(-1) === 0x1e) {
      return { ...result, stdout: stdout.subarray(0, -1) };
    }
    if (code !== 0) return result;
  }
  throw new HostError(
    host.id,
    "run in instance",
    `Cannot read from the instance "${instance}" on the host "${host.id}": incus exec lost the output of ${
      argv[0]
    } ${tries} times. The machine is overloaded: give pikaci fewer jobs there at once`,
  );
}

/** A command as a script, with its input in it. */
function script({ argv, stdin }: ProcessSpec): string {
  const command = argv.map(quote).join(" ");
  if (stdin === undefined) return command;
  if (!(stdin instanceof Uint8Array)) {
    throw new TypeError("A guest's input is given as bytes");
  }
  return `base64 -d <<'PIKACI' | ${command}\n${stdin.toBase64()}\nPIKACI`;
}

/** What collects files needs none of these. */
const files: HostFiles = {
  makeDir: refuse,
  writeFile: refuse,
  remove: refuse,
};

function refuse(): Promise<never> {
  return Promise.reject(new TypeError("A guest's files travel as tar"));
}
