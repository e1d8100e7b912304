#!/bin/sh
# Cargo runs this in place of rustc (RUSTC_WRAPPER): instrument.sh RUSTC ARGUMENT…
#
# The crates that read bytes from outside are built with libFuzzer's counters, with checks for
# overflow and with debug assertions; all others, above all the network runtime, as in every other
# build. Only stable options of the compiler are used.
set -eu
instrumented=" common edge fuzz_targets image png fdeflate miniz_oxide flate2 zune_core zune_jpeg
 jpeg_decoder image_webp gif weezl color_quant yuv fast_image_resize toml toml_parser toml_datetime
 serde_spanned base64 configuration image_file mjpeg_frame model_file raw_frame "
name=""
for argument in "$@"; do
    if [ "$name" = --crate-name ]; then
        name=$argument
        break
    fi
    name=$argument
done
case "$(echo "$instrumented" | tr '\n' ' ')" in
    *" $name "*) ;;
    *) exec "$@" ;;
esac
exec "$@" -C passes=sancov-module \
    -C llvm-args=-sanitizer-coverage-level=4 \
    -C llvm-args=-sanitizer-coverage-inline-8bit-counters \
    -C llvm-args=-sanitizer-coverage-pc-table \
    -C llvm-args=-sanitizer-coverage-trace-compares \
    -C debug-assertions=on -C overflow-checks=on
