/** `pikaci watch`: runs, and runs again whenever a file has changed. */
import { UserError } from "../model/user_error.ts";
import { type TreeWatch, watchTree } from "../snapshot/watch.ts";
import { parseArguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import type { ExitCode } from "./exit_codes.ts";
import { findProject } from "./project.ts";
import { startAnew } from "./relaunch.ts";
import run from "./run.ts";
import { openStore } from "../store/store.ts";
import { StoreError } from "../store/store_error.ts";

/** How many of the changed files are named. */
const named = 3;

const watch: Command = {
  ...run,
  details: [
    "Every run is one of its own, by a pikaci of its own: the config is read anew, and jobs that say what they read (inputs) run again only when that has changed. What changes during a run is seen by the next one. A file that git ignores starts none, unless the config includes it in snapshots.",
    "Ctrl-C ends it, during a run by cancelling that first.",
  ],
  examples: [
    ["pikaci watch", "The default target, on every save"],
    ["pikaci watch unit --keep-going", "With the options of run"],
  ],
  async execute(argv, io) {
    const { flags } = parseArguments(argv, run.flags, run.positionals);
    if (flags.changedFiles === "-") {
      throw new UserError(
        "Option --changed-files - can't be watched: standard input ends with the first run\n" +
          "  Name a file, or leave it out to compare with the base",
      );
    }
    const { root, stateRoot } = findProject(flags, io);
    using tree = await watchTree({ sourceRoot: root, stateRoot });
    await followConfig(tree, stateRoot);
    for (;;) {
      const code = await startAnew([], ["run", ...argv]);
      if (code === 130 satisfies ExitCode) return code;
      await followConfig(tree, stateRoot);
      await io.err(`Watching "${root}", Ctrl-C ends it\n`);
      await io.err(`\n${changed(await tree.changes())}\n`);
    }
  },
};

export default watch;

function changed(paths: readonly string[]): string {
  const first = paths.slice(0, named).map((path) => JSON.stringify(path));
  const more = paths.length - first.length;
  return `Changed: ${first.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Watches for what the latest run took into its snapshot: a watch reads no config itself. */
async function followConfig(tree: TreeWatch, stateRoot: string): Promise<void> {
  try {
    using store = await openStore({ stateRoot, readOnly: true });
    const latest = await store.find("latest");
    if (latest.kind !== "found") return;
    const rules = store.plan(latest.runId)?.settings?.snapshot;
    if (rules !== undefined) await tree.follow(rules);
  } catch (error) {
    // The next run tells of it.
    if (!(error instanceof StoreError)) throw error;
  }
}
