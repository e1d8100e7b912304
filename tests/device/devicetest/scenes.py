"""The scenes that the camera sees."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

EMPTY = "empty"


@dataclass(frozen=True)
class Scene:
    """A table with one card, named by `card`, or without a card: `EMPTY`."""

    card: str
    seed: int

    @property
    def file(self) -> str:
        return self.card.replace(" ", "_") + ".yuyv"

    @property
    def jpeg(self) -> str:
        """The same as a JPEG image without Huffman tables, as webcams send it."""
        return self.card.replace(" ", "_") + ".jpg"


TABLE = Scene(EMPTY, 4)

# These cards have all suits, all bits of the rank, faces and number cards, and the joker. The seeds
# are chosen so that a workstation names each card with a confidence of at least 99.3 % (`cardsight
# classify --mode full` on the PNG of the same scene), and no card on the empty table with more than 3 %.
CARDS = (
    Scene("ace of spades", 3),
    Scene("four of hearts", 0),
    Scene("seven of clubs", 1),
    Scene("eight of diamonds", 8),
    Scene("ten of spades", 2),
    Scene("jack of clubs", 9),
    Scene("queen of hearts", 8),
    Scene("king of diamonds", 9),
    Scene("queen of spades", 9),
    Scene("joker", 9),
)


def draw(draw_scene: Path, folder: Path) -> None:
    """Draws all scenes as camera frames, with the program draw_scene."""
    for scene in (*CARDS, TABLE):
        for file in (folder / scene.file, folder / scene.jpeg):
            subprocess.run([draw_scene, scene.card, file, str(scene.seed)], check=True)
        image = folder / scene.jpeg
        image.write_bytes(without_huffman_tables(image.read_bytes()))


def without_huffman_tables(jpeg: bytes) -> bytes:
    """A JPEG image without the segments of its Huffman tables, which are the standard ones."""
    kept, at = jpeg[:2], 2
    while jpeg[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if jpeg[at + 1] != 0xC4:
            kept += jpeg[at:end]
        at = end
    return kept + jpeg[at:]
