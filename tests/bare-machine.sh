#!/usr/bin/env bash
# Repeats the README's two commands on a fresh clone in a bare Debian container that has Rust, gcc
# and Python, and nothing else that the project needs.
#
#   tests/bare-machine.sh [prepare|demo|tests]…
#
# prepare  tests/run.sh --prepare: what the tests need is found missing and installed
# demo     the first command, for 20 frames
# tests    the second command, tests/run.sh
#
# Without names, demo and tests: more than an hour on two cores, since everything is built anew
# in the container. The clone is of the last commit; changes that are not committed are left out.
#
# It needs Debian as root and installs podman, runc and debootstrap. The container's image is made
# once, by debootstrap, and kept as localhost/cardsight-bare; `podman rmi localhost/cardsight-bare:1`
# removes it. The Rust toolchain is this machine's own, mounted read-only. With KEEP=1 the
# clone and what was built in it stay.
set -euo pipefail
cd "$(dirname "$0")/.."
image=localhost/cardsight-bare:1
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

usage() {
    sed -n '2,18s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

install_tools() {
    local tool missing=()
    for tool in podman runc debootstrap; do
        command -v $tool >/dev/null || missing+=("$tool")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# podman with what it needs where cgroups are mixed and limits can't be raised: crun refuses the
# first, and the second needs both limits named.
run_podman() {
    local command=$1
    shift
    case $command in
        run) set -- --network=host --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 "$@" ;;
    esac
    podman --cgroup-manager cgroupfs --runtime runc "$command" "$@"
}

make_image() {
    local root
    ! podman image exists $image || return 0
    # Unpacking is several times faster in memory, because dpkg syncs often.
    root=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
    debootstrap --variant=minbase --include=gcc,libc6-dev,python3-minimal,ca-certificates bookworm \
        "$root" "$mirror" >"$work/debootstrap.log" || {
        tail "$work/debootstrap.log" >&2
        exit 1
    }
    printf 'deb %s bookworm main\ndeb %s bookworm-security main\n' "$mirror" "$mirror-security" \
        >"$root/etc/apt/sources.list"
    tar -C "$root" -c . | run_podman import - $image
    rm -rf "$root"
}

# The variables that name the certificates of this machine's network, where there are any.
certificate_options() {
    local name
    for name in SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE PIP_CERT REQUESTS_CA_BUNDLE CARGO_HTTP_CAINFO; do
        [ -z "${!name:-}" ] || printf '%s\n' --env "$name=${!name}"
    done
    [ ! -d /etc/ssl/certs ] || printf '%s\n' --volume /etc/ssl/certs:/etc/ssl/certs:ro
    # Certificates that are links lead there.
    [ ! -d /usr/local/share/ca-certificates ] ||
        printf '%s\n' --volume /usr/local/share/ca-certificates:/usr/local/share/ca-certificates:ro
}

# in_container COMMAND: runs a shell command in the clone. Packages that it installs are there for
# the next command, too: it is one container, which sleeps in between.
in_container() {
    podman --cgroup-manager cgroupfs --runtime runc exec --workdir /cardsight "$container" \
        bash -euc "$1"
}

start_container() {
    local options
    mapfile -t options < <(certificate_options)
    container=$(run_podman run --detach --rm "${options[@]}" \
        --volume /etc/resolv.conf:/etc/resolv.conf:ro --volume /etc/hosts:/etc/hosts:ro \
        --volume "$(rustc --print sysroot):/opt/rust:ro" --volume "$work/cardsight:/cardsight" \
        --env PATH=/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        $image sleep infinity)
}

clean_up() {
    [ -z "$container" ] || podman --cgroup-manager cgroupfs --runtime runc kill "$container" >/dev/null || true
    if [ -z "${KEEP:-}" ]; then
        rm -rf "$work"
    else
        echo "bare machine: the clone is in $work/cardsight"
    fi
}

step() {
    echo "bare machine: [$SECONDS s] $1"
    case $1 in
        prepare) in_container 'tests/run.sh --prepare' ;;
        demo)
            in_container 'cargo run --release -p edge -- run --source demo --frames 20 --annotate out
                ls out/*.png >/dev/null'
            ;;
        tests) in_container tests/run.sh ;;
    esac
}

[ $# -gt 0 ] || set -- demo tests
for name in "$@"; do
    case $name in
        prepare | demo | tests) ;;
        *) usage ;;
    esac
done
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "bare machine: this needs a Debian, as root" >&2
    exit 1
fi
work=$(mktemp -d)
container=
trap clean_up EXIT
install_tools
make_image
git clone --quiet . "$work/cardsight"
start_container
in_container 'cat /etc/debian_version; rustc --version; gcc --version | head -n 1; python3 --version'
for name in "$@"; do
    step "$name"
done
echo "bare machine: [$SECONDS s] everything passed: $*"
