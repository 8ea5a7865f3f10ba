/** A file system of its own, in memory, for tests of what a disk can refuse. */

/** A mounted file system; unmounted when it is disposed of. */
export interface Disk extends AsyncDisposable {
  /** Absolute path of its root. */
  readonly path: string;
  /** Changes an option, such as `ro` or `size=4m`. */
  remount(option: string): Promise<void>;
  /** Fills it to the last byte; `free()` takes that back. */
  fill(): Promise<void>;
  /** Removes what `fill()` wrote. */
  free(): Promise<void>;
}

/** Mounts a file system of this size, such as "512k". */
export async function mountDisk(size: string): Promise<Disk> {
  const path = await Deno.makeTempDir({ prefix: "pikaci-disk-" });
  await run("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path);
  return {
    path,
    remount: (option) => run("mount", "-o", `remount,${option}`, path),
    async fill() {
      using file = await Deno.open(`${path}/filling`, {
        create: true,
        append: true,
      });
      const bytes = new Uint8Array(1024);
      try {
        while (await file.write(bytes) > 0);
      } catch {
        // It is full.
      }
    },
    free: () => Deno.remove(`${path}/filling`),
    async [Symbol.asyncDispose]() {
      await run("umount", "-l", path);
      await Deno.remove(path);
    },
  };
}

/** Why no file system can be mounted here; null: one can. */
export async function noDisk(): Promise<string | null> {
  try {
    await using _disk = await mountDisk("64k");
    return null;
  } catch (error) {
    return `cannot mount tmpfs: ${error instanceof Error ? error.message : ""}`;
  }
}

async function run(program: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(program, { args }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr).trim());
}
