#!/usr/bin/env python3
"""Draws scenes of covered cards with known names: fans, hands, rows and piles of a few decks.

    tools/debian_decks.py DECKS                       # faces to draw with
    tools/covered_cards.py DECKS OUT --decks plastic simplistic
    target/release/cardsight classify --json OUT/fan > answers.jsonl
    tools/auto_mode.py OUT/fan/labels.jsonl answers.jsonl

OUT gets a folder for each kind of scene, with images and labels.jsonl in the format of auto_mode.py. The box
of a card is around its visible part. A card of which neither an index nor most of the face is visible is in
"ignore". The same seed gives the same scenes. Needs pillow and numpy.
"""

import argparse
import json
import pathlib

import numpy
from PIL import Image, ImageDraw, ImageFilter

RANKS = "ace two three four five six seven eight nine ten jack queen king".split()
CARDS = [f"{rank} of {suit}" for rank in RANKS for suit in ("clubs", "diamonds", "hearts", "spades")]
COUNTS = {"fan": (3, 10), "hand": (5, 14), "row": (3, 11), "pile": (2, 6)}
# A card's width over its height, and the part of both in which its index lies.
ASPECT, INDEX = 63 / 88, (0.2, 0.27)
# Visible shares from which on an index, or a card without one, is legible.
LEGIBLE_INDEX, LEGIBLE_CARD, WHOLE = 0.85, 0.8, 0.98
# Scenes are drawn this much larger, so that edges are smooth.
SCALE = 2
UNIT = numpy.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)


def homography(corners):
    """The map from the unit square to four corners."""
    rows = []
    for (u, v), (x, y) in zip(UNIT, corners):
        rows += [[u, v, 1, 0, 0, 0, -u * x, -v * x], [0, 0, 0, u, v, 1, -u * y, -v * y]]
    return numpy.append(numpy.linalg.solve(numpy.array(rows), numpy.ravel(corners)), 1).reshape(3, 3)


def mapped(matrix, points):
    points = numpy.c_[points, numpy.ones(len(points))] @ matrix.T
    return points[:, :2] / points[:, 2:]


def card_at(centre, height, turn):
    cos, sin = numpy.cos(turn), numpy.sin(turn)
    return (UNIT - 0.5) * [height * ASPECT, height] @ numpy.array([[cos, sin], [-sin, cos]]) + centre


def laid_out(kind, count, height, width, rng):
    """The corners of all cards on the table, from the lowest card up."""
    turn = numpy.radians(rng.normal(0, 15)) + (rng.random() < 0.2) * numpy.pi / 2 * rng.integers(4)
    numbers = numpy.arange(count) - (count - 1) / 2
    if kind in ("fan", "hand"):
        step = numpy.radians(rng.uniform(*((5, 16) if kind == "fan" else (4, 9))))
        radius = height * rng.uniform(0.8, 1.6)
        angles = turn + numbers * step
        centres = radius * numpy.c_[numpy.sin(angles), -numpy.cos(angles)]
        return [card_at(centre, height, angle) for centre, angle in zip(centres, angles)]
    if kind == "row":
        step, aside = rng.uniform(0.16, 0.6) * ASPECT, rng.uniform(-0.08, 0.08)
        height = min(height, 0.95 * width / ((count - 1) * step + 1))
        cos, sin = numpy.cos(turn), numpy.sin(turn)
        centres = numpy.c_[numbers * step, numbers * aside] * height @ numpy.array([[cos, sin], [-sin, cos]])
        return [card_at(centre, height, turn + rng.normal(0, 0.03)) for centre in centres]
    return [card_at(rng.uniform(-0.5, 0.5, 2) * height, height, turn + rng.normal(0, 0.5)) for _ in range(count)]


def photographed(cards, width, height, rng):
    """The corners as a tilted camera sees them, all in the frame."""
    middle = numpy.concatenate(cards).mean(0)
    direction = rng.uniform(0, 2 * numpy.pi)
    tilt = rng.uniform() ** 2 * 0.35 / width * numpy.array([numpy.cos(direction), numpy.sin(direction)])
    cards = [(card - middle) / (1 + (card - middle) @ tilt)[:, None] for card in cards]
    low, high = numpy.concatenate(cards).min(0), numpy.concatenate(cards).max(0)
    scale = min(1, *(0.94 * numpy.array([width, height]) / (high - low)))
    free = numpy.maximum(0, 0.98 * numpy.array([width, height]) - (high - low) * scale) / 2
    place = numpy.array([width, height]) / 2 + rng.uniform(-0.7, 0.7, 2) * free
    return [(card - (low + high) / 2) * scale + place for card in cards]


def background(width, height, rng):
    coarse = rng.normal(0, 1, (height // 16, width // 16, 3)) * rng.uniform(2, 25) + rng.integers(20, 200, 3)
    coarse = Image.fromarray(numpy.clip(coarse, 0, 255).astype(numpy.uint8))
    fine = numpy.asarray(coarse.resize((width, height), Image.BICUBIC)) + rng.normal(0, rng.uniform(0, 8), (height, width, 1))
    return Image.fromarray(numpy.clip(fine, 0, 255).astype(numpy.uint8)).convert("RGBA")


def paste(image, owners, number, face, corners):
    """Lays a card on the table, with a shadow."""
    low = numpy.maximum(numpy.floor(corners.min(0)).astype(int) - 2, 0)
    high = numpy.minimum(numpy.ceil(corners.max(0)).astype(int) + 2, image.size)
    face_from_image = numpy.diag([face.width, face.height, 1]) @ numpy.linalg.inv(homography(corners - low))
    coefficients = (face_from_image / face_from_image[2, 2]).ravel()[:8]
    card = face.transform(tuple(high - low), Image.PERSPECTIVE, coefficients, Image.BICUBIC)
    alpha = card.getchannel("A")
    shadow = alpha.filter(ImageFilter.GaussianBlur(6)).point(lambda level: int(level * 0.35))
    image.paste((0, 0, 0, 255), (int(low[0]) + 3, int(low[1]) + 4), shadow)
    image.alpha_composite(card, tuple(int(edge) for edge in low))
    owners[low[1] : high[1], low[0] : high[0]][numpy.asarray(alpha) > 128] = number


def index_visible(owners, number, corners):
    """The visible share of the index that is more visible."""
    grid = [[u, v] for u in (numpy.arange(5) + 0.5) / 5 for v in (numpy.arange(8) + 0.5) / 8]
    shares = []
    for points in (numpy.array(grid) * INDEX, 1 - numpy.array(grid) * INDEX):
        x, y = mapped(homography(corners), points).astype(int).T
        shares.append(numpy.mean(owners[y.clip(0, len(owners) - 1), x.clip(0, len(owners[0]) - 1)] == number))
    return max(shares)


def scene(kind, faces, width, height, rng):
    """An image, and its cards and what can't be named, as in labels.jsonl."""
    large = (width * SCALE, height * SCALE)
    names = list(rng.permutation(CARDS)[: rng.integers(*COUNTS[kind])])
    cards = laid_out(kind, len(names), large[1] * rng.uniform(0.28, 0.5), large[0], rng)
    cards = photographed(cards, *large, rng)
    image, owners = background(*large, rng), numpy.zeros(large[::-1], numpy.uint8)
    for number, (name, corners) in enumerate(zip(names, cards), 1):
        paste(image, owners, number, faces[name], corners)
    for _ in range(rng.integers(1, 4) if kind == "hand" else 0):
        # A finger, which belongs to no card.
        corners = cards[rng.integers(len(cards))]
        (x, y), radius = mapped(homography(corners), [[rng.uniform(0.2, 0.8), rng.uniform(0.75, 1.1)]])[0], 0.035 * large[1]
        finger = (x - radius, y - 1.8 * radius, x + radius, y + 1.8 * radius)
        ImageDraw.Draw(image).ellipse(finger, fill=(*(int(level) for level in rng.integers((150, 110, 80), (230, 170, 140))), 255))
        rows, columns = numpy.ogrid[: large[1], : large[0]]
        owners[((columns - x) / radius) ** 2 + ((rows - y) / radius / 1.8) ** 2 < 1] = 255
    named, ignored = [], []
    for number, (name, corners) in enumerate(zip(names, cards), 1):
        rows, columns = numpy.nonzero(owners == number)
        if not len(rows):
            continue
        box = [int(edge) // SCALE for edge in (columns.min(), rows.min(), columns.max(), rows.max())]
        a, b, _, d = corners
        share = len(rows) / abs(numpy.linalg.det([b - a, d - a]))
        if index_visible(owners, number, corners) >= LEGIBLE_INDEX or share >= LEGIBLE_CARD:
            named.append({"box": box, "card": name, "visibility": "full" if share >= WHOLE else "occluded"})
        else:
            ignored.append(box)
    image = image.convert("RGB").resize((width, height), Image.BOX)
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2) * (rng.random() < 0.5)))
    light = rng.uniform(0.6, 1.1) * rng.uniform(0.9, 1.05, 3)
    pixels = numpy.asarray(image) * light + rng.normal(0, rng.uniform(1, 6), (height, width, 3))
    return Image.fromarray(numpy.clip(pixels, 0, 255).astype(numpy.uint8)), named, ignored


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", type=pathlib.Path, help="folder of tools/debian_decks.py")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--decks", nargs="+", required=True)
    parser.add_argument("--scenes", type=int, default=40, help="scenes of each kind")
    parser.add_argument("--size", type=int, nargs=2, default=(960, 720), help="width and height in pixels")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    decks = [
        {card: Image.open(args.faces / deck / f"{card}.png").convert("RGBA") for card in CARDS} for deck in args.decks
    ]
    for at, kind in enumerate(COUNTS):
        folder = args.out / kind
        folder.mkdir(parents=True)
        with open(folder / "labels.jsonl", "w") as labels:
            for number in range(args.scenes):
                rng = numpy.random.default_rng([args.seed, at, number])
                image, cards, ignored = scene(kind, decks[rng.integers(len(decks))], *args.size, rng)
                file = f"{number:03}.png"
                image.save(folder / file)
                line = {"file": file, "width": args.size[0], "height": args.size[1], "cards": cards, "ignore": ignored}
                labels.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
