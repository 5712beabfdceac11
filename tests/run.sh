#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test. Ends with
# the line "N passed, N failed, N skipped"; not with 0 if any failed.
#
#   bash tests/run.sh                      all
#   bash tests/run.sh --config=asan        with a sanitizer (asan, ubsan, tsan)
#   bash tests/run.sh //tests/ip/...       some
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bash tools/setup.sh build test unpack

flags=() targets=()
for argument in "$@"; do
  case $argument in -*) flags+=("$argument") ;; *) targets+=("$argument") ;; esac
done
[ ${#targets[@]} -gt 0 ] || targets=(//...)

checks=()
check() {
  local name=$1
  shift
  if "$@"; then checks+=("$name=PASSED"); else checks+=("$name=FAILED"); fi
}
echo "== format, layers and events"
check format bash tests/tools/format_check.sh
check layers /usr/bin/python3 tests/tools/layers_check.py
check events /usr/bin/python3 tests/tools/events_check.py

echo "== build and test"
events=$(mktemp)
trap 'rm -f "$events"' EXIT
bazel test --keep_going --build_event_json_file="$events" \
  "${flags[@]}" -- "${targets[@]}" || true

echo "== summary"
/usr/bin/python3 tests/tools/test_summary.py "$events" "${checks[@]}"
