#!/usr/bin/env bash
# pyright.sh: do pyright's strict rules hold for the stubs and the examples?
#
# Not part of tests/run.sh, whose type checker is mypy (tests/python/types_test):
# pyright is no Debian package, and this downloads nothing. With Node.js,
# `npm install pyright` in some folder brings it; then
#
#   PATH=$PATH:FOLDER/node_modules/.bin bash tests/pyright.sh
#
# Ends with the line "N passed, N failed", or "1 skipped" without pyright.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! command -v pyright >/dev/null; then
  echo "pyright is not installed; see the top of tests/pyright.sh"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
fi
bash tools/setup.sh build
bazel build //bindings/python:mailsec

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cp examples/*.py tests/python/typed/*.py "$place"
cp -rL bazel-bin/bindings/python/mailsec "$place/mailsec"
passed=0 failed=0
count() {
  if "${@:2}"; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "failed: $1"; fi
}
write_config() {
  printf '{"typeCheckingMode": "strict", "pythonVersion": "3.11", "include": [%s]}' "$1" \
    >"$place/pyrightconfig.json"
}
marked_lines() { grep -n '# wrong$' "$place/wrong.py" | cut -d: -f1; }
found_lines() {
  pyright -p "$place" | sed -n 's/.*wrong\.py:\([0-9]*\):.* - error:.*/\1/p' | sort -nu
}

for file in "$place"/*.py; do
  name=$(basename "$file")
  [ "$name" = wrong.py ] && continue
  write_config "\"$name\""
  count "$name" pyright -p "$place"
done
write_config '"wrong.py"'
count wrong.py diff <(marked_lines) <(found_lines)
count "the stubs" pyright --pythonversion 3.11 "$place"/mailsec/*.pyi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
