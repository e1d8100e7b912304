#!/usr/bin/env python3
"""Measures the training of the baseline network in PyTorch, written in the usual way.

usage: training_peer.py DATA [--steps N] [--workers N] [--channels-last]
needs: pip install torch==2.13.0 torchvision==0.28.0   (about 4 GB)

Prints one JSON line: images per second including decoding and augmentation, the share of the time
spent waiting for images, and the time of one step without loading. All are medians with batches
of 32 and two threads. `cargo run --release -p trainer --example training_speed -- DATA` measures the
trainer in the same way.
"""
import argparse
import json
import statistics
import time

import torch
from torch import nn
from torchvision import datasets, transforms

parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("--steps", type=int, default=12)
parser.add_argument("--workers", type=int, default=2)
parser.add_argument("--channels-last", action="store_true")
args = parser.parse_args()

WARM_UP = 2
torch.set_num_threads(2)
layout = torch.channels_last if args.channels_last else torch.contiguous_format
change = transforms.Compose([
    transforms.Resize((224, 224)),
    transforms.RandomHorizontalFlip(),
    transforms.RandomRotation(10),
    transforms.ColorJitter(brightness=0.2),
    transforms.ToTensor(),
    transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
])
data = datasets.ImageFolder(args.data, change)
loader = torch.utils.data.DataLoader(
    data, 32, shuffle=True, num_workers=args.workers, drop_last=True)

channels = [3, 32, 64, 128, 256]
layers = []
for inputs, outputs in zip(channels, channels[1:]):
    layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
               nn.MaxPool2d(2)]
layers += [nn.Flatten(), nn.Linear(50176, 512), nn.ReLU(), nn.Dropout(0.5),
           nn.Linear(512, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, len(data.classes))]
network = nn.Sequential(*layers).to(memory_format=layout)
optimizer = torch.optim.Adam(network.parameters(), lr=1e-4)


def step(pixels, labels):
    loss = nn.functional.cross_entropy(network(pixels.contiguous(memory_format=layout)), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


batches = iter(loader)
with_loading, waiting, alone = [], [], []
for number in range(args.steps + WARM_UP):
    start = time.perf_counter()
    pixels, labels = next(batches)
    waited = time.perf_counter() - start
    step(pixels, labels)
    if number >= WARM_UP:
        with_loading.append(time.perf_counter() - start)
        waiting.append(waited)
for _ in range(args.steps):
    start = time.perf_counter()
    step(pixels, labels)
    alone.append(time.perf_counter() - start)
print(json.dumps({
    "program": f"PyTorch {torch.__version__}", "workers": args.workers,
    "channels_last": args.channels_last,
    "images_per_sec": 32 / statistics.median(with_loading),
    "waiting_share": sum(waiting) / sum(with_loading),
    "step_millis": 1e3 * statistics.median(alone),
}))
