#!/usr/bin/env bash
# openssl_beside.sh: libmailsec and OpenSSL in one process, linked in each order.
#
# Not part of tests/run.sh: it fetches BoringSSL's source (30 MB) and builds it
# (two minutes). Ends with the line "N passed, N failed", and not with 0 if any
# failed.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash tools/boringssl_source.sh

bazel build --config=boringssl_hidden //tests/openssl:ours_first \
  //tests/openssl:theirs_first //tests/openssl:libbeside.so //bindings/python:mailsec
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

passed=0 failed=0
try() {
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "passed: $name"
  else
    failed=$((failed + 1))
    echo "FAILED: $name"
  fi
}

bin=bazel-bin/tests/openssl
cp "$bin/libbeside.so" "$place"
chmod u+w "$place/libbeside.so"
link() {
  g++ -std=c++20 -I. tests/openssl/main.cc tests/openssl/theirs.cc -o "$place/$1" \
    -Wl,--no-as-needed -Wl,-rpath,"$place" "${@:2}"
}
link shared_ours_first -L"$place" -lbeside -lssl -lcrypto
link shared_theirs_first -lssl -lcrypto -L"$place" -lbeside

no_name_leaks() {
  ! nm -D --defined-only "$1" | grep -E ' (SSL|EVP|CRYPTO|HMAC|mailsec_boringssl)_'
}
needs_no_boringssl() {
  ! readelf -d "$1" | grep -E 'NEEDED.*lib(ssl|crypto)\.so\.0'
}
python_both() {
  PYTHONPATH=bazel-bin/bindings/python /usr/bin/python3 -c "$1"
}
use="
import datetime, hashlib
from mailsec.srs import MemorySrsTable, Srs
def both():
    digest = hashlib.new('sha512_256', b'abc').hexdigest()
    assert digest.startswith('53048e2681941ef9'), digest
    ssl.create_default_context()
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    srs = Srs('fwd.example.org', secrets=[b'k' * 32], table=MemorySrsTable())
    sender = str(srs.forward('<a@example.com>', now=now))
    original = srs.reverse(sender.strip('<>'), now=now).original
    assert str(original) == 'a@example.com', original
for _ in range(3): both()
"

try "static, ours first" "$bin/ours_first"
try "static, OpenSSL first" "$bin/theirs_first"
try "shared, ours first" "$place/shared_ours_first"
try "shared, OpenSSL first" "$place/shared_theirs_first"
try "our library shows no name of BoringSSL" no_name_leaks "$place/libbeside.so"
try "our library needs no BoringSSL" needs_no_boringssl "$place/libbeside.so"
try "Python, ours first, names shared" python_both "
import sys; sys.setdlopenflags(0x102)
import mailsec, ssl
$use"
try "Python, OpenSSL first, names shared" python_both "
import sys; sys.setdlopenflags(0x102)
import ssl, mailsec
$use"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
