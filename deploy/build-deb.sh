#!/usr/bin/env bash
# Builds the Debian packages for 64-bit ARM boards on a Debian 12 workstation, and prints their paths:
# that of cardsight-gateway, and as the last line that of cardsight. Installs the tools that are missing, as root or by sudo.
#
#   deploy/build-deb.sh [--no-build]
#
# --no-build packs the programs that `cross build` put into the target folder instead of building
# them: see deploy/README.md.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=deploy/arm64-env.sh
. deploy/arm64-env.sh

# Pinned, so that the same sources give the same package; changed deliberately only.
cargo_deb_version=3.8.0

# build: the programs. `common` and `renderer` are selected as in tests/arm64.sh: cargo unites the
# features of the selected crates, and another selection would build the dependencies once more.
build() {
    arm64_setup
    cargo build --locked --release --target "$arm64_target" -p common -p renderer -p edge -p gateway >&2
}

# install_cargo_deb FOLDER: for this machine, with any compiler. It is built in a folder of its own,
# which is removed, since it is needed once. Building it takes longer than packing a program with it, so
# it is not optimised; its own profile still optimises the compression.
install_cargo_deb() {
    if [ "$("$1/bin/cargo-deb" --version 2>/dev/null)" != "$cargo_deb_version" ]; then
        CARGO_PROFILE_RELEASE_OPT_LEVEL=0 cargo install --quiet --locked cargo-deb \
            --version "$cargo_deb_version" --root "$1" --target-dir "$target_dir/cargo-deb" >&2
        rm -rf "$target_dir/cargo-deb"
    fi
}

# glibc_floor BINARY: the newest version of the C library's symbols that the program uses.
glibc_floor() {
    readelf --wide --version-info "$1" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -Vu | tail -n 1
}

# The Debian revision names the sources, so that two builds can be distinguished on a device and a
# later one counts as newer: 0.2.0-1+git20260131.235959.1a2b3c4 has the time and the name of the
# commit. Where files have changed since, it has the present time, and ".changed" at the end.
revision() {
    local commit
    if ! commit=$(git log -1 --abbrev=7 --format=%cd.%h --date=format:%Y%m%d.%H%M%S 2>/dev/null); then
        echo 1
    elif [ -z "$(git status --porcelain)" ]; then
        echo "1+git$commit"
    else
        echo "1+git$(date +%Y%m%d.%H%M%S).${commit##*.}.changed"
    fi
}

# pack CRATE PROGRAM: packs a program and prints the path of the package.
pack() {
    local binary=$target_dir/$arm64_target/release/$2 deb=$target_dir/$1.deb floor required package
    [ -f "$binary" ] || {
        echo "build-deb: there is no $binary; build it first, or omit --no-build" >&2
        exit 1
    }
    PATH=$tools/bin:$PATH cargo deb --quiet --no-build --locked --strip -p "$1" \
        --target "$arm64_target" --deb-revision "$revision" --output "$deb" >&2

    # The package must require a C library that has what the program uses.
    floor=$(glibc_floor "$binary")
    required=$(dpkg-deb --field "$deb" Depends | sed -n 's/.*libc6 (>= \([0-9.]*\)).*/\1/p')
    if ! dpkg --compare-versions "$floor" le "$required"; then
        rm "$deb"
        echo "build-deb: $2 uses glibc $floor, and its package requires $required;" \
            "change \`depends\` in $1/Cargo.toml, and the supported systems in deploy/README.md" >&2
        exit 1
    fi
    package=$(dpkg-deb --show --showformat "$target_dir/\${Package}_\${Version}_\${Architecture}.deb" "$deb")
    mv "$deb" "$package"
    echo "build-deb: $2 uses glibc $floor, $(du -h "$package" | cut -f 1) packed" >&2
    echo "$package"
}

case "$*" in
    "") build ;;
    --no-build) ;;
    *)
        echo "usage: deploy/build-deb.sh [--no-build]" >&2
        exit 2
        ;;
esac
target_dir=${CARGO_TARGET_DIR:-target}
{ command -v aarch64-linux-gnu-strip && command -v readelf; } >/dev/null || {
    echo "build-deb: readelf or aarch64-linux-gnu-strip is missing;" \
        "install Debian's binutils and binutils-aarch64-linux-gnu" >&2
    exit 1
}
tools=$PWD/target/tools
install_cargo_deb "$tools"
revision=$(revision)
pack gateway cardsight-gateway
pack edge cardsight
