#!/usr/bin/env bash
# Builds the Debian package for 64-bit ARM boards on a Debian 12 workstation and prints its
# path as the last line. Installs what is missing, as root or by sudo.
#
#   deploy/build-deb.sh [--no-build]
#
# --no-build packs what `cross build` made into the target folder instead of building:
# see deploy/README.md.
set -euo pipefail
cd "$(dirname "$0")/.."

# Pinned, so that the same sources give the same package; moved on purpose only.
cargo_deb_version=3.8.0
arm64_target=aarch64-unknown-linux-gnu

build=yes
case "$*" in
    "") ;;
    --no-build) build=no ;;
    *)
        echo "usage: deploy/build-deb.sh [--no-build]" >&2
        exit 2
        ;;
esac

if [ $build = yes ]; then
    # shellcheck source=deploy/arm64-env.sh
    . deploy/arm64-env.sh
    # Both packages each time, as in tests/arm64.sh: cargo unites the features of what is
    # selected, and with others selected would build the dependencies once more.
    cargo build --locked --release --target "$arm64_target" -p common -p edge >&2
fi
target_dir=${CARGO_TARGET_DIR:-target}
binary=$target_dir/$arm64_target/release/cardsight
[ -f "$binary" ] || {
    echo "build-deb: no $binary; build it first, or leave --no-build out" >&2
    exit 1
}

tools=$PWD/target/tools
if [ "$("$tools/bin/cargo-deb" --version 2>/dev/null)" != "$cargo_deb_version" ]; then
    # Built for this machine by any compiler; in a folder of its own, since it is needed once.
    cargo install --quiet --locked cargo-deb --version "$cargo_deb_version" --root "$tools" \
        --target-dir "$target_dir/cargo-deb" >&2
    rm -rf "$target_dir/cargo-deb"
fi

{ command -v aarch64-linux-gnu-strip && command -v readelf; } >/dev/null || {
    echo "build-deb: no readelf or aarch64-linux-gnu-strip;" \
        "install Debian's binutils and binutils-aarch64-linux-gnu" >&2
    exit 1
}

# What the binary asks of the C library must be what the package promises to need.
symbols=$(readelf --wide --version-info "$binary")
floor=$(grep -o 'GLIBC_[0-9.]*' <<<"$symbols" | sed 's/GLIBC_//' | sort -Vu | tail -n 1)
declared=$(sed -n 's/^depends = .*libc6 (>= \([0-9.]*\)).*/\1/p' edge/Cargo.toml)
if [ "$floor" != "$declared" ]; then
    echo "build-deb: edge needs glibc $floor, and edge/Cargo.toml's depends says $declared;" \
        "change it there, and in deploy/README.md what that runs on" >&2
    exit 1
fi

# A version that tells which sources are in it, so that two builds can be told apart on a
# device and a later one counts as newer: 0.1.0-1+git20260131.235959.1a2b3c4, with the time
# of the commit, or, where not all is committed, of now and ".changed".
revision=1
if commit=$(git log -1 --abbrev=7 --format=%cd.%h --date=format:%Y%m%d.%H%M%S 2>/dev/null); then
    revision=1+git$commit
    if [ -n "$(git status --porcelain)" ]; then
        revision=1+git$(date +%Y%m%d.%H%M%S).${commit##*.}.changed
    fi
fi

PATH=$tools/bin:$PATH cargo deb --quiet --no-build --locked --strip -p edge \
    --target "$arm64_target" --deb-revision "$revision" --output "$target_dir/cardsight.deb" >&2
package=$(dpkg-deb --show --showformat "$target_dir/\${Package}_\${Version}_\${Architecture}.deb" \
    "$target_dir/cardsight.deb")
mv "$target_dir/cardsight.deb" "$package"
echo "build-deb: needs glibc $floor, $(du -h "$package" | cut -f 1) packed" >&2
echo "$package"
