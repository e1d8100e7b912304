#!/bin/sh
# The part of push.sh that runs on the device, as root:
#
#   on-device.sh PACKAGE VERSION SECONDS
#
# Installs PACKAGE, waits for SECONDS at most until the service is healthy, and installs
# the package from before when it is not. Exit code 0: the new version is healthy; 1: it is
# not. Plain POSIX shell and coreutils: nothing has to be installed for it.
set -eu
package=$1 version=$2 wait_seconds=$3

# Somewhere else in tests only.
cache=${CARDSIGHT_CACHE:-/var/cache/cardsight}
status=${CARDSIGHT_STATUS:-/run/cardsight/status.json}

# How long the service must have been up: one that dies after its first frame was healthy
# for a moment, too.
up_seconds=5
# What was wrong, where install_and_wait fails.
trouble=""

# The connection may break: what was begun is brought to its end all the same.
trap '' HUP PIPE
say() { echo "push: $1" 2>/dev/null || true; }

installed_version() {
    # shellcheck disable=SC2016 # dpkg-query replaces these, not the shell
    dpkg-query -W -f='${db:Status-Status} ${Version}' cardsight 2>/dev/null |
        sed -n 's/^installed //p'
}

# The kept package of what is installed, if it is one that a push brought.
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

# Installs a package and tells whether its service becomes healthy. The old status file is
# removed while nothing runs, so that one that is there is the new program's; clocks, which
# jump on boards without a battery, are not asked.
install_and_wait() {
    systemctl stop cardsight 2>/dev/null || true
    rm -f "$status"
    # A configuration that somebody edited stays.
    if ! DEBIAN_FRONTEND=noninteractive dpkg --install --force-confdef --force-confold "$1"; then
        trouble="could not be installed; dpkg's words are above"
        return 1
    fi
    systemctl start cardsight || say "the service did not start at the first try"
    left=$wait_seconds
    while [ "$left" -gt 0 ]; do
        if is_healthy && has_been_up; then
            return 0
        fi
        sleep 1
        left=$((left - 1))
    done
    trouble="is not healthy after $wait_seconds seconds"
    return 1
}

report() {
    say "status: $(cat "$status" 2>/dev/null || echo "no $status")"
    say "the service's last lines:"
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
    # Apart from current.deb and previous.deb, which are about to change.
    cp "$back" "$cache/back.deb"
    say "$before is installed, and comes back if $version does not work"
elif [ -n "$before" ]; then
    say "$before is installed, but not by a push, so its package is not here: there is no way back this time"
else
    say "this is the first push: nothing was installed, so there is nothing to go back to"
fi

if install_and_wait "$cache/new.deb"; then
    # The same version once more is nothing to go back to.
    if [ -n "$back" ] && [ "$before" != "$version" ]; then
        mv "$cache/back.deb" "$cache/previous.deb"
    fi
    rm -f "$cache/back.deb"
    mv "$cache/new.deb" "$cache/current.deb"
    say "$version runs and is healthy"
    report
    exit 0
fi

say "$version $trouble"
report
if [ -z "$back" ]; then
    mv "$cache/new.deb" "$cache/current.deb"
    say "nothing to go back to: $version stays installed, as you see it"
    exit 1
fi
rm -f "$cache/new.deb"
if [ $was_healthy = no ]; then
    say "note: $before was not healthy either before this; is the camera there? cardsight doctor --config /etc/cardsight/cardsight.toml tells"
fi
say "going back to $before"
if install_and_wait "$cache/back.deb"; then
    say "$before runs again and is healthy"
else
    say "$before $trouble either"
    report
fi
mv "$cache/back.deb" "$cache/current.deb"
exit 1
