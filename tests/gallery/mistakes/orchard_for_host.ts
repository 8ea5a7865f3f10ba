// A fleet of Macs for a process of the host.
import { job, orchard, secret, sh } from "@pikaci/pikaci";

const fleet = orchard({ url: "https://orchard.lan", token: secret.env("TOKEN") });

export const x = job({
  id: "x",
  // expect TS2322 at placement: Type 'OrchardPlacement' is not assignable to type 'HostPlacement | undefined'.
  placement: fleet,
  guestCommand: sh`./test`,
});
