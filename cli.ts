/**
 * The program: `deno run -A jsr:@pikaci/pikaci/cli`.
 *
 * @module
 */
import { program } from "./commands/program.ts";

if (import.meta.main) await program();
