#!/usr/bin/env bash
# Runs the tests of `convolution` and the unit tests of `common`, `renderer` and `edge` as 64-bit ARM
# programs in an emulator, to check that the ARM code computes the same results. An emulator shows
# nothing about speed.
#
#   tests/arm64.sh [ARGUMENTS OF cargo test]
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=deploy/arm64-env.sh
. deploy/arm64-env.sh
arm64_setup
arm64_install qemu-user-static
cargo test --locked --release --target "$arm64_target" -p convolution --lib --tests "$@"
cargo test --locked --release --target "$arm64_target" -p common -p renderer -p edge --lib --bins "$@"
