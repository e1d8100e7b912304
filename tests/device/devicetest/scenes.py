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
        subprocess.run([draw_scene, scene.card, folder / scene.file, str(scene.seed)], check=True)
