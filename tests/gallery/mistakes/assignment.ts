// A job that is changed.
import { job, sh } from "@pikaci/pikaci";

const unit = job({ id: "unit", guestCommand: sh`deno test` });

// expect TS2540 at timeoutSecs: Cannot assign to 'timeoutSecs' because it is a read-only property.
unit.timeoutSecs = 5;
