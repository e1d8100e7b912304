#!/usr/bin/env bash
# Brings a Cardsight package to a device over ssh, and the one before it back when the new
# one does not work.
#
#   deploy/push.sh USER@HOST [--package FILE] [--wait SECONDS]
#
# Without --package, deploy/build-deb.sh builds it. --wait says for how long the service
# may take until it is healthy; the default is 60. USER is root, or may use sudo without
# being asked for a password.
#
# Exit code: 0 the new version runs and is healthy; 1 it does not, and the output says what
# is installed now; 2 the command was misused.
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
            [ -n "$package" ] || misused "--package needs a file"
            shift
            ;;
        --wait)
            wait_seconds=${2:-}
            [[ "$wait_seconds" =~ ^[1-9][0-9]*$ ]] || misused "--wait needs a number of seconds"
            shift
            ;;
        -*) misused "there is no option $1" ;;
        *)
            [ -z "$host" ] || misused "one device at a time: $host or $1?"
            host=$1
            ;;
    esac
    shift
done
[ -n "$host" ] || misused "which device?"
for tool in ssh scp dpkg dpkg-deb; do
    command -v $tool >/dev/null || fail "no $tool here; install openssh-client and dpkg"
done

if [ -z "$package" ]; then
    package=$("$here/build-deb.sh" | tail -n 1) || fail "the package could not be built"
fi
[ -f "$package" ] || misused "no package $package"
field() { dpkg-deb --field "$package" "$1"; }
name=$(field Package) || misused "$package is no Debian package"
[ "$name" = cardsight ] || misused "$package is the package $name, not cardsight"
architecture=$(field Architecture)
version=$(field Version)
floor=$(field Depends | sed -n 's/.*libc6 (>= \([0-9.]*\)).*/\1/p')

# One connection for everything, so that a password is asked for once.
scratch=$(mktemp -d)
ssh_options=(-o "ControlMaster=auto" -o "ControlPath=$scratch/%C" -o "ControlPersist=60"
    -o "ConnectTimeout=15")
close() {
    ssh "${ssh_options[@]}" -O exit "$host" 2>/dev/null || true
    rm -rf "$scratch"
}
trap close EXIT
# The command is made here, and run there.
# shellcheck disable=SC2029
on_device() { ssh "${ssh_options[@]}" "$host" "$1"; }

# What the device is. The architecture is the one of its packages: a Raspberry Pi OS of 32
# bits runs on a kernel of 64, and such a device could not start the program.
# shellcheck disable=SC2016 # the device's shell does this
facts=$(on_device 'dpkg --print-architecture && getconf GNU_LIBC_VERSION && mktemp -d &&
    if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then echo root; else echo no-root; fi') ||
    fail "can't reach $host, or it is no Debian; try: ssh $host dpkg --print-architecture"
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
    "$host is $device_architecture and the package $architecture; it needs a 64-bit system, such as Raspberry Pi OS (64-bit)"
dpkg --compare-versions "$device_glibc" ge "${floor:-0}" || give_up \
    "$host has glibc $device_glibc and the program needs $floor; it needs Debian 12, Raspberry Pi OS bookworm, JetPack 6 or newer"
[ "$rights" = root ] || give_up \
    "sudo on $host asks for a password; push as root, or let the user use sudo without one"

echo "push: $(basename "$package") to $host" >&2
copy() { scp -q "${ssh_options[@]}" "$1" "$host:$folder/$2"; }
{ copy "$package" cardsight.deb && copy "$here/on-device.sh" on-device.sh; } || give_up \
    "can't copy to $host:$folder; nothing was changed there. Is its disk full?"

# All the rest is one script on the device, so that a connection that breaks does not leave
# it half way.
code=0
on_device "cd '$folder' && if [ \"\$(id -u)\" = 0 ]; then sudo=; else sudo='sudo -n'; fi;
    \$sudo sh ./on-device.sh '$folder/cardsight.deb' '$version' $wait_seconds" || code=$?
on_device "rm -rf '$folder'" || true
case $code in
    0) ;;
    1) exit 1 ;;
    255) fail "the connection to $host broke; the device goes on by itself. See: ssh $host systemctl status cardsight" ;;
    *) fail "on $host something unforeseen happened (exit code $code)" ;;
esac
