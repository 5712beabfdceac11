#!/usr/bin/env bash
# setup.sh GROUP...: installs what is missing of tools/packages.txt.
#
# Says what it installs and why, asks nothing, and does nothing where nothing
# is missing. Needs root (or sudo without a password) only to install.
#
# Mail servers conflict with each other as packages. Those of the group "unpack"
# are not installed: their files lie below $unpacked, where tests find them.
set -eu
unpacked=/var/cache/libmailsec/unpacked

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

missing=()
packed=()
while read -r group package why; do
  case " $* " in *" $group "*) ;; *) continue ;; esac
  if [ "$group" = unpack ]; then
    if [ -e "$unpacked/$package" ]; then continue; fi
    packed+=("$package")
  elif [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
    missing+=("$package")
  else
    continue
  fi
  printf 'missing: %-26s %s\n' "$package" "$why"
done < <(grep -v '^#' "$here/packages.txt")

if [ ${#missing[@]} -eq 0 ] && [ ${#packed[@]} -eq 0 ]; then
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
    if [ ${#missing[@]} -gt 0 ]; then
      echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    fi
    for package in ${packed[@]+"${packed[@]}"}; do
      echo "  apt-get download $package && dpkg -x ${package}_*.deb $unpacked/$package" >&2
    done
    exit 1
  fi
fi

echo "setup: fetching $((${#missing[@]} + ${#packed[@]})) Debian packages ..."
log=$(mktemp)
place=$(mktemp -d)
trap 'rm -rf "$log" "$place"' EXIT

# Runs a command; if it fails, the lists of packages may be old or missing: they
# are fetched, and it is tried once more.
with_lists() {
  if "$@" >"$log" 2>&1; then return; fi
  "${as_root[@]}" apt-get update -q >>"$log" 2>&1 || true
  if ! "$@" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "setup: this failed: $*" >&2
    exit 1
  fi
}

# Installed servers (Postfix, Dovecot) must not start: tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  trap '"${as_root[@]}" rm -f "$policy"; rm -rf "$log" "$place"' EXIT
fi
if [ ${#missing[@]} -gt 0 ]; then
  with_lists "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}"
fi
cd "$place"
for package in ${packed[@]+"${packed[@]}"}; do
  with_lists apt-get download -q "$package"
  dpkg -x "${package}"_*.deb "$place/$package"
  chmod -R a+rX "$place/$package"
  "${as_root[@]}" mkdir -p "$unpacked"
  "${as_root[@]}" mv "$place/$package" "$unpacked/$package"
done
echo "setup: done."
