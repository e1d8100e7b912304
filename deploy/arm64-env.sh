# shellcheck shell=bash
# Sourced by what builds or tests for 64-bit ARM on a Debian 12 workstation; installs what
# is missing and sets the environment for `cargo … --target "$arm64_target"`.
#
# Compiler and standard library are Debian's (rustc-web and its arm64 half), so that
# nothing but Debian's mirrors and a crate registry is needed. cargo is whatever is there.

# shellcheck disable=SC2034 # for who sources this
arm64_target=aarch64-unknown-linux-gnu

# Installs those of the named Debian packages that are missing.
arm64_install() {
    local package missing=() as_root=()
    for package in "$@"; do
        if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            missing+=("$package")
        fi
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || {
            echo "arm64: missing ${missing[*]}; install them, or run this as root" >&2
            return 1
        }
        as_root=(sudo)
    fi
    if [[ " ${missing[*]} " == *:arm64\ * ]]; then
        "${as_root[@]}" dpkg --add-architecture arm64
    fi
    echo "arm64: installing ${missing[*]}" >&2
    "${as_root[@]}" apt-get update -qq >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 || {
        echo "arm64: can't install ${missing[*]}; they are Debian 12's, with its security updates." \
            "Elsewhere use cross, as deploy/README.md tells" >&2
        return 1
    }
}

command -v dpkg-query >/dev/null || {
    echo "arm64: this is no Debian; use cross instead, as deploy/README.md tells" >&2
    exit 1
}
# rustc-web's own dependencies bring the compiler for build scripts.
arm64_install rustc-web libstd-rust-web-dev:arm64 gcc-aarch64-linux-gnu libc6-dev-arm64-cross
command -v cargo >/dev/null || arm64_install cargo-web

# rustup's compiler has no standard library for arm64 unless one is added.
export RUSTC=/usr/bin/rustc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
# The C library is arm64's own, which the standard library brings. With the cross compiler's
# ("-L /usr/aarch64-linux-gnu") one half of each would be taken, and starting a thread hang.
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=qemu-aarch64-static
# A folder of its own: two compilers that share one build everything twice. One that is
# set already wins.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/target/cross}"
