#!/usr/bin/env bash
# Tests deploy/push.sh without a device: stand-ins for ssh and scp run and copy on this machine, and
# stand-ins replace the programs that would change a device. It takes seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in dpkg-deb getconf; do
    command -v $tool >/dev/null || {
        echo "push test: $tool is missing; the test needs Debian's packages dpkg and libc-bin" >&2
        exit 1
    }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/device-bin" "$work/device"

stand_in() {
    cat >"$work/$1"
    chmod +x "$work/$1"
}

# On the workstation. Options and their values come first and are ignored; the host follows.
stand_in bin/ssh <<'END'
#!/usr/bin/env bash
while [ "${1:0:1}" = - ]; do
    [ "$2" != exit ] || exit 0
    shift 2
done
[ "$1" = pi@device ] || { echo "ssh: unknown host $1" >&2; exit 255; }
shift
echo "ssh: $*" >>"$DEVICE/calls"
PATH=$WORK/device-bin:$DEVICE/bin:$PATH sh -c "$*"
END
stand_in bin/scp <<'END'
#!/usr/bin/env bash
[ ! -e "$DEVICE/disk-is-full" ] || { echo "scp: no space left on device" >&2; exit 1; }
cp "${@: -2:1}" "$(sed 's/^[^:]*://' <<<"${@: -1:1}")"
END

# On the device, whose complete state is in files in $DEVICE.
stand_in device-bin/sudo <<'END'
#!/bin/sh
[ ! -e "$DEVICE/sudo-asks" ] || exit 1
shift
exec "$@"
END
stand_in device-bin/id <<'END'
#!/bin/sh
echo 1000
END
stand_in device-bin/getconf <<'END'
#!/bin/sh
cat "$DEVICE/glibc"
END
stand_in device-bin/dpkg <<'END'
#!/bin/sh
case "$1" in
    --print-architecture) cat "$DEVICE/architecture" ;;
    --install)
        for file in "$@"; do :; done
        version=$(dpkg-deb --field "$file" Version)
        echo "dpkg: install $version" >>"$DEVICE/calls"
        [ ! -e "$DEVICE/refuses-$version" ] || { echo "dpkg: refused" >&2; exit 1; }
        echo "$version" >"$DEVICE/installed"
        dpkg-deb --fsys-tarfile "$file" | tar -xO --wildcards '*usr/bin/cardsight' >"$DEVICE/bin/cardsight"
        chmod +x "$DEVICE/bin/cardsight"
        ;;
    *) exit 9 ;;
esac
END
stand_in device-bin/dpkg-query <<'END'
#!/bin/sh
[ -e "$DEVICE/installed" ] || exit 1
printf 'installed %s' "$(cat "$DEVICE/installed")"
END
# A version that is marked as bad never becomes healthy; a version that is marked as dying is healthy
# for a moment.
stand_in device-bin/systemctl <<'END'
#!/bin/sh
echo "systemctl: $*" >>"$DEVICE/calls"
[ "$1" = start ] || exit 0
version=$(cat "$DEVICE/installed")
healthy=true up=7
[ ! -e "$DEVICE/bad-$version" ] || healthy=false
[ ! -e "$DEVICE/dies-$version" ] || up=1
printf '{"written":"2026-01-01T00:00:00Z","healthy": %s,"uptime_seconds":%s,"version":"%s"}\n' \
    $healthy $up "$version" >"$CARDSIGHT_STATUS"
END
# The programs of the packages: one that is older than the command "status", and a newer one.
stand_in cardsight-without-status <<'END'
#!/bin/sh
exit 2
END
stand_in cardsight-with-status <<'END'
#!/bin/sh
[ "$1 $2" = "status --file" ] || exit 2
[ -f "$3" ] || { echo "error: there is no $3" >&2; exit 1; }
up=$(sed 's/.*"uptime_seconds":\([0-9]*\).*/\1/' "$3")
grep -q '"healthy": true' "$3" || { echo "healthy: no"; exit 1; }
echo "healthy: yes, running for $up s"
[ "${4:-}" != --wait-healthy ] || [ "$up" -ge 5 ]
END
stand_in device-bin/journalctl <<'END'
#!/bin/sh
echo "a line of the log"
END

package() { # VERSION [ARCHITECTURE] [NAME] [PROGRAM]
    local tree=$work/tree
    rm -rf "$tree"
    mkdir -p "$tree/DEBIAN" "$tree/usr/bin"
    cp "$work/cardsight-${4:-with-status}" "$tree/usr/bin/cardsight"
    printf '%s\n' "Package: ${3:-cardsight}" "Version: $1" "Architecture: ${2:-arm64}" \
        "Maintainer: nobody <nobody@users.invalid>" "Depends: libc6 (>= 2.35), udev" \
        "Description: a test" >"$tree/DEBIAN/control"
    dpkg-deb --build --root-owner-group "$tree" "$work/$1.deb" >/dev/null
    echo "$work/$1.deb"
}
old=$(package 1.0) new=$(package 2.0) foreign=$(package 3.0 amd64) other=$(package 4.0 arm64 vim)
oldest=$(package 0.9 arm64 cardsight without-status)

# A fresh device: arm64, Debian 12, nothing installed.
export WORK=$work DEVICE=$work/device
export CARDSIGHT_CACHE=$DEVICE/cache CARDSIGHT_STATUS=$DEVICE/status.json
fresh_device() {
    rm -rf "$DEVICE"
    mkdir "$DEVICE"
    echo arm64 >"$DEVICE/architecture"
    echo "glibc 2.36" >"$DEVICE/glibc"
    mkdir "$DEVICE/bin"
    : >"$DEVICE/calls"
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
        sed 's/^/    /' "$work/output" >&2
    fi
}
push() { # EXIT-CODE ARGUMENT…
    local expected=$1 code=0
    shift
    PATH=$work/bin:$PATH deploy/push.sh "$@" --wait 1 >"$work/output" 2>&1 || code=$?
    check "push $* exits with $expected, not $code" [ $code = "$expected" ]
}
prints() { check "the output contains: $1" grep -qF -- "$1" "$work/output"; }
installed() { check "$1 is installed" [ "$(cat "$DEVICE/installed" 2>/dev/null)" = "$1" ]; }
untouched() { check "the device is unchanged" [ -z "$(grep -E '^(dpkg|systemctl):' "$DEVICE/calls")" ]; }
kept() { # FILE VERSION
    check "$1 is $2" [ "$(dpkg-deb --field "$CARDSIGHT_CACHE/$1" Version 2>/dev/null)" = "$2" ]
}

# The first push, then an update.
fresh_device
push 0 pi@device --package "$old"
prints "this is the first push: there is no previous version"
prints "1.0 runs and is healthy"
prints "a line of the log"
prints "healthy: yes, running for 7 s"
installed 1.0
kept current.deb 1.0
push 0 --package "$new" pi@device
prints "1.0 is installed, and will be installed again if 2.0 does not work"
prints "healthy: yes"
installed 2.0
kept current.deb 2.0
kept previous.deb 1.0
# Pushing the same version again does not lose the previous one.
push 0 pi@device --package "$new"
kept previous.deb 1.0
check "no other file is left on the device" [ "$(find "$CARDSIGHT_CACHE" -type f | wc -l)" = 2 ]

# A version that never becomes healthy, one that dies early, and one that can't be installed.
for fault in bad dies refuses; do
    fresh_device
    push 0 pi@device --package "$old"
    touch "$DEVICE/$fault-2.0"
    push 1 pi@device --package "$new"
    prints "installing 1.0 again"
    prints "1.0 runs again and is healthy"
    installed 1.0
    kept current.deb 1.0
done
prints "2.0 could not be installed"

# There is no previous package: at the first push, and after an installation by hand.
fresh_device
touch "$DEVICE/bad-2.0"
push 1 pi@device --package "$new"
prints "2.0 stays installed"
prints "healthy: no"
fresh_device
echo 1.0 >"$DEVICE/installed"
push 0 pi@device --package "$new"
prints "this push can't be undone"

# A version that is older than the command "status" is judged by the other one, if there is one.
fresh_device
push 1 pi@device --package "$oldest"
prints "0.9 can't be judged"
touch "$DEVICE/bad-2.0"
push 1 pi@device --package "$new"
prints "0.9 runs again and is healthy"
installed 0.9
rm "$DEVICE/bad-2.0"
push 0 pi@device --package "$new"
push 0 pi@device --package "$oldest"
prints "0.9 runs and is healthy"
installed 0.9

# The old version is not healthy either: the cause may be the camera and not the version.
fresh_device
push 0 pi@device --package "$old"
touch "$DEVICE/bad-1.0" "$DEVICE/bad-2.0"
echo '{"healthy":false}' >"$CARDSIGHT_STATUS"
push 1 pi@device --package "$new"
prints "was not healthy before this push either"
installed 1.0

# A package that can't run on the device is not copied to it.
fresh_device
push 1 pi@device --package "$foreign"
prints "pi@device is arm64 and the package is for amd64"
untouched
echo armhf >"$DEVICE/architecture"
push 1 pi@device --package "$new"
prints "install a 64-bit system"
untouched
fresh_device
echo "glibc 2.31" >"$DEVICE/glibc"
push 1 pi@device --package "$new"
prints "has glibc 2.31 and the program requires 2.35"
untouched
fresh_device
touch "$DEVICE/sudo-asks"
push 1 pi@device --package "$new"
prints "asks for a password"
untouched

# A copy that fails, and a host that does not exist.
fresh_device
touch "$DEVICE/disk-is-full"
push 1 pi@device --package "$new"
prints "nothing was changed on the device"
untouched
push 1 pi@elsewhere --package "$new"
prints "can't reach pi@elsewhere"

# Wrong command lines.
push 2 --package "$new"
push 2 pi@device --package "$work/nothing.deb"
push 2 pi@device --package "$other"
push 2 pi@device --fast
push 2 pi@device pi@other --package "$new"
untouched

echo "push: $passed passed, $failed failed"
[ $failed = 0 ]
