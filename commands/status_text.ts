/** Statuses as verbs show them. */
import type { Style } from "../reporters/format.ts";

/** How a status is painted. */
export function statusPaint(
  style: Style,
  status: string,
): (text: string) => string {
  switch (status) {
    case "passed":
    case "cached":
      return style.green;
    case "running":
    case "waiting":
    case "pending":
    case "skipped":
      return style.yellow;
    default:
      return style.red;
  }
}
