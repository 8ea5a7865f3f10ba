/** Variables that the Rust pikaci read, and that have no effect any more. */

/** What stands in the place of each. */
const gone: Readonly<Record<string, string>> = {
  PIKACI_MAX_CONCURRENT_EXECUTES: "use --jobs, or run.slots in the config",
  PIKACI_REMOTE_LINUX_VM_INCUS_PROJECT: "use project of the Incus runtime",
  PIKACI_REMOTE_LINUX_VM_INCUS_PROFILE: "use profiles of the Incus runtime",
  PIKACI_REMOTE_LINUX_VM_INCUS_IMAGE_ALIAS: "use image of the Incus runtime",
  PIKACI_PREPARED_OUTPUT_FULFILL_SSH_HOST: "use placement: ssh(...)",
  PIKACI_PREPARED_OUTPUT_FULFILL_SSH_REMOTE_WORK_DIR:
    "use stateRoot of the ssh host",
};

/** A line for each variable that is set and no longer heeded. */
export function goneVariables(
  env: (name: string) => string | undefined,
): readonly string[] {
  return Object.entries(gone)
    .filter(([name]) => env(name) !== undefined)
    .map(([name, instead]) =>
      `warning: ${name} is set and has no effect: ${instead}\n`
    );
}
