/** Small texts that reporters share. */

/** A duration for people: "12 ms", "4.2 s", "3 min 5 s", "1 h 2 min". */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const secs = ms / 1000;
  if (secs < 60) return `${secs.toFixed(1)} s`;
  const minutes = Math.floor(secs / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(secs % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A time of a record in the zone of the reader: "2026-03-19 01:02:03". */
export function localTime(text: string): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return text;
  const two = (number: number): string => `${number}`.padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${
    two(time.getDate())
  } ${two(time.getHours())}:${two(time.getMinutes())}:${
    two(time.getSeconds())
  }`;
}

/** A size for people: "512 B", "1.5 KiB", "12 MiB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 || size >= 10 ? Math.round(size) : size.toFixed(1)} ${
    units[unit]
  }`;
}

/** What steers a terminal (ECMA-48): colours and cursor moves, titles and links. */
const sequence =
  // deno-lint-ignore no-control-regex
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** Characters of a terminal's language that a text must not bring along. */
// deno-lint-ignore no-control-regex
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A text on one line, without what could steer a terminal. */
export function oneLine(text: string): string {
  return text.replace(sequence, "").replace(/\s*\n\s*/g, " ")
    .replace(control, "�");
}

/** Colours, or none. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

/** The style of a terminal with colours, or of anything else. */
export function makeStyle(colours: boolean): Style {
  const paint = (code: number) => (text: string): string =>
    colours ? `\x1b[${code}m${text}\x1b[0m` : text;
  return {
    bold: paint(1),
    dim: paint(2),
    red: paint(31),
    green: paint(32),
    yellow: paint(33),
  };
}
