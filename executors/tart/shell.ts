/** Opening a shell in a kept VM. */
import type { CatalogJob } from "../../model/catalog.ts";
import { compiledCommand } from "../../model/command.ts";
import type { Shell } from "../executor.ts";
import { tartArguments, tartScript } from "./client.ts";
import { shellScript } from "./guest_script.ts";
import { DEFAULT_USER } from "./settings.ts";
import { remoteCommand, sshOptions } from "./ssh_client.ts";

/** The fact that tells until when a VM is kept. */
export const KEPT_FACT = "tart_kept_until";

/** What opens a shell in the VM of an attempt; null: there is none. */
export function tartShell(
  { runtimeConfig, guestCommand, placement }: CatalogJob,
  facts: Readonly<Record<string, string>>,
  terminal: boolean,
): Shell | null {
  const { tart_vm: name, [KEPT_FACT]: until } = facts;
  if (runtimeConfig.kind !== "tart") return null;
  if (name === undefined || until === undefined) return null;
  const asRoot = guestCommand !== null && compiledCommand(guestCommand).asRoot;
  const command = ["/bin/sh", "-c", shellScript(asRoot)];
  if (placement.kind === "orchard") {
    const { url, token } = placement;
    return {
      async enter(streams, { secret }) {
        const { enterFleetVm }: typeof import("./orchard/shell.ts") =
          await import(import.meta.resolve("./orchard/shell.ts"));
        const { Controller }: typeof import("./orchard/controller.ts") =
          await import(import.meta.resolve("./orchard/controller.ts"));
        const controller = new Controller({ url, token: await secret(token) });
        const line = remoteCommand(command);
        return await enterFleetVm(controller, name, line, streams);
      },
    };
  }
  if (runtimeConfig.channel === "ssh") {
    return tartScript(sshShell, [
      ...[name, remoteCommand(command), terminal ? "-t" : "-T"],
      ...sshOptions({
        user: runtimeConfig.user ?? DEFAULT_USER,
        port: 22,
        key: undefined,
      }),
    ]);
  }
  return tartArguments([
    "exec",
    "-i",
    // Without a terminal it would crash.
    ...(terminal ? ["-t"] : []),
    name,
    ...command,
  ]);
}

/** As a job's commands get in; the first value of an option counts for ssh. */
const sshShell = `address=$(tart ip --wait 2 "$1") || exit 1
command=$2; shift 2
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cat > "$folder/askpass" <<'END'
#!/bin/sh
case $1 in *[Pp]assword*) printf '%s\\n' "\${PIKACI_TART_SSH_PASSWORD:-admin}" ;; *) exit 1 ;; esac
END
chmod 700 "$folder/askpass"
[ -z "$PIKACI_TART_SSH_KEY" ] ||
  set -- -i "$PIKACI_TART_SSH_KEY" -o PreferredAuthentications=publickey -o IdentitiesOnly=yes "$@"
[ -z "$PIKACI_TART_SSH_PORT" ] || set -- -p "$PIKACI_TART_SSH_PORT" "$@"
SSH_ASKPASS=$folder/askpass SSH_ASKPASS_REQUIRE=force ssh "$@" -- "$address" "$command"`;
