import assert from "node:assert/strict";
import { quote } from "../model/command.ts";
import { load, LOADER } from "./_loader.ts";
import { runProcess } from "./process.ts";

Deno.test({
  name:
    "LOADER reads its script to the byte, however it comes, and never runs a part",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const words = `ü 'ñ' $x \`y\` \\ ${"é".repeat(40_000)}\n`;
    const stdin = load(
      `printf %s ${quote(words)}\nexec cat\n\n`,
    );
    const feed = async (
      parts: readonly Uint8Array[],
      env: Record<string, string>,
    ) =>
      await runProcess({
        argv: ["sh", "-c", LOADER],
        env,
        stdin: ReadableStream.from(async function* () {
          for (const part of parts) {
            yield part;
            await new Promise((r) => setTimeout(r, 5));
          }
        }()),
      });
    const rest = new TextEncoder().encode("\n the rest\n");
    // Cut in the middle of a character, too.
    const parts = [[0, 15], [15, 30_001], [30_001, stdin.length]]
      .map(([from, to]) => stdin.subarray(from, to));
    for (const env of [{ LC_ALL: "C.UTF-8" }, { LC_ALL: "C" }]) {
      for (
        const split of [[...parts, rest], [new Uint8Array([...stdin, ...rest])]]
      ) {
        const { code, stdout } = await feed(split, env);
        assert.equal(code, 0);
        const text = new TextDecoder().decode(stdout);
        assert.ok(text === `${words}\n the rest\n`, text.slice(0, 100));
      }
    }
    const cut = await feed([stdin.subarray(0, stdin.length - 5)], {});
    assert.equal(cut.code, 125);
    assert.equal(cut.stdout.length, 0);
    // A session that nobody wanted.
    assert.equal((await feed([], {})).code, 0);
  },
});
