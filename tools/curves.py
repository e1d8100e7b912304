#!/usr/bin/env python3
"""Draws the held-out accuracy of training runs against the epoch.

usage: curves.py OUT.svg NAME=training_history.json [NAME=…]
needs: pip install matplotlib
"""
import json
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "cardsight"  # The same numbers give the same file.
import matplotlib.pyplot as plt

# Epoch and held-out accuracy that the author of the baseline recipe reports, without a curve.
REPORTED = (50, 93.58)

out, *runs = sys.argv[1:]
if not runs:
    sys.exit(__doc__)
figure, axes = plt.subplots(figsize=(8, 4.2))
for run in runs:
    name, path = run.rsplit("=", 1)
    with open(path) as file:
        accuracy = json.load(file)["valid_accuracy"]
    axes.plot(range(1, len(accuracy) + 1), [100 * share for share in accuracy], label=name)
axes.plot(*REPORTED, "k*", markersize=11, label="reported for the baseline: 93.58 % after 50 epochs")
axes.set(xlabel="epoch", ylabel="held out, % right", xlim=(0, 52), ylim=(0, 100))
axes.grid(alpha=0.3)
axes.legend(loc="lower right", frameon=False)
figure.tight_layout()
figure.savefig(out, metadata={"Date": None})
