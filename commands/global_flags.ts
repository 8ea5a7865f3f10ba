/**
 * The flags that every verb takes.
 *
 * @module
 */
import { booleanFlag, type Flag, stringFlag, triStateFlag } from "./flags.ts";

/** The flags that every verb takes. */
export type GlobalFlags = {
  /** The config to use. */
  readonly config: Flag<string | undefined>;
  /** The state folder to use. */
  readonly stateRoot: Flag<string | undefined>;
  /** Whether the output has colours. */
  readonly color: Flag<boolean | undefined>;
  /** Whether the help is asked for. */
  readonly help: Flag<boolean>;
};

/** The flags that every verb takes, before or after its name. */
export const globalFlags: GlobalFlags = {
  config: stringFlag("Config to use instead of the nearest pikaci.config.ts", {
    value: "FILE",
  }),
  stateRoot: stringFlag(
    "State folder; default: PIKACI_STATE_ROOT, else .pikaci beside the config",
    { value: "DIR" },
  ),
  color: triStateFlag("Colours; default: on a terminal without NO_COLOR"),
  help: { ...booleanFlag("Show this help"), short: "h" },
};
