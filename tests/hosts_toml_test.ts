/** What one machine knows better than the config of how hosts are reached. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { good, refused } from "./config_project.ts";
import { makeProject } from "./project.ts";

Deno.test("hosts.toml says for this machine how hosts are reached", async (t) => {
  await using project = await makeProject({
    "pikaci.config.ts": good.replace("job, sh,", "job, sh, ssh,").replace(
      `"unit",`,
      `"unit", placement: ssh({ id: "build-1", address: "ci@lan", capacity: 4 }),`,
    ),
  });
  const file = join(project.home, ".config", "pikaci", "hosts.toml");
  const hosts = async (content: string | null, env = {}) => {
    if (content !== null) {
      await Deno.mkdir(join(file, ".."), { recursive: true });
      await Deno.writeTextFile(file, content);
    }
    return await project.pikaci(["catalog", "--json"], { env });
  };
  await t.step("without it the config's word holds", async () => {
    const { stdout } = await hosts(null);
    assert.deepEqual(JSON.parse(stdout).hosts, [{
      id: "build-1",
      address: "ci@lan",
      capacity: 4,
      stateRoot: null,
      from: { address: "config", capacity: "config", stateRoot: "default" },
    }]);
  });
  await t.step("with it each value tells where it is from", async () => {
    const { stdout } = await hosts(
      `[hosts.build-1]\naddress = "me@10.0.0.7"\nstate_root = "/srv/pikaci"\n[hosts.another]\ncapacity = 1\n`,
    );
    assert.deepEqual(JSON.parse(stdout).hosts, [{
      id: "build-1",
      address: "me@10.0.0.7",
      capacity: 4,
      stateRoot: "/srv/pikaci",
      from: { address: file, capacity: "config", stateRoot: file },
    }]);
  });
  await t.step("XDG_CONFIG_HOME is heeded", async () => {
    const { stdout } = await hosts(null, { XDG_CONFIG_HOME: project.root });
    assert.equal(JSON.parse(stdout).hosts[0].address, "ci@lan");
  });
  await t.step("a variable wins over it", async () => {
    const { stdout } = await hosts(null, {
      PIKACI_HOST_BUILD_1_ADDRESS: "you@here",
    });
    const { address, from } = JSON.parse(stdout).hosts[0];
    assert.deepEqual([address, from.address], [
      "you@here",
      "PIKACI_HOST_BUILD_1_ADDRESS",
    ]);
  });
  await t.step("what is wrong with it is told by its path", async () => {
    refused(
      await hosts(`[hosts.build-1]\ncapacity = 0\nadress = "x"\n`),
      /^error: Cannot use ".*\/hosts\.toml"\n {2}hosts\["build-1"\]\.capacity = 0: .*\n.*adress.*did you mean "address"/,
    );
    refused(
      await hosts(`[hosts.build-1\n`),
      /^error: Cannot read ".*\/hosts\.toml": Invalid TOML/,
    );
  });
});
