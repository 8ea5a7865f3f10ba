/** Jobs and targets on Apple's systems. */
import { sh, target } from "@pikaci/pikaci";
import { apple } from "./bases.ts";

const unit = apple("ios-unit", sh`./tools/ios test AppTests`);

/** The app on iOS and macOS, where it is quick. */
export const appleCheck = target({
  id: "pre-merge-apple",
  description: "The app on Apple's systems",
  filters: ["ios/**", "macos/**", "crates/core/**"],
  jobs: [unit, apple("desktop-package", sh`./tools/macos package`)],
});

/** Everything on Apple's systems. */
export const appleFull = target({
  id: "nightly-apple",
  description: "Everything on Apple's systems",
  jobs: [
    unit,
    apple("ios-ui", sh`./tools/ios test AppUITests`),
    apple("ios-note-to-self", sh`./tools/ios test NoteToSelf`),
  ],
});
