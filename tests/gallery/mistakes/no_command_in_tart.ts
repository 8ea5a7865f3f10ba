// A job in a macOS VM without a command.
import { job, tartJobBase } from "@pikaci/pikaci";

// expect TS2345 at {: Property 'guestCommand' is missing ... required in type 'TartJobFields'
export const x = job({ ...tartJobBase({ image: "sequoia" }), id: "x" });
