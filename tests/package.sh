#!/usr/bin/env bash
# Tests the packages' maintainer scripts without a device: dpkg installs small packages that have
# the real scripts into a folder, as an ordinary user. It takes seconds.
#
# Up to 0.1.0 the configuration was named edge.toml; an edited one must survive the upgrade, and
# also the way back, which deploy/push.sh takes when a new version does not work.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
for program in systemd-sysusers udevadm systemctl chown; do
    printf '#!/bin/sh\n' >"$work/bin/$program"
    chmod +x "$work/bin/$program"
done

package() { # VERSION CONFIGURATION [with-scripts]
    local tree=$work/tree script
    rm -rf "$tree"
    mkdir -p "$tree/DEBIAN" "$tree/etc/cardsight"
    echo "default of $1" >"$tree/etc/cardsight/$2"
    echo "/etc/cardsight/$2" >"$tree/DEBIAN/conffiles"
    printf '%s\n' "Package: cardsight" "Version: $1" "Architecture: all" \
        "Maintainer: nobody <nobody@users.invalid>" "Description: a test" >"$tree/DEBIAN/control"
    if [ "${3:-}" = with-scripts ]; then
        for script in deploy/debian/*; do
            grep -v '^#DEBHELPER#' "$script" >"$tree/DEBIAN/${script##*/}"
            chmod 755 "$tree/DEBIAN/${script##*/}"
        done
    fi
    dpkg-deb --build --root-owner-group "$tree" "$work/$1.deb" >/dev/null
    echo "$work/$1.deb"
}

# Versions as deploy/build-deb.sh makes them.
old=$(package 0.1.0-1+git20261231.235959.fffffff edge.toml)
new=$(package 0.2.0-1+git20261125.120000.0000000 cardsight.toml with-scripts)
next=$(package 0.2.1-1+git20261126.120000.0000000 cardsight.toml with-scripts)

root=$work/root config=$work/root/etc/cardsight
fresh_system() {
    rm -rf "$root"
    mkdir -p "$root/var/lib/dpkg" "$root/etc"
    : >"$root/var/lib/dpkg/status"
}
run_dpkg() {
    PATH=$work/bin:/usr/sbin:/sbin:$PATH dpkg --root="$root" --log="$work/dpkg.log" --force-not-root \
        --force-script-chrootless --force-confdef --force-confold "$@" >"$work/output" 2>&1 || {
        cat "$work/output" >&2
        exit 1
    }
}

passed=0 failed=0
check() { # WHAT COMMAND…
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $what" >&2
        head "$config"/* >&2 || true
    fi
}
has_edit() { check "$1 has the edit" grep -qx edited "$config/$1"; }
is_default() { check "$1 is the default of $2" grep -q "^default of $2" "$config/$1"; }
is_missing() { check "$1 does not exist" [ ! -e "$config/$1" ]; }

# An edited configuration is renamed, and stays edited in the next upgrade.
fresh_system
run_dpkg --install "$old"
echo edited >>"$config/edge.toml"
run_dpkg --install "$new"
has_edit cardsight.toml
is_missing edge.toml
run_dpkg --install "$next"
has_edit cardsight.toml
run_dpkg --purge cardsight
check "nothing is left after a purge" [ ! -e "$config" ]

# A configuration that nobody edited is replaced.
fresh_system
run_dpkg --install "$old"
run_dpkg --install "$new"
is_default cardsight.toml 0.2.0
is_missing edge.toml

# The way back, after the installation and in the middle of it.
fresh_system
run_dpkg --install "$old"
echo edited >>"$config/edge.toml"
run_dpkg --install "$new"
run_dpkg --install "$old"
has_edit edge.toml
is_missing cardsight.toml
run_dpkg --unpack "$new"
run_dpkg --install "$old"
has_edit edge.toml

# The first installation.
fresh_system
run_dpkg --install "$new"
is_default cardsight.toml 0.2.0
check "versions of the same release are ordered by time" \
    dpkg --compare-versions 0.2.0-1+git20261125.120000.ffffff lt 0.2.0-1+git20261125.120001.000000

# The gateway's token is made once, is secret, and goes with the package.
gateway_package() { # VERSION
    local tree=$work/gateway script
    rm -rf "$tree"
    mkdir -p "$tree/DEBIAN" "$tree/etc/cardsight"
    echo "default of $1" >"$tree/etc/cardsight/gateway.toml"
    echo /etc/cardsight/gateway.toml >"$tree/DEBIAN/conffiles"
    printf '%s\n' "Package: cardsight-gateway" "Version: $1" "Architecture: all" \
        "Maintainer: nobody <nobody@users.invalid>" "Description: a test" >"$tree/DEBIAN/control"
    for script in deploy/gateway/debian/*; do
        grep -v '^#DEBHELPER#' "$script" >"$tree/DEBIAN/${script##*/}"
        chmod 755 "$tree/DEBIAN/${script##*/}"
    done
    dpkg-deb --build --root-owner-group "$tree" "$work/gateway-$1.deb" >/dev/null
    echo "$work/gateway-$1.deb"
}
fresh_system
run_dpkg --install "$(gateway_package 0.3.0)"
token=$(cat "$config/gateway.token")
check "the token has 64 digits" grep -qx '[0-9a-f]\{64\}' "$config/gateway.token"
check "only root and the gateway may read the token" [ "$(stat -c %a "$config/gateway.token")" = 640 ]
run_dpkg --install "$(gateway_package 0.3.1)"
check "an upgrade keeps the token" [ "$(cat "$config/gateway.token")" = "$token" ]
run_dpkg --purge cardsight-gateway
check "no token is left after a purge" [ ! -e "$config" ]

echo "package: $passed passed, $failed failed"
[ $failed = 0 ]
