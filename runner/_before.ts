/** Who is before somebody in the queue of a lease. */
import type { LeaseOwner } from "./leases.ts";

/** Who is served first, and which place is one's own. */
export interface Before {
  /** Who is served first. */
  readonly holder: LeaseOwner;
  /** 1: next. */
  readonly place: number;
}

/** Places at which every move of the queue is told. */
const nearPlaces = 3;

/** Whether what is seen now is worth telling, after what was told last. */
export function isNews(known: Before, { holder, place }: Before): boolean {
  if (place > nearPlaces) return place <= known.place / 2;
  return place !== known.place || holder.run_id !== known.holder.run_id ||
    holder.job_id !== known.holder.job_id ||
    holder.since !== known.holder.since;
}
