/**
 * The program: `deno run -A jsr:@pikaci/pikaci/cli`.
 *
 * @module
 */
import { colourChoice } from "./commands/arguments.ts";
import { processIo } from "./commands/io.ts";
import { end, failUnhandled, main } from "./commands/main.ts";

if (import.meta.main) {
  let unhandled: Promise<number> | null = null;
  const io = processIo(colourChoice(Deno.args), (reason) => {
    unhandled ??= failUnhandled(reason, io);
    unhandled.then((code) => Deno.exit(code));
  });
  const code = await end(await main(Deno.args, io), io);
  // What was told as a failure is one, whoever is faster.
  Deno.exit(await (unhandled ?? code));
}
