#!/usr/bin/env bash
# other_workspace.sh: libmailsec's labels used from somebody else's workspace.
#
# Not part of tests/run.sh: it compiles some rooms anew (a minute or two). Ends
# with the line "1 passed, 0 failed", or not with 0.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash tools/setup.sh build

place=$(mktemp -d)
trap 'bazel --output_base="$place/base" shutdown; chmod -R u+w "$place"; rm -rf "$place"' EXIT
mkdir "$place/consumer"
sed "s|LIBMAILSEC|$PWD|" tests/other_workspace/WORKSPACE.consumer >"$place/consumer/WORKSPACE"
cp tests/other_workspace/BUILD.consumer "$place/consumer/BUILD.bazel"
cp examples/relay_decision.cc "$place/consumer"
cat >"$place/consumer/.bazelrc" <<'END'
build --nosandbox_debug
build --dynamic_mode=off --compilation_mode=opt --incompatible_strict_action_env
END
if [ -e user.bazelrc ]; then cat user.bazelrc >>"$place/consumer/.bazelrc"; fi

cd "$place/consumer"
bazel --output_base="$place/base" build //:consumer
bazel-bin/consumer | tee "$place/said"
if grep -q "Relaying is not permitted" "$place/said"; then
  echo "1 passed, 0 failed"
else
  echo "0 passed, 1 failed"
  exit 1
fi
