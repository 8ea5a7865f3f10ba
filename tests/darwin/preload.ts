/**
 * Makes Deno on Linux look like Deno on a Mac, before the program is read: its
 * name for the system, no `/proc`, none of Linux's own programs.
 *
 * `deno run --preload preload.ts cli.ts`, with the PATH of `darwinTools()`.
 *
 * @module
 */
const tools = Deno.env.get("FAKE_DARWIN_TOOLS") ?? "";
const hidden = /^\/(proc(\/|$)|usr\/bin\/setsid$|etc\/machine-id$)/;

Object.defineProperty(Deno, "build", {
  value: { ...Deno.build, os: "darwin", arch: "aarch64" },
});

/** Hides what a Mac does not have from functions that take a path first. */
function hide<T, R>(
  real: (path: string | URL, options?: T) => R,
): (path: string | URL, options?: T) => R {
  return (path, options) => {
    if (hidden.test(String(path))) {
      throw new Deno.errors.NotFound(
        `No such file or directory (os error 2): ${path}`,
      );
    }
    return options === undefined ? real(path) : real(path, options);
  };
}

Deno.statSync = hide(Deno.statSync);
Deno.lstatSync = hide(Deno.lstatSync);
Deno.readFileSync = hide(Deno.readFileSync);
Deno.readTextFileSync = hide(Deno.readTextFileSync);
Deno.readDirSync = hide(Deno.readDirSync);
Deno.stat = hide(Deno.stat);
Deno.lstat = hide(Deno.lstat);
Deno.readFile = hide(Deno.readFile);
Deno.readTextFile = hide(Deno.readTextFile);
Deno.readDir = hide(Deno.readDir);

const { dlopen } = Deno;
Deno.dlopen = (path, symbols) =>
  dlopen(
    String(path) === "/usr/lib/libSystem.B.dylib" ? "libc.so.6" : path,
    symbols,
  );

const { Command } = Deno;
Deno.Command = class extends Command {
  constructor(program: string | URL, options?: Deno.CommandOptions) {
    const own = /^\/usr\/sbin\/(ioreg|sysctl)$/.exec(String(program))?.[1];
    super(own === undefined ? program : `${tools}/${own}`, options);
  }
};
