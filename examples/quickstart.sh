#!/usr/bin/env bash
# Installs what is missing, builds the reference server and sends real mail
# through it: accepted, refused, stored, delivered, handed on. Needs Debian 12.
# Asks nothing, and can be run again at no cost.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."

echo "== 1. What has to be installed"
bash tools/setup.sh build

echo
echo "== 2. Build (a few minutes the first time)"
bazel build //examples/reference_server:mailsecd //examples/reference_server:mailsec
bin=bazel-bin/examples/reference_server

echo
echo "== 3. Mail goes through"
exec /usr/bin/python3 examples/quickstart.py "$bin/mailsecd" "$bin/mailsec"
