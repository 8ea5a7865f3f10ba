/** The guest's side of the fake, as shell: its file system and macOS's tools. */
import { quote } from "../../../model/command.ts";
import type { SharedDir } from "./vms.ts";

/**
 * Builds macOS's paths over a tmpfs and stays as process 1 of the guest until
 * the other end of its standard input is gone; the kernel then ends the rest.
 */
export const namespaceScript = `root=$1 guest=$2 control=$3
shift 3
mount -t tmpfs -o mode=755 tmpfs "$root"
cd "$root"
mkdir -p usr dev proc etc sbin tmp Users Library Applications opt Volumes .fake/bin .fake/shares .fake/etc
for name in usr dev etc; do mount --rbind "/$name" "$name"; done
for name in bin lib lib32 lib64; do
  if [ -h "/$name" ]; then cp -P "/$name" "$name"
  elif [ -d "/$name" ]; then mkdir -p "$name"; mount --rbind "/$name" "$name"
  fi
done
mount -t proc proc proc
mount --bind "$guest/Users" Users
mount --bind "$guest/tmp" tmp
mount --bind "$guest/bin" .fake/bin
: > .fake/control
mount --bind "$control" .fake/control
# path_helper puts these first for a login shell; the tools stay before them.
echo 'PATH=/.fake/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin; export PATH' > .fake/etc/profile
mount --bind .fake/etc/profile etc/profile
for tool in mount_virtiofs umount mount shutdown; do ln -s "/.fake/bin/$tool" "sbin/$tool"; done
for share; do
  mode=\${share%%:*} rest=\${share#*:}
  tag=\${rest%%:*} rest=\${rest#*:}
  name=\${rest%%:*} path=\${rest#*:}
  place=".fake/shares/$tag\${name:+/$name}"
  mkdir -p "$place"
  mount --bind "$path" "$place"
  [ "$mode" = rw ] || mount -o remount,bind,ro "$place"
done
if [ -d .fake/shares/com.apple.virtio-fs.automount ]; then
  mkdir -p "Volumes/My Shared Files"
  mount --rbind .fake/shares/com.apple.virtio-fs.automount "Volumes/My Shared Files"
fi
exec chroot . /usr/bin/perl -e '$SIG{CHLD} = "IGNORE"; $| = 1; print "ready\\n"; 1 while sysread(STDIN, $_, 1)'
`;

/** Without namespaces: ends whatever has the guest's HOME once the pipe is closed. */
export const keeperScript = `trap '' TERM INT
# Processes end while they are looked at.
exec 2>/dev/null
echo ready
read -r _
for try in 1 2 3; do
  for environ in /proc/[0-9]*/environ; do
    if tr '\\0' '\\n' < "$environ" 2>/dev/null | grep -qxF -- "$1"; then
      pid=\${environ#/proc/}
      kill -KILL "\${pid%/environ}" 2>/dev/null
    fi
  done
done
`;

/** What the tools of a guest are made for. */
export interface GuestToolsOptions {
  /** Folder of the tools, as the guest sees it. */
  readonly bin: string;
  /** Pipe to the VM, as the guest sees it. */
  readonly control: string;
  /** Folder of the shares, as the guest sees it. */
  readonly shares: string;
  readonly namespaces: boolean;
  readonly dirs: readonly SharedDir[];
  readonly automountTag: string;
}

/** The tools by name: macOS's that Linux lacks or has otherwise, and faults. */
export function guestTools(
  options: GuestToolsOptions,
): Readonly<Record<string, string>> {
  const { control } = options;
  const tell = (word: string) =>
    `#!/bin/sh\necho ${word} > ${quote(control)}\n`;
  const print = (text: string) => `#!/bin/sh\necho ${quote(text)}\n`;
  return {
    mount_virtiofs: mountVirtiofs(options),
    umount: options.namespaces
      ? '#!/bin/sh\nexec /usr/bin/umount "$@"\n'
      : '#!/bin/sh\n[ ! -h "$1" ] || { rm "$1"; mkdir "$1"; }\n',
    mount: options.namespaces
      ? '#!/bin/sh\nexec /usr/bin/mount "$@"\n'
      : print("shares"),
    diskutil: '#!/bin/sh\n[ "$1" != unmount ] || exec umount "$2"\n',
    sudo:
      '#!/bin/sh\nwhile :; do case $1 in -n|-S|-E|-H|--non-interactive) shift ;; --) shift; break ;; *) break ;; esac; done\nHOME=/var/root USER=root LOGNAME=root exec "$@"\n',
    id:
      '#!/bin/sh\n[ "$*" != -un ] || exec echo "$USER"\nexec /usr/bin/id "$@"\n',
    // macOS's tar is libarchive's.
    tar:
      '#!/bin/sh\n[ ! -x /usr/bin/bsdtar ] || exec /usr/bin/bsdtar "$@"\nexec /usr/bin/tar "$@"\n',
    launchctl:
      '#!/bin/sh\ncase $1 in asuser) shift 2; exec "$@" ;; esac\nexit 0\n',
    uname:
      '#!/bin/sh\ncase ${1:--s} in -s) echo Darwin ;; -m) echo arm64 ;; *) echo "Darwin Kernel Version 24.0.0 arm64" ;; esac\n',
    sw_vers:
      '#!/bin/sh\ncase $1 in -productName|--productName) echo macOS ;; -productVersion|--productVersion) echo 15.5 ;; *) printf "ProductName:\\t\\tmacOS\\nProductVersion:\\t\\t15.5\\n" ;; esac\n',
    sysctl:
      "#!/bin/sh\ncase $2 in hw.ncpu|hw.logicalcpu) echo 4 ;; *) echo 1 ;; esac\n",
    "xcode-select": print("/Applications/Xcode.app/Contents/Developer"),
    xcodebuild: print("Xcode 16.4"),
    shutdown: tell("shutdown"),
    "fake-crash": tell("crash"),
  };
}

function mountVirtiofs(options: GuestToolsOptions): string {
  const { namespaces, dirs, shares } = options;
  const lines = ["#!/bin/sh", "tag=$1 dir=$2", "case $tag in"];
  for (const tag of new Set(dirs.map((dir) => dir.tag))) {
    const own = dirs.filter((dir) => dir.tag === tag);
    const [only] = own;
    const source = namespaces || only === undefined || own.length > 1
      ? `${shares}/${tag}`
      : only.path;
    lines.push(`${quote(tag)}) source=${quote(source)} ;;`);
  }
  lines.push(
    '*) echo "mount_virtiofs: fs_tag $tag not found" >&2; exit 1 ;;',
    "esac",
    '[ -d "$dir" ] || { echo "mount_virtiofs: $dir: No such file or directory" >&2; exit 1; }',
    namespaces
      ? 'exec /usr/bin/mount --bind "$source" "$dir"'
      : 'rmdir "$dir" && ln -s "$source" "$dir"',
    "",
  );
  return lines.join("\n");
}
