#!/bin/sh
# The part of push.sh that runs on the device, as root:
#
#   on-device.sh PACKAGE VERSION SECONDS
#
# Installs PACKAGE and waits, for SECONDS at most, until the service is healthy. If it is not,
# installs the previous package again. Exit code 0: the new version is healthy; 1: it is not.
# The script uses POSIX shell and coreutils alone, so that it needs no further packages.
set -eu
package=$1 version=$2 wait_seconds=$3

# The variables are for tests only.
cache=${CARDSIGHT_CACHE:-/var/cache/cardsight}
status=${CARDSIGHT_STATUS:-/run/cardsight/status.json}

# How long the service must have been up: a program that ends after its first frame was healthy for
# a moment, too.
up_seconds=5
# Why install_and_wait failed.
failure=""

# The script runs to its end even if the connection breaks.
trap '' HUP PIPE
note() { echo "push: $1" 2>/dev/null || true; }

installed_version() {
    # shellcheck disable=SC2016 # dpkg-query replaces these, not the shell
    dpkg-query -W -f='${db:Status-Status} ${Version}' cardsight 2>/dev/null |
        sed -n 's/^installed //p'
}

# kept_package VERSION: the kept package of that version, if a push has brought it.
kept_package() {
    for file in "$cache/current.deb" "$cache/previous.deb"; do
        if [ -f "$file" ] && [ "$(dpkg-deb --field "$file" Version)" = "$1" ]; then
            echo "$file"
            return
        fi
    done
}

is_healthy() {
    [ -f "$status" ] && grep -Eq '"healthy"[[:space:]]*:[[:space:]]*true' "$status"
}

has_been_up() {
    up=$(sed -n 's/.*"uptime_seconds"[[:space:]]*:[[:space:]]*\([0-9]*\).*/\1/p' "$status" 2>/dev/null |
        head -n 1)
    [ "${up:-0}" -ge $up_seconds ]
}

# install_and_wait PACKAGE: installs it and succeeds when its service becomes healthy. The old status
# file is removed while the service is stopped, so that a file that exists is the new program's.
# Times are not compared, because clocks of boards without a battery jump.
install_and_wait() {
    systemctl stop cardsight 2>/dev/null || true
    rm -f "$status"
    # An edited configuration is kept.
    if ! DEBIAN_FRONTEND=noninteractive dpkg --install --force-confdef --force-confold "$1"; then
        failure="could not be installed; the output of dpkg is above"
        return 1
    fi
    systemctl start cardsight || note "the service did not start at the first attempt"
    left=$wait_seconds
    while [ "$left" -gt 0 ]; do
        if is_healthy && has_been_up; then
            return 0
        fi
        sleep 1
        left=$((left - 1))
    done
    failure="is not healthy after $wait_seconds seconds"
    return 1
}

report() {
    note "status: $(cat "$status" 2>/dev/null || echo "no $status")"
    note "the last lines of the service's log:"
    journalctl --unit cardsight --lines 15 --no-pager --output cat 2>/dev/null | sed 's/^/    /' || true
}

before=$(installed_version)
was_healthy=no
if is_healthy; then was_healthy=yes; fi
back=""
if [ -n "$before" ]; then back=$(kept_package "$before"); fi
mkdir -p "$cache"
cp "$package" "$cache/new.deb"
if [ -n "$back" ]; then
    # A copy, since current.deb and previous.deb are about to change.
    cp "$back" "$cache/back.deb"
    note "$before is installed, and will be installed again if $version does not work"
elif [ -n "$before" ]; then
    note "$before is installed, but not by a push, so its package is not on the device: this push can't be undone"
else
    note "this is the first push: there is no previous version to return to"
fi

if install_and_wait "$cache/new.deb"; then
    # After a push of the same version, the version before it remains the previous one.
    if [ -n "$back" ] && [ "$before" != "$version" ]; then
        mv "$cache/back.deb" "$cache/previous.deb"
    fi
    rm -f "$cache/back.deb"
    mv "$cache/new.deb" "$cache/current.deb"
    note "$version runs and is healthy"
    report
    exit 0
fi

note "$version $failure"
report
if [ -z "$back" ]; then
    mv "$cache/new.deb" "$cache/current.deb"
    note "there is no previous version to return to: $version stays installed"
    exit 1
fi
rm -f "$cache/new.deb"
if [ $was_healthy = no ]; then
    note "$before was not healthy before this push either; is the camera connected? To find out, run on the device: sudo cardsight doctor --config /etc/cardsight/cardsight.toml"
fi
note "installing $before again"
if install_and_wait "$cache/back.deb"; then
    note "$before runs again and is healthy"
else
    note "$before $failure either"
    report
fi
mv "$cache/back.deb" "$cache/current.deb"
exit 1
