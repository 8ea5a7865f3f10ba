/** What doctor and plan say of a fleet, and how its certificate is trusted. */
import assert from "node:assert/strict";
import type { Check } from "../executors/executor.ts";
import { leaveOut } from "./leave_out.ts";
import { type OrchardRig, orchardRig } from "./orchard.ts";
import { noFakeTart } from "./tart.ts";

const ignore = leaveOut("doctor with a fleet of Orchard", noFakeTart());
const job = { unit: `guestCommand: sh\`echo it runs\`` };
const worker = { name: "mini-1", slots: 2, labels: {}, online: true };

async function doctor(
  { project, fake, state }: OrchardRig,
  env: Readonly<Record<string, string>> = {},
): Promise<{
  readonly code: number;
  readonly checks: readonly Check[];
  readonly text: string;
}> {
  const { code, stdout, stderr } = await project.pikaci(
    ["doctor", "--json", "--state-root", state],
    { env: { ORCHARD_TOKEN: fake.token, ...env } },
  );
  assert.notEqual(stdout, "", stderr);
  const { hosts } = JSON.parse(stdout);
  const found = hosts.find(({ host }: { host: string }) => host === fake.url);
  return { code, checks: found.checks, text: stdout + stderr };
}

const shown = (checks: readonly Check[]): readonly string[] =>
  checks.map(({ name, status, found }) => `${status} ${name}: ${found}`);

Deno.test({
  name: "doctor looks at a fleet, and says what to do",
  ignore,
  async fn() {
    await using rig = await orchardRig(job, {
      placement: `labels: { pool: "ci" }`,
    });
    const { fake } = rig;
    const labels = { pool: "ci" };
    const off = { ...worker, name: "mini-2", online: false };
    fake.turn({ workers: [{ ...worker, labels }] });
    const fine = await doctor(rig);
    assert.equal(fine.code, 0, fine.text);
    assert.deepEqual(shown(fine.checks), [
      "ok controller: Orchard 0.40.0",
      "ok token: accepted",
      "ok workers: 1 of 1 online: mini-1",
      "ok vm slots: 2 free",
    ]);
    fake.turn({ workers: [{ ...worker, labels, slots: 1 }, off] });
    fake.add({ name: "theirs", image: "ghcr.io/pikaci/sequoia:latest" });
    const busy = await doctor(rig);
    assert.equal(busy.code, 0);
    assert.deepEqual(shown(busy.checks).slice(2), [
      "warning workers: 1 of 2 online: mini-1; offline: mini-2",
      "warning vm slots: none free",
    ]);
    fake.turn({ workers: [worker] });
    const other = await doctor(rig);
    assert.equal(other.code, 4);
    assert.deepEqual(shown(other.checks).slice(3, 4), [
      "failed labels: no worker that takes VMs carries the job's labels",
    ]);
    fake.turn({ workers: [off] });
    const empty = await doctor(rig);
    assert.equal(empty.code, 4);
    assert.match(empty.checks[2]?.remedy ?? "", /orchard worker run/);
    const wrong = await doctor(rig, { ORCHARD_TOKEN: "pikaci:no-such-token" });
    assert.equal(wrong.code, 4);
    assert.equal(wrong.checks.at(-1)?.name, "token");
    assert.match(wrong.checks.at(-1)?.remedy ?? "", /create service-account/);
    assert.ok(!wrong.text.includes("no-such-token"));
    const unset = await doctor(rig, { ORCHARD_TOKEN: "" });
    assert.equal(unset.checks[0]?.name, "token");
  },
});

Deno.test({
  name: "a controller's own certificate is trusted when Deno is told of it",
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir();
    const cert = `${folder}/cert.pem`;
    const key = `${folder}/key.pem`;
    const made = await new Deno.Command("openssl", {
      args: [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt"],
        ...["ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
        ...["-subj", "/CN=Orchard Controller"],
        // As the controller makes it, but for the name that its clients know by themselves.
        ...["-addext", "basicConstraints=critical,CA:FALSE"],
        ...["-addext", "subjectAltName=IP:127.0.0.1"],
        ...["-keyout", key, "-out", cert],
      ],
    }).output();
    assert.ok(made.success, new TextDecoder().decode(made.stderr));
    await using rig = await orchardRig(job, {
      tls: {
        cert: await Deno.readTextFile(cert),
        key: await Deno.readTextFile(key),
      },
      env: { DENO_CERT: cert },
    });
    const { code, log } = await rig.run();
    assert.equal(code, 0, await log());
    assert.match(await log(), /it runs/);
    const blind = await doctor(rig);
    assert.equal(blind.code, 4);
    assert.match(blind.checks[0]?.found ?? "", /DENO_CERT=/);
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test({
  name: "plan shows the requests of a fleet, and refuses what one has not",
  ignore,
  async fn() {
    await using rig = await orchardRig({
      unit: `guestCommand: shAsRoot\`id -u\``,
      mounts:
        `runtimeConfig: { ...base.runtimeConfig, mounts: [{ source: "/opt", path: "/opt" }] }, guestCommand: sh\`true\``,
      xcode:
        `runtimeConfig: { ...base.runtimeConfig, useHostXcode: true }, guestCommand: sh\`true\``,
    }, { placement: `labels: { pool: "ci" }` });
    const { fake } = rig;
    const plan = await rig.pikaci("plan", "all", "--json");
    assert.equal(plan.code, 0, plan.stderr);
    const { nodes } = JSON.parse(plan.stdout);
    const vms = `${fake.url}/v1/vms`;
    assert.deepEqual(nodes[0].commands, [
      {
        phase: "create",
        command:
          `POST ${vms} {"name":"<vm>","image":"ghcr.io/pikaci/sequoia:latest","labels":{"pool":"ci"}}`,
      },
      { phase: "boot", command: `GET ${vms}/<vm>` },
      { phase: "unpack", command: `GET ${vms}/<vm>/exec tar -xzpf -` },
      {
        phase: "run",
        command: `GET ${vms}/<vm>/exec sudo -n sh -euc 'id -u'`,
      },
      { phase: "delete", command: `DELETE ${vms}/<vm>` },
    ]);
    assert.ok(!plan.stdout.includes(fake.token));
    const explained = await rig.pikaci("plan", "all", "--explain=unit");
    assert.match(
      explained.stdout,
      new RegExp(`fleet ${fake.url}\n {4}label pool=ci\n`),
    );
    const { code, stderr } = await rig.pikaci("run", "all");
    assert.equal(code, 2);
    assert.match(stderr, /cannot be mounted on a fleet: .*: mounts/);
    assert.match(stderr, /use an image with Xcode: xcode/);
    assert.deepEqual(fake.requests, []);
  },
});
