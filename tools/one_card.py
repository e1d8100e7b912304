#!/usr/bin/env python3
"""Turns the images of a data set, and counts right, wrong and missing names in images of one card.

    tools/one_card.py turn DATA/valid OUT 90          # clockwise; "tilt" turns each by 20 to 70 degrees
    target/release/cardsight classify --mode full --json OUT > answers.jsonl
    tools/one_card.py count answers.jsonl

DATA/valid has a folder for each class, and so has OUT. An image counts as right if the card of its
class and no other card is named, and as wrong if another card is named. What a tilt uncovers has the
median colour of the image's border; every second image is also shrunk so that nothing is cut off.
"turn" needs pillow and numpy.
"""

import json
import math
import pathlib
import random
import sys


def turn(source, target, angle):
    import numpy
    from PIL import Image

    rng = random.Random(5)
    for number, path in enumerate(sorted(source.glob("*/*.jpg"))):
        image = Image.open(path).convert("RGB")
        if angle == "tilt":
            degrees = rng.uniform(20, 70) * rng.choice([-1, 1])
            pixels = numpy.asarray(image)
            border = numpy.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
            color = tuple(int(level) for level in numpy.median(border, axis=0))
            if number % 2:
                whole = Image.new("RGB", image.size, color)
                radians = math.radians(degrees)
                share = 1 / (abs(math.cos(radians)) + abs(math.sin(radians)))
                size = [round(side * share) for side in image.size]
                whole.paste(image.resize(size), [(a - b) // 2 for a, b in zip(image.size, size)])
                image = whole
            turned = image.rotate(degrees, Image.BILINEAR, fillcolor=color)
        else:
            turned = image.rotate(-float(angle), expand=True)
        out = target / path.parent.name / f"{path.stem}.png"
        out.parent.mkdir(parents=True, exist_ok=True)
        turned.save(out)


def count(answers):
    right, wrong, unnamed = 0, 0, 0
    for line in map(json.loads, answers.open()):
        true = pathlib.Path(line["file"]).parent.name
        names = [card["card"] for card in line["cards"]]
        right += names == [true]
        wrong += any(name != true for name in names)
        unnamed += not names
    print(f"{right} right, {wrong} wrong, {unnamed} not named")


def main():
    match sys.argv[1:]:
        case ["turn", source, target, angle]:
            turn(pathlib.Path(source), pathlib.Path(target), angle)
        case ["count", answers]:
            count(pathlib.Path(answers))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
