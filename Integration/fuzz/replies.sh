#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Fuzzes what reads the clouds' replies under AddressSanitizer:
#
#   Integration/fuzz/replies.sh [seconds]       300 unless said otherwise
#
# Adds a line to results.md and exits with 1 when an input crashed, hung for 20 s or took 2 GiB: it
# lies in Integration/fuzz/found.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds="${1:-300}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
folder=Integration/fuzz
escalate=Sources/Escalate
mkdir -p "$folder/found"

flags=(-sanitize=address,fuzzer -O -swift-version 6 -parse-as-library
    -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility)
find Sources/Vocabulary -name '*.swift' -print0 | sort -z | xargs -0 swiftc "${flags[@]}" -wmo \
    -emit-module -emit-library -static -module-name Vocabulary \
    -o "$work/libVocabulary.a" -emit-module-path "$work/Vocabulary.swiftmodule"
swiftc "${flags[@]}" -wmo -I "$work" -module-name ReplyFuzz "$folder/ReplyFuzz.swift" \
    "$escalate"/{CallFailure,EscalationFailure,Question,RetryAfter,OutputNames}.swift \
    "$escalate"/CircuitBreaker*.swift "$escalate/Transport/CloudReply.swift" \
    "$escalate"/Protocols/{CloudProtocol,RequestKey}.swift "$escalate"/Protocols/Reply/*.swift \
    "$escalate"/Protocols/Forms/{CloudForm,InstancesForm,TableForm,CSVForm,TensorsForm,TensorsForm+Request,TensorsForm+Reply,ReplyTensor,TensorBytes,ChatReply}.swift \
    -L "$work" -lVocabulary -lswiftGlibc -lswiftSynchronization -o "$work/fuzz" \
    2> >(grep -v 'Cannot export local symbol' >&2)

# A reply of each form to begin with.
mkdir "$work/seeds" "$work/corpus"
python3 - "$work/seeds" <<'PY'
import pathlib, struct, sys
oip = (b'{"outputs":[{"name":"l","datatype":"BYTES","shape":[1],"data":["ok"]},'
       b'{"name":"p","datatype":"FP32","shape":[1,2],"data":[[0.25,0.75]]}]}')
binary = (b'{"outputs":[{"name":"l","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":6}},'
          b'{"name":"p","datatype":"FP16","shape":[1,2],"parameters":{"binary_data_size":4}}]}')
chat = (b'{"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"content":"{\\"label\\":\\"ok\\"}"},'
        b'"logprobs":{"content":[{"token":"{\\"label\\":\\"","logprob":-0.1},{"token":"ok\\"}","logprob":-0.2,'
        b'"bytes":[111,107,34,125]}]}}]}')
forms = {
    0: [b'{"predictions":[{"label":"ok","confidence":0.5}]}', b'{"predictions":[[0.25,0.75]]}',
        b'{"predictions":[{"classes":["fault","ok"],"scores":[0.25,0.75]}]}', b'{"predictions":["ok"]}'],
    1: [b'[1]', b'["fault"]', b'[{"probabilities":{"ok":1}}]'],
    2: [b'0.25,0.75\n', b'[ok, 0.5]\n', b'"fault"\r\n'],
    3: [oip], 4: [binary + b'\n' + struct.pack('<I', 2) + b'ok' + b'\0\x34\0\x3a'],
    6: [chat], 7: [b'{"error":{"message":"no"}}', b'/a~1b/0', b'Sun, 06 Nov 1994 08:49:37 GMT', b'7'],
}
for form, replies in forms.items():
    for number, reply in enumerate(replies):
        for places in range(4):
            pathlib.Path(sys.argv[1], f"{form}-{number}-{places}").write_bytes(bytes([places * 24 + form * 3]) + reply)
PY
printf '%s\n' '"predictions"' '"outputs"' '"data"' '"shape"' '"datatype"' '"BYTES"' '"FP32"' '"INT64"' \
    '"choices"' '"logprobs"' '"content"' '"label"' '"confidence"' '"\\u0000"' '"\\uD800"' '"1e999"' '"binary_data_size"' \
    > "$work/dictionary"

# Swift keeps flags in the pointers of globals, which the leak search cannot follow.
export ASAN_OPTIONS=detect_leaks=0 SWIFT_BACKTRACE=enable=no
set +e
"$work/fuzz" -timeout=20 -rss_limit_mb=2048 -max_len=4096 -dict="$work/dictionary" -print_final_stats=1 \
    -max_total_time="$seconds" -artifact_prefix="$folder/found/" "$work/corpus" "$work/seeds" > "$work/log" 2>&1
status=$?
set -e
if [ "$status" != 0 ]; then grep -vE '^#[0-9]+' "$work/log" | tail -n 60; fi
runs="$(grep -oE '^#[0-9]+' "$work/log" | tail -1 | tr -d '#')"
coverage="$(grep -oE 'cov: [0-9]+' "$work/log" | tail -1 | tr -dc '0-9')"
kept="$(find "$work/corpus" -type f | wc -l)"
found="$(find "$folder/found" -type f | wc -l)"
rmdir --ignore-fail-on-non-empty "$folder/found"
printf '| %s | cloud replies, AddressSanitizer | %s | %s | %s | %s | %s | %s |\n' \
    "$(date -u +%Y-%m-%dT%H:%MZ)" "$(git rev-parse --short HEAD)" "$seconds" "${runs:-0}" \
    "${coverage:-0}" "$kept" "$found" | tee -a "$folder/results.md"
[ "$status" = 0 ] && [ "$found" = 0 ]
