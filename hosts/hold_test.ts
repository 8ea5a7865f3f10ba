import assert from "node:assert/strict";
import { join } from "@std/path";
import { hold, isHeld } from "./hold.ts";

Deno.test("isHeld() tells whether a process holds a folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    assert.equal(isHeld(folder), false);
    {
      using _held = hold(folder);
      assert.equal(isHeld(folder), true);
      assert.equal(isHeld(folder), true, "looking takes nothing away");
    }
    assert.equal(isHeld(folder), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a hold ends with its process, and needs no folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const module = new URL("./hold.ts", import.meta.url).href;
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["eval", "--no-lock"],
        `const { hold } = await import(${JSON.stringify(module)});
        hold(${JSON.stringify(folder)});
        console.log("held");
        await new Promise((done) => setTimeout(done, 60_000));`,
      ],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    assert.equal(isHeld(folder), true);
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    assert.equal(isHeld(folder), false);
    using _none = hold(join(folder, "nothing"));
    assert.equal(isHeld(join(folder, "nothing")), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
