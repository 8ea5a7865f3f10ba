/** Remote Login of a guest: an sshd in it, on an address of the guest's own. */
import type { Guest } from "./guest.ts";
import type { Knobs } from "./knobs.ts";

/** The address of a VM: guests share the machine's network, so one of 127/8. */
export function addressOf(name: string): string {
  let hash = 0;
  for (const byte of new TextEncoder().encode(name)) {
    hash = (hash * 31 + byte) % 0xfc0000;
  }
  const parts = [hash >> 16, hash >> 8, hash].map((part) => part & 255);
  return `127.${parts.join(".")}`;
}

/** Starts sshd in a guest of its own namespaces, where it ends with the guest. */
export async function startSshd(
  guest: Guest,
  name: string,
  { port, key, password }: NonNullable<Knobs["ssh"]>,
): Promise<void> {
  const config = [
    `ListenAddress ${addressOf(name)}`,
    `Port ${port}`,
    "HostKey /.fake/etc/host",
    "AuthorizedKeysFile /.fake/etc/keys",
    "PidFile none",
    "StrictModes no",
    "UsePAM no",
    "PermitRootLogin yes",
    "PasswordAuthentication yes",
    "KbdInteractiveAuthentication no",
    "PrintLastLog no",
    // Keeps a bash that sshd starts from reading ~/.bashrc for every command.
    "SetEnv SHLVL=3 PATH=/.fake/bin:/bin:/usr/bin:/usr/sbin TMPDIR=/tmp",
  ].join("\n");
  const child = guest.spawn([
    ...["/bin/sh", "-euc"],
    `mkdir -p /run/sshd
# Whoever logs in is as much root as what the agent starts.
{ cat /etc/passwd; echo admin:x:0:0::/Users/admin:/bin/sh; } > /.fake/etc/passwd
hash=$(printf %s "$3" | perl -e 'print crypt(<STDIN>, q($6$salt))')
{ cat /etc/shadow; echo "admin:$hash:19000:0:99999:7:::"; } > /.fake/etc/shadow
for file in passwd shadow; do /usr/bin/mount --bind "/.fake/etc/$file" "/etc/$file"; done
ssh-keygen -q -t ed25519 -N '' -f /.fake/etc/host
printf '%s\\n' "$1" > /.fake/etc/keys
printf '%s\\n' "$2" > /.fake/etc/sshd
exec /usr/sbin/sshd -f /.fake/etc/sshd -E /.fake/etc/log`,
    ...["sh", key, config, password],
  ], "null");
  // The child returns once sshd listens.
  const [, stderr, { code }] = await Promise.all([
    child.stdout.cancel(),
    new Response(child.stderr).text(),
    child.status,
  ]);
  if (code !== 0) throw new Error(`sshd does not start in ${name}: ${stderr}`);
}
