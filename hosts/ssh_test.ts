import assert from "node:assert/strict";
import { leaveOut } from "../tests/leave_out.ts";
import { noSshd, startSshd } from "../tests/sshd.ts";
import type { TestSshd } from "../tests/sshd.ts";
import { HostError } from "./host.ts";
import { dirname } from "../model/path.ts";
import { localHost } from "./local.ts";
import type { SshHost } from "./ssh.ts";
import { sshHost } from "./ssh.ts";

const ignore = leaveOut("the ssh host", noSshd());

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const hostile = `a b"c'd\n$(touch /tmp/never) \`x\` ü -e \\ !`;

async function loopback(sshd: TestSshd): Promise<SshHost> {
  return await sshHost({
    id: "loopback",
    address: "loopback",
    stateRoot: null,
    config: sshd.config,
  });
}

async function alive(pid: number): Promise<boolean> {
  try {
    return !/^State:\s+Z/m.test(await Deno.readTextFile(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  while (await alive(pid)) await new Promise((r) => setTimeout(r, 50));
}

Deno.test({
  name: "sshHost()",
  ignore,
  fn: async (t) => {
    await using sshd = await startSshd();

    await t.step(
      "gives output, exit code and errors of a command",
      async () => {
        await using host = await loopback(sshd);
        const result = await host.run({
          argv: ["sh", "-c", "echo out; echo err >&2; exit 7"],
        });
        assert.equal(result.code, 7);
        assert.equal(text(result.stdout), "out\n");
        assert.equal(text(result.stderr), "err\n");
      },
    );

    await t.step("tells a command's own 255 from ssh's", async () => {
      await using host = await loopback(sshd);
      assert.equal(
        (await host.run({ argv: ["sh", "-c", "exit 255"] })).code,
        255,
      );
    });

    await t.step("quotes arguments, folder and environment", async () => {
      await using host = await loopback(sshd);
      const dir = `${await Deno.makeTempDir()}/${hostile.replaceAll("/", "_")}`;
      await host.files.makeDir(dir);
      const result = await host.run({
        argv: [
          "sh",
          "-c",
          'printf "%s|%s|%s|" "$1" "$NAME" "$(pwd)"; env',
          "x",
          hostile,
        ],
        cwd: dir,
        env: { NAME: hostile, PATH: "/usr/bin:/bin" },
        clearEnv: true,
      });
      const [argument, value, cwd, env = ""] = text(result.stdout).split("|");
      assert.equal(argument, hostile);
      assert.equal(value, hostile);
      assert.equal(cwd, dir);
      assert.ok(!env.includes("SSH_CONNECTION"), env);
      await host.files.remove(dir);
    });

    await t.step(
      "passes standard input on, and no argument of it",
      async () => {
        await using host = await loopback(sshd);
        const bytes = crypto.getRandomValues(new Uint8Array(60_000));
        const result = await host.run({ argv: ["cat"], stdin: bytes });
        assert.deepEqual(result.stdout, bytes);
        const seen = await host.run({
          argv: ["sh", "-c", "ps -A -ww -o args= | grep -c '[s]3cr3t' || true"],
          env: { TOKEN: "s3cr3t" },
        });
        assert.equal(text(seen.stdout).trim(), "0");
      },
    );

    await t.step("writes files with their mode, and removes them", async () => {
      await using host = await loopback(sshd);
      const dir = await Deno.makeTempDir();
      const bytes = new Uint8Array([1, 0, 255]);
      const mode = async (path: string) =>
        ((await Deno.stat(path)).mode ?? 0) & 0o777;
      for (const { files } of [host, localHost({ stateRoot: dir })]) {
        const path = `${dir}/${crypto.randomUUID()}/new/k`;
        await files.writeFile(path, new Uint8Array(9), 0o644);
        await files.writeFile(path, bytes, 0o600);
        assert.deepEqual(await Deno.readFile(path), bytes);
        assert.equal(await mode(path), 0o600);
        assert.equal(await mode(dirname(path)), 0o700);
      }
      await host.files.remove(dir);
      await assert.rejects(Deno.stat(dir), Deno.errors.NotFound);
    });

    await t.step("streams a process and ends its whole tree", async () => {
      await using host = await loopback(sshd);
      const child = await host.start({
        argv: [
          "sh",
          "-c",
          "trap '' TERM; setsid sleep 300 & echo $!; sleep 300 & echo $!; wait",
        ],
        env: { PATH: "/usr/bin:/bin" },
        clearEnv: true,
      });
      const reader = child.stdout.getReader();
      let out = "";
      while (out.split("\n").length < 3) {
        out += text((await reader.read()).value ?? new Uint8Array());
      }
      const pids = out.trim().split("\n").map(Number);
      const { ended, survivors } = await child.endTree({ graceMs: 300 });
      assert.ok(ended.length >= 3, JSON.stringify(ended));
      assert.deepEqual(survivors, []);
      for (const pid of [child.pid, ...pids]) {
        assert.equal(await alive(pid), false);
      }
      await child.status;
      await reader.cancel();
      await child.stderr.cancel();
    });

    await t.step(
      "is not held up by a grandchild that keeps the output open",
      async () => {
        await using host = await loopback(sshd);
        const child = await host.start({
          argv: ["sh", "-c", "sleep 300 & echo $!; exit 3"],
        });
        assert.equal((await child.status).code, 3);
        const pid = Number(await new Response(child.stdout).text());
        await child.stderr.cancel();
        await gone(pid);
      },
    );

    await t.step(
      "says that the connection was lost, and leaves nothing behind",
      async () => {
        await using host = await loopback(sshd);
        const child = await host.start({
          argv: ["sh", "-c", "echo $$; exec sleep 300"],
        });
        const reader = child.stdout.getReader();
        await reader.read();
        await sshd.cut();
        await assert.rejects(
          child.status,
          (error) =>
            error instanceof HostError && error.host === "loopback" &&
            /was lost/.test(error.message),
        );
        await gone(child.pid);
        // A new connection is opened by itself.
        assert.equal((await host.run({ argv: ["true"] })).code, 0);
        await child.stderr.cancel();
        await reader.cancel();
      },
    );

    await t.step("ends everything when its owner is killed", async () => {
      const owner = new Deno.Command(Deno.execPath(), {
        args: [
          "eval",
          "--ext=ts",
          `
          import { sshHost } from ${
            JSON.stringify(new URL("./ssh.ts", import.meta.url).href)
          };
          const host = await sshHost({ id: "l", address: "loopback", stateRoot: null, config: ${
            JSON.stringify(sshd.config)
          } });
          const child = await host.start({ argv: ["sh", "-c", "setsid sleep 300 & echo $!; exec sleep 300"] });
          for await (const bytes of child.stdout) Deno.stdout.writeSync(bytes);
        `,
        ],
        stdin: "null",
        stdout: "piped",
        cwd: new URL("..", import.meta.url),
      }).spawn();
      const reader = owner.stdout.getReader();
      const pid = Number(text((await reader.read()).value ?? new Uint8Array()));
      assert.ok(await alive(pid));
      owner.kill("SIGKILL");
      await gone(pid);
      await owner.status;
      await reader.cancel();
    });

    await t.step("removes the folders that killed ones left", async () => {
      const made = [];
      for (const [hours, content] of [[2, false], [2, true], [0, false]]) {
        const dir = await Deno.makeTempDir({ prefix: "pikaci-ssh-" });
        if (content) await Deno.writeTextFile(`${dir}/s`, "");
        const time = new Date(Date.now() - Number(hours) * 3_600_000);
        await Deno.utime(dir, time, time);
        made.push(dir);
      }
      await using _host = await loopback(sshd);
      const left = [];
      for (const dir of made) {
        left.push(await Deno.stat(dir).then(() => true, () => false));
      }
      assert.deepEqual(left, [false, true, true]);
      for (const dir of made.slice(1)) {
        await Deno.remove(dir, { recursive: true });
      }
    });

    await t.step("gives git a way to the host", async () => {
      await using host = await loopback(sshd);
      const dir = await Deno.makeTempDir({ prefix: "it's a repo " });
      await host.run({ argv: ["git", "init", "-q", "--bare", dir] });
      const { url, env } = await host.git(dir);
      const { code, stderr } = await new Deno.Command("git", {
        args: ["ls-remote", url],
        env: { ...env },
      }).output();
      assert.equal(code, 0, text(stderr));
      await Deno.remove(dir, { recursive: true });
    });

    await t.step(
      "refuses an unknown host, a changed key and a refused key by name",
      async () => {
        const known = await Deno.readTextFile(`${sshd.dir}/known_hosts`);
        const other = (await Deno.readTextFile(`${sshd.dir}/id.pub`)).split(
          " ",
        );
        const cases: readonly (readonly [() => Promise<void>, RegExp])[] = [
          [
            () => Deno.writeTextFile(`${sshd.dir}/known_hosts`, ""),
            /host key is not known.*accept the key/s,
          ],
          [() =>
            Deno.writeTextFile(
              `${sshd.dir}/known_hosts`,
              `${known.split(" ")[0]} ${other[0]} ${other[1]}\n`,
            ), /key has changed.*ssh-keygen -R loopback/s],
          [async () => {
            await Deno.writeTextFile(`${sshd.dir}/known_hosts`, known);
            await Deno.rename(`${sshd.dir}/id`, `${sshd.dir}/id.away`);
          }, /refused the login.*authorized_keys/s],
        ];
        for (const [arrange, expected] of cases) {
          await arrange();
          await assert.rejects(
            loopback(sshd),
            (error) =>
              error instanceof HostError && error.step === "connect" &&
                expected.test(error.message) || assert.fail(String(error)),
          );
        }
      },
    );
  },
});

Deno.test({
  name: "sshHost() names a host that does not answer",
  ignore,
  fn: async () => {
    await assert.rejects(
      sshHost({ id: "away", address: "no-such-host.invalid", stateRoot: null }),
      (error) =>
        error instanceof HostError &&
        /its name is not known/.test(error.message),
    );
  },
});
