#!/usr/bin/env bash
# Healthy mail beside destinations that hang. Installs what is missing and
# builds first.
#
#   bash benchmarks/hanging_destinations.sh            about a minute
#   bash benchmarks/hanging_destinations.sh --help
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."

run=(/usr/bin/python3 benchmarks/side_by_side/hanging.py "$@")
for argument in "$@"; do
  case $argument in -h | --help) exec "${run[@]}" ;; esac
done

bash tools/setup.sh build
bazel build //examples/reference_server:all
exec "${run[@]}"
