import assert from "node:assert/strict";
import { defineConfig, job, sh, tartRuntime } from "../../mod.ts";
import type { TartRuntimeOptions } from "../../mod.ts";
import { catalogOf } from "../../tests/planning.ts";
import { tartCommands } from "./commands.ts";

Deno.test("tartCommands() shows what carries the job's command", () => {
  const ways: readonly Pick<TartRuntimeOptions, "channel" | "user">[] = [
    {},
    { channel: "ssh" },
    { channel: "ssh", user: "ci" },
  ];
  const { jobs } = catalogOf(defineConfig({
    jobs: ways.map((options, index) =>
      job({
        id: `job-${index}`,
        runtimeConfig: tartRuntime({ image: "sequoia-base", ...options }),
        guestCommand: sh`make`,
      })
    ),
  }));
  assert.deepEqual(
    jobs.flatMap((job) =>
      tartCommands(job).filter(({ phase }) => phase === "run")
        .map(({ command }) => command)
    ),
    [
      "tart exec -i <vm> sh -euc 'make'",
      "ssh admin@<vm> sh -euc 'make'",
      "ssh ci@<vm> sh -euc 'make'",
    ],
  );
});
