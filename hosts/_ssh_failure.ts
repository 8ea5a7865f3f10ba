/** What ssh's messages mean, and what to do about them. */
import { HostError } from "./host.ts";
import type { SshHostOptions } from "./ssh.ts";

/** Texts of OpenSSH 8 to 10, each with what it means for the user. */
const failures:
  readonly (readonly [RegExp, string, (address: string) => string])[] = [
    [
      /REMOTE HOST IDENTIFICATION HAS CHANGED|Offending .* key in/,
      "the host's key has changed since it was last seen",
      (address) =>
        `If the machine was set up anew, remove the old key with ssh-keygen -R ${
          hostOf(address)
        } and connect once with ssh ${address}; if not, somebody may stand between`,
    ],
    [
      /Host key verification failed|No .* host key is known for/,
      "its host key is not known",
      (address) => `Connect once with ssh ${address} and accept the key`,
    ],
    [
      /Permission denied|Too many authentication failures|no such identity/,
      "it refused the login",
      (address) =>
        `Check that ssh ${address} works without a question: the key must be in the agent or in the ssh configuration, and in authorized_keys there`,
    ],
    [
      /Could not resolve hostname|Name or service not known/,
      "its name is not known",
      () =>
        'Check "address" in the config, in hosts.toml or in the ssh configuration',
    ],
    [
      /Connection refused/,
      "nothing listens there",
      () => "Check that sshd runs on it, and the port in the ssh configuration",
    ],
    [
      /timed out|No route to host|Network is unreachable|Connection closed|Connection reset|kex_exchange/,
      "it does not answer",
      () => "Check that the machine is on and that the network reaches it",
    ],
  ];

/** Makes the error for a connection that could not be opened. */
export function connectFailure(
  { id, address }: SshHostOptions,
  code: number,
  text: string,
): HostError {
  const said = text.trim();
  const known = failures.find(([pattern]) => pattern.test(said));
  const why = known?.[1] ?? `ssh left with exit code ${code}`;
  const advice = known?.[2](address) ?? `Try ssh ${address}`;
  const quoted = said === ""
    ? ""
    : `\n${said.split("\n").map((line) => `  ssh: ${line}`).join("\n")}`;
  return new HostError(
    id,
    "connect",
    `Cannot connect to the host "${id}" (${address}): ${why}. ${advice}${quoted}`,
  );
}

function hostOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
