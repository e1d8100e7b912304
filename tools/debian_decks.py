#!/usr/bin/env python3
"""Renders the playing cards of Debian's package gnome-cards-data as images: a folder for each deck,
with an image for each card ("ace of spades.png" ...), the joker and the back.

    tools/debian_decks.py DIR [--decks FILE] [--height PIXELS]

`--decks` names a text file with one deck per line; without it, every deck is rendered. The list of
the decks that the shipped networks were trained with is tools/data/training-decks.txt. The art has
licences of its own (/usr/share/doc/gnome-cards-data/copyright), so the images are not part of this
repository.

Needs: apt-get install --no-install-recommends gnome-cards-data librsvg2-bin; pip install pillow.
"""

import argparse
import gzip
import pathlib
import subprocess
import sys
import tempfile

from PIL import Image

SOURCE = pathlib.Path("/usr/share/aisleriot/cards")
RANKS = "ace two three four five six seven eight nine ten jack queen king".split()
SUITS = ["clubs", "diamonds", "hearts", "spades"]
# Each file is one picture of 13 columns and 5 rows: a row for each suit, then joker, joker, back.
COLUMNS, ROWS = 13, 5
JOKER, BACK = (0, 4), (2, 4)


def sheet(path: pathlib.Path, card_height: int) -> Image.Image:
    """The picture of all cards of a deck."""
    with tempfile.TemporaryDirectory() as folder:
        svg, png = pathlib.Path(folder, "deck.svg"), pathlib.Path(folder, "deck.png")
        svg.write_bytes(gzip.decompress(path.read_bytes()))
        command = ["rsvg-convert", "-h", str(ROWS * card_height), "-a", "-o", png, svg]
        subprocess.run(command, check=True)
        return Image.open(png).convert("RGBA")


def write_deck(path: pathlib.Path, card_height: int, folder: pathlib.Path) -> None:
    """Cuts a deck's picture into one image for each card."""
    picture = sheet(path, card_height)
    width, height = picture.width / COLUMNS, picture.height / ROWS
    folder.mkdir(parents=True, exist_ok=True)

    def save(name: str, column: int, row: int) -> None:
        edges = (column * width, row * height, (column + 1) * width, (row + 1) * height)
        picture.crop(tuple(round(edge) for edge in edges)).save(folder / f"{name}.png")

    for row, suit in enumerate(SUITS):
        for column, rank in enumerate(RANKS):
            save(f"{rank} of {suit}", column, row)
    save("joker", *JOKER)
    save("back", *BACK)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--decks", type=pathlib.Path)
    parser.add_argument("--height", type=int, default=400, help="height of a card in pixels")
    options = parser.parse_args()
    if not SOURCE.is_dir():
        print(f"{SOURCE} is missing; install the package gnome-cards-data", file=sys.stderr)
        return 1
    files = {path.stem: path for path in sorted(SOURCE.glob("*.svgz"))}
    names = options.decks.read_text().split() if options.decks else list(files)
    unknown = [name for name in names if name not in files]
    if unknown:
        print(f"gnome-cards-data has no deck {', '.join(unknown)}", file=sys.stderr)
        return 1
    for name in names:
        write_deck(files[name], options.height, options.dir / name)
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
