/** The folders of the host that a guest gets, each behind a tag of its own. */
import { type Host, HostError } from "../../hosts/host.ts";
import { quote } from "../../model/command.ts";
import type { Attempt } from "../executor.ts";
import { guestCache } from "./caches.ts";
import { type GuestMount, guestPaths, tags } from "./guest_script.ts";
import type { TartSettings } from "./settings.ts";
import { requireShareable, type Stage } from "./stage.ts";
import type { Share } from "./vm.ts";

/** Shares, where they are mounted, and what the job is told of them. */
export interface Shares {
  readonly shares: readonly Share[];
  readonly mounts: readonly GuestMount[];
  /** Variables that hold a path below the guest's home. */
  readonly paths: Readonly<Record<string, string>>;
  /** Lines before the command. */
  readonly setup: readonly string[];
}

/** Finds what the job's VM shares. */
export async function sharesOf(
  attempt: Attempt,
  stage: Stage,
  settings: TartSettings,
): Promise<Shares> {
  const { host, workspace } = attempt;
  const shares: Share[] = [
    { path: stage.in, tag: tags.in, writable: false },
    { path: stage.out, tag: tags.out, writable: true },
  ];
  const mounts: GuestMount[] = [];
  const paths: Record<string, string> = {};
  const setup: string[] = [];
  const add = (share: Share, path: string): void => {
    requireShareable(host, share.path);
    shares.push(share);
    mounts.push({ tag: share.tag, path });
  };
  for (const variable of Object.keys(attempt.caches)) {
    paths[variable] = guestCache(variable);
  }
  for (const [index, mount] of (settings.mounts ?? []).entries()) {
    const path = mount.source.startsWith("/")
      ? mount.source
      : `${workspace.path}/${mount.source}`;
    const writable = mount.writable ?? false;
    add({ path, tag: `pikaci.mount.${index}`, writable }, mount.path);
  }
  if (settings.useHostXcode ?? false) {
    const xcode = await hostXcode(host, settings);
    add({ path: xcode, tag: "pikaci-xcode", writable: false }, guestXcode);
    const library = "/Library/Developer";
    if (await isFolder(host, library)) {
      const tag = "pikaci-library-developer";
      add({ path: library, tag, writable: false }, library);
    }
    setup.push(...xcodeSetup);
  }
  if (settings.developerDir !== undefined) {
    setup.push(`DEVELOPER_DIR=${quote(settings.developerDir)}`);
  }
  if (setup.length > 0) setup.push("export DEVELOPER_DIR");
  if (settings.mountHostRustToolchain ?? false) {
    const { path, store } = await hostToolchain(host);
    if (store !== null) {
      add({ path: store, tag: "pikaci-nix-store", writable: false }, store);
      setup.push(`PATH=${quote(path)}/bin:$PATH`);
    } else {
      add({ path, tag: "pikaci-rust", writable: false }, guestToolchain);
      setup.push(`PATH=$HOME/${guestToolchain}/bin:$PATH`);
    }
  }
  return { shares, mounts, paths, setup };
}

const guestXcode = "/Applications/Xcode.app";

/** The service caches what it found before the mount. */
const xcodeSetup = [
  `DEVELOPER_DIR=${guestXcode}/Contents/Developer`,
  "killall -9 com.apple.CoreSimulator.CoreSimulatorService >/dev/null 2>&1",
  'sudo -n "$DEVELOPER_DIR/usr/bin/xcodebuild" -license accept >/dev/null 2>&1',
];

/** The host's Xcode: as given, at its usual place, as selected, or the newest. */
async function hostXcode(
  host: Host,
  { xcodeApp }: TartSettings,
): Promise<string> {
  const script = `for app in "$1" ${guestXcode}; do
  [ -z "$app" ] || [ ! -d "$app" ] || { cd "$app" && pwd -P; exit; }
  [ -z "$1" ] || exit 1
done
selected=$(xcode-select -p 2>/dev/null)
case $selected in *.app/Contents/Developer) echo "\${selected%/Contents/Developer}"; exit ;; esac
ls -dt /Applications/Xcode*.app 2>/dev/null | head -n 1 | grep .`;
  const { code, stdout } = await host.run({
    argv: ["/bin/sh", "-c", script, "sh", xcodeApp ?? ""],
  });
  if (code === 0) return new TextDecoder().decode(stdout).replace(/\n$/, "");
  throw new HostError(
    host.id,
    "prepare",
    xcodeApp === undefined
      ? `There is no Xcode on the host "${host.id}" to mount: install it, or name it by xcodeApp or PIKACI_TART_XCODE_APP`
      : `There is no Xcode at "${xcodeApp}" on the host "${host.id}"`,
  );
}

const guestToolchain = `${guestPaths.root}/rust`;

/** The host's Rust toolchain; one of Nix rests on the whole store. */
async function hostToolchain(
  host: Host,
): Promise<{ readonly path: string; readonly store: string | null }> {
  const script =
    `PATH="$HOME/.cargo/bin:$PATH:/opt/homebrew/bin:/usr/local/bin"; export PATH
cd "$(rustc --print sysroot)" && pwd -P`;
  const { code, stdout } = await host.run({
    argv: ["/bin/sh", "-euc", script],
  });
  const path = new TextDecoder().decode(stdout).replace(/\n$/, "");
  if (code === 0) {
    return {
      path,
      store: path.startsWith("/nix/store/") ? "/nix/store" : null,
    };
  }
  throw new HostError(
    host.id,
    "prepare",
    `There is no Rust toolchain on the host "${host.id}" to mount: install one by rustup, Homebrew or Nix, or leave mountHostRustToolchain out`,
  );
}

async function isFolder(host: Host, path: string): Promise<boolean> {
  return (await host.run({ argv: ["test", "-d", path] })).code === 0;
}
