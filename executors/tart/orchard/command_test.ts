/** Commands on a fleet: nobody makes more than the other side takes. */
import assert from "node:assert/strict";
import { startOrchard } from "../../../tests/fakes/orchard/controller.ts";
import type { FakeOrchard } from "../../../tests/fakes/orchard/controller.ts";
import { IMAGE } from "../../../tests/fakes/orchard/knobs.ts";
import { leaveOut } from "../../../tests/leave_out.ts";
import { noFakeTart } from "../../../tests/tart.ts";
import { startCommand } from "./command.ts";
import { Controller } from "./controller.ts";

const ignore = leaveOut("commands on a fleet", noFakeTart());
const gone = new AbortController().signal;
const total = 24 * 1024 * 1024;
/** What two sockets of this machine may hold between them, and some more. */
const mostUnderWay = 12 * 1024 * 1024;

async function withVm(
  use: (fake: FakeOrchard, controller: Controller) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  {
    await using fake = await startOrchard({ folder });
    const controller = new Controller(fake);
    await controller.create({ name: "vm", image: IMAGE }, gone);
    await use(fake, controller);
  }
  await Deno.remove(folder, { recursive: true });
}

/** Waits until a number grows no more. */
async function stable(count: () => number): Promise<number> {
  for (let last = -1;;) {
    const now = count();
    if (now > 0 && now === last) return now;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

Deno.test({
  name: "a guest that prints waits for who reads",
  ignore,
  fn: () =>
    withVm(async (fake, controller) => {
      const child = await startCommand(controller, {
        vm: "vm",
        command: `head -c ${total} /dev/zero`,
        gone,
      });
      const reader = child.stdout.getReader();
      let read = (await reader.read()).value?.length ?? 0;
      const sent = await stable(() => fake.bytes().sent);
      assert.ok(sent < mostUnderWay, `${sent} bytes were sent unread`);
      for (;;) {
        const { value } = await reader.read();
        if (value === undefined) break;
        read += value.length;
      }
      assert.equal(read, total);
      await child.stderr.cancel();
      assert.deepEqual(await child.status, { code: 0, signal: null });
      assert.equal(child.broken(), null);
    }),
});

Deno.test({
  name:
    "output that is lost for good ends what needs it, and is told of to others",
  ignore,
  fn: () =>
    withVm(async (fake, controller) => {
      fake.turn({ forgetful: true });
      const say = async (command: string): Promise<void> => {
        const child = await startCommand(controller, {
          vm: "vm",
          command,
          gone,
        });
        await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
        await child.status;
      };
      // It prints until the loss is known, and so fast that a cut loses some.
      const lose = async (lossy: boolean) => {
        fake.turn({ cuts: [2] });
        const notes: string[] = [];
        const known = Promise.withResolvers<void>();
        const child = await startCommand(controller, {
          vm: "vm",
          command:
            "i=0; until [ -e stop ] || [ $i -ge 20000 ]; do echo $i; sleep 0.01; i=$((i+1)); done; rm stop; echo end; exit 7",
          gone,
          lossy,
          note(line) {
            notes.push(line);
            if (line.startsWith("Some output was lost")) known.resolve();
          },
        });
        const stopped = Promise.race([known.promise, child.status])
          .then(() => say("touch stop"));
        await child.stderr.cancel();
        const text = await new Response(child.stdout).text();
        const { code } = await child.status;
        await stopped;
        return { code, broken: child.broken(), notes: notes.join("\n"), text };
      };
      const job = await lose(true);
      assert.equal(job.broken, null);
      assert.equal(job.code, 7);
      assert.match(job.notes, /Some output was lost/);
      assert.match(job.text, /^0\n1\n[^]*\d\nend\n$/);
      const files = await lose(false);
      assert.match(files.broken ?? "", /output was lost on the way/);
      assert.equal(files.code, 255);
    }),
});

Deno.test({
  name: "an upload waits for a slow controller",
  ignore,
  fn: () =>
    withVm(async (fake, controller) => {
      let made = 0;
      async function* content(): AsyncGenerator<Uint8Array> {
        const part = new Uint8Array(64 * 1024);
        for (; made < total; made += part.length) yield part;
      }
      fake.turn({ stdinMs: 1_000_000 });
      const child = await startCommand(controller, {
        vm: "vm",
        command: "wc -c",
        stdin: content(),
        gone,
      });
      const under = await stable(() => made);
      assert.ok(under < mostUnderWay, `${under} bytes were made unread`);
      await child.endTree({ graceMs: 0 });
      assert.equal((await child.status).code, 255);

      fake.turn({ stdinMs: 0 });
      made = 0;
      const whole = await startCommand(controller, {
        vm: "vm",
        command: "wc -c",
        stdin: content(),
        gone,
      });
      await whole.stderr.cancel();
      const text = await new Response(whole.stdout).text();
      assert.equal(whole.broken(), null);
      assert.equal(Number(text), total);
      assert.equal((await whole.status).code, 0);
    }),
});
