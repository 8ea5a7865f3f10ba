/**
 * This process as the program: from its arguments to its exit.
 *
 * @module
 */
import { colourChoice } from "./arguments.ts";
import { processIo } from "./io.ts";
import { end, failUnhandled, main } from "./main.ts";

/** Does what the arguments of this process say, and ends it. */
export async function program(): Promise<never> {
  let unhandled: Promise<number> | null = null;
  const io = processIo(colourChoice(Deno.args), (reason) => {
    unhandled ??= failUnhandled(reason, io);
    unhandled.then((code) => Deno.exit(code));
  });
  const code = await end(await main(Deno.args, io), io);
  // What was told as a failure is one, whoever is faster.
  Deno.exit(await (unhandled ?? code));
}
