#!/bin/sh
# The part of push.sh that runs on the device, as root:
#
#   on-device.sh PACKAGE VERSION SECONDS
#
# Installs PACKAGE and waits, for SECONDS at most, until the service is healthy. If it is not,
# installs the previous package again. Exit code 0: the new version is healthy; 1: it is not.
# The script uses POSIX shell, coreutils and dpkg alone, so that it needs no further packages.
set -eu
package=$1 version=$2 wait_seconds=$3

# The variables are for tests only.
cache=${CARDSIGHT_CACHE:-/var/cache/cardsight}
status=${CARDSIGHT_STATUS:-/run/cardsight/status.json}

# The new program, and the one that was installed before: each can judge the other one's status.
programs=$(mktemp -d)
# Why install_and_wait failed.
failure=""

# The script runs to its end even if the connection breaks.
trap '' HUP PIPE
trap 'rm -rf "$programs"' EXIT
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

# program_status OPTION…: the status of the service by the new program or, if that can't be run or is
# older than the command, by the one that was installed before. Exit code 2: by neither of them.
program_status() {
    for program in "$programs/usr/bin/cardsight" "$programs/before"; do
        code=0
        output=$("$program" status --file "$status" "$@" 2>&1) || code=$?
        # Every other code means that the program can't be run or has no such command.
        if [ $code -le 1 ]; then
            echo "$output"
            return $code
        fi
    done
    return 2
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
    judged=0
    program_status --wait-healthy "$wait_seconds" >/dev/null || judged=$?
    case $judged in
        0) return 0 ;;
        1) failure="is not healthy after $wait_seconds seconds" ;;
        *) failure="can't be judged: its program can't be run, or is older than \`cardsight status\`" ;;
    esac
    return 1
}

report() {
    note "the status of the service:"
    { program_status || true; } | sed 's/^/    /'
    note "the last lines of the service's log:"
    journalctl --unit cardsight --lines 15 --no-pager --output cat 2>/dev/null | sed 's/^/    /' || true
}

cp "$(command -v cardsight)" "$programs/before" 2>/dev/null || true
dpkg-deb --fsys-tarfile "$package" | tar -x -C "$programs" --wildcards '*usr/bin/cardsight' 2>/dev/null || true
before=$(installed_version)
was_healthy=no
if program_status >/dev/null; then was_healthy=yes; fi
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
