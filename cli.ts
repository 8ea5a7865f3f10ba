/**
 * The program: `deno run -A jsr:@pikaci/pikaci/cli`.
 *
 * @module
 */
import { colourChoice } from "./commands/arguments.ts";
import { processIo } from "./commands/io.ts";
import { end, failUnhandled, main } from "./commands/main.ts";

if (import.meta.main) {
  const io = processIo(colourChoice(Deno.args));
  let unhandled: Promise<number> | null = null;
  // A promise that nobody waits for is a bug, not a verdict: Deno would end with 1.
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    unhandled ??= failUnhandled(event.reason, io);
    unhandled.then((code) => Deno.exit(code));
  });
  const code = await end(await main(Deno.args, io), io);
  // What was told as a failure is one, whoever is faster.
  Deno.exit(await (unhandled ?? code));
}
