import { installFakeTart } from "./fakes/tart/install.ts";
import { conformance } from "./conformance.ts";
import { IMAGE, noFakeTart, processesOf } from "./tart.ts";

let left: (runId: string) => Promise<readonly string[]> = () =>
  Promise.resolve([]);

conformance({
  name: "Tart",
  leaveOut: noFakeTart(),
  imports: "tartRuntime",
  base: `{ runtimeConfig: tartRuntime({ image: "${IMAGE}" }) }`,
  left: (runId) => left(runId),
  root: true,
  async prepare() {
    const folder = await Deno.realPath(await Deno.makeTempDir());
    const fake = installFakeTart(folder);
    fake.addVm(IMAGE);
    // Three runs at once share it; the scenarios are not about the limit.
    fake.turn({ slots: 8 });
    left = async (runId) => {
      const own = (text: string): boolean => text.includes(runId.slice(-8));
      return [...fake.vms(), ...await processesOf(fake.home)].filter(own);
    };
    return {
      env: { PATH: fake.path },
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
  },
});
