// A need that its module does not export.
import { job, sh } from "@pikaci/pikaci";
// expect TS2459 at hidden: Module ... declares 'hidden' locally, but it is not exported.
import { hidden } from "./_hidden.ts";

export const x = job({ id: "x", needs: [hidden], guestCommand: sh`./test` });
