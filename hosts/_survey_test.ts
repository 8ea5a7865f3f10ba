import assert from "node:assert/strict";
import { runProcess } from "./process.ts";
import { parseSurvey, surveyScript } from "./_survey.ts";

Deno.test("a survey tells the machine, and the environment as at a login", async () => {
  const home = await Deno.realPath(await Deno.makeTempDir());
  const env = { HOME: home, PATH: "/usr/bin:/bin", A: "1=2", PWD: home };
  const { stdout } = await runProcess({
    // As the keeper does, from another folder.
    argv: ["/bin/sh", "-c", `cd /; ${surveyScript}`],
    cwd: home,
    env,
    clearEnv: true,
  });
  const { os, arch } = Deno.build;
  const text = new TextDecoder().decode(stdout);
  assert.equal(text.at(-1), "\0");
  const survey = parseSurvey(text.slice(0, -1));
  // What shells say of themselves.
  const { _, SHLVL: __, ...told } = survey.env;
  assert.deepEqual(told, env);
  assert.equal(survey.home, home);
  assert.ok(survey.facts.cpus > 0);
  assert.deepEqual(
    [survey.facts.os, survey.facts.arch],
    [os, os === "darwin" && arch === "aarch64" ? "arm64" : arch],
  );
  await Deno.remove(home);
});
