# shellcheck shell=bash
# Functions for scripts that build or test for 64-bit ARM on a Debian 12 workstation. Sourcing
# this file changes nothing; `arm64_setup` does.
#
# Compiler and standard library are Debian's (rustc-web and its arm64 half), so that nothing but
# Debian's mirrors and a crate registry is needed. cargo is the one that is installed already.

# shellcheck disable=SC2034 # The scripts that source this file use it.
arm64_target=aarch64-unknown-linux-gnu

# arm64_install PACKAGE…: installs those of the Debian packages that are missing.
arm64_install() {
    local package missing=() as_root=()
    command -v dpkg-query >/dev/null || {
        echo "arm64: this machine is not a Debian; use cross instead, as deploy/README.md describes" >&2
        return 1
    }
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
        echo "arm64: can't install ${missing[*]}, which are packages of Debian 12 with its security" \
            "updates. Elsewhere use cross, as deploy/README.md describes" >&2
        return 1
    }
}

# Installs compiler, linker and standard library, and sets the environment for
# `cargo … --target "$arm64_target"`.
arm64_setup() {
    # rustc-web's own dependencies bring the compiler for build scripts.
    arm64_install rustc-web libstd-rust-web-dev:arm64 gcc-aarch64-linux-gnu libc6-dev-arm64-cross || return 1
    command -v cargo >/dev/null || arm64_install cargo-web || return 1

    # rustup's compiler has no standard library for arm64 unless one is added.
    export RUSTC=/usr/bin/rustc
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
    # The C library is arm64's own, which comes with the standard library. With the cross compiler's
    # ("-L /usr/aarch64-linux-gnu"), the emulator would mix both, and starting a thread would hang.
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=qemu-aarch64-static
    # A folder of its own, because two compilers that share a folder build everything twice. A
    # CARGO_TARGET_DIR that is set already wins.
    export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/target/cross}"
}
