/**
 * The programs of a Mac, on Linux: a folder that is all of PATH. What macOS
 * does not have is missing from it, and what it has refuses what only GNU's
 * takes, as the manual pages of macOS 14 tell.
 */
import { join } from "@std/path";
import { quote } from "../../model/command.ts";

/** What is the same there, as far as pikaci asks. */
const same = [
  ..."sh bash env git git-receive-pack git-upload-pack gzip awk".split(
    " ",
  ),
  ..."dd dirname basename sleep kill echo printf test expr id cksum pwd".split(
    " ",
  ),
  ..."rmdir mkfifo sync true false whoami tee uniq cmp nohup ssh".split(" "),
];

/** Options of one letter that a program takes; an option of a whole word is refused. */
const options: Readonly<Record<string, string>> = {
  cat: "belnstuv",
  chmod: "fhvRHLPENCIian",
  chown: "fhnvxRHLP",
  cp: "RHLPafipnNcXSvx",
  cut: "bcdfnsw",
  df: "PkhmgHabilnItYT",
  du: "HLPaAdchkmgrstxI",
  grep: "ABCEFGHIJLMOPRSUVXZabcdefhilmnopqrsuvwxyz",
  head: "cnq",
  ln: "FLPfhinsvw",
  ls: "@ABCFGHILOPRSTUWXabcdefghiklmnopqrstuvwxy1%,",
  mkdir: "pvm",
  mktemp: "dqtup",
  mv: "fhinv",
  rm: "dfiIPRrvWx",
  sort: "bcCdfgGhikMmnoRrSsTtuVz",
  tail: "Fbcfnqr",
  touch: "AachmrtdfR",
  tr: "Ccdsu",
  wc: "Lclmw",
  xargs: "0EIJLnPRSsxtop",
};

/** Words that GNU's program takes and macOS's does not. */
const words: Readonly<Record<string, string>> = {
  date: "-d|-d*|-I*|--*|+%N|+*%N*",
  find:
    "-printf|-fprintf|-regextype|-xtype|-readable|-writable|-executable|-daystart|-printf*",
  readlink: "-f|-e|-m|--*",
  sed: "-s|-z|--*",
  stat: "*",
  base64: "-w*|-d",
};

/** Puts the tools into a folder and returns its path. */
export async function darwinTools(folder: string): Promise<string> {
  const bin = join(folder, "darwin");
  await Deno.mkdir(bin, { recursive: true });
  const tool = (name: string, lines: readonly string[]) =>
    Deno.writeTextFile(
      join(bin, name),
      ["#!/bin/sh", ...lines, ""].join("\n"),
      { mode: 0o755 },
    );
  for (const name of same) {
    const path = await pathOf(name);
    if (path !== null) await Deno.symlink(path, join(bin, name));
  }
  const refused = (name: string) =>
    `echo "${name}: illegal option -- $word" >&2; exit 64`;
  for (const [name, letters] of Object.entries(options)) {
    const real = await pathOf(name) ?? "/bin/false";
    await tool(name, [
      "for word; do",
      `  case $word in --) break ;; --*|-*[!${letters}0-9]*) ${
        // The value of an option may hold any letter.
        ["grep", "head", "tail", "cut", "sort", "xargs", "awk", "chmod"]
            .includes(name)
          ? `case $word in --*) ${refused(name)} ;; esac; break`
          : refused(name)} ;; -?*) ;; *) break ;; esac`,
      "done",
      `exec ${real} "$@"`,
    ]);
  }
  for (const [name, patterns] of Object.entries(words)) {
    await tool(name, [
      "for word; do",
      `  case $word in ${patterns}) ${refused(name)} ;; esac`,
      "done",
      `exec ${await pathOf(name) ?? "/bin/false"} "$@"`,
    ]);
  }
  // macOS's tar is libarchive's; GNU's has to do where that is not installed.
  const tar = await pathOf("bsdtar") ?? await pathOf("tar");
  await tool("tar", [`exec ${tar} "$@"`]);
  const ps = decodeURIComponent(new URL("ps.pl", import.meta.url).pathname);
  await tool("ps", [`exec /usr/bin/perl ${quote(ps)} "$@"`]);
  // 310 is getsid(2) on a Mac.
  await Deno.writeTextFile(
    join(bin, "FakeDarwin.pm"),
    `package FakeDarwin;
my $getsid = (POSIX::uname())[4] eq 'x86_64' ? 124 : 156;
BEGIN {
  require POSIX;
  *CORE::GLOBAL::syscall = sub { CORE::syscall($_[0] == 310 ? $getsid : $_[0], $_[1]) };
}
1;
`,
  );
  await tool("perl", [
    `exec /usr/bin/perl -I${quote(bin)} -MFakeDarwin "$@"`,
  ]);
  await tool("uname", [
    "case ${1:--s} in -s) echo Darwin ;; -m) echo arm64 ;; -sm) echo Darwin arm64 ;; *) exit 64 ;; esac",
  ]);
  await tool("getconf", [
    '[ "$1" = _NPROCESSORS_ONLN ] && echo 2',
  ]);
  await tool("sysctl", [
    'case $2 in kern.bootsessionuuid) echo 0B5CBB1A-0000-4000-8000-000000000001 ;; *) echo "sysctl: unknown oid" >&2; exit 1 ;; esac',
  ]);
  await tool("ioreg", [
    `echo '    "IOPlatformUUID" = "4C4C4544-0000-4000-8000-000000000002"'`,
  ]);
  return bin;
}

async function pathOf(name: string): Promise<string | null> {
  for (const folder of ["/usr/bin", "/bin"]) {
    const path = `${folder}/${name}`;
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  return null;
}
