#!/usr/bin/env bash
# All tests and checks, as CI runs them. Fetches libtorch first if it is not there.
# Everything is built in the release profile, so that it is built once.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${LIBTORCH:-}" ] && [ ! -f trainer/libtorch/build-version ]; then
    trainer/fetch-libtorch.sh
fi
cargo fmt --all --check
cargo clippy --locked --release --workspace --all-targets -- -D warnings
RUSTDOCFLAGS='-D warnings' cargo doc --locked --release --workspace --no-deps
cargo test --locked --release --workspace
