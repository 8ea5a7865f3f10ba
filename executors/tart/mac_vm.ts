/** The VM of an attempt on a Mac: tart's command line, and shares of its host. */
import { HostError } from "../../hosts/host.ts";
import type { Attempt } from "../executor.ts";
import { settles } from "./_within.ts";
import type { AttemptVm, RunningVm } from "./attempt_vm.ts";
import { bootWithin } from "./capacity.ts";
import { cacheLines, offerCaches, saveCaches } from "./caches.ts";
import { complaint } from "./client.ts";
import { setOptions } from "./commands.ts";
import { deleteVm } from "./deletion.ts";
import { type Guest, tartChannel } from "./guest.ts";
import { runScript } from "./guest_channel.ts";
import { execClient } from "./guest_client.ts";
import { bootstrapScript } from "./guest_script.ts";
import { VmRecords } from "./records.ts";
import type { TartSettings } from "./settings.ts";
import { sharesOf } from "./shares.ts";
import { sshClient } from "./ssh_client.ts";
import { ask, bootVm } from "./vm.ts";

/** Limit of mounting the shares and unpacking the workspace, in seconds. */
const unpackSecs = 600;
/** How long after its agent's silence the end of a VM may be heard of, in milliseconds. */
const lateMs = 10_000;

/** A VM that is cloned on the attempt's host. */
export function macVm(
  attempt: Attempt,
  guest: Guest,
  settings: TartSettings,
): AttemptVm {
  const { client, vm } = guest;
  return {
    name: vm,
    records: new VmRecords(client.host),
    fleet: null,
    making: "clone",
    make: () => clone(attempt, guest, settings),
    boot: () => boot(attempt, guest, settings),
    delete: () => deleteVm(client, vm),
    kept:
      `in one of the two VM slots of its Mac; see it by: pikaci shell ${attempt.runId} ${attempt.job.id}`,
  };
}

async function clone(
  { cancel }: Attempt,
  { client, vm }: Guest,
  settings: TartSettings,
): Promise<void> {
  const result = await client.call(["clone", settings.image, vm], {
    signal: cancel,
  });
  if (result.code !== 0) {
    const full = /no space left/i.test(result.stderr);
    throw new HostError(
      client.host.id,
      full ? "disk-full" : "image",
      `The VM "${settings.image}" (from ${settings.imageFrom}) cannot be cloned on ${client.host.id}: ${
        full
          ? "the disk is full. Free some space there, for instance by `tart prune --entries caches --space-budget 50`"
          : complaint(result)
      }`,
    );
  }
  await client.must("clone", ["set", vm, ...setOptions(settings)], {
    signal: cancel,
  });
}

async function boot(
  attempt: Attempt,
  guest: Guest,
  settings: TartSettings,
): Promise<RunningVm> {
  const { log, cancel, caches, processStarted } = attempt;
  await offerCaches(attempt, guest.stage);
  const { shares, mounts, paths, setup } = await sharesOf(
    attempt,
    guest.stage,
    settings,
  );
  const carrier = settings.channel === "ssh"
    ? await sshClient(guest.client, guest.vm, guest.stage, settings.ssh)
    : execClient(guest.client, guest.vm);
  const vm = await bootWithin(
    attempt,
    guest,
    settings,
    () =>
      bootVm(guest.client, {
        name: guest.vm,
        settings,
        carrier,
        shares,
        log,
        cancel,
        processStarted,
      }),
  );
  const channel = tartChannel(guest, carrier, processStarted);
  return {
    lost: vm.lost,
    async look() {
      if ((await ask(carrier, vm.lost)).answered) return;
      await settles(aborted(vm.lost), lateMs);
    },
    guest: channel,
    paths,
    setup,
    unpack: (signal) =>
      runScript(
        channel,
        "unpack",
        bootstrapScript(mounts, {
          user: settings.user,
          lines: cacheLines(Object.keys(caches)),
        }),
        { timeoutSecs: unpackSecs, signal },
      ),
    ...Object.keys(caches).length === 0
      ? {}
      : { saveCaches: () => saveCaches(attempt, guest, channel) },
    stop: (timeoutSecs) => vm.stop(timeoutSecs),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
