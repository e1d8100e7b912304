#!/usr/bin/env python3
"""Measures the CPU time of a frame of a video in auto mode: one card and thirteen, still and moving.

    cargo build --release -p edge -p tools --bin cardsight --bin draw_video
    tools/video_cpu.py target/release [--before OTHER/cardsight] [--frames 200] [--rounds 7] [--threads 1]

The frames are drawn into a temporary folder. A run over all frames and a run over the first
frame are measured as the sum of user and system time, and their difference is divided by the
number of frames between: starting the program and optimising the networks is not counted. The
runs of all videos, and of the other program, take turns. The medians over the rounds are printed,
and the median of the ratio of each round. A folder of images is read as fast as possible, so
what is repeated after a time (read_again_millis) is repeated in fewer frames than with a camera;
--paced gives the same figure with a camera's rate, for which read_again_millis is set so that a
card is read again after as many frames as in half a second at that rate.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile

VIDEOS = [(1, "still"), (13, "still"), (1, "moving"), (13, "moving")]


def cpu_seconds(command):
    """Runs a command and returns the user and system time of it and its threads."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr.decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def millis_of_a_frame(program, folder, frames, options):
    run = [program, "run", "--mode", "auto", "--leds", "off", "--source", folder, *options]
    return 1000 * (cpu_seconds(run) - cpu_seconds(run + ["--frames", "1"])) / (frames - 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", help="folder of cardsight and draw_video")
    parser.add_argument("--before", help="another cardsight, to compare with")
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", default="1")
    parser.add_argument("--paced", type=float, metavar="FPS", help="repeat as often as at this frame rate")
    args = parser.parse_args()
    program = os.path.join(args.programs, "cardsight")
    with tempfile.TemporaryDirectory() as root:
        folders = {}
        for cards, motion in VIDEOS:
            folder = folders[cards, motion] = os.path.join(root, f"{cards}-{motion}")
            draw = os.path.join(args.programs, "draw_video")
            subprocess.run([draw, folder, str(cards), str(args.frames), motion], check=True)
        options = ["--threads", args.threads]
        if args.paced:
            rates = 1000 / max(millis_of_a_frame(program, folders[13, "still"], args.frames, options), 0.1)
            config = os.path.join(root, "cardsight.toml")
            millis = max(round(500 * args.paced / rates), 1)
            with open(config, "w") as file:
                file.write(f"[decide]\nread_again_millis = {millis}\n")
            options += ["--config", config]
            print(f"a card is read again after {millis} ms")
        figures = {}
        for _ in range(args.rounds):
            for video, folder in folders.items():
                figures.setdefault(("new", video), []).append(
                    millis_of_a_frame(program, folder, args.frames, options)
                )
                if args.before:
                    figures.setdefault(("before", video), []).append(
                        millis_of_a_frame(args.before, folder, args.frames, [])
                    )
    print(f"CPU milliseconds of a frame, medians of {args.rounds} rounds of {args.frames} frames:")
    for (name, (cards, motion)), values in figures.items():
        print(f"{name:<7} {cards:>2} {motion:<7} {statistics.median(values):8.2f}")
    for name in sorted({name for name, _ in figures}):
        for motion in ("still", "moving"):
            pairs = zip(figures[name, (13, motion)], figures[name, (1, motion)])
            ratio = statistics.median(many / one for many, one in pairs)
            print(f"{name:<7} {motion:<7} 13 cards against one: {ratio:.2f}")
    if args.before:
        for video in folders:
            pairs = zip(figures["new", video], figures["before", video])
            ratio = statistics.median(new / before for new, before in pairs)
            print(f"{video[0]:>2} {video[1]:<7} against before: {ratio:.2f}")


if __name__ == "__main__":
    main()
