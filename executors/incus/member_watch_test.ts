import assert from "node:assert/strict";
import { HostError } from "../../hosts/host.ts";
import { localHost } from "../../hosts/local.ts";
import type { IncusClient } from "./client.ts";
import { memberIsGone, membersSettle } from "./member_watch.ts";

const host = localHost({ stateRoot: "/nonexistent" });

/** What is said of the member "b" at each look: its own answer, and the cluster's status. */
type Looks = readonly (readonly [
  answers: boolean,
  status: "Online" | "Offline" | null,
])[];

function cluster(looks: Looks) {
  let look = 0;
  const no = (): Promise<never> =>
    Promise.reject(new TypeError("Not asked for"));
  const client: IncusClient = {
    access: { host, project: null, sudo: false },
    get(step, path) {
      const [answers, status] = looks[look] ?? [true, "Online"];
      switch (path) {
        case "/1.0/cluster/members/b/state":
          // What is in no cluster any more is not found.
          return answers
            ? Promise.resolve(status === null ? null : {})
            : Promise.reject(new HostError("local", step, "refused"));
        case "/1.0/cluster/members/b":
          look++;
          return Promise.resolve(status === null ? null : { status });
        case "/1.0/cluster/members?recursion=1":
          return Promise.resolve([
            { server_name: "b", status: status ?? "Offline" },
            { server_name: "c", status: "Offline" },
          ]);
        default:
          return no();
      }
    },
    change: no,
    getAll: no,
    run: no,
    start: no,
    read: no,
    execArgv: ({ argv }) => argv,
  };
  return { client, looks: () => look };
}

const cancel = new AbortController().signal;

const cases: readonly (readonly [string, Looks, boolean, number])[] = [
  ["that answers is there", [[true, "Online"]], false, 0],
  [
    "that the cluster gives up later is gone",
    [[false, "Online"], [false, "Online"], [false, "Offline"]],
    true,
    3,
  ],
  [
    "that answers again is there",
    [[false, "Online"], [true, "Online"]],
    false,
    1,
  ],
  ["that was removed is gone", [[true, null]], true, 1],
];
for (const [name, looks, gone, count] of cases) {
  Deno.test(`a member ${name}`, async () => {
    const { client, looks: looked } = cluster(looks);
    assert.equal(
      await memberIsGone(client, "b", { cancel, intervalMs: 1 }),
      gone,
    );
    assert.equal(looked(), count);
  });
}

Deno.test("members settle when the cluster has given up what is dead", async () => {
  const { client, looks } = cluster([[false, "Online"], [false, "Offline"]]);
  await membersSettle(client, { cancel, intervalMs: 1 });
  assert.equal(looks(), 2);
});

Deno.test("a cancelled attempt waits for no member", async () => {
  const { client, looks } = cluster([[false, "Online"], [false, "Online"]]);
  assert.equal(
    await memberIsGone(client, "b", { cancel: AbortSignal.abort() }),
    false,
  );
  assert.equal(looks(), 1);
});
