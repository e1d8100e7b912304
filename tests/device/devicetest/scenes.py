"""The cards that are laid before the camera."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

EMPTY = "empty"


@dataclass(frozen=True)
class Scene:
    """What lies on the table: a card's name, or `EMPTY`."""

    card: str
    seed: int

    @property
    def file(self) -> str:
        return self.card.replace(" ", "_") + ".yuyv"


TABLE = Scene(EMPTY, 4)

# All suits, all bits of the rank, faces and plain cards, the joker. Seeds are such that a
# workstation names each at 98.8 % or more (`cardsight classify` on the PNG of the same scene)
# and gives no card more than 3 % on the empty table.
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
    """Draws all of them as camera frames with the example program of that name."""
    for scene in (*CARDS, TABLE):
        subprocess.run([draw_scene, scene.card, folder / scene.file, str(scene.seed)], check=True)
