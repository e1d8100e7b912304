#!/usr/bin/env bash
# All tests and checks, as CI runs them. Fetches libtorch first if it is not there.
# Everything is built in the release profile, so that it is built once.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${LIBTORCH:-}" ] && [ ! -f trainer/libtorch/build-version ]; then
    trainer/fetch-libtorch.sh
fi
# The report's test looks at it in a browser.
if [ -z "${CHROMIUM:-}" ] && ! command -v chromium >/dev/null; then
    as_root=$([ "$(id -u)" = 0 ] || echo sudo)
    $as_root apt-get update -qq
    $as_root apt-get install -y -qq --no-install-recommends chromium >/dev/null || {
        echo "tests: no chromium; install it, or set CHROMIUM to a Chromium or Chrome" >&2
        exit 1
    }
fi
tests/push.sh
cargo fmt --all --check
cargo clippy --locked --release --workspace --all-targets -- -D warnings
RUSTDOCFLAGS='-D warnings' cargo doc --locked --release --workspace --no-deps
cargo test --locked --release --workspace
