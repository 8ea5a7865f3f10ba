/** Prepared outputs by Nix, staged into Incus instances, from end to end. */
import assert from "node:assert/strict";
import type { RunRecord } from "../model/record.ts";
import { leftOf, noIncus } from "./incus.ts";
import { leaveOut } from "./leave_out.ts";
import { makeProject, type Project } from "./project.ts";
import { noSshd, startSshd } from "./sshd.ts";

/** No input, no network: the builder is a static busybox in the flake's own folder. */
const flake = (unique: string) =>
  `{
  outputs = { self }: let
    make = name: more: command: derivation ({
      inherit name;
      system = "${Deno.build.arch}-linux";
      builder = "\${self}/busybox";
      args = [ "sh" "-c" command ];
    } // more);
  in {
    ci = rec {
      deps = make "deps" { } "echo making deps ${unique}; echo compiled > $out";
      build = make "build" { inherit deps; bb = "\${self}/busybox"; } ''
        $bb mkdir -p $out/bin $out/share/pikaci
        $bb cat $deps > $out/data
        echo 'echo "staged: $(sh /staged/bin/tell)"' > $out/bin/run-tests
        echo 'cat /staged/data' > $out/bin/tell
        $bb chmod 755 $out/bin/run-tests $out/bin/tell
        echo '{"schema_version":1,"kind":"staged","mounts":[{"name":"all","relative_path":".","guest_path":"/staged","read_only":true}]}' > $out/share/pikaci/payload-manifest.json
      '';
      broken = make "broken" { } "echo no luck; exit 1";
      unsafe = make "unsafe" { bb = "\${self}/busybox"; } ''
        $bb mkdir -p $out/share/pikaci
        echo '{"mounts":[{"name":"up","relative_path":"../..","guest_path":"/x"}]}' > $out/share/pikaci/payload-manifest.json
      '';
    };
  };
}
`;

/** Without sandbox, network or users of its own, which a bare machine lacks. */
const nixEnv = {
  NIX_CONFIG: "substitute = false\nbuild-users-group =\nsandbox = false",
};

const config = `
import { defineConfig, incusRuntime, job, type JobSpec, nixOutput, ssh, target } from "@pikaci/pikaci";
const deps = nixOutput({ id: "deps", installable: ".#ci.deps" });
const build = nixOutput({ id: "build", installable: ".#ci.build", needs: [deps] });
const broken = nixOutput({ id: "broken", installable: ".#ci.broken" });
const unsafe = nixOutput({ id: "unsafe", installable: ".#ci.unsafe" });
const staged = (id: string, payloads: (typeof deps)[]): JobSpec => job({ id,
  runtimeConfig: incusRuntime({ image: "pikaci/tiny", stagedLinuxCommand: { payloads, command: "/staged/bin/run-tests" } }) });
export default defineConfig({ targets: [
  target({ id: "good", jobs: [staged("one", [build]), staged("two", [build])] }),
  target({ id: "far", jobs: [{ ...staged("far-one", [build]), placement: ssh({ id: "loopback", stateRoot: Deno.env.get("REMOTE_STATE") ?? "/nonexistent" }) }] }),
  target({ id: "bad", jobs: [staged("broken-job", [broken]), staged("unsafe-job", [unsafe])] }),
] });
`;

function noNix(): string | null {
  try {
    Deno.statSync("/usr/bin/nix");
    return null;
  } catch {
    return "nix is not installed (Debian: nix-bin)";
  }
}

async function makeFlake(unique: string): Promise<Project> {
  const project = await makeProject({
    "pikaci.config.ts": config,
    "flake.nix": flake(unique),
    busybox: await Deno.readFile("/bin/busybox"),
  });
  await Deno.chmod(project.path("busybox"), 0o755);
  return project;
}

async function runIn(
  p: Project,
  target: string,
  env: Readonly<Record<string, string>>,
) {
  const { code, stdout, stderr } = await p.pikaci(
    ["run", "--keep-going", "--output", "json", target],
    { env },
  );
  assert.notEqual(stdout, "", stderr);
  const record: RunRecord = JSON.parse(stdout);
  const logs = async (id: string) =>
    (await p.pikaci(["logs", record.run_id, id])).stdout;
  return { code, record, logs, stderr };
}

Deno.test({
  name: "Nix outputs are built once, mounted, run and recorded",
  ignore: leaveOut("staged commands", noNix() ?? noIncus()),
  async fn(t) {
    const unique = crypto.randomUUID();
    await using p = await makeFlake(unique);
    const run = (target: string) => runIn(p, target, nixEnv);
    const first = await run("good");
    assert.equal(
      first.code,
      0,
      first.stderr + await first.logs("prepare-build") +
        JSON.stringify(first.record.prepare_timings) +
        JSON.stringify(first.record.jobs[0]?.attempts),
    );
    assert.match(await first.logs("one"), /^staged: compiled$/m);
    assert.match(await first.logs("two"), /^staged: compiled$/m);
    assert.match(
      await first.logs("prepare-deps"),
      new RegExp(`making deps ${unique}`),
    );
    assert.deepEqual(await leftOf(first.record.run_id), []);
    const [, build] = first.record.prepare_timings;
    assert.match(build?.realized_path ?? "", /^\/nix\/store\/.*-build$/);

    await t.step("a second run builds nothing", async () => {
      const second = await run("good");
      assert.equal(second.code, 0);
      assert.doesNotMatch(await second.logs("prepare-deps"), /making deps/);
      assert.equal(
        second.record.prepare_timings[1]?.realized_path,
        build?.realized_path,
      );
    });

    await t.step("what was made is listed, and held by the run", async () => {
      const { stdout } = await p.pikaci([
        ...["prepared-outputs", first.record.run_id, "--json"],
      ]);
      const { outputs } = JSON.parse(stdout);
      assert.deepEqual(
        outputs.map((output: { node_id: string }) => output.node_id),
        ["prepare-deps", "prepare-build"],
      );
      assert.equal(outputs[1].realized_path, build?.realized_path);
      const { stdout: text } = await p.pikaci(["prepared-outputs", "latest"]);
      assert.match(text, /^build\tpassed\tlocal\t\/nix\/store\//m);
      const roots = new Deno.Command("nix-store", {
        args: ["-q", "--roots", build?.realized_path ?? ""],
      });
      const held = new TextDecoder().decode((await roots.output()).stdout);
      assert.match(held, new RegExp(first.record.run_id));
    });

    await t.step(
      "a failed build and an unsafe mount are told apart",
      async () => {
        const bad = await run("bad");
        assert.equal(bad.record.prepare_timings[0]?.status, "failed");
        assert.match(await bad.logs("prepare-broken"), /no luck/);
        assert.equal(bad.record.jobs[0]?.status, "skipped");
        const [, unsafe] = bad.record.jobs;
        assert.equal(unsafe?.status, "infrastructure_failed");
        assert.match(unsafe?.message ?? "", /relative_path.*without \.\./);
        assert.deepEqual(await leftOf(bad.record.run_id), []);
      },
    );
  },
});

Deno.test({
  name: "Nix outputs of a job on an ssh host are built there, once",
  ignore: leaveOut("staged commands", noNix() ?? noIncus() ?? noSshd()),
  async fn() {
    const unique = crypto.randomUUID();
    await using sshd = await startSshd();
    await using p = await makeFlake(unique);
    const state = await Deno.makeTempDir();
    const env = {
      ...nixEnv,
      PIKACI_SSH_CONFIG: sshd.config,
      REMOTE_STATE: state,
    };
    const first = await runIn(p, "far", env);
    const told = first.stderr + await first.logs("prepare-build") +
      JSON.stringify(first.record, null, 1);
    assert.equal(first.code, 0, told);
    assert.match(await first.logs("far-one"), /^staged: compiled$/m);
    assert.match(
      await first.logs("prepare-deps"),
      new RegExp(`making deps ${unique}`),
    );
    const [, build] = first.record.prepare_timings;
    const path = build?.realized_path ?? "";
    assert.match(path, /^\/nix\/store\/.*-build$/);
    // Held on the host, by the run's folder there.
    const root = `${state}/runs/${first.record.run_id}/prepare/build`;
    assert.equal(await Deno.readLink(root), path);
    assert.deepEqual(await leftOf(first.record.run_id), []);

    const second = await runIn(p, "far", env);
    assert.equal(second.code, 0, second.stderr);
    assert.match(await second.logs("far-one"), /^staged: compiled$/m);
    assert.doesNotMatch(await second.logs("prepare-deps"), /making deps/);
    assert.equal(second.record.prepare_timings[1]?.realized_path, path);
    const { stdout } = await p.pikaci(["prepared-outputs", "latest"]);
    assert.match(stdout, /^build\tpassed\tloopback\t\/nix\/store\//m);
    await Deno.remove(state, { recursive: true });
  },
});
