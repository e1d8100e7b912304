#!/usr/bin/env bash
# All checks and tests that need no ARM program, as CI runs them:
#
#   tests/run.sh              checks the machine, then `cargo xtask test`
#   tests/run.sh --prepare    checks the machine, installs what is missing, and stops there
#
# What the tests need is checked first, within seconds. Missing packages are installed on Debian,
# as root or by sudo, and named elsewhere. libtorch is downloaded if it is not there.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/requirements.sh
. tests/requirements.sh

case "$*" in
    "" | --prepare) ;;
    *)
        sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac
install_requirements
[ "${1:-}" != --prepare ] || exit 0
if [ -z "${LIBTORCH:-}" ] && [ ! -f trainer/libtorch/build-version ]; then
    trainer/fetch-libtorch.sh
fi
cargo xtask test
