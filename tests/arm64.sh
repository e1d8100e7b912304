#!/usr/bin/env bash
# The unit tests of `common` and `edge` as 64-bit ARM programs, run by an emulator. It
# tells whether the ARM code computes the same; of speed it tells nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=deploy/arm64-env.sh
. deploy/arm64-env.sh
arm64_install qemu-user-static
cargo test --locked --release --target "$arm64_target" -p common -p edge --lib --bins "$@"
