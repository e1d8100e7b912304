#!/usr/bin/env python3
"""Compares the device's results with those of independent programs.

usage: compare.py MODEL.onnx IMAGES OUT
needs: pip install numpy onnx onnxruntime pillow, and first
       cargo run --release -p tools --bin device_outputs -- MODEL.onnx IMAGES OUT

Checks the model file with onnx.checker, compares the prepared inputs in OUT with those of PIL,
and compares the logits in OUT with those of ONNX Runtime on the same inputs. Exits with 1 when
a prepared pixel differs by more than 1 of 255, or any answer differs.
"""
import glob
import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
from PIL import Image

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/golden"))
from make_pil import prepared  # noqa: E402

model, images, out = sys.argv[1:]
onnx.checker.check_model(onnx.load(model), full_check=True)
options = onnxruntime.SessionOptions()
# Weight-only int8 as on the device: the weights are dequantised once, and computed with in f32.
options.add_session_config_entry("session.disable_quant_qdq", "1")
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
side = session.get_inputs()[0].shape[2]

paths = sorted(
    path for ending in ("jpg", "png") for path in glob.glob(f"{images}/**/*.{ending}", recursive=True)
)
pil_difference = logit_difference = 0.0
changed = 0
with open(f"{out}/logits.jsonl") as lines:
    for number, (path, line) in enumerate(zip(paths, lines, strict=True)):
        ours = np.asarray(Image.open(f"{out}/{number}.png")).astype(np.float32)
        pil = np.asarray(prepared(path, side)).astype(np.float32)
        pil_difference = max(pil_difference, float(np.abs(ours - pil).max()))
        theirs = session.run(None, {"pixels": ours.transpose(2, 0, 1)[None]})[0][0]
        logits = np.array(json.loads(line), dtype=np.float32)
        logit_difference = max(logit_difference, float(np.abs(theirs - logits).max()))
        changed += int(theirs.argmax() != logits.argmax())
print(f"{len(paths)} images: onnx.checker accepts the file")
print(f"prepared pixels against PIL: largest difference {pil_difference:.0f} of 255")
print(f"tract against ONNX Runtime: {changed} answers differ, logits by at most {logit_difference:.6f}")
sys.exit(pil_difference > 1 or changed > 0)
