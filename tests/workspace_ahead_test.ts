/** Workspaces are made while what their jobs need still runs. */
import assert from "node:assert/strict";
import { makeProject } from "./project.ts";

const config = `
import { defineConfig, job, sh, target } from "@pikaci/pikaci";

const folder = Deno.env.get("CHECKOUTS") ?? "";
const first = job({
  id: "first",
  guestCommand: sh\`i=0; until test -e \${folder}/w-second/workspace/file; do i=$((i + 1)); test $i -lt 300; sleep 0.1; done\`,
});
const second = job({ id: "second", needs: [first], workspace: "writable", guestCommand: sh\`echo changed >>file\` });
const fails = job({ id: "fails", needs: [second], guestCommand: sh\`sleep 0.2; exit 3\` });
const never = job({ id: "never", needs: [fails], workspace: "writable", guestCommand: sh\`true\` });

export default defineConfig({
  targets: [target({ id: "all", jobs: [first, second, fails, never] })],
});
`;

Deno.test("a workspace is made while a job runs that its own needs", async () => {
  await using p = await makeProject({ "pikaci.config.ts": config, file: "" });
  const env = { CHECKOUTS: p.path(".pikaci/checkouts") };
  for (const _ of ["made anew", "used again"]) {
    await Deno.remove(p.path(".pikaci/checkouts/w-second/workspace/file"))
      .catch(() => {});
    const { code, stdout } = await p.pikaci(
      ["run", "--jobs", "2", "--output", "json"],
      { env },
    );
    assert.equal(code, 1);
    const { jobs }: {
      readonly jobs: readonly {
        readonly id: string;
        readonly status: string;
      }[];
    } = JSON.parse(stdout);
    assert.deepEqual(jobs.map(({ id, status }) => `${id} ${status}`), [
      "first passed",
      "second passed",
      "fails failed",
      "never skipped",
    ]);
  }
});
