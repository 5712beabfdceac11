#!/usr/bin/env bash
# boringssl_source.sh: unpacks BoringSSL's source for --config=boringssl_hidden.
#
#   bash tools/boringssl_source.sh
#   bazel build --config=boringssl_hidden //bindings/python:wheel
#
# Debian has no static BoringSSL, and the names in its shared one are those of
# OpenSSL: both in one process call each other's functions. So what is linked
# into somebody's program is built from Debian's source package, static, hidden,
# and with a prefix before each name.
#
# Does nothing if it is there. Needs root (or sudo without a password) only if
# dpkg-dev is missing or the folder below cannot be made.
set -eu
package=android-platform-external-boringssl
folder=/var/cache/libmailsec/boringssl
prefix=mailsec_boringssl
binary=/usr/lib/x86_64-linux-gnu/android

if [ -e "$folder/WORKSPACE" ]; then
  echo "boringssl_source: $folder is there."
  exit 0
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash tools/setup.sh build source

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
if ! mkdir -p "$folder" 2>/dev/null || [ ! -w "$folder" ]; then
  if ! "${as_root[@]}" install -d -o "$(id -u)" "$folder"; then
    echo "boringssl_source: cannot make $folder; make it, owned by this user, and start again" >&2
    exit 1
  fi
fi

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
mkdir -p sources lists/partial cache/archives/partial

# The mirrors that this machine has its packages from, asked for sources. What
# apt itself knows stays as it is.
for list in /etc/apt/sources.list.d/*.sources; do
  if [ -e "$list" ]; then sed 's/^Types:.*/Types: deb-src/' "$list" >"sources/${list##*/}"; fi
done
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  if [ -e "$list" ]; then sed -n 's/^deb /deb-src /p' "$list" >"sources/${list##*/}.list"; fi
done
options=(-q -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$place/sources"
  -o "Dir::State::lists=$place/lists" -o "Dir::Cache=$place/cache"
  -o "APT::Get::List-Cleanup=0" -o "APT::Sandbox::User=$(id -un)")
echo "boringssl_source: fetching $package (30 MB) ..."
apt-get "${options[@]}" update >log 2>&1 &&
  apt-get "${options[@]}" source --download-only "$package" >>log 2>&1 || {
  tail -n 20 log >&2
  echo "boringssl_source: the source package could not be fetched" >&2
  exit 1
}
dpkg-source --no-check -x "$package"_*.dsc tree >/dev/null

# Every public name in C gets the prefix, for the compiler and the assembler.
header=tree/src/include/boringssl_prefix_symbols.h
nm -D --defined-only "$binary/libcrypto.so.0" "$binary/libssl.so.0" |
  awk -v prefix=$prefix 'NF == 3 && $3 !~ /^_/ && !seen[$3]++ {
    sub(/@.*/, "", $3); print "#define " $3 " " prefix "_" $3 }' >$header
[ "$(wc -l <$header)" -gt 1000 ] || {
  echo "boringssl_source: $binary has no names" >&2
  exit 1
}
cp $header "${header%.h}_asm.h"
sed -i '/^crypto_headers = \[/a\    "src/include/boringssl_prefix_symbols.h",\n    "src/include/boringssl_prefix_symbols_asm.h",' \
  tree/BUILD.generated.bzl
sed -i "0,/^#define OPENSSL_HEADER_BASE_H/s//&\n\n#ifndef BORINGSSL_PREFIX\n#define BORINGSSL_PREFIX $prefix\n#endif/" \
  tree/src/include/openssl/base.h

# The file WORKSPACE comes last: what is not whole is unpacked again.
cp -r tree/. "$folder"
touch "$folder/WORKSPACE"
echo "boringssl_source: $folder is there."
