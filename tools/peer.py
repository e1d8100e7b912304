#!/usr/bin/env python3
"""Measures OpenCV and ONNX Runtime on the task of `cardsight bench --mode full`, with one thread.

usage: peer.py MODEL.onnx IMAGES [REPEAT]   (REPEAT 0: one answer for each image, no figures)
needs: pip install numpy onnxruntime opencv-python-headless

Prints medians and 95th percentiles of the CPU time for each image in milliseconds, from the
decoded image to the answer, and the peak memory. Run it alternately with `cardsight bench
--mode full` on an otherwise idle machine, and compare ratios.
"""
import glob
import resource
import sys
import time

import cv2
import numpy as np
import onnxruntime

model, images = sys.argv[1:3]
repeat = int(sys.argv[3]) if len(sys.argv) > 3 else 3
cv2.setNumThreads(1)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
# int8 weights as on the device: they are dequantised once, and computed with in f32.
options.add_session_config_entry("session.disable_quant_qdq", "1")
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
side = session.get_inputs()[0].shape[2]
frames = [cv2.imread(path) for path in sorted(glob.glob(f"{images}/**/*.jpg", recursive=True))]


def prepare(frame):
    height, width = frame.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = cv2.resize(frame[top : top + edge, left : left + edge], (side, side))
    rgb = cv2.cvtColor(square, cv2.COLOR_BGR2RGB).astype(np.float32)
    return np.ascontiguousarray(rgb.transpose(2, 0, 1))[None]


times = {"prepare": [], "classify": [], "both": []}
for round_number in range(repeat + 1):
    for frame in frames:
        start = time.process_time()
        pixels = prepare(frame)
        prepared = time.process_time()
        session.run(None, {"pixels": pixels})[0].argmax()
        end = time.process_time()
        if round_number > 0:  # The first round warms the caches and is not counted.
            times["prepare"].append(prepared - start)
            times["classify"].append(end - prepared)
            times["both"].append(end - start)
print(f"opencv {cv2.__version__}, onnxruntime {onnxruntime.__version__}, {len(frames)} images")
for step, seconds in times.items() if repeat else ():
    median, p95 = np.percentile(seconds, [50, 95]) * 1000
    print(f"{step:<10} {median:8.3f} {p95:8.3f}")
print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
