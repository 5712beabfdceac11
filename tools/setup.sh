#!/usr/bin/env bash
# setup.sh GROUP...: installs what is missing of tools/packages.txt.
#
# Says what it installs and why, asks nothing, and does nothing where nothing
# is missing. Needs root (or sudo without a password) only to install.
set -eu

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

missing=()
while read -r group package why; do
  case " $* " in *" $group "*) ;; *) continue ;; esac
  if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
    printf 'missing: %-26s %s\n' "$package" "$why"
    missing+=("$package")
  fi
done < <(grep -v '^#' "$here/packages.txt")

if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: every package of \"$*\" is installed."
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    echo >&2
    echo "These packages have to be installed, and this user may not do it. Ask an" >&2
    echo "administrator to run the following line, then start this script again:" >&2
    echo >&2
    echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
fi

echo "setup: installing ${#missing[@]} Debian packages ..."
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Installed servers (Postfix, Dovecot) must not start: tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  trap '"${as_root[@]}" rm -f "$policy"; rm -f "$log"' EXIT
fi
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
  apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}")
if ! "${install[@]}" >"$log" 2>&1; then
  # The lists of packages may be old or missing: fetch them and try once more.
  "${as_root[@]}" apt-get update -q >>"$log" 2>&1 || true
  if ! "${install[@]}" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "setup: apt-get could not install: ${missing[*]}" >&2
    exit 1
  fi
fi
echo "setup: done."
