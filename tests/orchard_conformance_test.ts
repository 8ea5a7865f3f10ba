import { conformance } from "./conformance.ts";
import { startOrchard } from "./fakes/orchard/controller.ts";
import { IMAGE } from "./fakes/orchard/knobs.ts";
import { noFakeTart } from "./tart.ts";

let left: (runId: string) => Promise<readonly string[]> = () =>
  Promise.resolve([]);

conformance({
  name: "Tart on a fleet of Orchard",
  leaveOut: noFakeTart(),
  imports: "orchard, secret, tartRuntime",
  base: `{
    placement: orchard({ url: process.env.ORCHARD_URL ?? "", token: secret.env("ORCHARD_TOKEN") }),
    runtimeConfig: tartRuntime({ image: "${IMAGE}" }),
  }`,
  left: (runId) => left(runId),
  root: true,
  async prepare() {
    const folder = await Deno.realPath(await Deno.makeTempDir());
    const fake = await startOrchard({
      folder,
      // Three runs at once share it; the scenarios are not about capacity.
      knobs: {
        workers: [{ name: "mini-1", slots: 8, labels: {}, online: true }],
      },
    });
    left = (runId) =>
      Promise.resolve(
        fake.vms().map(({ name }) => `VM ${name}`)
          .filter((name) => name.includes(runId.slice(-8))),
      );
    return {
      env: { ORCHARD_URL: fake.url, ORCHARD_TOKEN: fake.token },
      async [Symbol.asyncDispose]() {
        await fake[Symbol.asyncDispose]();
        await Deno.remove(folder, { recursive: true });
      },
    };
  },
});
