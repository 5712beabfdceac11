#!/usr/bin/env bash
# A long queue of deferred mail: start, listing, memory, draining. Installs what
# is missing and builds first.
#
#   bash benchmarks/deferred_queue.sh                       less than a minute
#   bash benchmarks/deferred_queue.sh --messages 1000000    some minutes
#   bash benchmarks/deferred_queue.sh --help
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."

run=(/usr/bin/python3 benchmarks/side_by_side/deferred.py "$@")
for argument in "$@"; do
  case $argument in -h | --help) exec "${run[@]}" ;; esac
done

bash tools/setup.sh build
bazel build //examples/reference_server:all //benchmarks:smtp_load \
  //benchmarks:group_commit_sink
exec "${run[@]}"
