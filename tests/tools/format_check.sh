#!/usr/bin/env bash
# Is every C++ source as .clang-format wants it? Names those that are not.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mapfile -t files < <(git ls-files '*.cc' '*.h')
if clang-format --dry-run -Werror "${files[@]}"; then
  echo "format: ${#files[@]} files are right"
else
  echo "format: run clang-format -i on the files above" >&2
  exit 1
fi
