// A job in an instance without a command.
import { job, remoteIncusJobBase } from "@pikaci/pikaci";

const linux = remoteIncusJobBase({ host: "build-1", image: "ci-debian-13" });

// expect TS2345 at {: Property 'guestCommand' is missing ... required in type 'GuestJobFields'
export const x = job({ ...linux, id: "x" });
