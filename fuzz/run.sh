#!/usr/bin/env bash
# Fuzzes a target with the stable compiler:
#
#   fuzz/run.sh TARGET [OPTION…]       with options of libFuzzer, such as -max_total_time=60
#   fuzz/run.sh TARGET FILE            with this input alone
#   fuzz/run.sh --minimize TARGET      keeps what covers most in fuzz/corpus/TARGET
#
# What is found lies in fuzz/target/found/TARGET, and an input over which the target fails in
# fuzz/artifacts/TARGET. CARGO_TARGET_DIR names another folder for the build than fuzz/target.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
minimize=no
if [ "${1:-}" = --minimize ]; then
    minimize=yes
    shift
fi
target=${1:-}
if [ ! -f "$here/fuzz_targets/$target.rs" ]; then
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    echo "The targets are: $(basename -s .rs "$here"/fuzz_targets/*.rs | xargs)" >&2
    exit 2
fi
shift
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/target}
RUSTC_WRAPPER=$here/instrument.sh CARGO_INCREMENTAL=0 \
    cargo build --locked --release --manifest-path "$here/Cargo.toml" --bin "$target"
found=$CARGO_TARGET_DIR/found/$target seeds=$CARGO_TARGET_DIR/seeds corpus=$here/corpus/$target
mkdir -p "$found" "$here/artifacts/$target" "$corpus"
(
    cd "$here/.."
    CARGO_TARGET_DIR=$PWD/target cargo run --quiet --locked --release -p fuzz-targets --example write_seeds -- "$seeds"
)
if [ $minimize = yes ]; then
    best=$(mktemp -d)
    trap 'rm -rf "$best"' EXIT
    "$CARGO_TARGET_DIR/release/$target" -merge=1 "$best" "$corpus" "$seeds/$target" "$found"
    find "$corpus" -type f -delete
    cp "$best"/* "$corpus/"
elif [ -f "${1:-}" ]; then
    "$CARGO_TARGET_DIR/release/$target" "$1"
else
    "$CARGO_TARGET_DIR/release/$target" -artifact_prefix="$here/artifacts/$target/" "$@" \
        "$found" "$corpus" "$seeds/$target"
fi
