/** What is left on a fleet: nothing of ours, all of others. */
import assert from "node:assert/strict";
import type { Knobs } from "./fakes/orchard/knobs.ts";
import { leaveOut } from "./leave_out.ts";
import { type OrchardRig, orchardRig } from "./orchard.ts";
import { noFakeTart } from "./tart.ts";

const ignore = leaveOut("cleaning up a fleet of Orchard", noFakeTart());

/** A job whose artifacts are being collected for ever, unless it waits itself. */
const hanging = `workspace: "writable", artifacts: ["*.txt"], guestCommand: sh\`
  tool="$(dirname "$(command -v mount_virtiofs)")/tar"
  printf '#!/bin/sh\\nexec sleep 300\\n' > "$tool"
  chmod 755 "$tool"\``;

const ended = (rig: OrchardRig, what: RegExp): boolean =>
  rig.fake.requests.some(({ method, url }) => what.test(`${method} ${url}`));

/** Where pikaci is when it is ended: how to get there, and how to know. */
const steps: Readonly<
  Record<string, {
    readonly knobs?: Partial<Knobs>;
    readonly there: (rig: OrchardRig) => boolean;
  }>
> = {
  pending: {
    knobs: { pending: true },
    there: (rig) => ended(rig, /^GET \/v1\/vms\/[^/]+$/),
  },
  boot: {
    knobs: { guestNever: true },
    there: (rig) => ended(rig, /^GET .*\/exec\?command=%2Fusr%2Fbin%2Ftrue/),
  },
  collect: { there: (rig) => ended(rig, /^GET .*xargs/) },
};

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  for (const [step, { knobs = {}, there }] of Object.entries(steps)) {
    Deno.test({
      name: `${signal} at ${step} leaves no VM on a fleet`,
      ignore,
      async fn() {
        await using rig = await orchardRig({ unit: hanging }, { knobs });
        const call = rig.start();
        let over = false;
        call.result.finally(() => over = true);
        while (!there(rig)) {
          assert.ok(!over, `The run ended: ${call.stdout}${call.stderr}`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        call.kill(signal);
        const { code } = await call.result;
        if (signal === "SIGINT") assert.equal(code, 130);
        else {
          assert.equal(rig.fake.vms().length, 1);
          const next = await rig.pikaci("gc");
          assert.equal(next.code, 0, next.stderr);
        }
        assert.deepEqual(await rig.left(), []);
      },
    });
  }
}

Deno.test({
  name:
    "a janitor without the token says what is left, and takes nobody else's VMs",
  ignore,
  async fn() {
    await using rig = await orchardRig({ unit: `guestCommand: sh\`true\`` }, {
      knobs: { pending: true },
    });
    const { fake, project, state } = rig;
    const call = rig.start();
    while (fake.vms().length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    call.kill("SIGKILL");
    await call.result;
    const [ours = ""] = fake.created;
    const instance = ours.split("-")[1];
    const image = fake.vms()[0]?.image ?? "";
    const old = new Date(Date.now() - 2 * 60 * 60 * 1000).toISOString();
    const orphan = `pikaci-${instance}-0123abcd-unit-1-beef`;
    const young = `pikaci-${instance}-0123abcd-unit-1-cafe`;
    const others = ["pikaci-mine", `pikaci-${instance}-by-hand`, "theirs"];
    for (const name of [orphan, ...others]) fake.add({ name, image }, old);
    fake.add({ name: young, image });

    const blind = await project.pikaci(["gc", "--state-root", state]);
    assert.equal(blind.code, 0);
    assert.match(
      blind.stderr,
      new RegExp(
        `The VM "${ours}" is left on the fleet ${fake.url}: .*variable ORCHARD_TOKEN: it is not set`,
      ),
    );
    assert.ok(fake.vms().some(({ name }) => name === ours));

    fake.turn({
      pending: false,
      workers: [{ name: "mini-1", slots: 8, labels: {}, online: true }],
    });
    const { code, stderr } = await rig.run();
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      fake.vms().map(({ name }) => name).toSorted(),
      [...others, young].toSorted(),
    );
  },
});
