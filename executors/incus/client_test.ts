import assert from "node:assert/strict";
import { localHost } from "../../hosts/local.ts";
import type { Host } from "../../hosts/host.ts";
import { incusClient } from "./client.ts";

const fake = `#!/bin/sh
case "$*" in
  *broken*) echo "Error: it's broken" >&2; exit 1 ;;
  *missing*) echo '{"error_code":404,"error":"not found"}' ;;
  *refused*) echo '{"error_code":403,"error":"not authorised"}' ;;
  *) printf '{"error_code":0,\\n"metadata":{"args":"%s"}}\\n' "$*" ;;
esac
`;

for (const kind of ["local", "ssh"] as const) {
  Deno.test(`getAll() tells what stands at every path, on a host of the kind ${kind}`, async () => {
    const dir = await Deno.makeTempDir();
    await Deno.writeTextFile(`${dir}/incus`, fake, { mode: 0o755 });
    const local = localHost({ stateRoot: dir });
    let calls = 0;
    const host: Host = {
      ...local,
      kind,
      run(spec) {
        calls++;
        const env = { PATH: `${dir}:${Deno.env.get("PATH")}` };
        return local.run({ ...spec, env });
      },
    };
    const client = incusClient({ host, project: "it's ours", sudo: false });
    const [one, nothing, two] = await client.getAll([
      ["look", "/1.0/a?x=1"],
      ["look", "/missing"],
      ["look", "/1.0/b"],
    ]);
    assert.equal(nothing, null);
    const project = "project=it's%20ours";
    assert.deepEqual([one, two], [
      { args: `query --raw /1.0/a?x=1&${project}` },
      { args: `query --raw /1.0/b?${project}` },
    ]);
    assert.equal(calls, kind === "ssh" ? 1 : 3);
    await assert.rejects(
      client.getAll([["look here", "/a"], ["look there", "/broken"]]),
      /^HostError: Cannot look there on the host "local" \(project "it's ours"\): it's broken$/,
    );
    await assert.rejects(
      client.getAll([["look here", "/a"], ["look there", "/refused"]]),
      /^HostError: Cannot look there .*: not authorised$/,
    );
    await Deno.remove(dir, { recursive: true });
  });
}
