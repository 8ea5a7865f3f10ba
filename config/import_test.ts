import assert from "node:assert/strict";
import { join } from "node:path";
import { UserError } from "../model/user_error.ts";
import { importConfig } from "./import.ts";

async function refusal(text: string): Promise<string> {
  const cwd = await Deno.makeTempDir();
  try {
    const path = join(cwd, "pikaci.config.ts");
    await Deno.writeTextFile(path, text);
    const imported = importConfig({
      path,
      cwd,
      stateRoot: cwd,
      colours: false,
      relaunched: false,
      env: () => undefined,
      notice: () => {},
      guard: () => ({
        rejections: () => Promise.resolve(),
        [Symbol.dispose]: () => {},
      }),
    });
    const error = await imported.then(() => null, (error) => error);
    assert.ok(error instanceof UserError);
    return error.message;
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

Deno.test("importConfig() asks for a default export", async () => {
  assert.equal(
    await refusal("export const config = 1;"),
    'The config "pikaci.config.ts" has no default export: ' +
      "end it with `export default defineConfig({ ... })`",
  );
});

Deno.test("importConfig() names what a config throws, with its place", async () => {
  assert.equal(
    await refusal(`\n  throw new SyntaxError("of mine");`),
    "Importing pikaci.config.ts failed\n  SyntaxError: of mine\n    at pikaci.config.ts:2:9",
  );
  assert.equal(
    await refusal("throw undefined;"),
    "Importing pikaci.config.ts failed\n  It threw undefined",
  );
});
