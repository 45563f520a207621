#!/usr/bin/env bash
# Both commands of README.md on a bare Debian 12: git and ca-certificates, nothing else.
# usage, as root: test/fresh_machine.sh [demo|test|setup|check]...      without a word: demo and test
#
# The machine is a folder that mmdebstrap fills, with a process tree and mounts of its own: whatever was
# started in it ends with it. It has this machine's settings of apt, npm and pip, and the last commit of
# this clone. FRESH_FOLDER is where it stands (default: a temporary folder; it needs 6 GB).
set -euo pipefail
cd "$(dirname "$0")/.."
source_tree=$PWD
folder=$(mktemp -d "${FRESH_FOLDER:-${TMPDIR:-/tmp}}/jobledger-fresh-XXXXXX")
chmod 755 "$folder"  # for apt, which fetches as a user of its own
machine=$folder/root
running=  # mmdebstrap, or unshare, the parent of the machine's first process
end_signal=KILL

finish() {
  local status=$? try
  trap - EXIT INT TERM
  end_machine
  for ((try = 0; try < 50; try++)); do  # what was ended may still be closing its files
    rm -rf --one-file-system "$folder" 2>/dev/null && break
    sleep 0.2
  done
  exit "$status"
}
trap finish EXIT
trap 'exit 1' INT TERM

say() { printf '\n== fresh machine: %s\n' "$*"; }

# The machine's first process ends with unshare, its parent; the kernel then ends all others.
end_machine() {
  [ -n "$running" ] || return 0
  kill -"$end_signal" "$running" 2>/dev/null || true
  wait "$running" 2>/dev/null || true
  running=
}

have_mmdebstrap() {
  command -v mmdebstrap >/dev/null && return
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends mmdebstrap
}

# Where this machine gets Debian's packages from; other sources of it are none of a bare Debian's.
debian_sources() {
  local file
  for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
    [ -s "$file" ] && { echo "$file"; return; }
  done
  echo "fresh machine: no sources of Debian's packages in /etc/apt" >&2
  return 1
}

# The files that say how apt fetches: proxies, and whether the dates of a mirror are believed.
fetch_settings() {
  grep -ls 'Acquire::' /etc/apt/apt.conf /etc/apt/apt.conf.d/* || true
}

make_machine() {
  local sources file options=()
  sources=$(debian_sources)
  for file in $(fetch_settings); do options+=("--aptopt=$file"); done
  say "a base system in $machine"
  end_signal=TERM  # it then clears what it has mounted
  mmdebstrap --quiet --mode=root --variant=minbase --include=git,ca-certificates "${options[@]}" \
    bookworm "$machine" "$sources" </dev/null &
  running=$!
  wait "$running"
  running= end_signal=KILL  # unshare is deaf to others
}

# copy_settings FILE...: those that this machine has, to the same place.
copy_settings() {
  local file
  for file in "$@"; do
    if [ -e "$file" ]; then
      mkdir -p "$machine$(dirname "$file")"
      cp -rL --remove-destination "$file" "$machine$(dirname "$file")/"
    fi
  done
}

# How this machine reaches its registries: proxies, authorities, accounts.
set_up_machine() {
  copy_settings /etc/resolv.conf $(fetch_settings) /etc/apt/auth.conf /etc/apt/auth.conf.d \
    /usr/local/share/ca-certificates /etc/ssl/certs/ca-certificates.crt \
    /etc/npmrc /usr/etc/npmrc /usr/local/etc/npmrc "$HOME/.npmrc" \
    /etc/pip.conf "$HOME/.pip" "$HOME/.config/pip"
  git clone --quiet --no-hardlinks "$source_tree" "$machine/home/jobledger"
}

# in_machine COMMAND: replaces the calling shell; ends with its command.
in_machine() {
  exec unshare --mount --pid --fork --kill-child=KILL bash -c '
    set -e
    mount -t proc proc "$0/proc"
    mount --rbind /dev "$0/dev"
    mount -t tmpfs tmpfs "$0/tmp"
    exec chroot "$0" /usr/bin/env -u CC -u CXX -u CI HOME="$1" bash -c "cd /home/jobledger; $2"' \
    "$machine" "$HOME" "$1"
}

# What the README says first: until the address is printed, and answers.
run_demo() {
  local log=$folder/demo.log url seconds=$SECONDS
  say "./dev demo"
  (in_machine './dev demo') >"$log" 2>&1 &
  running=$!
  until url=$(grep -om1 'http://127.0.0.1:[0-9]*/ ' "$log"); do
    kill -0 "$running" 2>/dev/null || { cat "$log"; say "the demo ended before it had an address"; return 1; }
    sleep 1
  done
  cat "$log"
  curl -fsS "${url% }" >/dev/null
  curl -fsS "${url% }query" -H 'Content-Type: application/json' -d '{"query":"{ jobs { count } }"}'
  say "the demo answers after $((SECONDS - seconds)) s"
  ! grep 'warning:' "$log" || { say "the build warns"; return 1; }
  end_machine
}

run_to_end() {
  local seconds=$SECONDS
  say "$1"
  (in_machine "$1") &
  running=$!
  wait "$running"
  running=
  say "$1 passed after $((SECONDS - seconds)) s"
}

main() {
  local part
  [ $# -gt 0 ] || set -- demo test
  have_mmdebstrap
  make_machine
  set_up_machine
  for part in "$@"; do
    case "$part" in
      demo) run_demo ;;
      setup | test | check) run_to_end "./dev $part" ;;
      *) echo "fresh machine: no such part: $part" >&2; return 2 ;;
    esac
  done
}

[ "$(id -u)" = 0 ] || { echo "fresh machine: needs root" >&2; exit 1; }
main "$@"
