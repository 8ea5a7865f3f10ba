#!/usr/bin/env bash
# A real Incus for the tests, on a bare Debian machine without systemd or image server.
#
#   tests/incus/setup.sh up        daemon, two-member cluster, images, sshd on loopback; again: nothing to do
#   tests/incus/setup.sh down      stop what `up` started, by pid
#   tests/incus/setup.sh purge     down, and remove all state; packages stay
#   tests/incus/setup.sh env       print the variables by which the tests find it
#
# What it makes:
#   /var/lib/incus          a daemon with a btrfs pool `default`, a bridge without a way out,
#                           images pikaci/tiny (busybox) and pikaci/debian (debootstrap, git)
#   /var/lib/incus-{a,b}    a cluster of two members on 127.0.0.1:18443 and :18444
#   127.0.0.1:22022         an sshd for the user pikaci-ci, who may use Incus
#
# The daemons' own look-ups (image server, instance types) go to a dead loopback
# proxy, so that nothing leaves the machine.
set -Eeuo pipefail
trap 'echo "setup: line $LINENO failed: $BASH_COMMAND" >&2' ERR
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
unset INCUS_DIR INCUS_SOCKET INCUS_REMOTE INCUS_PROJECT

readonly STATE=/var/lib/pikaci-incus
readonly INCUSD=/usr/libexec/incus/incusd
readonly SSH_PORT=22022 SSH_USER=pikaci-ci SSH_DIR=$STATE/ssh
readonly MEMBERS=(a:18443 b:18444)

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Packages: Incus comes from the backports of the machine's own Debian mirror.

mirror() {
  {
    cat /etc/apt/sources.list.d/*.sources 2> /dev/null | sed -n 's/^URIs:[[:space:]]*//p' | tr ' ' '\n'
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2> /dev/null |
      sed -nE 's/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+).*/\2/p'
  } | grep -E '/debian/?$' | head -n 1 || true
}

# shellcheck disable=SC1091
suite() { (. /etc/os-release && echo "$VERSION_CODENAME"); }

install_packages() {
  local package missing=()
  for package in incus-base incus-client btrfs-progs busybox-static dnsmasq-base openssh-server \
    openssh-client jq iproute2 nftables xz-utils zstd debootstrap git; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  apt-get update -qq
  if apt-cache policy incus-base | grep -q 'Candidate: (none)' || ! apt-cache show incus-base > /dev/null 2>&1; then
    printf '%s\n' 'Types: deb' "URIs: $(mirror)" "Suites: $(suite)-backports" 'Components: main' \
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' > /etc/apt/sources.list.d/pikaci-backports.sources
    apt-get update -qq
  fi
  apt-get install -y -qq --no-install-recommends "${missing[@]}" > "$STATE/apt.log" 2>&1 ||
    { tail -n 20 "$STATE/apt.log" >&2; die "apt-get install failed"; }
}

# Processes: every daemon is known by its pid file, and ended by that pid alone.

running() { # name command
  local pid
  pid=$(cat "$STATE/$1.pid" 2> /dev/null) || return 1
  [ "$(cat "/proc/$pid/comm" 2> /dev/null)" = "$2" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$pid/status"
}

# In a job, pikaci would end what carries its variables with the job.
readonly UNMARKED=(env -u PIKACI_RUN_ID -u PIKACI_JOB_ID -u PIKACI_ATTEMPT)

launch() { # name command...: holds none of our descriptors
  local name=$1
  shift
  # shellcheck disable=SC2016
  setsid "${UNMARKED[@]}" bash -c 'echo $$ > "$1"; shift; exec "$@"' _ "$STATE/$name.pid" "$@" \
    > "$STATE/$name.log" 2>&1 < /dev/null 3>&- 4>&- &
  disown
}

end() { # name command
  local i
  if running "$1" "$2"; then
    kill "$(cat "$STATE/$1.pid")" 2> /dev/null || true
    for ((i = 0; i < 150; i++)); do running "$1" "$2" || break; sleep 0.1; done
    ! running "$1" "$2" || kill -KILL "$(cat "$STATE/$1.pid")" 2> /dev/null || true
  fi
  rm -f "$STATE/$1.pid"
}

folder() { [ "$1" = main ] && echo /var/lib/incus || echo "/var/lib/incus-$1"; }

daemon_up() { # main | a | b
  local folder
  folder=$(folder "$1")
  ! INCUS_DIR=$folder incus query /1.0 > /dev/null 2>&1 || return 0
  mkdir -p "$folder"
  say "starting incusd $1"
  local vars=("PATH=/usr/libexec/incus:$PATH" HTTPS_PROXY=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9
    'NO_PROXY=127.0.0.0/8,localhost')
  # Unset for the main daemon, so that it uses /run/incus.
  [ "$1" = main ] || vars+=("INCUS_DIR=$folder")
  launch "incusd-$1" env "${vars[@]}" "$INCUSD" --group incus-admin "--logfile=$STATE/incusd-$1.daemon.log"
  INCUS_DIR=$folder "$INCUSD" waitready --timeout=60 ||
    { tail -n 20 "$STATE/incusd-$1.daemon.log" >&2; die "incusd $1 is not ready"; }
}

daemon_down() { # main | a | b
  local folder
  folder=$(folder "$1")
  if running "incusd-$1" incusd; then
    # A clean shutdown waits for each instance: they go first, by force.
    INCUS_DIR=$folder timeout 60 incus stop --all --force > /dev/null 2>&1 < /dev/null || true
    INCUS_DIR=$folder timeout 60 incus admin shutdown --force > /dev/null 2>&1 < /dev/null || true
  fi
  end "incusd-$1" incusd
}

lxcfs_up() {
  mountpoint -q /var/lib/lxcfs && return 0
  # A killed lxcfs leaves a mount that nothing answers.
  umount -l /var/lib/lxcfs 2> /dev/null || true
  mkdir -p /var/lib/lxcfs
  launch lxcfs lxcfs /var/lib/lxcfs
}

# Configuration.

configure_main() {
  incus storage show default > /dev/null 2>&1 && return 0
  incus admin init --preseed << 'YAML'
config: {images.auto_update_interval: "0"}
networks:
- name: incusbr0
  type: bridge
  config:
    ipv4.address: 10.99.77.1/24
    ipv4.nat: "false"
    ipv4.routing: "false"
    ipv6.address: none
    raw.dnsmasq: no-resolv
storage_pools:
- {name: default, driver: btrfs, config: {size: 8GiB}}
profiles:
- name: default
  devices:
    root: {type: disk, path: /, pool: default}
    eth0: {type: nic, name: eth0, network: incusbr0}
YAML
}

configure_cluster() {
  if ! INCUS_DIR=/var/lib/incus-a incus cluster list > /dev/null 2>&1; then
    INCUS_DIR=/var/lib/incus-a incus admin init --preseed << 'YAML'
config: {core.https_address: "127.0.0.1:18443", images.auto_update_interval: "0"}
cluster: {server_name: a, enabled: true}
storage_pools:
- {name: default, driver: btrfs, config: {size: 4GiB}}
profiles:
- name: default
  devices: {root: {type: disk, path: /, pool: default}}
YAML
  fi
  if ! INCUS_DIR=/var/lib/incus-b incus cluster list > /dev/null 2>&1; then
    INCUS_DIR=/var/lib/incus-a incus cluster revoke-token b > /dev/null 2>&1 || true
    INCUS_DIR=/var/lib/incus-b incus admin init --preseed << YAML
cluster:
  enabled: true
  server_name: b
  server_address: 127.0.0.1:18444
  cluster_token: $(INCUS_DIR=/var/lib/incus-a incus cluster add b --quiet 2> /dev/null < /dev/null | tail -n 1)
  member_config:
  - {entity: storage-pool, name: default, key: size, value: 4GiB}
YAML
  fi
  # Set after clustering: before it, the setting breaks every later change.
  INCUS_DIR=/var/lib/incus-a incus config set cluster.offline_threshold=11
}

# Images: built here, with an init of a few lines, since there is no image server.

metadata() { # name
  printf 'architecture: %s\ncreation_date: 1700000000\nproperties: {description: %s, os: %s, release: "1"}\ntemplates: {}\n' \
    "$(uname -m)" "$1" "$1"
}

dhcp_script() {
  cat << 'SH'
#!/bin/sh
case $1 in
  bound | renew) ip addr flush dev "$interface" && ip addr add "$ip/${mask:-24}" dev "$interface" ;;
  deconfig) ip link set "$interface" up ;;
esac
exit 0
SH
}

build_tiny() {
  local out=$STATE/images/tiny.tar.gz work root applet
  [ -s "$out" ] && return 0
  say "building pikaci/tiny"
  work=$(mktemp -d "$STATE/images/tiny.XXXXXX")
  root=$work/rootfs
  chmod 755 "$work"
  mkdir -p "$root"/{bin,sbin,etc/init.d,etc/udhcpc,proc,sys,dev,run,tmp,root,var/log,var/tmp,usr/bin,usr/sbin,home/ci}
  chmod 755 "$root"
  chmod 1777 "$root/tmp" "$root/var/tmp"
  cp /bin/busybox "$root/bin/busybox"
  for applet in $(/bin/busybox --list); do
    [ "$applet" = busybox ] || ln -s /bin/busybox "$root/bin/$applet"
  done
  for applet in init halt poweroff reboot; do ln -s /bin/busybox "$root/sbin/$applet"; done
  ln -s /bin/busybox "$root/usr/bin/env"
  printf '%s\n' root:x:0:0:root:/root:/bin/sh ci:x:1000:1000:ci:/home/ci:/bin/sh > "$root/etc/passwd"
  printf '%s\n' root:x:0: ci:x:1000: > "$root/etc/group"
  chown 1000:1000 "$root/home/ci"
  echo '127.0.0.1 localhost' > "$root/etc/hosts"
  printf '%s\n' ::sysinit:/etc/init.d/rcS ::ctrlaltdel:/bin/poweroff\ -f 'null::respawn:/bin/sleep 86400' > "$root/etc/inittab"
  printf '%s\n' '#!/bin/sh' 'ip link set lo up' \
    '[ ! -e /sys/class/net/eth0 ] || { ip link set eth0 up; udhcpc -i eth0 -b -S > /dev/null 2>&1 & }' > "$root/etc/init.d/rcS"
  dhcp_script > "$root/etc/udhcpc/default.script"
  chmod 755 "$root/etc/init.d/rcS" "$root/etc/udhcpc/default.script"
  metadata tiny > "$work/metadata.yaml"
  tar -C "$work" -czf "$out.new" metadata.yaml rootfs
  mv "$out.new" "$out"
  rm -rf "$work"
}

build_debian() {
  local out=$STATE/images/debian.tar.zst work root
  [ -s "$out" ] && return 0
  say "building pikaci/debian"
  work=$(mktemp -d "$STATE/images/debian.XXXXXX")
  root=$work/rootfs
  chmod 755 "$work"
  debootstrap --variant=minbase --include=ca-certificates,git,iproute2,procps "$(suite)" "$root" "$(mirror)" \
    > "$STATE/debootstrap.log" 2>&1 || { tail "$STATE/debootstrap.log" >&2; die "debootstrap failed"; }
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  : > "$root/etc/apt/sources.list"
  : > "$root/etc/resolv.conf"
  echo localhost > "$root/etc/hostname"
  echo 'ci:x:1000:1000:ci:/home/ci:/bin/sh' >> "$root/etc/passwd"
  echo 'ci:x:1000:' >> "$root/etc/group"
  mkdir -p "$root/home/ci" "$root/etc/udhcpc"
  chown 1000:1000 "$root/home/ci"
  cp /bin/busybox "$root/bin/busybox"
  dhcp_script > "$root/etc/udhcpc/default.script"
  chmod 755 "$root/etc/udhcpc/default.script"
  cat > "$root/sbin/init" << 'SH'
#!/bin/bash
# Network by DHCP, children reaped, gone on a stop signal; no systemd.
trap 'exit 0' PWR INT TERM RTMIN+3
ip link set lo up
[ ! -e /sys/class/net/eth0 ] || { ip link set eth0 up; /bin/busybox udhcpc -i eth0 -b -S > /dev/null 2>&1 & }
while :; do sleep 86400 & wait $!; done
SH
  chmod 755 "$root/sbin/init"
  metadata debian > "$work/metadata.yaml"
  tar -C "$work" -cf - metadata.yaml rootfs | zstd -q -3 -T0 -f -o "$out.new"
  mv "$out.new" "$out"
  rm -rf "$work"
}

import_image() { # main|a alias file
  local folder
  folder=$(folder "$1")
  INCUS_DIR=$folder incus image info "$2" > /dev/null 2>&1 ||
    INCUS_DIR=$folder incus image import -q "$3" --alias "$2" < /dev/null
}

# An sshd of our own on loopback; ssh hosts incus-main, incus-a, incus-b.

ssh_up() {
  getent passwd "$SSH_USER" > /dev/null || useradd -m -s /bin/sh "$SSH_USER"
  usermod -p '*' -aG incus-admin "$SSH_USER"
  mkdir -p "$SSH_DIR" /run/sshd
  chmod 755 "$STATE" "$SSH_DIR"
  [ -f "$SSH_DIR/hostkey" ] || ssh-keygen -q -t ed25519 -N '' -C pikaci-host -f "$SSH_DIR/hostkey"
  [ -f "$SSH_DIR/id" ] || ssh-keygen -q -t ed25519 -N '' -C pikaci-ci -f "$SSH_DIR/id"
  install -m 644 "$SSH_DIR/id.pub" "$SSH_DIR/authorized_keys"
  cat > "$SSH_DIR/sshd_config" << CONF
ListenAddress 127.0.0.1
Port $SSH_PORT
HostKey $SSH_DIR/hostkey
PidFile $STATE/sshd.pid
AuthorizedKeysFile $SSH_DIR/authorized_keys
AllowUsers $SSH_USER
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
AcceptEnv INCUS_*
UseDNS no
PrintMotd no
MaxStartups 100
MaxSessions 100
CONF
  printf '[127.0.0.1]:%s %s\n' "$SSH_PORT" "$(cut -d' ' -f1,2 "$SSH_DIR/hostkey.pub")" > "$SSH_DIR/known_hosts"
  local member
  {
    for member in main a b; do printf 'Host incus-%s\n  SetEnv INCUS_DIR=%s\n' "$member" "$(folder "$member")"; done
    cat << CONF
Host incus-*
  HostName 127.0.0.1
  Port $SSH_PORT
  User $SSH_USER
  IdentityFile $SSH_DIR/id
  IdentitiesOnly yes
  UserKnownHostsFile $SSH_DIR/known_hosts
  StrictHostKeyChecking yes
  BatchMode yes
CONF
  } > "$SSH_DIR/config"
  running sshd sshd || "${UNMARKED[@]}" /usr/sbin/sshd -f "$SSH_DIR/sshd_config" -E "$STATE/sshd.log"
}

prove() { # main | a | b: an exit code comes through
  local folder name=setup-proof-$$ code i target=()
  folder=$(folder "$1")
  [ "$1" = main ] || target=(--target "$1")
  # A daemon that was killed says that it is ready some seconds too early, in many words.
  for ((i = 0; ; i++)); do
    code=0
    {
      INCUS_DIR=$folder incus launch -q --ephemeral pikaci/tiny "$name" "${target[@]}" < /dev/null &&
        { INCUS_DIR=$folder incus exec "$name" -- sh -c 'exit 7' < /dev/null || code=$?; }
      INCUS_DIR=$folder incus delete --force "$name" < /dev/null
    } > "$STATE/prove.log" 2>&1 || true
    [ "$code" != 7 ] || return 0
    [ "$i" -lt 60 ] || { cat "$STATE/prove.log" >&2; die "exec on $1 gave $code, not 7"; }
    sleep 1
  done
}

up() {
  local member
  mkdir -p "$STATE/images"
  install_packages
  lxcfs_up
  daemon_up main
  configure_main
  build_tiny
  build_debian
  import_image main pikaci/tiny "$STATE/images/tiny.tar.gz"
  import_image main pikaci/debian "$STATE/images/debian.tar.zst"
  for member in "${MEMBERS[@]}"; do daemon_up "${member%%:*}"; done
  configure_cluster
  import_image a pikaci/tiny "$STATE/images/tiny.tar.gz"
  ssh_up
  prove main
  prove a
  prove b
  say "ready: incus $(incus query /1.0 | jq -r .environment.server_version)"
}

down() {
  local member
  end sshd sshd
  for member in b a main; do daemon_down "$member"; done
  if running lxcfs lxcfs; then
    end lxcfs lxcfs
    umount -l /var/lib/lxcfs 2> /dev/null || true
  fi
}

purge() {
  local member folder mount
  down
  for member in main a b; do
    folder=$(folder "$member")
    while read -r mount; do umount -l "$mount" || true; done \
      < <(awk -v d="$folder/" 'index($2, d) == 1 { print $2 }' /proc/self/mounts | tac)
    ! grep -q " $folder/" /proc/self/mounts || die "still mounted under $folder"
    rm -rf "$folder"
  done
  ip link delete incusbr0 2> /dev/null || true
  ! getent passwd "$SSH_USER" > /dev/null || userdel -r "$SSH_USER" 2> /dev/null || true
  rm -rf "$STATE" /run/incus
}

[ "$(id -u)" = 0 ] || die "run as root"
case ${1:-} in
  up | down | purge) "$1" ;;
  env) printf 'PIKACI_TEST_SSH_CONFIG=%s\nPIKACI_TEST_INCUS_A=%s\nPIKACI_TEST_INCUS_B=%s\n' \
    "$SSH_DIR/config" /var/lib/incus-a /var/lib/incus-b ;;
  *) die "usage: tests/incus/setup.sh up|down|purge|env" ;;
esac
