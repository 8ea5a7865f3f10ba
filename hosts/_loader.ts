/**
 * How a script gets to a host: on standard input, never in an argument, as what
 * stands in arguments can be read by every user of the machine. The login shell
 * of the account sees one fixed line, so that fish and csh do as well as sh.
 *
 * @module
 */
import { quote } from "../model/command.ts";

/**
 * The line by which a login shell reads a script, as `load` writes it, from
 * standard input and runs it; where the input ends instead, it does nothing.
 *
 * One read takes no more than what is missing, so that nothing behind the script
 * is swallowed; dd alone promises that everywhere. It may take less: then it is
 * asked again. What was cut off on its way is not run in part.
 */
export const LOADER: string = `exec /bin/sh -c ${
  quote(
    `eval "$(${
      [
        // In this locale a length is one of bytes.
        "export LC_ALL=C; read -r n || exit; s=",
        "while [ $n -gt 0 ]",
        // Without the full stop, the ends of lines at the end would be lost.
        "do p=$(dd bs=$n count=1 2>/dev/null; echo .); p=${p%.}",
        '[ -n "$p" ] || { echo exit 125; exit; }',
        "s=$s$p n=$((n - ${#p}))",
        'done; printf "%s" "$s"',
      ].join("; ")
    })"`,
  )
}`;

/** What `LOADER` reads; what follows it on standard input is the script's own. */
export function load(script: string): Uint8Array {
  if (script.includes("\0")) {
    throw new TypeError("A command for an ssh host cannot hold a NUL");
  }
  const { length } = new TextEncoder().encode(script);
  return new TextEncoder().encode(`${length}\n${script}`);
}
