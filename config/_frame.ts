/** Frames of stacks. */
import { relative } from "../model/path.ts";

/** The first frame of an error in the user's own files, as `path:line:column`. */
export function userFrame(error: Error, cwd: string): string | null {
  const own = new URL("../", import.meta.url).href;
  const rooms = ["model/", "config/", "commands/", "cli.ts", "dist/"]
    .map((room) => `${own}${room}`);
  for (const line of (error.stack ?? "").split("\n")) {
    const match = /(file:\/\/[^\s()]+):(\d+):(\d+)\)?$/.exec(line);
    const [, url, row, column] = match ?? [];
    if (url === undefined || !line.trimStart().startsWith("at ")) continue;
    // The helpers of a config may come from another copy of the package.
    if (rooms.some((room) => url.startsWith(room))) continue;
    if (
      /\/(?:model\/_?\w+\.ts|dist\/mod\.js)$/.test(url) &&
      error.name === "ConfigError"
    ) {
      continue;
    }
    const path = decodeURIComponent(new URL(url).pathname);
    return `${relative(cwd, path)}:${row}:${column}`;
  }
  return null;
}
