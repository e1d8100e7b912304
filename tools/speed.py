#!/usr/bin/env python3
"""Compares the CPU time of cardsight with that of OpenCV and ONNX Runtime, one thread each.

  speed.py stages IMAGES       `cardsight bench` and the same task in Python, in turn: the network
                               alone, the pre-processing alone, and everything from the JPEG file
                               to the answer, in full-frame mode
  speed.py networks MODEL…     ONNX Runtime on each of these ONNX files in turn, and cardsight on
                               those of them that are classifiers of cards
  speed.py video SHOT…         `cardsight run` in auto mode, without a peer: the CPU time for a frame
                               of each shot in relation to the first shot. A shot is an image, which
                               lies still, or a folder of images, which follow each other

needs: pip install numpy onnxruntime opencv-python-headless

Every figure is CPU time for a frame in milliseconds: the median over all frames of a round, and of
those the median over all rounds. A ratio is formed in each round, in which both programs are measured
one after the other; the median of the ratios is printed with the least and the greatest one. A ratio
below 1 means that cardsight is faster. IMAGES is a folder of JPEG files.
"""
import argparse
import itertools
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import cv2
import numpy as np
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What is compared in the end; prepare + network is the recognition of an image in memory.
FIGURES = ["decode", "prepare", "network", "prepare + network", "decode + prepare + network"]


class Peer:
    """The task of `cardsight bench` with OpenCV and ONNX Runtime."""

    def __init__(self, model):
        cv2.setNumThreads(1)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # int8 weights as on the device: they are dequantised once, and computed with in f32.
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0]

    def any_pixels(self):
        """Pixels that fit the network's input, where its shape is fixed."""
        shape = [size if isinstance(size, int) else 1 for size in self.input.shape]
        return np.random.default_rng(0).integers(0, 256, shape).astype(np.float32)

    def answer(self, pixels):
        return self.session.run(None, {self.input.name: pixels})[0].argmax()

    def prepare(self, frame):
        height, width = frame.shape[:2]
        edge, side = min(height, width), self.input.shape[2]
        top, left = (height - edge) // 2, (width - edge) // 2
        square = cv2.resize(frame[top : top + edge, left : left + edge], (side, side))
        rgb = cv2.cvtColor(square, cv2.COLOR_BGR2RGB).astype(np.float32)
        return np.ascontiguousarray(rgb.transpose(2, 0, 1))[None]

    def stages(self, path):
        """CPU milliseconds of each figure for a file."""
        times = [time.process_time()]
        frame = cv2.imread(path)
        times.append(time.process_time())
        pixels = self.prepare(frame)
        times.append(time.process_time())
        self.answer(pixels)
        times.append(time.process_time())
        decode, prepare, network = np.diff(times) * 1000
        return dict(zip(FIGURES, [decode, prepare, network, prepare + network, decode + prepare + network]))

    def round(self, paths):
        frames = [self.stages(path) for path in paths]
        return {figure: statistics.median(frame[figure] for frame in frames) for figure in FIGURES}

    def network_millis(self, runs):
        pixels, times = self.any_pixels(), []
        for _ in range(runs):
            start = time.process_time()
            self.answer(pixels)
            times.append((time.process_time() - start) * 1000)
        return statistics.median(times)


def bench(program, arguments):
    """The JSON line of one round of `cardsight bench`, or nothing when it refuses the model."""
    command = [str(program), "bench", "--json", "--repeat", "1", *arguments]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        return None, result.stderr.strip()
    return json.loads(result.stdout), ""


def bench_round(program, images, model, options):
    line, error = bench(program, [str(images), "--mode", "full", *(["--model", str(model)] if model else []), *options])
    if line is None:
        sys.exit(error)
    millis = {stage: spread["p50_millis"] for stage, spread in line["cpu_millis"].items()}
    decode, prepare, network = millis["decode"], millis["prepare"], millis["classify"]
    return dict(zip(FIGURES, [decode, prepare, network, prepare + network, millis["whole"]]))


def summary(ours, peers):
    """Medians of both, and the ratio over rounds that were measured in turn."""
    ratios = [a / b for a, b in zip(ours, peers)]
    return {
        "cardsight_cpu_millis": statistics.median(ours),
        "peer_cpu_millis": statistics.median(peers),
        "ratio": {"median": statistics.median(ratios), "least": min(ratios), "greatest": max(ratios)},
    }


def show(name, line):
    ratio = line["ratio"]
    print(
        f"{name:<28} {line['cardsight_cpu_millis']:9.3f} {line['peer_cpu_millis']:9.3f}   "
        f"{ratio['median']:.2f} ({ratio['least']:.2f} to {ratio['greatest']:.2f})"
    )


def heading(first):
    print(f"OpenCV {cv2.__version__}, ONNX Runtime {onnxruntime.__version__}; CPU milliseconds for a frame")
    print(f"{first:<28} {'cardsight':>9} {'peer':>9}   ratio (least to greatest)")


def compare_stages(chosen):
    peer = Peer(chosen.peer_model or chosen.model or ROOT / "models/cardsight.onnx")
    paths = [str(path) for path in sorted(chosen.images.rglob("*")) if path.suffix.lower() in (".jpg", ".jpeg")]
    if not paths:
        sys.exit(f"there are no JPEG files in {chosen.images}")
    ours, peers = [], []
    peer.round(paths)  # The first round warms the caches and is not counted.
    for _ in range(chosen.rounds):
        ours.append(bench_round(chosen.program, chosen.images, chosen.model, chosen.option))
        peers.append(peer.round(paths))
    lines = {f: summary([r[f] for r in ours], [r[f] for r in peers]) for f in FIGURES}
    if chosen.json:
        print(json.dumps({"images": len(paths), "rounds": chosen.rounds, "figures": lines}))
        return
    heading(f"{len(paths)} images × {chosen.rounds} rounds")
    for figure, line in lines.items():
        show(figure, line)


def network_of_cardsight(program, model):
    """CPU milliseconds of a classifier over drawn scenes, or nothing for another kind of network."""
    line, _ = bench(program, ["--mode", "full", "--model", str(model)])
    return line and line["cpu_millis"]["classify"]["p50_millis"]


def compare_networks(chosen):
    peers = {model: Peer(model) for model in chosen.models}
    rounds = {model: {"cardsight": [], "peer": []} for model in chosen.models}
    for number in range(chosen.rounds):
        for model, peer in peers.items():
            if number == 0:
                peer.network_millis(3)
            rounds[model]["cardsight"].append(network_of_cardsight(chosen.program, model))
            rounds[model]["peer"].append(peer.network_millis(chosen.runs))
    first = rounds[chosen.models[0]]["peer"]
    if not chosen.json:
        heading(f"{chosen.rounds} rounds")
    for model, of in rounds.items():
        line = {"cardsight_cpu_millis": None, "peer_cpu_millis": statistics.median(of["peer"])}
        if None not in of["cardsight"]:
            line = summary(of["cardsight"], of["peer"])
        line["peer_to_peer_on_first_model"] = statistics.median(a / b for a, b in zip(of["peer"], first))
        if chosen.json:
            print(json.dumps({"model": model, "rounds": chosen.rounds, **line}))
        elif "ratio" in line:
            show(model, line)
        else:
            print(f"{model:<28} {'-':>9} {line['peer_cpu_millis']:9.3f}")
        if not chosen.json and len(peers) > 1:
            print(f"  ONNX Runtime: {line['peer_to_peer_on_first_model']:.2f} times the first network")


def frames_of(shot):
    """The content of each image of a shot."""
    files = sorted(path for path in shot.iterdir() if path.is_file()) if shot.is_dir() else [shot]
    return [file.read_bytes() for file in files]


def feed(pipes, contents, interval):
    """Writes one image into each pipe, at a steady rate as a camera does."""
    start = time.monotonic()
    for number, (pipe, content) in enumerate(zip(pipes, itertools.cycle(contents))):
        time.sleep(max(0, start + number * interval - time.monotonic()))
        pipe.write_bytes(content)  # Waits until the program opens the pipe.


def run_cpu_seconds(chosen, contents, frames):
    """CPU time of a complete `cardsight run` over this number of frames."""
    with tempfile.TemporaryDirectory() as folder:
        pipes = [pathlib.Path(folder) / f"{number:06}.jpg" for number in range(frames)]
        for pipe in pipes:
            os.mkfifo(pipe)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [str(chosen.program), "run", "--source", folder, "--mode", chosen.mode, "--leds", "off"]
        program = subprocess.Popen([*command, *chosen.option], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        feeder = threading.Thread(target=feed, args=(pipes, contents, 1 / chosen.frames_per_second), daemon=True)
        feeder.start()
        _, messages = program.communicate()
        if program.returncode != 0:
            sys.exit(messages.strip())
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare_videos(chosen):
    shots = {str(shot): frames_of(shot) for shot in chosen.shots}
    rounds = {shot: [] for shot in shots}
    for _ in range(chosen.rounds):
        for shot, contents in shots.items():
            # The difference of a long and a short run is free of the start.
            short, long = (run_cpu_seconds(chosen, contents, chosen.frames * factor) for factor in (1, 3))
            rounds[shot].append((long - short) / (2 * chosen.frames) * 1000)
    first = rounds[next(iter(rounds))]
    if not chosen.json:
        print(f"{chosen.frames_per_second:g} frames a second, {chosen.rounds} rounds, CPU milliseconds for a frame")
    for shot, millis in rounds.items():
        ratios = [a / b for a, b in zip(millis, first)]
        line = {"median": statistics.median(ratios), "least": min(ratios), "greatest": max(ratios)}
        if chosen.json:
            print(json.dumps({"shot": shot, "cpu_millis": statistics.median(millis), "ratio_to_first": line}))
        else:
            spread = f"{line['median']:.2f} ({line['least']:.2f} to {line['greatest']:.2f})"
            print(f"{shot:<28} {statistics.median(millis):9.3f}   {spread} of the first shot")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--program", type=pathlib.Path, default=ROOT / "target/release/cardsight",
                        help="the program to measure [default: target/release/cardsight]")
    shared.add_argument("--rounds", type=int, default=7, help="how often both are measured in turn [default: 7]")
    shared.add_argument("--json", action="store_true", help="print JSON")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    stages = commands.add_parser("stages", parents=[shared], help="decoding, pre-processing and network")
    stages.add_argument("images", type=pathlib.Path, help="a folder of JPEG files")
    stages.add_argument("--model", help="the classifier of both [default: models/cardsight.onnx]")
    stages.add_argument("--peer-model", help="another network for ONNX Runtime")
    stages.add_argument("--option", action="append", default=[], metavar="OPTION",
                        help="a further option for cardsight bench, such as --option=--engine=tract")
    stages.set_defaults(run=compare_stages)
    networks = commands.add_parser("networks", parents=[shared], help="the network alone, of any ONNX files")
    networks.add_argument("models", nargs="+", help="ONNX files with one input of a fixed shape")
    networks.add_argument("--runs", type=int, default=60, help="runs of ONNX Runtime in a round [default: 60]")
    networks.set_defaults(run=compare_networks)
    video = commands.add_parser("video", parents=[shared], help="cardsight run on still or moving cards")
    video.add_argument("shots", nargs="+", type=pathlib.Path, help="images, or folders of images")
    video.add_argument("--mode", choices=["auto", "full"], default="auto", help="[default: auto]")
    video.add_argument("--frames-per-second", type=float, default=10, help="[default: 10]")
    video.add_argument("--frames", type=int, default=20, help="frames of the short run [default: 20]")
    video.add_argument("--option", action="append", default=[], metavar="OPTION",
                       help="a further option for cardsight run")
    video.set_defaults(run=compare_videos)
    chosen = parser.parse_args()
    chosen.run(chosen)


if __name__ == "__main__":
    main()
