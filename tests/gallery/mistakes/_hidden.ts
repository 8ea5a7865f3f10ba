// Keeps its job to itself.
import { job, sh } from "@pikaci/pikaci";

const hidden = job({ id: "hidden", guestCommand: sh`./test` });

export const other = [hidden];
