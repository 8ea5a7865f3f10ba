/** Which nodes will most likely start next. */
import type { Pool, Queues } from "./_queues.ts";
import { before, type Entry, slotsOf } from "./_schedule_entry.ts";

/**
 * Those that wait for nothing but nodes that run, the most urgent first, as many
 * as there are slots to spare, and no more than `most`.
 */
export function soon(
  active: ReadonlySet<Entry>,
  queues: Queues<Entry>,
  most: number,
): readonly Entry[] {
  const isSpare = [...queues.all()].some(({ pool }) =>
    pool.used < pool.capacity
  );
  if (most <= 0 || !isSpare) return [];
  const running = new Map<Entry, number>();
  for (const { dependents } of active) {
    for (const entry of dependents) {
      if (entry.state !== "pending" || entry.missing > active.size) continue;
      running.set(entry, (running.get(entry) ?? 0) + 1);
    }
  }
  const near = [...running]
    .filter(([{ missing, node }, needs]) =>
      missing === needs && node.decided === null
    )
    .map(([entry]) => entry).sort((a, b) => before(a, b) ? -1 : 1);
  const spare = new Map<Pool, number>();
  const found: Entry[] = [];
  for (const entry of near) {
    if (found.length >= most) break;
    const queue = queues.of(entry.node);
    const { capacity, used } = queue.pool;
    const left = (spare.get(queue.pool) ?? capacity - used) -
      slotsOf(entry, queue);
    if (left < 0) continue;
    spare.set(queue.pool, left);
    found.push(entry);
  }
  return found;
}
