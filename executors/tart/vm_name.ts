/** Names of VMs: they say whose a VM is, as Tart keeps nothing else of ours. */

/** What a VM is made for. */
export interface VmPurpose {
  /** Eight hexadecimal digits of pikaci's state folder on the host. */
  readonly instance: string;
  readonly runId: string;
  readonly jobId: string;
  readonly attempt: number;
}

const prefix = "pikaci-";

/** Most characters of a name, with up to 99 attempts. */
export const LONGEST_NAME = 53;

/**
 * A fresh name, at most 63 characters of `[a-z0-9-]`. Never twice the same:
 * `tart clone` replaces a VM of the same name without a word.
 */
export function vmName({ instance, runId, jobId, attempt }: VmPurpose): string {
  const run = runId.slice(-8);
  const random = crypto.getRandomValues(new Uint8Array(2)).toHex();
  return `${prefix}${instance}-${clean(run)}-${
    clean(jobId).slice(0, 20)
  }-${attempt}-${random}`;
}

/** Whether a VM was made from this state folder of the host. */
export function isOwnName(name: string, instance: string): boolean {
  const start = `${prefix}${instance}-`;
  return name.startsWith(start) &&
    /^[a-z0-9]{8}-[a-z0-9-]{1,20}-\d+-[0-9a-f]{4}$/.test(
      name.slice(start.length),
    );
}

function clean(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9-]/g, "-");
}
