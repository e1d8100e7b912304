#!/usr/bin/env python3
"""How many cards of labelled photographs contours find: what the learned locator stands against.

    pip install opencv-python-headless numpy
    tests/contour_peer.py PHOTOS [--only FILE]

Adaptive threshold and edges at several sizes, quadrilaterals by polygon approximation, kept by
area, aspect and convexity as fractions of the frame: the usual recipe, the most generous of its
settings for each photograph. A whole card counts as found when a quadrilateral's bounding box
overlaps its true box by 0.6 (intersection over union) or more; it is not asked to be named.
"""

import argparse
import json
import os

import cv2
import numpy as np

ASPECTS = (0.5, 0.9)  # Short over long edge of the smallest rectangle around a card.


def binaries(grey):
    """Each way to tell card from table that is tried."""
    blurred = cv2.GaussianBlur(grey, (5, 5), 0)
    for block in (31, 71, 151):
        for shift in (-20, -5, 5):
            yield cv2.adaptiveThreshold(
                blurred, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, block, shift
            )
    yield cv2.threshold(blurred, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1]
    for low, high in ((30, 90), (60, 180), (100, 250)):
        yield cv2.dilate(cv2.Canny(blurred, low, high), np.ones((3, 3), np.uint8))


def quadrilaterals(grey):
    area = grey.shape[0] * grey.shape[1]
    for binary in binaries(grey):
        contours, _ = cv2.findContours(binary, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            if not 0.005 * area < cv2.contourArea(contour) < 0.6 * area:
                continue
            corners = cv2.approxPolyDP(contour, 0.03 * cv2.arcLength(contour, True), True)
            edges = sorted(cv2.minAreaRect(contour)[1])
            is_card = ASPECTS[0] < edges[0] / max(edges[1], 1) < ASPECTS[1]
            if len(corners) == 4 and cv2.isContourConvex(corners) and is_card:
                left, top, width, height = cv2.boundingRect(corners)
                yield left, top, left + width, top + height


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    size = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    return both / (size(a) + size(b) - both)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos")
    parser.add_argument("--only", help="text file with the names of the photographs to count")
    args = parser.parse_args()
    photos = [json.loads(line) for line in open(os.path.join(args.photos, "labels.jsonl"))]
    if args.only:
        only = set(open(args.only).read().split())
        photos = [photo for photo in photos if photo["file"] in only]
    found = {"full": 0, "occluded": 0}
    cards = {"full": 0, "occluded": 0}
    offered = 0
    for photo in photos:
        grey = cv2.imread(os.path.join(args.photos, photo["file"]), cv2.IMREAD_GRAYSCALE)
        boxes = set(quadrilaterals(grey))
        offered += len(boxes)
        for card in photo["cards"]:
            cards[card["visibility"]] += 1
            found[card["visibility"]] += any(overlap(box, card["box"]) >= 0.6 for box in boxes)
    for kind in cards:
        print(f"{kind}: {found[kind]}/{cards[kind]} found")
    print(f"{offered} quadrilaterals offered in {len(photos)} photographs")


if __name__ == "__main__":
    main()
