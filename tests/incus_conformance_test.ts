import { conformance } from "./conformance.ts";
import { leftOf, noIncus } from "./incus.ts";

conformance({
  name: "Incus",
  leaveOut: noIncus(),
  imports: "incusRuntime",
  base: `{ runtimeConfig: incusRuntime({ image: "pikaci/tiny" }) }`,
  left: leftOf,
  root: true,
});
