#!/usr/bin/env bash
# The device test: builds a 64-bit ARM machine with camera, GPIO and screen in QEMU, builds the Debian
# package, and checks the package on the machine. It needs Debian 12, and root or sudo.
#
#   tests/device/run.sh [--package FILE.deb] [--only GROUP,…] [--stay]
#   tests/device/run.sh --packages | --image
#
# --packages installs what the test needs of Debian, and stops there
# --image    also makes the machine's image, and stops there
# --package  the package to test, instead of the one that deploy/build-deb.sh builds
# --only     some groups of checks: install (which always runs), cards, user, stop, kill,
#            hang, camera, controls, ribbon, gpio, abi, screens, reload, upgrade, purge,
#            rename
# --stay     opens a root shell in the device after the checks
#
# The last line is "N passed, M failed"; the exit code is 0 when no check failed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
products=$PWD/target/device-vm
package=
last_step=
checks=()

usage() {
    sed -n '2,17s/^# \{0,1\}//p' "$here/run.sh" >&2
    exit 2
}

parse() {
    while [ $# -gt 0 ]; do
        case $1 in
            --package) package=$(realpath -e "${2:?--package requires a file}"); shift 2 ;;
            --only) checks+=(--only "${2:?--only requires groups}"); shift 2 ;;
            --packages | --image) last_step=$1; shift ;;
            --stay) checks+=(--stay); shift ;;
            *) usage ;;
        esac
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Installs the missing packages. (Debian 12's qemu-system-arm replaces a newer qemu-utils.)
host_packages() {
    local wanted=(qemu-system-arm qemu-user-static mmdebstrap arch-test gpgv debian-archive-keyring
        kmod e2fsprogs cpio xz-utils make gcc libc6-dev gcc-aarch64-linux-gnu python3)
    local name missing=()
    for name in "${wanted[@]}"; do
        is_installed "$name" || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "device: installing ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" > "$products/apt.log" 2>&1 || {
        tail "$products/apt.log" >&2
        exit 1
    }
}

parse "$@"
grep -qx 'VERSION_CODENAME=bookworm' /etc/os-release || {
    echo "device: this test needs Debian 12, because it uses its kernel and packages" >&2
    exit 1
}
mkdir -p "$products"
host_packages
[ "$last_step" != --packages ] || exit 0
as_root "$here/image.sh" "$products/image"
[ "$last_step" != --image ] || exit 0
# --workspace gives the dependencies the same features as in the tests, so that they are not built again.
cargo build --quiet --locked --release --workspace --bin draw_scene
[ -n "$package" ] || package=$(deploy/build-deb.sh | tail -n 1)
echo "device: testing $package"
PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 python3 -m devicetest --products "$products" \
    --draw-scene "${CARGO_TARGET_DIR:-target}/release/draw_scene" \
    --package "$package" ${checks[@]+"${checks[@]}"}
