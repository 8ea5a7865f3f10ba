/**
 * Commands by ssh, for guests without the Tart guest agent. ssh runs on the
 * VM's Mac, as the guest's address is one of that Mac's own NAT.
 */
import { quote } from "../../model/command.ts";
import { complaint, type TartClient } from "./client.ts";
import type { GuestClient } from "./guest_client.ts";
import { DEFAULT_USER, type SshSettings } from "./settings.ts";
import type { Stage } from "./stage.ts";

/**
 * Asks for the address anew each time, as a guest may get another one; without
 * one it ends as ssh does that reaches nobody.
 */
const connectScript =
  'address=$(tart ip --wait 2 "$1") || exit 255; command=$2 input=$3; shift 3; exec ssh "$@" -- "$address" "$command" < "$input"';

/** Answers for a password, and for nothing else: not for the passphrase of a user's key. */
const askpass = `#!/bin/sh
case $1 in *[Pp]assword*) exec cat "\${0%/*}/password" ;; esac
exit 1
`;

/** Carries commands by ssh. */
export async function sshClient(
  client: TartClient,
  vm: string,
  stage: Pick<Stage, "own">,
  settings: SshSettings,
): Promise<GuestClient> {
  const { user, key, password } = settings;
  const program = `${stage.own}/askpass`;
  const bytes = new TextEncoder();
  if (key === undefined) {
    const { files } = client.host;
    const secret = bytes.encode(`${password}\n`);
    await files.writeFile(`${stage.own}/password`, secret, 0o600);
    await files.writeFile(program, bytes.encode(askpass), 0o700);
  }
  const env = { LC_ALL: "C", ...key === undefined ? askedBy(program) : {} };
  return {
    name: "ssh",
    start: (argv, stdinFile = "/dev/null") =>
      client.script(
        connectScript,
        [vm, remoteCommand(argv), stdinFile, "-T", ...sshOptions(settings)],
        env,
      ),
    // A Mac that starts lets its first users wait.
    answerMs: 20_000,
    needs: (said) =>
      `${
        heard(said, password)
      }Its image needs Remote Login, and the user "${user}" with ${
        key === undefined
          ? "the password of PIKACI_TART_SSH_PASSWORD (default: admin), or the key of PIKACI_TART_SSH_KEY"
          : `the key "${key}" of PIKACI_TART_SSH_KEY`
      }`,
  };
}

/** What ssh said last, as a sentence; the guest has a say in it, so the password is masked. */
function heard(said: string, password: string): string {
  if (said.trim() === "") return "";
  const line = complaint({ code: 255, signal: null, stdout: "", stderr: said });
  const masked = password === DEFAULT_USER
    ? line
    : line.replaceAll(password, "***");
  return /no route to host/i.test(said)
    ? `ssh said: ${masked}. macOS may keep it from what started pikaci: allow that in System Settings, Privacy & Security, Local Network. `
    : `ssh said: ${masked.replace(/\.$/, "")}. `;
}

/** The command line for the shell of the guest's user, whichever that is. */
export function remoteCommand(argv: readonly string[]): string {
  return argv.map((word) => quote(word)).join(" ");
}

/** Lets ssh (8.4 or later) ask a program for a password, terminal or not. */
function askedBy(program: string): Readonly<Record<string, string>> {
  return { SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: "force" };
}

/** What ssh is told, beside the address and the command. */
export function sshOptions(
  { user, port, key }: Omit<SshSettings, "password">,
): readonly string[] {
  const options = [
    // A clone's key is new, and the way to it is the Mac's own NAT: there is
    // nothing to compare with, and nobody between.
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "GlobalKnownHostsFile=/dev/null",
    "LogLevel=ERROR",
    "ConnectTimeout=10",
    // A guest that hangs is given up after 15 seconds without a sign of life.
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "ClearAllForwardings=yes",
    "NumberOfPasswordPrompts=1",
    ...key === undefined
      // A guest lets six tries pass, which an agent may have as many keys for.
      ? ["PreferredAuthentications=password,keyboard-interactive,publickey"]
      : ["PreferredAuthentications=publickey", "IdentitiesOnly=yes"],
  ];
  return [
    // What a user says of `Host *` is meant for other hosts: proxies, shared
    // connections, commands.
    ...["-F", "/dev/null", "-l", user, "-p", String(port)],
    ...key === undefined ? [] : ["-i", key, "-o", "BatchMode=yes"],
    ...options.flatMap((option) => ["-o", option]),
  ];
}
