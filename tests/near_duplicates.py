#!/usr/bin/env python3
"""How many right answers are on pictures that training had not nearly seen.

usage: edge classify --json --threshold 0 VALID > answers.jsonl
       near_duplicates.py TRAIN answers.jsonl
needs: pip install numpy pillow

A near-duplicate is a picture whose 256-bit difference hash is within 16 bits of that
of any picture below TRAIN. The right answer is the name of a picture's folder.
"""
import glob
import json
import os
import sys

import numpy as np
from PIL import Image


def difference_hash(path):
    grey = Image.open(path).convert("L").resize((17, 16), Image.Resampling.BILINEAR)
    levels = np.asarray(grey).astype(int)
    return (levels[:, 1:] > levels[:, :-1]).ravel()


train, answers = sys.argv[1:]
seen = np.array([difference_hash(path) for path in glob.glob(f"{train}/*/*.jpg")])
right, total = [0, 0], [0, 0]
with open(answers) as lines:
    for answer in map(json.loads, lines):
        distance = (seen != difference_hash(answer["file"])).sum(axis=1).min()
        near = int(distance <= 16)
        card = os.path.basename(os.path.dirname(answer["file"]))
        total[near] += 1
        right[near] += answer["cards"][0]["card"] == card
print(f"{right[1]}/{total[1]} of the near-duplicates, {right[0]}/{total[0]} of the others")
