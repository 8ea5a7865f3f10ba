// A job on the host without a command.
import { job } from "@pikaci/pikaci";

// expect TS2345 at {: Property 'guestCommand' is missing ... required in type 'HostJobFields'
export const x = job({ id: "x" });
