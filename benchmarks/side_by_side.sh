#!/usr/bin/env bash
# Other mail servers beside mailsecd: messages a second accepted durably,
# latency, CPU time and memory, as ratios within one run. Installs what is
# missing (Postfix too) and builds first.
#
#   bash benchmarks/side_by_side.sh           about 9 minutes
#   bash benchmarks/side_by_side.sh --quick   less than 3
#   bash benchmarks/side_by_side.sh --help
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."

run=(/usr/bin/python3 benchmarks/side_by_side/run.py "$@")
for argument in "$@"; do
  case $argument in -h | --help) exec "${run[@]}" ;; esac
done

bash tools/setup.sh build
bash tools/setup.sh bench || echo "side_by_side: goes on without them."
bazel build //examples/reference_server:mailsecd //benchmarks:smtp_load \
  //benchmarks:group_commit_sink
exec "${run[@]}"
