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


TABLE = Scene(EMPTY, 4)

# These cards have all suits, all bits of the rank, faces and number cards, and the joker. The seeds
# are chosen so that a workstation names each card with a confidence of at least 98.8 % (`cardsight
# classify --mode full` on the PNG of the same scene), and no card on the empty table with more than 3 %.
CARDS = (
    Scene("ace of spades", 1),
    Scene("four of hearts", 4),
    Scene("seven of clubs", 0),
    Scene("eight of diamonds", 2),
    Scene("ten of spades", 4),
    Scene("jack of clubs", 4),
    Scene("queen of hearts", 3),
    Scene("king of diamonds", 0),
    Scene("queen of spades", 2),
    Scene("joker", 4),
)


def draw(draw_scene: Path, folder: Path) -> None:
    """Draws all scenes as camera frames, with the program draw_scene."""
    for scene in (*CARDS, TABLE):
        subprocess.run([draw_scene, scene.card, folder / scene.file, str(scene.seed)], check=True)
