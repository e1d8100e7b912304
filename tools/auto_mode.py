#!/usr/bin/env python3
"""Counts right, missed and wrong answers of auto mode on labelled photographs.

    target/release/cardsight classify --json PHOTOS > answers.jsonl
    tools/auto_mode.py PHOTOS/labels.jsonl answers.jsonl [--only FILE | --without FILE] [--sheet FILE.png [--images]]

A labelled card counts as right when a predicted card of the same name has its centre (the mean
of its corners) inside the label's box. A predicted card counts as wrong when its centre is
inside no box of its name and no box of the label's "ignore", which lists cards that nobody can
name. FILE lists names of photographs, one on each line
(tools/data/photos-aside.txt). --sheet draws, for each photograph with a mistake, the missed and
the wrong cards: their outlines alone, or over the photograph with --images (needs pillow).
"""

import argparse
import json
import math
import os
import sys


def interval(right, total):
    """The 95 % confidence interval of right/total in percent, by Wilson's score."""
    z, p = 1.96, right / max(total, 1)
    centre = (p + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return f"{100 * (centre - half):.1f} to {100 * (centre + half):.1f}"


def centre(card):
    return [sum(corner[axis] for corner in card["corners"]) / 4 for axis in (0, 1)]


def is_in(point, box):
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def judge(photo, answers):
    """Returns the labelled cards that were missed, and the answers that are wrong."""
    missed = [
        true
        for true in photo["cards"]
        if not any(a["card"] == true["card"] and is_in(centre(a), true["box"]) for a in answers)
    ]
    wrong = [
        a
        for a in answers
        if not any(a["card"] == true["card"] and is_in(centre(a), true["box"]) for true in photo["cards"])
        and not any(is_in(centre(a), box) for box in photo.get("ignore", []))
    ]
    return missed, wrong


def sheet(path, folder, failures, with_images):
    from PIL import Image, ImageDraw

    size, columns = 260, 7
    rows = -(-len(failures) // columns)
    canvas = Image.new("RGB", (columns * size, max(rows, 1) * (size + 30)), (20, 20, 24))
    for i, (photo, missed, wrong, answers) in enumerate(failures):
        scale = size / max(photo["width"], photo["height"])
        edges = [round(photo[edge] * scale) for edge in ("width", "height")]
        if with_images:
            image = Image.open(os.path.join(folder, photo["file"])).convert("RGB").resize(edges)
        else:
            image = Image.new("RGB", edges, (44, 46, 52))
        draw = ImageDraw.Draw(image)
        for answer in answers:
            colour = (255, 60, 60) if answer in wrong else (60, 230, 100)
            corners = [tuple(at * scale for at in corner) for corner in answer["corners"]]
            draw.line(corners + corners[:1], fill=colour, width=2)
            draw.text(corners[0], f"{answer['card']} {answer['confidence']:.2f}", fill=colour)
        for true in missed:
            draw.rectangle([at * scale for at in true["box"]], outline=(80, 160, 255))
        left, top = i % columns * size, i // columns * (size + 30)
        canvas.paste(image, (left, top + 30))
        text = ImageDraw.Draw(canvas)
        text.text((left + 2, top), "missed: " + ", ".join(c["card"] for c in missed), fill=(120, 180, 255))
        text.text((left + 2, top + 14), "wrong: " + ", ".join(c["card"] for c in wrong), fill=(255, 120, 120))
    canvas.save(path)


def read_names(path):
    """The names in a file, one on each line; an empty set without a file."""
    return set(open(path).read().split()) if path else set()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels")
    parser.add_argument("answers")
    parser.add_argument("--only", help="count only the photographs that this file lists")
    parser.add_argument("--without", help="omit the photographs that this file lists")
    parser.add_argument("--threshold", type=float, default=0.0, help="ignore answers below this confidence")
    parser.add_argument("--sheet")
    parser.add_argument("--images", action="store_true")
    args = parser.parse_args()
    only, without = read_names(args.only), read_names(args.without)
    photos = [json.loads(line) for line in open(args.labels)]
    if args.only:
        photos = [photo for photo in photos if photo["file"] in only]
    photos = [photo for photo in photos if photo["file"] not in without]
    answers = {}
    for line in open(args.answers):
        line = json.loads(line)
        cards = [card for card in line.get("cards", []) if card["confidence"] >= args.threshold]
        answers[os.path.basename(line["file"])] = cards
    lacking = [photo["file"] for photo in photos if photo["file"] not in answers]
    if lacking or not photos:
        sys.exit(f"answers are missing for {len(lacking)} of {len(photos)} photographs: {lacking[:3]}")
    failures, wrong_count = [], 0
    right = {"full": [0, 0], "occluded": [0, 0]}
    for photo in photos:
        missed, wrong = judge(photo, answers[photo["file"]])
        wrong_count += len(wrong)
        for true in photo["cards"]:
            right[true["visibility"]][0] += true not in missed
            right[true["visibility"]][1] += 1
        if missed or wrong:
            failures.append((photo, missed, wrong, answers[photo["file"]]))
    for visibility, (k, n) in right.items():
        print(f"{visibility}: {k}/{n} = {100 * k / max(n, 1):.1f} % (95 %: {interval(k, max(n, 1))})")
    print(f"wrong or invented: {wrong_count} in {len(photos)} photographs = {wrong_count / len(photos):.3f} for each photograph")
    if args.sheet:
        sheet(args.sheet, os.path.dirname(args.labels), failures, args.images)


if __name__ == "__main__":
    main()
