import assert from "node:assert/strict";
import { type SshHost, sshHost } from "../hosts/ssh.ts";
import { leaveOut } from "../tests/leave_out.ts";
import { noSshd, startSshd } from "../tests/sshd.ts";
import { capture } from "./capture.ts";
import { ACQUIRE } from "./_remote_script.ts";
import type { Checkout } from "./checkout.ts";
import {
  pruneRemote,
  publish,
  remoteCheckout,
  type RemoteCheckoutOptions,
} from "./remote.ts";

/** A checkout of a tree that is there. */
async function published(options: RemoteCheckoutOptions): Promise<Checkout> {
  const checkout = await remoteCheckout(options);
  assert.ok(checkout !== null);
  return checkout;
}

Deno.test({
  name: "remoteCheckout()",
  ignore: leaveOut("snapshots on ssh hosts", noSshd()),
  fn: async (t) => {
    await using sshd = await startSshd();
    const dir = await Deno.makeTempDir({ prefix: "it's remote " });
    const stateRoot = `${dir}/local`;
    const sourceRoot = `${dir}/source`;
    await Deno.mkdir(sourceRoot);
    await Deno.mkdir(stateRoot);
    await using host = await sshHost({
      id: "loopback",
      address: "loopback",
      stateRoot: `${dir}/far away`,
      config: sshd.config,
    });
    const snapshot = async () =>
      (await capture({ sourceRoot, stateRoot, include: [], exclude: [] })).tree;
    await Deno.writeTextFile(`${sourceRoot}/a 'b'\n`, "one");
    await Deno.writeTextFile(`${sourceRoot}/key`, "secret", { mode: 0o600 });
    await Deno.writeTextFile(
      `${sourceRoot}/.gitattributes`,
      "* text=auto eol=crlf\n",
    );
    await Deno.symlink("key", `${sourceRoot}/link`);
    const first = await snapshot();

    await t.step("holds what was captured, byte for byte", async () => {
      const missing = () =>
        remoteCheckout({
          ...{ host, stateRoot, tree: first, mode: "read-only", name: "unit" },
        });
      assert.equal(await missing(), null);
      await publish({ host, stateRoot, tree: first });
      await using checkout = await published({
        host,
        stateRoot,
        tree: first,
        mode: "read-only",
        name: "unit",
      });
      assert.equal(await Deno.readTextFile(`${checkout.path}/a 'b'\n`), "one");
      assert.equal(
        await Deno.readTextFile(`${checkout.path}/.gitattributes`),
        "* text=auto eol=crlf\n",
      );
      assert.equal(await Deno.readLink(`${checkout.path}/link`), "key");
      assert.equal(
        ((await Deno.stat(`${checkout.path}/key`)).mode ?? 0) & 0o777,
        0o600,
      );
      assert.deepEqual(await checkout.verify(), []);
    });

    await t.step(
      "is shared when read-only, and one's own when writable",
      async () => {
        await Deno.writeTextFile(`${sourceRoot}/new`, "2");
        const second = await snapshot();
        await publish({ host, stateRoot, tree: second });
        const of = (mode: "read-only" | "writable") =>
          published({ host, stateRoot, tree: second, mode, name: "unit" });
        await using one = await of("read-only");
        await using two = await of("read-only");
        await using own = await of("writable");
        await using other = await of("writable");
        assert.equal(one.path, two.path);
        assert.equal(new Set([one.path, own.path, other.path]).size, 3);
        assert.equal(await Deno.readTextFile(`${other.path}/new`), "2");
      },
    );

    await t.step(
      "names what a job changed, and gives none of it to the next",
      async () => {
        {
          await using checkout = await published({
            host,
            stateRoot,
            tree: first,
            mode: "read-only",
            name: "unit",
          });
          await Deno.writeTextFile(`${checkout.path}/key`, "changed");
          await Deno.mkdir(`${checkout.path}/.git/hooks`, { recursive: true });
          await Deno.writeTextFile(`${checkout.path}/left behind`, "");
          await Deno.chmod(`${checkout.path}/.gitattributes`, 0o600);
          assert.deepEqual(await checkout.verify(), [
            "./.git",
            "key",
            "left behind",
          ]);
        }
        await using checkout = await published({
          host,
          stateRoot,
          tree: first,
          mode: "read-only",
          name: "unit",
        });
        assert.equal(await Deno.readTextFile(`${checkout.path}/key`), "secret");
        assert.deepEqual(await checkout.verify(), []);
        const { mode } = await Deno.stat(`${checkout.path}/.gitattributes`);
        assert.equal((mode ?? 0) & 0o777, 0o644);
        const names = await Array.fromAsync(
          Deno.readDir(checkout.path),
          ({ name }) => name,
        );
        assert.deepEqual(names.sort(), [
          ".gitattributes",
          "a 'b'\n",
          "key",
          "link",
        ]);
      },
    );

    await t.step(
      "takes the same tree from runs that come at once",
      async () => {
        await Deno.writeTextFile(`${sourceRoot}/new`, "3");
        const tree = await snapshot();
        const all = (host: SshHost) =>
          Promise.all(
            [1, 2, 3, 4].map(() => publish({ host, stateRoot, tree })),
          );
        await all(host);
        // The first ever on a machine, after one that was cut off in its midst.
        await using fresh = await sshHost({
          id: "loopback",
          address: "loopback",
          stateRoot: `${dir}/fresh`,
          config: sshd.config,
        });
        await Deno.mkdir(`${dir}/fresh/git`, { recursive: true });
        await Deno.writeTextFile(`${dir}/fresh/git/config.lock`, "");
        await Deno.mkdir(`${dir}/fresh/git.lock`);
        await Deno.writeTextFile(`${dir}/fresh/git.lock/owner`, "/gone");
        await all(fresh);
      },
    );

    await t.step("says what keeps it from the host's disk", async () => {
      await Deno.writeTextFile(`${dir}/file`, "");
      await using nowhere = await sshHost({
        id: "loopback",
        address: "loopback",
        stateRoot: `${dir}/file/state`,
        config: sshd.config,
      });
      await assert.rejects(
        publish({ host: nowhere, stateRoot, tree: first }),
        /Cannot prepare state folder on the host "loopback".*Not a directory/,
      );
    });

    await t.step("is pruned when nobody uses it", async () => {
      await using checkout = await published({
        host,
        stateRoot,
        tree: first,
        mode: "read-only",
        name: "unit",
      });
      const removed = await pruneRemote({ host, keepTrees: [first] });
      assert.ok(
        removed.some((name) => name.startsWith("checkout w-unit")),
        removed.join(),
      );
      assert.ok(removed.filter((name) => name.startsWith("tree ")).length >= 2);
      assert.equal(await Deno.readTextFile(`${checkout.path}/key`), "secret");
    });

    await t.step(
      "tells a change of permissions in the very moment of the checkout",
      async () => {
        const hasty: SshHost = {
          ...host,
          run({ argv: [program, ...words], ...spec }) {
            const hurried = words.map((word) =>
              word === ACQUIRE
                ? `${word}\nchmod 600 workspace/.gitattributes`
                : word
            );
            return host.run({ ...spec, argv: [program, ...hurried] });
          },
        };
        const take = (by: SshHost) =>
          published({
            host: by,
            stateRoot,
            tree: first,
            mode: "read-only",
            name: "unit",
          });
        for (let round = 0; round < 10; round++) {
          // A slot that is made anew is the quickest to be changed.
          await Deno.remove(`${host.stateRoot}/checkouts`, { recursive: true });
          await (await take(hasty))[Symbol.asyncDispose]();
          await using checkout = await take(host);
          const { mode } = await Deno.stat(`${checkout.path}/.gitattributes`);
          assert.equal((mode ?? 0) & 0o777, 0o644, `in round ${round}`);
        }
      },
    );

    await Deno.remove(dir, { recursive: true });
  },
});
