#!/usr/bin/env bash
# Counts the instructions that cardsight executes for a frame as a 64-bit ARM program, by stage. An
# emulator shows nothing about time; a processor needs fewer or more cycles than instructions.
#
#   tests/arm-instructions/run.sh [--program FILE] [--functions] [OPTION OF cardsight bench…]
#
# --program    an ARM program that is already built
# --functions  also prints the functions with the most instructions
#
# A further option can choose another network, as --model FILE does. It builds the program and, from
# count_instructions.c, a plugin for QEMU's user mode emulation, draws the pictures, and prints millions
# of instructions for a Cortex-A72. It needs Debian 12, or elsewhere qemu-aarch64 7.2 to 8.2, gcc, and
# an ARM program (see --program) whose C library the emulator finds.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
# shellcheck source=deploy/arm64-env.sh
. deploy/arm64-env.sh

program=
functions=
while [ $# -gt 0 ]; do
    case $1 in
        --program) program=$(realpath -e "${2:?--program requires a file}"); shift 2 ;;
        --functions) functions=yes; shift ;;
        -h | --help)
            sed -n '2,13s/^# \{0,1\}//p' "$0"
            exit 0
            ;;
        *) break ;;
    esac
done
bench_options=("$@")

# tract chooses its kernels by /proc/cpuinfo, which is the workstation's.
export TRACT_CPU_AARCH64_KIND=a72

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
arm64_setup
arm64_install qemu-user gcc libc6-dev
# The same packages are always selected, because cargo unites their features, and another selection would
# build the network runtime once more.
binaries=(--bin draw_scene)
[ -n "$program" ] || binaries+=(--bin cardsight)
cargo build --locked --release --target "$arm64_target" -p common -p renderer -p edge -p tools "${binaries[@]}"
programs=$CARGO_TARGET_DIR/$arm64_target/release
gcc -Wall -Wextra -Werror -shared -fPIC -O2 -o "$work/count.so" "$here/count_instructions.c"

# draw SIZE: a folder with one picture of this size.
draw() {
    mkdir -p "$work/$1"
    qemu-aarch64 "$programs/draw_scene" "ace of spades" "$work/$1/card.jpg" 1 "$1"
}

# measure MODE SIZE: recognises the picture several times and prints a line of the table. The program
# reads the process's CPU clock (2) before and after each measured frame, and the thread's (3) before
# and after each stage in it: decoding, in auto mode locating, and then, for each card, preparing and
# classifying.
measure() {
    qemu-aarch64 -cpu cortex-a72 -plugin "$work/count.so,out=$work/counts" \
        "${program:-$programs/cardsight}" bench "$work/$2" --mode "$1" --repeat 3 --json \
        ${bench_options[@]+"${bench_options[@]}"} >"$work/answer" 2>"$work/messages" || {
        cat "$work/messages" >&2
        return 1
    }
    awk -v mode="$1" -v size="$2" '
        $1 != "clock" { next }
        $2 == 2 {
            if (inside) { whole += $3 - start; frames++ }
            inside = !inside; start = $3; reads = 0
        }
        $2 == 3 && inside {
            pair = int(reads / 2)
            if (mode == "full" && pair > 0) pair++
            if (reads % 2) stage[pair < 2 ? pair : 2 + pair % 2] += $3 - last
            last = $3; reads++
        }
        END {
            if (!frames) { print "arm-instructions: the program reads no CPU clocks" >"/dev/stderr"; exit 1 }
            printf "%-5s %-9s", mode, size
            for (index_ = 0; index_ < 4; index_++) printf " %9.2f", stage[index_] / frames / 1e6
            printf " %9.2f\n", whole / frames / 1e6
        }' "$work/counts"
    [ -z "$functions" ] || sed -n 's/^function/  /p' "$work/counts" | head -n 15
}

echo "millions of instructions for a frame; $(qemu-aarch64 --version | head -n 1)"
printf '%-5s %-9s %9s %9s %9s %9s %9s\n' mode picture decode locate prepare network whole
for size in 224x224 640x480 1280x720; do
    draw "$size"
    measure full "$size"
done
measure auto 640x480
