#!/usr/bin/env bash
# Installs a Cardsight package on a device over ssh, and installs the previous package again when
# the new one does not work.
#
#   deploy/push.sh USER@HOST [--package FILE] [--wait SECONDS]
#
# Without --package, deploy/build-deb.sh builds the package. --wait limits the time until the
# service is healthy; the default is 60 seconds. USER is root, or can use sudo without a password.
#
# Exit code: 0 the new version runs and is healthy; 1 it does not, and the output names the version
# that is installed now; 2 the command line is wrong.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

misused() {
    echo "push: $1" >&2
    echo "usage: deploy/push.sh USER@HOST [--package FILE] [--wait SECONDS]" >&2
    exit 2
}
fail() {
    echo "push: $1" >&2
    exit 1
}

host="" package="" wait_seconds=60
while [ $# -gt 0 ]; do
    case "$1" in
        --package)
            package=${2:-}
            [ -n "$package" ] || misused "--package requires a file"
            shift
            ;;
        --wait)
            wait_seconds=${2:-}
            [[ "$wait_seconds" =~ ^[1-9][0-9]*$ ]] || misused "--wait requires a number of seconds"
            shift
            ;;
        -*) misused "unknown option $1" ;;
        *)
            [ -z "$host" ] || misused "name one device; these are two: $host and $1"
            host=$1
            ;;
    esac
    shift
done
[ -n "$host" ] || misused "name a device"
for tool in ssh scp dpkg dpkg-deb; do
    command -v $tool >/dev/null || fail "$tool is missing on this machine; install openssh-client and dpkg"
done

if [ -z "$package" ]; then
    package=$("$here/build-deb.sh" | tail -n 1) || fail "the package could not be built"
fi
[ -f "$package" ] || misused "the file $package does not exist"
field() { dpkg-deb --field "$package" "$1"; }
name=$(field Package) || misused "$package is not a Debian package"
[ "$name" = cardsight ] || misused "$package holds the package $name, not cardsight"
architecture=$(field Architecture)
version=$(field Version)
floor=$(field Depends | sed -n 's/.*libc6 (>= \([0-9.]*\)).*/\1/p')

# All commands share one connection, so that a password is entered once.
scratch=$(mktemp -d)
ssh_options=(-o "ControlMaster=auto" -o "ControlPath=$scratch/%C" -o "ControlPersist=60"
    -o "ConnectTimeout=15")
close() {
    ssh "${ssh_options[@]}" -O exit "$host" 2>/dev/null || true
    rm -rf "$scratch"
}
trap close EXIT
# The command is put together on this machine and runs on the device.
# shellcheck disable=SC2029
on_device() { ssh "${ssh_options[@]}" "$host" "$1"; }

# Facts about the device. The architecture is that of its packages: a 32-bit Raspberry Pi OS can have
# a 64-bit kernel, and could not start the program.
# shellcheck disable=SC2016 # The device's shell expands this.
facts=$(on_device 'dpkg --print-architecture && getconf GNU_LIBC_VERSION && mktemp -d &&
    if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then echo root; else echo no-root; fi') ||
    fail "can't reach $host, or it is not a Debian system; try: ssh $host dpkg --print-architecture"
{
    read -r device_architecture
    read -r _ device_glibc
    read -r folder
    read -r rights
} <<<"$facts"
give_up() {
    on_device "rm -rf '$folder'" || true
    fail "$1"
}
[ "$device_architecture" = "$architecture" ] || give_up \
    "$host is $device_architecture and the package is for $architecture; install a 64-bit system, such as Raspberry Pi OS (64-bit)"
dpkg --compare-versions "$device_glibc" ge "${floor:-0}" || give_up \
    "$host has glibc $device_glibc and the program requires $floor; install Debian 12, Raspberry Pi OS bookworm, JetPack 6 or newer"
[ "$rights" = root ] || give_up \
    "sudo on $host asks for a password; push as root, or allow the user to use sudo without a password"

echo "push: $(basename "$package") to $host" >&2
copy() { scp -q "${ssh_options[@]}" "$1" "$host:$folder/$2"; }
{ copy "$package" cardsight.deb && copy "$here/on-device.sh" on-device.sh; } || give_up \
    "can't copy to $host:$folder; nothing was changed on the device. Is its disk full?"

# One script on the device does the rest, so that a broken connection does not interrupt the
# installation.
code=0
on_device "cd '$folder' && if [ \"\$(id -u)\" = 0 ]; then sudo=; else sudo='sudo -n'; fi;
    \$sudo sh ./on-device.sh '$folder/cardsight.deb' '$version' $wait_seconds" || code=$?
on_device "rm -rf '$folder'" || true
case $code in
    0) ;;
    1) exit 1 ;;
    255) fail "the connection to $host broke; the device continues by itself. See: ssh $host systemctl status cardsight" ;;
    *) fail "the script on $host failed unexpectedly (exit code $code)" ;;
esac
