// A job without an id.
import { job, sh } from "@pikaci/pikaci";

// expect TS2345 at {: Property 'id' is missing ... required in type 'JobFields'
export const x = job({ guestCommand: sh`deno test` });
