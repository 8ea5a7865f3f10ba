/** `pikaci init`: writes a first config, and the task that runs it. */
import { join } from "../model/path.ts";
import { CONFIG_NAME } from "../config/find.ts";
import { UserError } from "../model/user_error.ts";
import { command } from "./command.ts";
import { starterConfig } from "./init/starter.ts";
import { addToDenoJson } from "./init/deno_json.ts";

export default command({
  details: [
    "Writes pikaci.config.ts into the working directory, with a job for each kind of project found there, and adds to deno.json the import of the package and a task that runs it. What is there already stays as it is.",
  ],
  flags: {},
  examples: [["pikaci init", "A first config for this repository"]],
  async run(_args, io) {
    const path = join(io.cwd, CONFIG_NAME);
    const config = await starterConfig(io.cwd);
    try {
      await Deno.writeTextFile(path, config, { createNew: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      throw new UserError(
        `Cannot write "${path}": there is one already, and it is left as it is`,
      );
    }
    await io.out(`Wrote ${CONFIG_NAME}\n`);
    const { lines, command } = await addToDenoJson(io.cwd);
    for (const line of lines) await io.out(`${line}\n`);
    await io.out(`Next: ${command}\n`);
    return 0;
  },
});
