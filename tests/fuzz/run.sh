#!/usr/bin/env bash
# Runs each fuzz target with libFuzzer for a while; ends with 1 at the first
# input that breaks a property. What they find stays in a folder that is named.
#
#   bash tests/fuzz/run.sh [SECONDS a target, 60] [TARGET...]
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
case "${1:-}" in -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
seconds=${1:-60}
shift || true

packages="clang libclang-rt-14-dev"
for package in $packages; do
  dpkg-query -W "$package" >/dev/null 2>&1 || {
    echo "missing: apt-get install $packages (clang's libFuzzer)" >&2
    exit 1
  }
done

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  mapfile -t targets < <(bazel query 'filter("_fuzz$", tests(//tests/fuzz/...))' 2>/dev/null |
    sed 's|.*:||')
fi
found=$(mktemp -d)
echo "${#targets[@]} targets, $seconds s each; what they find: $found"
for target in "${targets[@]}"; do
  bazel build --config=fuzz "//tests/fuzz:$target" 2>/dev/null
  mkdir -p "$found/$target"
  printf '%-28s ' "$target"
  if "bazel-bin/tests/fuzz/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="$found/$target/" "$found/$target" "tests/fuzz/corpus/${target%_fuzz}" \
    >"$found/$target.log" 2>&1; then
    grep -E '^(Done|#[0-9]+.*DONE)' "$found/$target.log" | tail -n 1
  else
    echo "BROKEN: see $found/$target.log"
    exit 1
  fi
done
