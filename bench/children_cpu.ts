/**
 * The processor time that a bench's programs took: unlike the time on the clock
 * it hardly depends on what else the machine does.
 *
 * @module
 */

/** Ticks of a second in `/proc`: USER_HZ, 100 on every Linux that Deno runs on. */
const ticksPerSec = 100;

/**
 * Processor time of all processes that this one started and saw end, and of all
 * that those saw end, in milliseconds; NaN where the system does not tell.
 *
 * It comes in steps of 10 ms, so the sum over many rounds counts.
 */
export function childrenCpuMs(): number {
  try {
    const stat = Deno.readTextFileSync("/proc/self/stat");
    // The name, in brackets, can hold anything: proc_pid_stat(5).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [cutime, cstime] = [Number(fields[13]), Number(fields[14])];
    return (cutime + cstime) * 1000 / ticksPerSec;
  } catch {
    return NaN;
  }
}

/** Runs something and gives the time it took, and that of the processor, in milliseconds. */
export async function timed<T>(
  work: () => Promise<T>,
): Promise<{ readonly ms: number; readonly cpuMs: number; readonly value: T }> {
  const start = performance.now();
  const cpu = childrenCpuMs();
  const value = await work();
  return { ms: performance.now() - start, cpuMs: childrenCpuMs() - cpu, value };
}

/** The mean of the numbers. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
