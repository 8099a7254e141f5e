# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# How each target is built; read by run.sh, which has set $work (where things go) and $folder (this one).
#
# The code under test is compiled into one module with its target, so that only its edges are counted: after each
# execution libFuzzer looks through the counters of everything that has them. What is around it has the address
# checks alone.

options=(-swift-version 6 -parse-as-library -O -wmo -I "$work"
    -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature ExistentialAny)

sources() { find "$@" -name '*.swift' | sort; }

# The linker warns of every symbol of the sanitizer.
quietly() { "$@" 2> >(grep -v 'Cannot export local symbol' >&2); }

module() { # NAME OPTION… FILE…: a static library and its module, around what is tested
    local name=$1
    shift
    [ -e "$work/lib$name.a" ] || swiftc -sanitize=address "${options[@]}" -emit-module -emit-library \
        -static -module-name "$name" -o "$work/lib$name.a" \
        -emit-module-path "$work/$name.swiftmodule" "$@"
}

target() { # NAME SOURCE ARGUMENT…: a target with the code under test, and with Vocabulary
    local name=$1 source=$2
    shift 2
    # shellcheck disable=SC2046
    module Vocabulary $(sources Sources/Vocabulary)
    quietly swiftc -sanitize=address,fuzzer "${options[@]}" -module-name "${source%.swift}" \
        "$folder/$source" "$@" -L "$work" -lVocabulary -lswiftGlibc -lswiftSynchronization \
        -o "$work/$name"
}

build_cel() {
    # shellcheck disable=SC2046
    swiftc -sanitize=address,fuzzer "${options[@]}" -emit-module -emit-library -static \
        -module-name CEL -o "$work/libCEL.a" -emit-module-path "$work/CEL.swiftmodule" \
        $(sources Sources/CEL)
    target cel CELFuzz.swift -lCEL
}

build_decode() {
    local decode=Sources/Decode
    target decode DecodeFuzz.swift "$decode"/{Decoder,Decoder+{Scan,Take,Whole},ReadingPlan}.swift \
        "$decode"/{FieldPath,DeviceTime,DecodeError,DecodeFault,DecodeLimits,NameTable}.swift \
        "$decode"/{ContentDigest,Base64,JSONFault,JSONValue,JSONScanner,ByteWord}.swift \
        "$decode"/JSONScanner+{Number,String}.swift
}

build_reply() {
    # The readers alone: what is around them needs more libraries.
    local escalate=Sources/Escalate forms=Sources/Escalate/Protocols/Forms
    target reply ReplyFuzz.swift \
        "$escalate"/{CallFailure,EscalationFailure,Question,RetryAfter,OutputNames}.swift \
        "$escalate"/CircuitBreaker*.swift "$escalate/Transport/CloudReply.swift" \
        "$escalate"/Protocols/{CloudProtocol,RequestKey}.swift "$escalate"/Protocols/Reply/*.swift \
        "$forms"/{CloudForm,InstancesForm,TableForm,CSVForm,TensorsForm,TensorsForm+Request}.swift \
        "$forms"/{TensorsForm+Reply,ReplyTensor,TensorBytes,ChatReply}.swift
}

build_trace() {
    # shellcheck disable=SC2046
    target trace TraceFuzz.swift $(sources Sources/Trace)
}

build_files() {
    # shellcheck disable=SC2046
    target files FilesFuzz.swift $(sources Sources/Trace)
}

build_serve() {
    printf 'module COnnxRuntime { header "%s" export * }\n' \
        "$PWD/Sources/COnnxRuntime/include/COnnxRuntime.h" > "$work/COnnxRuntime.modulemap"
    local runtime=(-Xcc "-fmodule-map-file=$work/COnnxRuntime.modulemap")
    module Infer "${runtime[@]}" Sources/Infer/Onnx/{Tensor,TensorElement}.swift
    target serve ServeFuzz.swift "${runtime[@]}" Sources/Serve/{JSONReader,InferRequest}.swift \
        Sources/Admin/Client/EventParser.swift -lInfer
}

build_frames() {
    local name
    for name in CJpeg CPng; do
        clang -O1 -fsanitize=address,fuzzer-no-link -I "Sources/$name/include" \
            -c "Sources/$name/$name.c" -o "$work/$name.o"
        printf 'module %s { header "%s" export * }\n' "$name" \
            "$PWD/Sources/$name/include/$name.h" > "$work/$name.modulemap"
    done
    # shellcheck disable=SC2046
    target frames FrameFuzz.swift $(sources Sources/Media) \
        -Xcc "-fmodule-map-file=$work/CJpeg.modulemap" -Xcc "-fmodule-map-file=$work/CPng.modulemap" \
        "$work"/{CJpeg,CPng}.o -Xlinker -l:libjpeg.a -Xlinker -l:libpng.a -Xlinker -l:libz.a -lm
}

build_spool() {
    module GRDB "$folder/stand-ins/GRDB.swift"
    printf 'module CZstd { header "%s" export * }\n' "$PWD/Sources/CZstd/shim.h" > "$work/CZstd.modulemap"
    local zstd=(-Xcc "-fmodule-map-file=$work/CZstd.modulemap")
    # shellcheck disable=SC2046
    module Zstd "${zstd[@]}" $(sources Sources/Zstd)
    target spool SpoolFuzz.swift "${zstd[@]}" Sources/Spool/Salvage/{FoundRecord,WriteAheadLog}.swift \
        Sources/Spool/Sealing/{CRC32C,RowFacts}.swift -lGRDB -lZstd -lFoundationEssentials \
        -Xlinker -l:libzstd.a
}

build_features() {
    local c infer=Sources/Infer
    yaml
    # shellcheck disable=SC2046
    module Vocabulary $(sources Sources/Vocabulary)
    # shellcheck disable=SC2046
    module Settings "${c[@]}" $(sources Sources/Settings)
    # shellcheck disable=SC2046
    target features FeaturesFuzz.swift "${c[@]}" \
        $(sources "$infer/Features" | grep -v TextPipeline) \
        "$infer"/Windows/{DeviceWindow,DeviceWindow+Taking,JoinedValue,SpanTrack}.swift \
        "$infer"/Windows/{WindowPlan,WindowSpec,WindowTally}.swift \
        -lSettings -lYams -lCYaml -lFoundation -lFoundationEssentials
}

build_state() {
    # shellcheck disable=SC2046
    target state StateFuzz.swift $(sources Sources/Detect)
}

build_tables() {
    # shellcheck disable=SC2046
    target tables TablesFuzz.swift $(sources Sources/Detect Sources/Tune/Samples)
}

yaml() { # sets $c, and makes libyaml and Yams for Settings
    local yaml
    yaml="$(compgen -G '.build*/checkouts/Yams' | head -1)" || {
        swift package resolve >&2
        yaml=.build/checkouts/Yams
    }
    mkdir -p "$work/yaml"
    local file
    for file in "$yaml"/Sources/CYaml/src/*.c; do
        clang -O1 -fsanitize=address,fuzzer-no-link -DYAML_DECLARE_STATIC -I "$yaml/Sources/CYaml/include" \
            -c "$file" -o "$work/yaml/$(basename "$file").o"
    done
    ar rcs "$work/libCYaml.a" "$work"/yaml/*.o
    c=(-I "$yaml/Sources/CYaml/include" -Xcc -DYAML_DECLARE_STATIC)
    swiftc -sanitize=address,fuzzer -O -swift-version 5 -parse-as-library -wmo -emit-module -emit-library -static \
        "${c[@]}" -DSWIFT_PACKAGE -module-name Yams -o "$work/libYams.a" \
        -emit-module-path "$work/Yams.swiftmodule" "$yaml"/Sources/Yams/*.swift 2>/dev/null
}

build_settings() {
    local c
    yaml
    # shellcheck disable=SC2046
    target settings SettingsFuzz.swift "${c[@]}" $(sources Sources/Settings) \
        -lYams -lCYaml -lFoundation -lFoundationEssentials
}
