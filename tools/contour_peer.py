#!/usr/bin/env python3
"""Counts the cards in labelled photographs that contours find, for comparison with the locator.

    pip install opencv-python-headless numpy
    tools/contour_peer.py PHOTOS [--only FILE]

This is the usual recipe: adaptive thresholds and edges at several sizes, polygon approximation to
quadrilaterals, and limits for area, aspect ratio and convexity, relative to the frame. The
quadrilaterals of all settings count together, which favours the contours. A card counts as found
when the bounding box of a quadrilateral overlaps the label's box by at least 0.6 (intersection over
union), whether or not it could be named.
"""

import argparse
import json
import os

import cv2
import numpy as np

# The range of short edge / long edge of the smallest rectangle around a card.
ASPECTS = (0.5, 0.9)


def binaries(grey):
    """Yields the binary image of each way to separate cards from the table."""
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
    frame_area = grey.shape[0] * grey.shape[1]
    for binary in binaries(grey):
        contours, _ = cv2.findContours(binary, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            if not 0.005 * frame_area < cv2.contourArea(contour) < 0.6 * frame_area:
                continue
            corners = cv2.approxPolyDP(contour, 0.03 * cv2.arcLength(contour, True), True)
            edges = sorted(cv2.minAreaRect(contour)[1])
            is_card = ASPECTS[0] < edges[0] / max(edges[1], 1) < ASPECTS[1]
            if len(corners) == 4 and cv2.isContourConvex(corners) and is_card:
                left, top, width, height = cv2.boundingRect(corners)
                yield left, top, left + width, top + height


def overlap(a, b):
    """Intersection over union of two boxes (left, top, right, bottom)."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    return both / (area(a) + area(b) - both)


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos")
    parser.add_argument("--only", help="count only the photographs that this file lists")
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
