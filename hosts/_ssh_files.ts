/** The files of an ssh host, by its own tools. */
import { HostError, type HostFiles } from "./host.ts";
import type { ProcessResult, ProcessSpec } from "./process.ts";

/** Makes the files of the host `id`, whose commands `run` runs. */
export function remoteFiles(
  id: string,
  run: (spec: ProcessSpec) => Promise<ProcessResult>,
): HostFiles {
  const must = async (step: string, path: string, spec: ProcessSpec) => {
    const { code, stderr } = await run(spec);
    if (code === 0) return;
    const why = new TextDecoder().decode(stderr).trim();
    throw new HostError(
      id,
      step,
      `Cannot ${step} "${path}" on the host "${id}": ${
        why || `exit code ${code}`
      }`,
    );
  };
  return {
    makeDir: (path) =>
      must("create folder", path, {
        argv: ["/bin/sh", "-c", 'umask 077; exec mkdir -p -- "$0"', path],
      }),
    writeFile: (path, bytes, mode) =>
      must("write file", path, {
        argv: [
          "/bin/sh",
          "-c",
          'umask 077; [ -d "${0%/*}" ] || mkdir -p -- "${0%/*}" || exit; [ ! -e "$0.new" ] || rm -rf -- "$0.new"; cat > "$0.new" && chmod "$1" "$0.new" && mv -f -- "$0.new" "$0"',
          path,
          mode.toString(8),
        ],
        stdin: bytes,
      }),
    remove: (path) => must("remove", path, { argv: ["rm", "-rf", "--", path] }),
  };
}
