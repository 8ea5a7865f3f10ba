/**
 * Leaves out of a module what only people read: of a file from JSR, Deno reads
 * and hashes every byte at each start, and V8 keeps all of it.
 *
 * @module
 */
import { minify } from "rolldown/utils";

/**
 * The same module without comments and spaces. Names stay, for the sake of
 * stack traces, and parentheses that make V8 compile a function (`eager.ts`).
 */
export async function spare(path: string, code: string): Promise<string> {
  const { code: small, errors } = await minify(path, code, {
    module: true,
    compress: false,
    mangle: false,
    codegen: { removeWhitespace: true },
  });
  const [problem] = errors;
  if (problem === undefined) return small;
  throw new Error(`Cannot read "${path}": ${problem.message}`);
}
