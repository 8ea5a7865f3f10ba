import assert from "node:assert/strict";
import { darwinTools } from "../tests/darwin/tools.ts";
import { bootName, machineName } from "./machine.ts";

Deno.test("machineName() and bootName() tell the same twice", async () => {
  assert.match(await machineName(), /^[A-Za-z0-9._-]+$/);
  assert.equal(await machineName(), await machineName());
  assert.equal(await bootName(), await bootName());
});

Deno.test({
  name:
    "a Mac is known by its hardware, whatever its host name, and by its start",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir();
    const tools = await darwinTools(folder);
    const url = new URL("machine.ts", import.meta.url).href;
    await Deno.writeTextFile(
      `${folder}/ask.ts`,
      `import { bootName, machineName } from ${JSON.stringify(url)};
      console.log(await machineName(), await bootName());`,
    );
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--config"],
        decodeURIComponent(new URL("../deno.json", import.meta.url).pathname),
        "--preload",
        new URL("../tests/darwin/preload.ts", import.meta.url).href,
        `${folder}/ask.ts`,
      ],
      env: { PATH: tools, FAKE_DARWIN_TOOLS: tools },
    }).output();
    assert.equal(
      new TextDecoder().decode(stdout),
      "mac-4c4c4544-0000-4000-8000-000000000002 0B5CBB1A-0000-4000-8000-000000000001\n",
    );
    await Deno.remove(folder, { recursive: true });
  },
});
